/* The paper's forward model: Kong et al. 2022, "Spectrum synthesis and data augmentation". */
#include "eels/scene.h"

#include <math.h>
#include <string.h>

#define JUMP_MIN        0.15
#define REFERENCE_EV    50.0 /* where the background is 1 */
#define STRETCH_MAX     0.015
#define SHIFT_MAX_EV    15.0
#define NOISE_SD        0.0012
#define FRAME_MIN       31 /* odd frame lengths between 30 and 60 */
#define FRAME_MAX       59

/* Variations: shares of the spectra, and ranges. */
#define DOSE_SHARE      0.5
#define DOSE_MIN        100 /* counts per channel at 500 eV */
#define DOSE_MAX        30000
#define WINDOW_SHARE    0.4
#define WINDOW_MIN_EV   250
#define EMPTY_SHARE     0.14
#define FAINT_SHARE     0.5  /* of those without a dose: */
#define JUMP_FAINT      0.03 /* jump ratios from here on; edges weaker than */
#define SNR_LEAST       4.0  /* times their noise, weighted by their height, */
#define SNR_OVER_EV     20.0 /* from the onset over this stretch, are not labelled */
#define WHITE_SHARE     0.5  /* of the faint: white noise, such as Table 4's with 0.1 times the */
#define WHITE_MIN       0.03 /* lowest background as its standard deviation, */
#define WHITE_MAX       0.2
#define WHITE_SNR_LEAST 6.0  /* which, other than the paper's, is new in every channel */
#define ONSET_INSIDE_EV 1.5 /* an edge this close behind a window's start is not labelled, */
#define ONSET_BEFORE_EV 40  /* nor one less than this before it, */
#define ONSET_END_EV    6   /* nor one this close to its end */

static const double share_of_count[] = {0.20, 0.20, 0.20, 0.15, 0.15, 0.10};

static double exponent(eel_rng *rng)
{
    double r;
    do
        r = 1.88 + 0.2 * eel_rng_normal(rng);
    while (r <= 0.1);
    return r;
}

/* Gaussian noise through a Savitzky-Golay filter of order 1, which away from the ends is the mean
 * over the frame; the noise is drawn beyond both ends so that there are none. */
static void add_noise(eel_rng *rng, float *counts, uint32_t n)
{
    float raw[EEL_PAPER_CHANNELS + FRAME_MAX];
    uint32_t frame = FRAME_MIN + 2 * eel_rng_below(rng, (FRAME_MAX - FRAME_MIN) / 2 + 1);
    double c = eel_rng_uniform(rng, 1, 2), sum = 0;

    for (uint32_t i = 0; i < n + frame; i++)
        raw[i] = (float)eel_rng_normal(rng);
    for (uint32_t i = 0; i < frame; i++)
        sum += raw[i];
    for (uint32_t i = 0; i < n; i++) {
        counts[i] += (float)(c * NOISE_SD * sum / frame);
        sum += raw[i + frame] - raw[i];
    }
}

/* Instead: as in the paper's "Evaluation of model's sensitivity". */
static void add_white_noise(eel_rng *rng, double sd, float *counts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        counts[i] += (float)(sd * eel_rng_normal(rng));
}

/* Or: so many counts per channel of the background at 500 eV, as the detector counts them. */
static void count(eel_rng *rng, const eel_backdrop *backdrop, double dose, float *counts, uint32_t n)
{
    double scale = dose / eel_backdrop_at(backdrop, 500);

    for (uint32_t i = 0; i < n; i++)
        counts[i] = (float)eel_rng_poisson(rng, fmax(scale * counts[i], 0));
}

static double lowest(const eel_backdrop *backdrop)
{
    return eel_backdrop_at(backdrop, backdrop->high_ev);
}

/* Takes the labels of edges that hardly rise above their noise, of that standard deviation. */
static void unlabel_faint(const eel_view *view, const eel_axis *axis, double noise, double snr_least,
                          float *scratch, eel_spectrum *spectrum)
{
    for (int k = 0; k < view->count; k++) {
        double onset = eel_view_observed(view, view->edges[k].edge->onset_ev);
        double from = fmax(eel_axis_channel(axis, onset), 0), snr_squared = 0;
        double to = fmin(eel_axis_channel(axis, onset + SNR_OVER_EV), axis->n - 1.0);

        memset(scratch, 0, axis->n * sizeof *scratch);
        eel_view_add_edge(view, k, axis, scratch);
        for (double i = from; i <= to; i++) {
            double snr = scratch[(uint32_t)i] / noise;
            snr_squared += snr * snr;
        }
        if (snr_squared < snr_least * snr_least)
            spectrum->labels[view->edges[k].element] = EEL_UNLABELLED;
    }
}

