#include "eels/shapes.h"

#include <math.h>
#include <stddef.h>

#include "eels/elements.h"

/* Drawing from ranges. */

typedef struct {
    double low, high;
} range;

static double draw(eel_rng *rng, range r)
{
    return eel_rng_uniform(rng, r.low, r.high);
}

static int between(eel_rng *rng, int low, int high)
{
    return low + (int)eel_rng_below(rng, (uint32_t)(high - low + 1));
}

static void fine_structure(eel_rng *rng, double *curve, double from_ev, double amplitude_max)
{
    eel_shell shells[3];
    int n = between(rng, 1, 3);

    for (int s = 0; s < n; s++) {
        shells[s].radius = eel_rng_uniform(rng, 1.3, 3.6);
        shells[s].amplitude = eel_rng_uniform(rng, 0, amplitude_max) / (1 + s);
        shells[s].phase = eel_rng_uniform(rng, 0, 6.283185307179586);
    }
    eel_curve_exelfs(curve, from_ev, shells, n);
}

/*
 * K edges. A family is one kind of bonding: what lies before the main maximum (pi* or 3d-like
 * states: `strong`, `second`, `weak` are probabilities) and how far after it the continuum begins.
 * Heights are relative to the continuum. Energies are those of the first feature.
 */
typedef struct {
    int element_z;
    double weight;
    range onset_ev;
    double strong, second, weak;
    range line_ev;      /* width of the peaks before the main maximum */
    range line;         /* height of the strong ones */
    range gap_ev;       /* from the first peak to the continuum */
    range main;         /* height of the main peaks */
} k_family;

static const k_family k_families[] = {
    /* boron, borides, B4C */
    {5, .35, {187.0, 190.0}, .10, .3, .55, {.8, 2.6}, {.3, .9}, {.5, 6}, {.05, .9}},
    /* planar BN and other sp2 boron: narrow pi*, sigma* 6 to 8 eV after it */
    {5, .20, {190.4, 192.6}, .95, .1, .05, {.6, 1.4}, {.8, 3.0}, {4.5, 7}, {.3, 1.3}},
    /* BO3 units: the same at 194 eV; BO4 and cubic BN: no pi* */
    {5, .20, {192.8, 195.2}, .75, .1, .15, {.6, 1.5}, {.8, 6.0}, {5, 9}, {.3, 1.3}},
    {5, .25, {187.0, 195.5}, .35, .4, .40, {.8, 2.4}, {.3, 1.8}, {3, 9}, {.2, 1.3}},
    /* graphite, amorphous and support-film carbon: pi* 285, sigma* 291 to 293 eV */
    {6, .40, {283.6, 285.0}, .70, .1, .25, {.9, 2.4}, {.25, 1.2}, {3.5, 7}, {.15, .9}},
    /* diamond, SiC: no pi* */
    {6, .12, {284.0, 289.6}, .00, .0, .40, {.8, 2.0}, {.3, 1.0}, {.3, 4}, {.3, 1.3}},
    /* carbides: two peaks of p-d states before the broad maximum */
    {6, .15, {280.8, 284.2}, .80, .8, .15, {1.0, 2.6}, {.4, 1.5}, {3, 8}, {.2, 1.0}},
    /* organic groups and carbonates: further sharp lines up to 290 eV */
    {6, .13, {283.8, 290.0}, .80, .8, .15, {.6, 1.6}, {.4, 2.5}, {3, 8}, {.2, 1.0}},
    {6, .20, {281.0, 290.0}, .35, .4, .40, {.8, 2.4}, {.3, 1.8}, {3, 9}, {.2, 1.3}},
    /* BN and other sp2 nitrogen, molecular N2 at 400.5 eV */
    {7, .20, {397.5, 401.5}, .85, .2, .10, {.6, 1.6}, {.6, 3.0}, {4, 8}, {.3, 1.3}},
    /* AlN, GaN, Si3N4: a strong maximum with shoulders */
    {7, .30, {394.8, 400.0}, .10, .3, .60, {.9, 2.4}, {.3, 1.0}, {.8, 6}, {.4, 1.5}},
    /* nitrides of transition metals: two peaks of p-d states */
    {7, .22, {393.8, 398.0}, .85, .9, .10, {1.0, 2.6}, {.5, 1.8}, {4, 9}, {.3, 1.2}},
    {7, .08, {400.5, 405.5}, .80, .4, .20, {.7, 1.8}, {.5, 2.5}, {4, 9}, {.2, 1.0}},
    {7, .20, {394.0, 403.0}, .35, .4, .40, {.8, 2.4}, {.3, 1.8}, {3, 9}, {.2, 1.3}},
    /* oxides of transition metals: pre-peaks of 3d states 528 to 533 eV */
    {8, .38, {527.5, 532.8}, .85, .6, .15, {.9, 2.6}, {.3, 1.8}, {4.5, 10}, {.3, 1.3}},
    /* ionic and covalent insulators: MgO, Al2O3, SiO2, rare earth oxides */
    {8, .32, {530.5, 537.0}, .12, .3, .50, {.9, 2.6}, {.3, 1.0}, {.5, 5}, {.4, 1.6}},
    /* water, organic groups, carbonates, adsorbed oxygen */
    {8, .10, {530.0, 534.5}, .45, .2, .40, {.7, 1.8}, {.3, 1.8}, {3, 8}, {.2, 1.0}},
    {8, .20, {527.5, 537.0}, .35, .4, .40, {.8, 2.4}, {.3, 1.8}, {3, 9}, {.2, 1.3}},
    /* fluorides of transition metals, of the others, any */
    {9, .25, {681.8, 686.5}, .35, .5, .60, {.9, 2.4}, {.3, 1.0}, {3, 8}, {.4, 1.4}},
    {9, .45, {683.0, 691.0}, .10, .3, .40, {.9, 2.6}, {.3, 1.0}, {.5, 5}, {.4, 1.6}},
    {9, .30, {682.0, 691.0}, .35, .4, .40, {.8, 2.4}, {.3, 1.8}, {3, 9}, {.2, 1.3}},
};

