/* What microscopes deliver. Ranges were chosen on real validation spectra, never fitted to one. */
#include "base/vecmath.h"
#include "eels/scene.h"
#include "eels/specimen.h"

#include <math.h>
#include <string.h>

#define DRAWS_MAX        12    /* windows tried until one holds an edge of the twenty */
#define EMPTY_SHARE      0.22  /* spectra that need not hold one; */
#define BARE_SHARE       0.4   /* of these, specimens without any of the twenty, */
#define DECOY_SHARE      0.7   /* and windows that begin before an edge all the same, as those of a map do */
#define FOREIGN_SHARE    0.55
#define LOW_FOREIGN_EV   250.0 /* broad maxima below this are the hard ones: drawn more often */

#define NARROW_SHARE     0.15  /* windows as narrow as fine structure is published, fewer once an edge must be inside */
#define BROAD_SHARE      0.2   /* as a camera of 1024 or 2048 channels has them that takes in several edges */
#define BROAD_LEAST_EV   420.0
#define BROAD_EV         620.0
#define WHOLE_SHARE      0.1   /* that reach to the end of the network's axis */
#define NARROW_LEAST_EV  25.0
#define NARROW_EV        100.0
#define AT_EDGE_SHARE    0.4   /* windows that begin shortly before an edge, */
#define AT_FOREIGN_SHARE 0.2   /* of these before one outside the twenty, */
#define DECOY_FOREIGN    0.5   /* of those that need not hold one of the twenty */
#define ALL_ELEMENTS     ((1u << EEL_ELEMENTS) - 1)
#define HUMP_SHARE       0.1   /* what scatters inside the spectrometer */
#define DARK_SHARE       0.08  /* a dark level that was not subtracted, far above the tail of the spectrum */
#define SHADED_SHARE     0.06  /* the first channels see less, less from one to the next */

static double chance_uniform(eel_rng *rng, double chance, double low, double high)
{
    return eel_rng_chance(rng, chance) ? eel_rng_uniform(rng, low, high) : 0;
}

static eel_axis draw_axis(eel_rng *rng)
{
    double step = eel_rng_log_uniform(rng, 0.05, EEL_STEP_WIDEST_EV), kind = eel_rng_uniform(rng, 0, 1);
    uint32_t n = kind < 0.45 ? 1024 : kind < 0.78 ? 2048 : 300 + eel_rng_below(rng, 1700);
    double width = fmin(fmax(step * n, 40), 940), start, shape = eel_rng_uniform(rng, 0, 1);

    if (shape < NARROW_SHARE) {
        width = eel_rng_log_uniform(rng, NARROW_LEAST_EV, NARROW_EV);
        n = (uint32_t)(width / eel_rng_log_uniform(rng, 0.05, 0.5));
    } else if (shape < NARROW_SHARE + BROAD_SHARE) {
        width = eel_rng_uniform(rng, BROAD_LEAST_EV, BROAD_EV);
    }
    start = eel_rng_uniform(rng, 50, 1000 - 0.6 * width);
    if (shape > 1 - WHOLE_SHARE) {
        start = eel_rng_uniform(rng, 50, 100);
        width = 1000 - start;
        n = n < 1024 ? 1024 : n;
    }
    return (eel_axis){start, width / n, n};
}

static int holds_edge(const eel_axis *axis, uint32_t bits)
{
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        double onset = eel_elements[e].onset_ev;
        if (bits >> e & 1 && onset > axis->start_ev + 2 && onset < eel_axis_end(axis) - 10)
            return 1;
    }
    return 0;
}

/* As reference spectra are recorded: the window begins shortly before an edge, one of `bits` or
 * one outside the twenty, whose number is returned; -1 when it is one of the twenty. */
static int start_at_edge(eel_rng *rng, eel_axis *axis, uint32_t bits, int foreign)
{
    int pick = eel_foreign_pick(rng);
    int e = (int)eel_rng_below(rng, EEL_ELEMENTS);

    while (!(bits >> e & 1))
        e = (e + 1) % EEL_ELEMENTS;
    double onset = foreign ? eel_foreign_onset(pick) : eel_elements[e].onset_ev;
    double width = axis->step_ev * axis->n;
    double before = width < NARROW_EV ? eel_rng_uniform(rng, 2, 0.6 * width) : eel_rng_uniform(rng, foreign ? 5 : 12, 70);
    axis->start_ev = fmax(onset - before, 50);
    return foreign ? pick : -1;
}

