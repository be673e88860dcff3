/*
 * gaussians - a sum of Gaussians for a measured or computed edge (Kong et al. 2022, Edge modeling).
 *
 * Matching pursuit proposes, Levenberg-Marquardt settles: the Gaussian out of a dictionary of all
 * centres and some twenty widths that explains most of what is left is added, then all centres,
 * widths and heights are improved together (on logarithms of width and height, so both stay
 * positive, and no height is above twice the highest value), until the rest is small enough or further Gaussians no longer pay. At last those
 * whose absence the others can make up for are taken out again.
 *
 * Sources: S. Mallat & Z. Zhang 1993 (doi 10.1109/78.258082); D. W. Marquardt 1963
 * (doi 10.1137/0111030).
 */
#ifndef EEL_EELS_GAUSSIANS_H
#define EEL_EELS_GAUSSIANS_H

#include "eels/library.h"

#define EEL_FIT_SAMPLES_MAX 20000

typedef struct {
    int gaussians_max;   /* 1 … EEL_GAUSSIANS_MAX */
    double tolerance;    /* rms of the rest over rms of the data that is good enough */
    double gain_min;     /* a round must lower the sum of squares by at least this share */
    double sigma_min_ev; /* narrowest Gaussian */
} eel_fit_options;

/*
 * Fits values[i] at e = first_ev + i step_ev. gaussians: room for EEL_GAUSSIANS_MAX, in ascending
 * order of their centres; *rms: rms of the rest over rms of the data. EEL_EARGS for sizes or
 * options out of range, EEL_EFORMAT where nothing is positive, EEL_ENOMEM.
 */
int eel_fit_gaussians(const double *values, int n, double first_ev, double step_ev,
                      const eel_fit_options *options, eel_gaussian *gaussians, int *count,
                      double *rms);

#endif
