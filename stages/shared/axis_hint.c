#include "shared/axis_hint.h"

#include <math.h>
#include <string.h>

typedef struct {
    double offset_ev; /* to be added to the energies */
    uint32_t elements;                     /* how many are certain then, */
    uint32_t element[EEL_NET_CLASSES_MAX]; /* and which classes */
} answer;

/* The spectrum moved by so many channels, without what leaves the network's axis. */
typedef struct {
    const float *counts;
    uint32_t offset;
    eel_axis axis;
} moved;

static int move(moved *m, const float *counts, const eel_axis *axis, int by)
{
    eel_axis net = eel_axis_net();
    int64_t first = llround(eel_axis_channel(&net, axis->start_ev)) + by, last = first + axis->n; /* one behind the last */
    int64_t cut = first < 0 ? -first : 0;
    int64_t most = last > EEL_NET_CHANNELS ? EEL_NET_CHANNELS : last;

    if (most - first - cut < axis->n / 2)
        return 0;
    m->counts = counts + cut;
    m->offset = (uint32_t)(first + cut);
    m->axis = *axis;
    m->axis.start_ev = eel_axis_ev(&net, m->offset);
    m->axis.n = (uint32_t)(most - first - cut);
    return 1;
}

/* What the network is not sure of: the sum of -ln p of whatever it takes for more likely, and of -ln of there being no
 * other edge. Fills in the elements that are certain. */
static double doubt_of(eel_recogniser *r, const moved *m, answer *hint)
{
    const eel_class_edge *edges = eel_recogniser_edges(r);
    uint32_t classes = eel_recogniser_info(r)->classes;
    int other = eel_recogniser_other(r);
    float p[EEL_NET_CLASSES_MAX];
    double doubt = 0;

    eel_recognise(r, m->counts, m->offset, m->axis.n, 1, p);
    hint->elements = 0;
    if (isnan(p[0]))
        return INFINITY;
    for (uint32_t c = 0; c < classes; c++) {
        if (!edges[c].atomic_number || !eel_observable(&edges[c], &m->axis))
            continue;
        doubt -= log(fmax(p[c], 1 - p[c]));
        if (p[c] >= EEL_HINT_CERTAIN)
            hint->element[hint->elements++] = c;
    }
    return other < 0 ? doubt : doubt - log(fmax(1 - p[other], 1e-6));
}

static int same_elements(const answer *a, const answer *b)
{
    return a->elements == b->elements && !memcmp(a->element, b->element, a->elements * sizeof *a->element);
}

/* Where the edges of the certain elements begin tells the offset better than the network, which knows axes that are
 * off. Returns 0 where it is not as clear there: the two contradict each other. */
static int measure(eel_recogniser *r, const float *counts, const eel_axis *axis, answer *hint)
{
    const eel_class_edge *edges = eel_recogniser_edges(r);
    double onset_ev[EEL_NET_CLASSES_MAX];
    answer there = *hint;
    eel_shift late;
    moved m;

    for (uint32_t i = 0; i < hint->elements; i++)
        onset_ev[i] = edges[hint->element[i]].onset_ev - hint->offset_ev;
    if (!eel_shift_find(&late, counts, axis, onset_ev, (int)hint->elements) || late.kind != EEL_SHIFT_COMMON)
        return 1;
    there.offset_ev = round(hint->offset_ev - late.ev);
    int by = (int)lround(there.offset_ev / EEL_NET_STEP_EV);
    int clear = move(&m, counts, axis, by) && doubt_of(r, &m, &there) <= EEL_HINT_MEASURED && there.elements >= 2;
    *hint = there;
    return clear;
}

#define STEPS (EEL_HINT_REACH_EV / EEL_HINT_STEP_EV)

int eel_ask_about_axis(eel_recogniser *r, const float *counts, const eel_axis *axis, eel_shift *late)
{
    answer at[2 * STEPS + 1], best;
    double doubt[2 * STEPS + 1], weight = 0, middle = 0;
    int lowest = STEPS;
    moved m;

    move(&m, counts, axis, 0);
    doubt[STEPS] = doubt_of(r, &m, &at[STEPS]);
    if (doubt[STEPS] < EEL_HINT_DOUBTFUL)
        return 0; /* as nearly always: no need to look elsewhere */
    for (int s = -STEPS; s <= STEPS; s++) {
        if (s == 0)
            continue;
        int by = (int)lround(s * EEL_HINT_STEP_EV / EEL_NET_STEP_EV);
        doubt[s + STEPS] = move(&m, counts, axis, by) ? doubt_of(r, &m, &at[s + STEPS]) : INFINITY;
        if (doubt[s + STEPS] < doubt[lowest])
            lowest = s + STEPS;
    }
    best = at[lowest];
    if (best.elements < 2 || best.elements <= at[STEPS].elements || doubt[lowest] > EEL_HINT_CLEAR ||
        doubt[STEPS] < doubt[lowest] + EEL_HINT_DOUBTFUL)
        return 0;
    for (int i = 0; i <= 2 * STEPS; i++) { /* the middle of where it says so */
        if (doubt[i] <= EEL_HINT_CLEAR && same_elements(&best, &at[i])) {
            double certain = EEL_HINT_CLEAR - doubt[i];
            weight += certain;
            middle += certain * (i - STEPS) * EEL_HINT_STEP_EV;
        }
    }
    best.offset_ev = weight > 0 ? round(middle / weight) : (lowest - STEPS) * EEL_HINT_STEP_EV;
    if (!measure(r, counts, axis, &best) || fabs(best.offset_ev) < EEL_HINT_LEAST_EV)
        return 0;
    *late = (eel_shift){.kind = EEL_SHIFT_ASKED, .ev = -best.offset_ev};
    for (uint32_t i = 0; i < best.elements && i < EEL_SHIFT_EDGES; i++)
        late->which[late->edges++] = (int)best.element[i];
    return 1;
}