/* Returns the edge outside the twenty for which the window was chosen, -1 when there is none. */
static int draw_window(const eel_scene *scene, eel_rng *rng, eel_axis *axis, eel_specimen *of)
{
    int may_be_empty = eel_rng_chance(rng, EMPTY_SHARE), pick = -1;
    int bare = may_be_empty && eel_rng_chance(rng, BARE_SHARE);

    for (int i = 0; i < DRAWS_MAX; i++) {
        *axis = scene->axis.n ? scene->axis : draw_axis(rng);
        *of = eel_specimen_draw(rng);
        pick = -1;
        if (bare)
            of->elements = 0;
        if (scene->elements_given)
            *of = (eel_specimen){.elements = scene->elements};
        uint32_t aims = may_be_empty && !scene->elements_given ? ALL_ELEMENTS : of->elements;
        if (!scene->axis.n && aims && eel_rng_chance(rng, may_be_empty ? DECOY_SHARE : AT_EDGE_SHARE))
            pick = start_at_edge(rng, axis, aims,
                                 eel_rng_chance(rng, may_be_empty ? DECOY_FOREIGN : AT_FOREIGN_SHARE));
        if (may_be_empty || holds_edge(axis, of->elements))
            break;
    }
    return pick;
}

static void draw_axis_error(eel_rng *rng, eel_view *view)
{
    double kind = eel_rng_uniform(rng, 0, 1), most_ev = kind < 0.65 ? 3 : kind < 0.85 ? 7 : 15;

    view->shift = eel_rng_uniform(rng, -most_ev, most_ev);
    view->stretch = most_ev < 15 ? eel_rng_uniform(rng, -0.003, 0.003)
                                 : eel_rng_uniform(rng, -0.015, 0.015);
}

static void draw_backdrop(eel_rng *rng, const eel_axis *axis, eel_backdrop *b)
{
    double low = axis->start_ev, high = eel_axis_end(axis), middle = (low + high) / 2;
    double r = eel_rng_uniform(rng, 1.6, 4.6);

    *b = (eel_backdrop){.terms = 1, .weight = {1}, .exponent = {r}, .at_ev = {middle}};
    b->low_ev = low;
    b->high_ev = high;
    if (eel_rng_chance(rng, 0.5)) {
        b->weight[b->terms] = eel_rng_log_uniform(rng, 0.02, 2);
        b->exponent[b->terms] = r + eel_rng_uniform(rng, -2, 2.5);
        b->at_ev[b->terms++] = middle;
    }
    if (low < 160 && eel_rng_chance(rng, 0.6)) { /* the tail of the plasmons */
        b->weight[b->terms] = eel_rng_log_uniform(rng, 0.03, 3) * eel_backdrop_at(b, low);
        b->exponent[b->terms] = eel_rng_uniform(rng, 5, 9);
        b->at_ev[b->terms++] = low;
    }
    b->constant = chance_uniform(rng, 0.4, -0.2, 0.6) * eel_backdrop_at(b, high);
    if (eel_rng_chance(rng, DARK_SHARE))
        b->constant = eel_rng_log_uniform(rng, 0.6, 30) * eel_backdrop_at(b, high);
    if (eel_rng_chance(rng, 0.6)) {
        b->wave[0] = 0.06 * eel_rng_normal(rng);
        b->wave[1] = 0.05 * eel_rng_normal(rng);
        b->wave[2] = 0.03 * eel_rng_normal(rng);
    }
    if (eel_rng_chance(rng, HUMP_SHARE)) {
        b->hump = eel_rng_uniform(rng, -0.3, 0.6);
        b->hump_ev = eel_rng_uniform(rng, low, high);
        b->hump_sd_ev = eel_rng_uniform(rng, 25, 90);
    }
}

static double draw_jump(const eel_scene *scene, eel_rng *rng, int element)
{
    double most = element < 0 ? 2.4 : eel_elements[element].atomic_number >= 20 ? 6 : 3;
    double jump = eel_rng_log_uniform(rng, 0.03, most);
    return scene->jump > 0 ? scene->jump : jump;
}

static void place(eel_view *view, const eel_pool_edge *edge, int element, double jump)
{
    if (view->count < EEL_EDGES_MAX)
        view->edges[view->count++] = (eel_placed){.edge = edge, .element = element, .jump = jump};
}

static int draw_foreign(eel_rng *rng, const eel_axis *axis)
{
    int pick = 0, low = eel_rng_chance(rng, 0.4);

    for (int i = 0; i < 40; i++) {
        pick = eel_foreign_pick(rng);
        double onset = eel_foreign_onset(pick);
        int inside = onset > axis->start_ev - 20 && onset < eel_axis_end(axis) - 10;
        if (inside && (!low || onset < LOW_FOREIGN_EV || i > 20))
            break;
    }
    return pick;
}