static const k_family *k_family_of(eel_rng *rng, int element_z)
{
    const k_family *end = k_families + sizeof k_families / sizeof *k_families, *last = NULL;
    double left = eel_rng_uniform(rng, 0, 1);

    for (const k_family *f = k_families; f < end; f++) {
        if (f->element_z != element_z)
            continue;
        last = f;
        if ((left -= f->weight) < 0)
            break;
    }
    return last;
}

/* Peaks before the main maximum; the first rises through its half height at e = 0. Returns the
 * energy of the first one. */
static double k_first_lines(eel_rng *rng, const k_family *family, double *curve)
{
    double chance = eel_rng_uniform(rng, 0, 1);

    if (chance >= family->strong + family->weak)
        return 0;
    int strong = chance < family->strong;
    range heights = strong ? family->line : (range){.04, .3};
    double fwhm_ev = draw(rng, family->line_ev), at_ev = fwhm_ev / 2;
    eel_curve_line(curve, at_ev, fwhm_ev, draw(rng, heights), eel_rng_uniform(rng, .2, .7));
    int more = strong ? eel_rng_chance(rng, family->second) : eel_rng_chance(rng, .3);
    double next_ev = at_ev;
    for (int i = 0; i < more; i++) {
        next_ev += eel_rng_uniform(rng, 1.4, 3.6);
        eel_curve_line(curve, next_ev, fwhm_ev * eel_rng_uniform(rng, .9, 1.6),
                       draw(rng, heights) * eel_rng_uniform(rng, .5, 1.2),
                       eel_rng_uniform(rng, .2, .7));
        if (more < 3 && eel_rng_chance(rng, .25))
            more++;
    }
    return at_ev;
}

