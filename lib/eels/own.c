#include "eels/own.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHANCE          0.12 /* of each element, wherever its edge lies: as likely as one of the twenty, */
#define CHANCE_INSIDE   0.25 /* and of one whose edge was recorded */
#define JUMP_LEAST      0.03
#define JUMP_MOST       4.0
#define DRAWS_MAX       12   /* until no edge of something else begins where one's own does */

struct eel_own {
    eel_own_class classes[EEL_OWN_MAX];
    int count;
    eel_library shapes; /* copies: element k of it is class k, so that a pool makes edges of them */
    eel_pool *pool, *own_pool;
    uint64_t seed, epoch; /* of the pools' present filling */
    int filled;
    eel_exposure exposure;
};

/* ---- which classes there are ---- */

/* The class of a shape, a new one where its element is new. */
static int add_class(eel_own *own, const eel_shape *shape)
{
    const char *space = strchr(shape->edge, ' ');
    eel_own_class class = {.name = ""};

    if (!space || !space[1] || space - shape->edge >= (int)sizeof class.name)
        return eel_fail(EEL_EFORMAT, "shape %s: edge '%s', expected an element and a shell: La M4,5",
                        shape->id, shape->edge);
    snprintf(class.name, sizeof class.name, "%.*s", (int)(space - shape->edge), shape->edge);
    int code = eel_class_edge_of(&class.edge, class.name, space + 1, shape->onset_ev);
    if (code != EEL_OK)
        return eel_fail_in(code, "shape %s", shape->id);
    if (eel_element_find(class.name) >= 0)
        return eel_fail(EEL_EFORMAT, "shape %s: %s is one of the twenty and known by its %s edge",
                        shape->id, class.name, eel_elements[eel_element_find(class.name)].edge);
    for (int k = 0; k < own->count; k++) {
        if (strcmp(own->classes[k].name, class.name) != 0)
            continue;
        if (strcmp(own->classes[k].edge.shell, class.edge.shell) == 0)
            return EEL_OK;
        return eel_fail(EEL_EFORMAT, "shape %s: %s is known by its %s edge already", shape->id,
                        class.name, own->classes[k].edge.shell);
    }
    if (own->count == EEL_OWN_MAX)
        return eel_fail(EEL_ELIMIT, "shape %s: more than %d further elements", shape->id,
                        EEL_OWN_MAX);
    own->classes[own->count++] = class;
    return EEL_OK;
}

static int is_of(const eel_shape *shape, const eel_own_class *class)
{
    char edge[32];

    snprintf(edge, sizeof edge, "%s %s", class->name, class->edge.shell);
    return strcmp(shape->edge, edge) == 0;
}

/* The shapes of class k that are kept from training, or those that are not. */
static int copy_shapes(eel_own *own, const eel_library *mine, int k, int held_out)
{
    int copied = 0;
    double sum = 0;

    for (int s = 0; s < mine->count; s++) {
        const eel_shape *shape = &mine->shapes[s];
        if (!is_of(shape, &own->classes[k]) || !shape->held_out != !held_out)
            continue;
        eel_shape *copy = &own->shapes.shapes[own->shapes.count++];
        *copy = *shape;
        copy->element = k;
        copy->held_out = held_out;
        sum += shape->onset_ev;
        copied++;
    }
    own->classes[k].edge.onset_ev = sum / copied;
    return copied ? EEL_OK
                  : eel_fail(EEL_EFORMAT, "%s: %s", own->classes[k].name,
                             held_out ? "none of its shapes is kept from training (held-out)"
                                      : "all of its shapes are kept from training (held-out)");
}

static int list_classes(eel_own *own, const eel_library *mine, int held_out)
{
    int code = EEL_OK;

    for (int s = 0; s < mine->count && code == EEL_OK; s++) {
        if (mine->shapes[s].element < 0)
            code = add_class(own, &mine->shapes[s]);
    }
    own->shapes.shapes = eel_alloc((size_t)mine->count + 1, sizeof *own->shapes.shapes);
    if (code == EEL_OK && !own->shapes.shapes)
        code = EEL_ENOMEM;
    for (int k = 0; k < own->count && code == EEL_OK; k++)
        code = copy_shapes(own, mine, k, held_out);
    return code;
}

int eel_own_new(eel_own **own, const eel_library *shipped, const eel_library *mine, int held_out)
{
    eel_own *o = eel_alloc(1, sizeof *o);
    int code = o ? list_classes(o, mine, held_out) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_pool_new(&o->pool, EEL_SYNTH_REAL, shipped, held_out);
    if (code == EEL_OK)
        code = eel_pool_new(&o->own_pool, EEL_SYNTH_REAL, &o->shapes, held_out);
    if (code == EEL_OK) {
        eel_pool_build_share(o->own_pool, 0);
        *own = o;
    } else {
        eel_own_free(o);
    }
    return code;
}

