/*
 * zero_loss - the zero-loss peak of a low-loss spectrum: where it is within a channel, and how thick the specimen is.
 *
 *     eel_peak peak;
 *     if (eel_peak_highest(&peak, counts, n))
 *         ... peak.centre
 *
 * A peak is taken for a Gaussian. The logarithms a, b, c of its highest channel, b, and of that channel's neighbours lie
 * on a parabola. Its top is (a - c) / (2 (a - 2 b + c)) channels beside the highest, and sigma^2 = 1 / (2 b - a - c).
 */
#ifndef EEL_EELS_ZERO_LOSS_H
#define EEL_EELS_ZERO_LOSS_H

#include <stdint.h>

#include "eels/axis.h"

#define EEL_ZERO_LOSS_BEFORE_EV 5 /* so far before its peak the zero loss begins */

typedef struct {
    uint32_t channel; /* the highest */
    double centre;    /* channels: at most half of one from it */
    double sigma;     /* channels; INFINITY where the neighbours do not show it */
} eel_peak;

/* The peak around counts[channel]. A neighbour counts as a thousandth of it at least. counts (n) */
eel_peak eel_peak_around(const float *counts, uint32_t n, uint32_t channel);

/* The peak around the highest channel, whatever is no number being none; 0 without a channel above zero. counts (n) */
int eel_peak_highest(eel_peak *peak, const float *counts, uint32_t n);

/*
 * The thickness that a low-loss spectrum tells, in mean free paths: t / lambda = ln(I / I0), I being all counts and I0
 * those of the zero loss (R. F. Egerton, EELS in the Electron Microscope, 3rd edition, section 5.1). I0 is taken as
 * twice what lies before the centre of the peak, from 5 eV before it on; of the highest channel, as much as of the
 * Gaussian. With peaks as narrow as a channel (full width at half maximum) it is good to 0.05, with broader ones to
 * 0.01. NAN without a peak. counts (axis->n)
 */
double eel_thickness(const float *counts, const eel_axis *axis);

#endif
