/*
 * synth - the forward model: labelled spectra from edge shapes.
 *
 * EEL_SYNTH_PAPER is exactly the distribution of Kong et al. 2022 (Tables 1 and 2, Figure 3):
 * one to six edges on E^-r, jump ratios of Table 1, tails continued by a power law, the axis
 * stretched by up to 1.5 % and shifted by up to 15 eV, smoothed Gaussian noise.
 *
 * EEL_SYNTH_REAL is what microscopes deliver: windows and dispersions of any kind, Poisson,
 * read-out and gain noise, backgrounds that are no single power law, plural scattering, white
 * lines six times as high as the background, edges outside the twenty, spikes and dead channels,
 * dark levels that nobody subtracted and backgrounds that somebody did, by a fit before the first
 * edge or otherwise, and axes that are mostly good to a few eV. A window that begins shortly before
 * an edge is no proof of it: in maps some pixels have the edge for which it was chosen, others do
 * not, so windows are drawn for edges that are not there, too.
 *
 * Jump ratio: the peak of the broadened edge over everything that lies under its onset (the
 * background and the tails of earlier edges). The paper's Figure 2 leaves open whether the tails
 * count; they do here.
 *
 * A spectrum depends on (seed, index) alone.
 */
#ifndef EEL_EELS_SYNTH_H
#define EEL_EELS_SYNTH_H

#include "eels/axis.h"
#include "eels/elements.h"
#include "eels/library.h"
#include "eels/pool.h"

#define EEL_EPOCH 32768 /* spectra drawn from one filling of the pool */

typedef struct {
    uint32_t offset, n;              /* the covered channels of the network's axis */
    float counts[EEL_NET_CHANNELS];  /* 0 … n - 1: counts of channels offset … offset + n - 1 */
    uint8_t labels[EEL_CLASSES];     /* EEL_ABSENT, EEL_PRESENT, EEL_UNLABELLED */
    float jumps[EEL_ELEMENTS];       /* jump ratio of each edge, 0 when absent */
} eel_spectrum;

typedef struct eel_synth eel_synth;

/* See eel_pool_new for `library` and `held_out`. */
int eel_synth_new(eel_synth **synth, eel_synth_kind kind, const eel_library *library, int held_out);
void eel_synth_free(eel_synth *synth);
void eel_synth_build_share(eel_synth *synth, double share); /* see eel_pool_build_share */

/* What is not left to chance: for phantoms and for tests of one influence at a time. Zeroed
 * members are drawn. */
typedef struct {
    eel_axis axis;        /* of the detector, at most EEL_DETECTOR_MAX channels; n = 0: drawn, the paper's
                             kind: its whole axis, of which this is otherwise the part that is seen */
    double counts;        /* mean counts per channel */
    double dose;          /* instead: counts per 0.2 eV channel of the background at 500 eV; the
                             paper's kind has Poisson noise then, instead of its own */
    double jump;          /* of each edge */
    double white;         /* paper's kind: white noise instead, its standard deviation as a share of
                             the lowest background; 0.1 in the paper's Table 4 */
    int faint;            /* paper's kind without a dose, 1: jump ratios from far below the paper's on;
                             edges that hardly rise above the noise are not labelled */
    uint32_t elements;    /* bit e: element e is there */
    int elements_given;   /* 1: `elements` counts, also when it is empty */
    int clean;            /* 1: exact axis, Poisson noise only, no foreign edges, no defects */
} eel_scene;

#define EEL_DETECTOR_MAX 8192

/* For the paper's kind, what its tables leave out and users ask for: some of the spectra with Poisson
 * noise of a random dose or with faint edges, some cut to a random window, some without an edge.
 * `scene` is zeroed first. */
void eel_scene_vary_paper(eel_scene *scene, eel_rng *rng);

/* One spectrum as the network's axis has it. `scene` NULL: all is drawn. Fast when indices ascend:
 * every EEL_EPOCH spectra the pool is made anew. */
void eel_synth_draw(eel_synth *synth, const eel_scene *scene, uint64_t seed, uint64_t index,
                    eel_spectrum *spectrum);

/* Real kind only: the expected counts (scene->axis.n) on the detector, before any noise. */
void eel_synth_expected(eel_synth *synth, const eel_scene *scene, uint64_t seed, uint64_t index,
                        float *expected);

#endif