/* An element outside the twenty, with all its edges that reach into the window. */
static void place_foreign(const eel_pool *pool, const eel_scene *scene, eel_rng *rng,
                          const eel_axis *axis, int psf_class, int pick, eel_view *view)
{
    double jump = draw_jump(scene, rng, -1);
    int n = eel_foreign_count();

    for (int f = 0; f < n; f++) {
        double onset = eel_foreign_onset(f);
        if (eel_foreign_element(f) != eel_foreign_element(pick) ||
            onset < axis->start_ev - 150 || onset > eel_axis_end(axis))
            continue;
        double factor = f == pick ? 1 : eel_rng_log_uniform(rng, 0.4, 2.5);
        place(view, eel_pool_pick_foreign(pool, rng, psf_class, f), -1, jump * factor);
    }
}

static void shade_start(eel_rng *rng, eel_exposure *x)
{
    double depth = eel_rng_uniform(rng, 0.1, 0.6);
    double reach = eel_rng_uniform(rng, 0.01, 0.05) * x->axis.n;

    for (uint32_t i = 0; i < x->axis.n && i < 8 * reach; i++) {
        float seen = 1 - (float)depth * eel_expf(-(float)(i / reach));
        x->expected[i] *= seen;
        x->backdrop[i] *= seen;
    }
}

void eel_real_expect(const eel_pool *pool, const eel_scene *scene, eel_rng *rng, eel_exposure *x,
                     eel_spectrum *spectrum)
{
    int psf_class = (int)eel_rng_below(rng, EEL_POOL_CLASSES);
    eel_specimen of;

    x->view = (eel_view){.count = 0};
    int foreign = draw_window(scene, rng, &x->axis, &of);
    draw_backdrop(rng, &x->axis, &x->view.backdrop);
    draw_axis_error(rng, &x->view);
    if (scene->clean)
        x->view.shift = x->view.stretch = 0;
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        if (of.elements >> e & 1)
            place(&x->view, eel_pool_pick(pool, rng, psf_class, e), e, draw_jump(scene, rng, e));
    }
    for (int i = 0; i < of.foreign_count && !scene->clean; i++)
        place_foreign(pool, scene, rng, &x->axis, psf_class, of.foreign[i], &x->view);
    if (!scene->clean && (foreign >= 0 || eel_rng_chance(rng, FOREIGN_SHARE))) {
        if (foreign < 0)
            foreign = draw_foreign(rng, &x->axis);
        place_foreign(pool, scene, rng, &x->axis, psf_class, foreign, &x->view);
        if (eel_rng_chance(rng, 0.4))
            place_foreign(pool, scene, rng, &x->axis, psf_class, draw_foreign(rng, &x->axis),
                          &x->view);
    }
    eel_view_stack(&x->view);

    eel_view_backdrop(&x->view, &x->axis, x->backdrop);
    memcpy(x->expected, x->backdrop, x->axis.n * sizeof *x->expected);
    for (int k = 0; k < x->view.count; k++)
        eel_view_add_edge(&x->view, k, &x->axis, x->expected);

    double sum = 0, counts = eel_rng_log_uniform(rng, 40, 3e6) * (0.5 + 0.5 * x->axis.step_ev);
    for (uint32_t i = 0; i < x->axis.n; i++)
        sum += x->expected[i];
    double scale = (scene->counts > 0 ? scene->counts : counts) * x->axis.n / fmax(sum, 1e-30);
    if (scene->dose > 0)
        scale = scene->dose * x->axis.step_ev / EEL_NET_STEP_EV /
                fmax(eel_backdrop_at(&x->view.backdrop, 500), 1e-30);
    for (uint32_t i = 0; i < x->axis.n; i++) {
        x->expected[i] *= (float)scale;
        x->backdrop[i] *= (float)scale;
    }
    for (int k = 0; k < x->view.count; k++)
        x->view.edges[k].height *= scale;
    if (!scene->clean && eel_rng_chance(rng, SHADED_SHARE))
        shade_start(rng, x);
    x->readout = scene->clean ? 0 : chance_uniform(rng, 0.5, 0, 8);
    x->gain = !scene->clean && eel_rng_chance(rng, 0.4) ? eel_rng_log_uniform(rng, 3e-4, 6e-3) : 0;
    eel_real_label(x, spectrum);
}