static void k_edge(eel_rng *rng, const k_family *family, double onset_ev, double *curve,
                   double *tail)
{
    double first_ev = k_first_lines(rng, family, curve);
    double step_ev = eel_rng_uniform(rng, .5, 4), sharp = eel_rng_uniform(rng, 0, 1);
    /* Where nothing comes first, e = 0 is the middle of the continuum's own rise. */
    double start_ev = first_ev > 0 ? first_ev + draw(rng, family->gap_ev) : 0;

    eel_curve_tail(tail, onset_ev, eel_rng_uniform(rng, 1.8, 5));
    eel_curve_step(curve, tail, start_ev, 1, step_ev, 0);
    for (int i = between(rng, 1, 3); i > 0; i--) {
        double fwhm_ev = eel_rng_uniform(rng, 2, 7) * (sharp < .2 ? .6 : 1);
        double at_ev = start_ev + eel_rng_uniform(rng, first_ev > 0 ? 0 : fwhm_ev / 2, 7);
        eel_curve_line(curve, at_ev, fwhm_ev, draw(rng, family->main),
                       eel_rng_uniform(rng, 0, .5));
    }
    for (int i = between(rng, 1, 3); i > 0; i--) {
        double at_ev = start_ev + eel_rng_uniform(rng, 7, 32);
        eel_curve_line(curve, at_ev, eel_rng_uniform(rng, 5, 18),
                       eel_rng_uniform(rng, .05, .6), 0);
    }
    fine_structure(rng, curve, start_ev, .35);
}

/*
 * L2,3 edges of Ca to Cu: two white lines on two steps. Energies of the L3 maximum, L2 - L3
 * distances and L3 : L2 heights of the common compounds; L1 - L3 distances from the binding
 * energies of the X-ray Data Booklet. `fields` is the chance that the crystal field splits lines.
 * `least`: of the L3 line over the continuum, the smallest that is drawn; lines lose their strength as the 3d states are
 * filled. Scandium's is what tells it from nitrogen, whose peaks are lower. `spread`: the ratio is within a factor e^spread of
 * the common one; least where few 3d states are filled in metals and compounds alike.
 */
typedef struct {
    int element_z;
    double l3_ev, splitting_ev, ratio, spread, least, fields, l1_ev;
    range fwhm_ev;
} l_family;

static const l_family l_families[] = {
    {20, 348.9, 3.4, .85, .35, 2.6, .90, 92.2, {.7, 2.2}},  {21, 402.6, 4.6, .85, .35, 2.4, .80, 99.3, {.7, 2.2}},
    {22, 458.2, 5.6, .95, .45, 2.0, .80, 107.1, {.7, 2.4}}, {23, 516.5, 6.9, 1.1, .6, 1.7, .55, 114.6, {.8, 2.8}},
    {24, 576.8, 8.6, 1.5, .6, 1.4, .45, 121.9, {1.0, 3.4}}, {25, 641.4, 10.9, 2.3, .6, 1.2, .35, 130.4, {1.1, 4.0}},
    {26, 708.8, 12.9, 3.2, .6, 1.0, .30, 137.8, {1.1, 4.0}}, {27, 779.4, 15.0, 3.2, .6, .8, .20, 147.0, {1.2, 4.0}},
    {28, 853.6, 17.3, 2.8, .6, .8, .12, 155.9, {1.2, 4.0}}, {29, 931.8, 20.0, 2.6, .6, .8, .05, 164.0, {.9, 4.0}},
};

/* The lines of one level: one or two main ones and satellites around them. */
static void white_lines(eel_rng *rng, double *curve, double at_ev, double fwhm_ev, double height,
                        double field_ev, double field_ratio, int satellites)
{
    double lorentz = eel_rng_uniform(rng, .3, .9);

    eel_curve_line(curve, at_ev, fwhm_ev, height, lorentz);
    if (field_ev > 0)
        eel_curve_line(curve, at_ev - field_ev, fwhm_ev * eel_rng_uniform(rng, .6, 1),
                       height * field_ratio, lorentz);
    for (int i = 0; i < satellites; i++) {
        double off_ev = eel_rng_uniform(rng, -.6, 1.6) * (fwhm_ev + .8);
        eel_curve_line(curve, at_ev + off_ev, fwhm_ev * eel_rng_uniform(rng, .6, 1.6),
                       height * eel_rng_uniform(rng, .05, .45), lorentz);
    }
}

