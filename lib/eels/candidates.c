#include "eels/candidates.h"
#include "eels/shapes.h"

#include <math.h>
#include <stdio.h>

#define FROM_START_EV 10.0 /* an edge nearer to the first channel, */
#define TO_END_EV     30.0 /* or to the last, need not show */
#define SEEN          (-4.0) /* another edge of the element, against what else counts: 1 each */
#define MISSED        2.0

static int is_told(const double *told_ev, int count, double onset_ev)
{
    for (int i = 0; i < count; i++) {
        if (fabs(told_ev[i] - onset_ev) <= EEL_CANDIDATE_EV)
            return 1;
    }
    return 0;
}

/* The lower the likelier. */
static double rank(int f, const double *told_ev, int count, double far_ev, double low_ev, double high_ev)
{
    double rank = far_ev / EEL_CANDIDATE_EV + eel_foreign_rare(f) + eel_foreign_weak(f) - eel_foreign_common(f);
    int others = eel_foreign_count(), seen = 0, missed = 0;

    for (int g = 0; g < others; g++) {
        double onset_ev = eel_foreign_onset(g);
        if (g == f || eel_foreign_element(g) != eel_foreign_element(f))
            continue;
        if (is_told(told_ev, count, onset_ev))
            seen = 1;
        else if (!eel_foreign_weak(g) && onset_ev > low_ev + FROM_START_EV && onset_ev < high_ev - TO_END_EV)
            missed = 1;
    }
    return rank + (seen ? SEEN : missed ? MISSED : 0);
}

/* Puts an edge where it belongs among those that are likelier; the last of a full list falls out. */
static void insert(eel_candidates *c, double ranks[EEL_CANDIDATES_MAX], const char *name, double rank)
{
    int at = c->count;

    while (at > 0 && ranks[at - 1] > rank)
        at--;
    if (at == EEL_CANDIDATES_MAX)
        return;
    c->count += c->count < EEL_CANDIDATES_MAX;
    for (int i = c->count - 1; i > at; i--) {
        ranks[i] = ranks[i - 1];
        c->names[i] = c->names[i - 1];
    }
    ranks[at] = rank;
    c->names[at] = name;
}

eel_candidates eel_candidates_for(const double *told_ev, int count, int which, double low_ev, double high_ev)
{
    eel_candidates c = {0};
    double ranks[EEL_CANDIDATES_MAX];
    int all = eel_foreign_count();

    for (int f = 0; f < all; f++) {
        double far_ev = fabs(eel_foreign_onset(f) - told_ev[which]);
        if (far_ev <= EEL_CANDIDATE_EV)
            insert(&c, ranks, eel_foreign_name(f), rank(f, told_ev, count, far_ev, low_ev, high_ev));
    }
    return c;
}

void eel_candidates_words(const eel_candidates *candidates, double told_ev, char *words, size_t size)
{
    size_t length = (size_t)snprintf(words, size, "%.0f eV", round(told_ev));

    for (int i = 0; i < candidates->count && length < size; i++)
        length += (size_t)snprintf(words + length, size - length, "%s%s%s", i ? " or " : " (", candidates->names[i],
                                   i + 1 == candidates->count ? "?)" : "");
}