void eel_own_free(eel_own *own)
{
    if (!own)
        return;
    eel_pool_free(own->pool);
    eel_pool_free(own->own_pool);
    eel_free(own->shapes.shapes);
    eel_free(own);
}

int eel_own_count(const eel_own *own)
{
    return own->count;
}

const eel_own_class *eel_own_classes(const eel_own *own)
{
    return own->classes;
}

/* ---- a spectrum ---- */

static void fill_pools(eel_own *own, uint64_t seed, uint64_t index)
{
    uint64_t epoch = index / EEL_EPOCH;

    if (own->filled && own->seed == seed && own->epoch == epoch)
        return;
    eel_pool_fill(own->pool, seed, epoch);
    eel_pool_fill(own->own_pool, seed ^ 0x6f776eu, epoch);
    own->seed = seed;
    own->epoch = epoch;
    own->filled = 1;
}

/* Does an edge of something else begin where one of one's own does? */
static int is_ambiguous(const eel_own *own)
{
    const eel_view *view = &own->exposure.view;

    for (int i = 0; i < view->count; i++) {
        for (int k = 0; k < own->count && view->edges[i].element < 0; k++) {
            double apart = view->edges[i].edge->onset_ev - own->classes[k].edge.onset_ev;
            if (fabs(apart) < EEL_OWN_NEAR_EV)
                return 1;
        }
    }
    return 0;
}

static void draw_others(eel_own *own, eel_rng *rng, eel_spectrum *spectrum)
{
    static const eel_scene all_drawn;

    for (int i = 0; i < DRAWS_MAX; i++) {
        memset(spectrum->labels, EEL_ABSENT, sizeof spectrum->labels);
        memset(spectrum->jumps, 0, sizeof spectrum->jumps);
        eel_real_expect(own->pool, &all_drawn, rng, &own->exposure, spectrum);
        if (!is_ambiguous(own))
            return;
    }
}

/* Puts class k on what lies under its onset; returns its place among the edges. */
static int add_edge(eel_own *own, eel_rng *rng, int psf_class, int k)
{
    eel_exposure *x = &own->exposure;
    const eel_pool_edge *edge = eel_pool_pick(own->own_pool, rng, psf_class, k);
    double jump = eel_rng_log_uniform(rng, JUMP_LEAST, JUMP_MOST);
    double at = eel_axis_channel(&x->axis, eel_view_observed(&x->view, edge->onset_ev));
    uint32_t channel = (uint32_t)fmin(fmax(at, 0), x->axis.n - 1.0);
    int place = x->view.count++;

    x->view.edges[place] = (eel_placed){.edge = edge, .element = EEL_ELEMENTS + k, .jump = jump,
                                        .height = jump * x->expected[channel]};
    eel_view_add_edge(&x->view, place, &x->axis, x->expected);
    return place;
}

/* Counts that were added make the other edges harder to see: none is called there that may have
 * gone under. */
static void check_others(eel_own *own, int others, eel_spectrum *spectrum)
{
    for (int i = 0; i < others; i++) {
        int element = own->exposure.view.edges[i].element;
        uint8_t *label = spectrum->labels + (element < 0 ? EEL_CLASS_OTHER : element);
        if (*label != EEL_PRESENT || eel_edge_label(&own->exposure, i) == EEL_PRESENT)
            continue;
        *label = EEL_UNLABELLED;
        for (int b = 0; b < EEL_OTHER_BINS && element < 0; b++) {
            if (spectrum->labels[EEL_CLASS_BIN + b] == EEL_PRESENT)
                spectrum->labels[EEL_CLASS_BIN + b] = EEL_UNLABELLED;
        }
    }
}

void eel_own_draw(eel_own *own, uint64_t seed, uint64_t index, eel_spectrum *spectrum,
                  uint8_t *labels)
{
    eel_exposure *x = &own->exposure;
    eel_rng rng = eel_rng_seeded(seed, index), mine = eel_rng_seeded(seed ^ 0x6f776eu, index);
    int psf_class = (int)eel_rng_below(&mine, EEL_POOL_CLASSES), places[EEL_OWN_MAX];

    fill_pools(own, seed, index);
    draw_others(own, &rng, spectrum);
    int others = x->view.count;
    double begin = x->axis.start_ev, end = begin + x->axis.n * x->axis.step_ev;
    for (int k = 0; k < own->count; k++) {
        double onset = own->classes[k].edge.onset_ev;
        int drawn = eel_rng_chance(&mine, onset > begin && onset < end ? CHANCE_INSIDE : CHANCE);
        places[k] = drawn && x->view.count < EEL_EDGES_MAX ? add_edge(own, &mine, psf_class, k) : -1;
    }
    for (int k = 0; k < own->count; k++)
        labels[k] = places[k] < 0 ? EEL_ABSENT : eel_edge_label(x, places[k]);
    if (x->view.count > others)
        check_others(own, others, spectrum);
    eel_real_detect(&(eel_scene){.counts = 0}, &rng, x);
    eel_exposure_resample(x, spectrum);
}