static void l_continuum(eel_rng *rng, const l_family *family, double at_ev, double splitting_ev,
                        double *curve, const double *tail)
{
    double width_ev = eel_rng_uniform(rng, 1, 5);

    eel_curve_step(curve, tail, at_ev, 2 / 3.0, width_ev, 0);
    eel_curve_step(curve, tail, at_ev + splitting_ev, 1 / 3.0, width_ev * 1.2, 0);
    for (int i = between(rng, 0, 3); i > 0; i--) {
        double bump_ev = eel_rng_uniform(rng, 6, 45), height = eel_rng_uniform(rng, -.12, .3);
        eel_curve_line(curve, at_ev + bump_ev, eel_rng_uniform(rng, 3, 14), height, 0);
    }
    fine_structure(rng, curve, at_ev, .12);
    eel_curve_step(curve, tail, family->l1_ev + at_ev, eel_rng_uniform(rng, .02, .15),
                   eel_rng_uniform(rng, 2, 7), 0);
}

/* Copper metal and other filled 3d bands: no white line but peaks of the continuum. */
static void l_filled(eel_rng *rng, double splitting_ev, double *curve)
{
    for (int i = between(rng, 1, 3); i > 0; i--) {
        double at_ev = eel_rng_uniform(rng, 1, 14), fwhm_ev = eel_rng_uniform(rng, 2, 5);
        double height = eel_rng_uniform(rng, .05, .45);
        eel_curve_line(curve, at_ev, fwhm_ev, height, .2);
        eel_curve_line(curve, at_ev + splitting_ev, fwhm_ev * 1.1, height * .4, .2);
    }
}

static double transition_metal(eel_rng *rng, const l_family *family, double *curve, double *tail)
{
    double peak_ev = family->l3_ev + eel_rng_uniform(rng, -2.4, 2.6); /* metals lowest */
    double splitting_ev = family->splitting_ev * eel_rng_uniform(rng, .95, 1.06);
    double ratio = family->ratio * exp(eel_rng_uniform(rng, -family->spread, family->spread));
    double fwhm_ev = draw(rng, family->fwhm_ev);
    double wider = eel_rng_uniform(rng, 1, 1.8);
    double white = eel_rng_log_uniform(rng, family->least, 9);

    if (family->element_z == 29 && eel_rng_chance(rng, .4))
        white = eel_rng_uniform(rng, 0, .25);
    double field_ev = 0, field_ratio = 0;
    if (eel_rng_chance(rng, family->fields)) {
        field_ev = eel_rng_uniform(rng, 1, 2.9);
        field_ratio = eel_rng_uniform(rng, .25, 1.1);
        fwhm_ev = fmin(fwhm_ev, eel_rng_uniform(rng, .7, 2));
    }
    /* e = 0: half height of the first line. */
    double at_ev = fwhm_ev / 2 + field_ev, step_ev = at_ev + eel_rng_uniform(rng, 0, 3);
    double onset_ev = peak_ev - at_ev;
    eel_curve_tail(tail, onset_ev, eel_rng_uniform(rng, 1.6, 4.8));
    l_continuum(rng, family, step_ev, splitting_ev, curve, tail);
    if (white < .3)
        l_filled(rng, splitting_ev, curve);
    white_lines(rng, curve, at_ev, fwhm_ev, white, field_ev, field_ratio, between(rng, 0, 3));
    white_lines(rng, curve, at_ev + splitting_ev, fwhm_ev * wider, white / ratio / sqrt(wider),
                field_ev * eel_rng_uniform(rng, .8, 1.1),
                field_ratio * eel_rng_uniform(rng, .8, 1.2), between(rng, 0, 2));
    return onset_ev;
}

/*
 * L2,3 edges of Mg to Ar: a delayed broad maximum, near-edge peaks as spin-orbit doublets.
 * `shift_ev`: the onset in the most oxidised compounds, relative to the lowest one.
 */
typedef struct {
    int element_z;
    double onset_ev, shift_ev, doublet_ev, l1_ev;
} p_family;

