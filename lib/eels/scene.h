/*
 * scene - private to lib/eels: a spectrum before the detector, as a background and edges on it.
 *
 * Everything is a function of the true energy; the observed axis is stretched and shifted:
 * observed = true (1 + stretch) + shift.
 */
#ifndef EEL_EELS_SCENE_H
#define EEL_EELS_SCENE_H

#include "eels/synth.h"

#define EEL_EDGES_MAX 24 /* of one spectrum, foreign ones included */

typedef struct {      /* background: sum of power laws and a constant, times a smooth factor */
    double weight[3], exponent[3], at_ev[3]; /* weight (E / at)^-exponent */
    int terms;
    double constant;
    double wave[3];   /* Chebyshev coefficients of the factor over the window, orders 1 to 3 */
    double low_ev, high_ev;
    double hump, hump_ev, hump_sd_ev; /* a Gaussian added to the factor; hump 0: none */
} eel_backdrop;

typedef struct {
    const eel_pool_edge *edge;
    int element;      /* -1: foreign */
    double jump;      /* ratio that was asked for */
    double height;    /* intensity of the peak */
} eel_placed;

typedef struct {
    eel_backdrop backdrop;
    eel_placed edges[EEL_EDGES_MAX];
    int count;
    double stretch, shift;
} eel_view;

double eel_backdrop_at(const eel_backdrop *backdrop, double ev);

/* Sorts the edges by onset and gives each the height that its jump ratio asks for: jump x
 * (backdrop + earlier edges) at its onset, onsets outside the window taken at its border. */
void eel_view_stack(eel_view *view);

/* out[i] for the observed channels of `axis`: the backdrop; added to out[i]: an edge, averaged
 * over the channel's width. */
void eel_view_backdrop(const eel_view *view, const eel_axis *axis, float *out);
void eel_view_add_edge(const eel_view *view, int edge, const eel_axis *axis, float *out);

static inline double eel_view_observed(const eel_view *view, double ev)
{
    return ev * (1 + view->stretch) + view->shift;
}

static inline double eel_view_true(const eel_view *view, double observed_ev)
{
    return (observed_ev - view->shift) / (1 + view->stretch);
}

/* The two forward models: synth_paper.c and synth_real.c. */
typedef struct {
    eel_view view;
    eel_axis axis;                        /* of the detector */
    float expected[EEL_DETECTOR_MAX];     /* counts before noise */
    float backdrop[EEL_DETECTOR_MAX];     /* the background's part of it */
    float counts[EEL_DETECTOR_MAX];       /* as the detector gives them */
    double readout, gain;                 /* noise: counts, share */
} eel_exposure;

/* Which elements: count + 1 weights. Bits of the result. */
uint32_t eel_draw_elements(eel_rng *rng, const double *share_of_count, int count_max);

void eel_paper_draw(const eel_pool *pool, const eel_scene *scene, eel_rng *rng,
                    eel_exposure *exposure, eel_spectrum *spectrum);
void eel_real_expect(const eel_pool *pool, const eel_scene *scene, eel_rng *rng,
                     eel_exposure *exposure, eel_spectrum *spectrum);
/* The label of an edge, of what is expected: EEL_UNLABELLED where it hardly stands above its noise or begins at an end of
 * the window, EEL_ABSENT where it begins outside. `counts` is scratch. */
uint8_t eel_edge_label(eel_exposure *exposure, int edge);
/* Those of all; `counts` is scratch. */
void eel_real_label(eel_exposure *exposure, eel_spectrum *spectrum);
/* `expected` is scratch. */
void eel_real_detect(const eel_scene *scene, eel_rng *rng, eel_exposure *exposure);

/* Its counts on the network's axis, as `calibrate` puts them there; n = 0 where the window lies outside. */
void eel_exposure_resample(const eel_exposure *exposure, eel_spectrum *spectrum);

#endif