/* The part of the spectrum that `window` covers, and labels that it can be held to. */
static void cut(const eel_axis *window, const eel_view *view, eel_spectrum *spectrum)
{
    eel_axis net = eel_axis_net();
    double from = fmax(round(eel_axis_channel(&net, window->start_ev)), spectrum->offset);
    double to = fmin(round(eel_axis_channel(&net, eel_axis_ev(window, window->n))),
                     spectrum->offset + spectrum->n);
    double begin_ev = eel_axis_ev(&net, from), end_ev = eel_axis_ev(&net, to);

    for (int k = 0; k < view->count; k++) {
        uint8_t *label = &spectrum->labels[view->edges[k].element];
        double onset = eel_view_observed(view, view->edges[k].edge->onset_ev);
        if (onset < begin_ev - ONSET_BEFORE_EV || onset > end_ev)
            *label = EEL_ABSENT;
        else if (onset < begin_ev + ONSET_INSIDE_EV || onset > end_ev - ONSET_END_EV)
            *label = EEL_UNLABELLED;
    }
    uint32_t before = (uint32_t)from - spectrum->offset;
    spectrum->n = to > from ? (uint32_t)(to - from) : 0;
    spectrum->offset = (uint32_t)from;
    memmove(spectrum->counts, spectrum->counts + before, spectrum->n * sizeof *spectrum->counts);
}

void eel_paper_draw(const eel_pool *pool, const eel_scene *scene, eel_rng *rng,
                    eel_exposure *exposure, eel_spectrum *spectrum)
{
    eel_view *view = &exposure->view;
    eel_axis axis = eel_axis_paper();
    int psf_class = (int)eel_rng_below(rng, EEL_POOL_CLASSES);
    uint32_t bits = scene->elements_given ? scene->elements
                                          : eel_draw_elements(rng, share_of_count, 6);

    *view = (eel_view){.backdrop = {.terms = 1,
                                    .weight = {1},
                                    .exponent = {exponent(rng)},
                                    .at_ev = {REFERENCE_EV},
                                    .low_ev = REFERENCE_EV,
                                    .high_ev = 1100}};
    if (!scene->clean) {
        view->stretch = eel_rng_uniform(rng, -STRETCH_MAX, STRETCH_MAX);
        view->shift = eel_rng_uniform(rng, -SHIFT_MAX_EV, SHIFT_MAX_EV);
    }
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        if (!(bits >> e & 1))
            continue;
        double jump = scene->faint
                          ? eel_rng_log_uniform(rng, JUMP_FAINT, eel_elements[e].jump_max)
                          : eel_rng_uniform(rng, JUMP_MIN, eel_elements[e].jump_max);
        jump = scene->jump > 0 ? scene->jump : jump;
        view->edges[view->count++] = (eel_placed){
            .edge = eel_pool_pick(pool, rng, psf_class, e), .element = e, .jump = jump};
        spectrum->labels[e] = EEL_PRESENT;
        spectrum->jumps[e] = (float)jump;
    }
    eel_view_stack(view);
    eel_view_backdrop(view, &axis, spectrum->counts);
    for (int k = 0; k < view->count; k++)
        eel_view_add_edge(view, k, &axis, spectrum->counts);
    double white = scene->white * lowest(&view->backdrop);
    if (scene->faint && white > 0)
        unlabel_faint(view, &axis, white, WHITE_SNR_LEAST, exposure->expected, spectrum);
    else if (scene->faint) /* the paper's, before its filter, which leaves the slow part as it is */
        unlabel_faint(view, &axis, 1.5 * NOISE_SD, SNR_LEAST, exposure->expected, spectrum);
    if (scene->dose > 0)
        count(rng, &view->backdrop, scene->dose, spectrum->counts, axis.n);
    else if (white > 0)
        add_white_noise(rng, white, spectrum->counts, axis.n);
    else
        add_noise(rng, spectrum->counts, axis.n);
    spectrum->offset = EEL_PAPER_FIRST;
    spectrum->n = axis.n;
    if (scene->axis.n)
        cut(&scene->axis, view, spectrum);
}

void eel_scene_vary_paper(eel_scene *scene, eel_rng *rng)
{
    double from = EEL_PAPER_START_EV, to = from + EEL_PAPER_CHANNELS * EEL_NET_STEP_EV;

    *scene = (eel_scene){.dose = 0};
    if (eel_rng_chance(rng, DOSE_SHARE))
        scene->dose = eel_rng_log_uniform(rng, DOSE_MIN, DOSE_MAX);
    if (eel_rng_chance(rng, WINDOW_SHARE)) {
        double width = eel_rng_uniform(rng, WINDOW_MIN_EV, to - from);
        double start = eel_rng_uniform(rng, from, to - width);
        scene->axis = (eel_axis){start, EEL_NET_STEP_EV, (uint32_t)(width / EEL_NET_STEP_EV)};
    }
    scene->faint = scene->dose == 0 && eel_rng_chance(rng, FAINT_SHARE);
    if (scene->faint && eel_rng_chance(rng, WHITE_SHARE))
        scene->white = eel_rng_log_uniform(rng, WHITE_MIN, WHITE_MAX);
    scene->elements_given = eel_rng_chance(rng, EMPTY_SHARE);
}