static const p_family p_families[] = {
    {14, 99.2, 6.5, .61, 50.3},   {15, 129.8, 7.2, .85, 54.0}, {16, 162.6, 8.6, 1.19, 68.4},
    {17, 199.8, 4.0, 1.60, 70.0}, {18, 244.0, 4.0, 2.12, 77.9},
};

static void doublet(eel_rng *rng, const p_family *family, double *curve, double at_ev,
                    double fwhm_ev, double height)
{
    double lorentz = eel_rng_uniform(rng, .1, .7);

    eel_curve_line(curve, at_ev, fwhm_ev, height, lorentz);
    eel_curve_line(curve, at_ev + family->doublet_ev, fwhm_ev,
                   height * eel_rng_uniform(rng, .4, .8), lorentz);
}

static double light_l_edge(eel_rng *rng, const p_family *family, double *curve, double *tail)
{
    /* Half of the shapes belong to elements and compounds near the lowest onset. */
    double shift = eel_rng_chance(rng, .5) ? eel_rng_uniform(rng, 0, .3)
                                           : eel_rng_uniform(rng, .2, 1);
    double onset_ev = family->onset_ev + shift * family->shift_ev + eel_rng_uniform(rng, -.5, .5);
    double rise_ev = eel_rng_log_uniform(rng, 1, 14);
    double centre_ev = eel_rng_uniform(rng, 8, 27), width_ev = eel_rng_uniform(rng, 3, 12);
    double sudden = eel_rng_uniform(rng, 0, .5);

    eel_curve_tail(tail, onset_ev, eel_rng_uniform(rng, 1.2, 3.6));
    eel_curve_step(curve, tail, 0, sudden, eel_rng_uniform(rng, .4, 1.5), 0);
    eel_curve_step(curve, tail, 0, 1 - sudden, 0.1, rise_ev);
    eel_curve_hump(curve, centre_ev, fmin(width_ev, centre_ev / 2),
                   width_ev * eel_rng_uniform(rng, .8, 2), eel_rng_uniform(rng, .1, 1.4), 2);
    if (eel_rng_chance(rng, .4))
        eel_curve_hump(curve, centre_ev + eel_rng_uniform(rng, 10, 35), 7,
                       eel_rng_uniform(rng, 7, 14), eel_rng_uniform(rng, .03, .25), 2);
    if (eel_rng_chance(rng, .7)) {
        double at_ev = eel_rng_uniform(rng, .3, 1.5);
        double scale = shift > .5 ? 1.4 : 1;
        for (int i = between(rng, 1, 3); i > 0; i--) {
            double fwhm_ev = eel_rng_uniform(rng, .5, 3);
            doublet(rng, family, curve, at_ev, fwhm_ev,
                    eel_rng_uniform(rng, .08, .8) * scale * (fwhm_ev < 1.2 ? 1.5 : 1));
            at_ev += eel_rng_uniform(rng, 1.5, 7);
        }
    }
    fine_structure(rng, curve, 0, .12);
    eel_curve_step(curve, tail, family->l1_ev, eel_rng_uniform(rng, .04, .25),
                   eel_rng_uniform(rng, 2, 6), 0);
    if (eel_rng_chance(rng, .4)) /* 2s -> p states, a peak in oxides */
        eel_curve_line(curve, family->l1_ev + eel_rng_uniform(rng, 0, 5),
                       eel_rng_uniform(rng, 2.5, 8), eel_rng_uniform(rng, .03, .3), .3);
    return onset_ev;
}

void eel_shape_build(eel_rng *rng, int element, double *onset_ev, float *out)
{
    double curve[EEL_SHAPE_SAMPLES] = {0}, tail[EEL_SHAPE_SAMPLES];
    int z = eel_elements[element].atomic_number;

    if (z < 10) {
        const k_family *family = k_family_of(rng, z);
        *onset_ev = draw(rng, family->onset_ev);
        k_edge(rng, family, *onset_ev, curve, tail);
    } else if (z < 20) {
        *onset_ev = light_l_edge(rng, &p_families[z - 14], curve, tail);
    } else {
        *onset_ev = transition_metal(rng, &l_families[z - 20], curve, tail);
    }
    eel_curve_finish(curve, out);
}
