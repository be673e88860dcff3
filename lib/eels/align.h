/*
 * align - how far an energy axis is off, from what a spectrum itself shows.
 *
 * Both give the energy that is to be added to every energy of the axis. They are sure or they say
 * nothing: EEL_EFORMAT with words when the spectrum does not show it.
 */
#ifndef EEL_EELS_ALIGN_H
#define EEL_EELS_ALIGN_H

#include "eels/axis.h"

#define EEL_ZERO_LOSS_REACH_EV 20.0 /* the peak is looked for that far from 0 */
#define EEL_ANCHOR_REACH_EV    10.0 /* an edge that far from where it should begin */

/* From the zero-loss peak: its highest channel within reach, refined by a parabola through the
 * logarithms of it and its neighbours, which is exact for a Gaussian. The peak must have ten times
 * the counts of the spectrum's median channel. A shift is never more than the reach. counts (axis->n) */
int eel_align_zero_loss(const eel_axis *axis, const float *counts, double *shift_ev);

/*
 * From an edge that is known to be there: a power law is fitted to the counts from 50 to 12 eV below
 * `onset_ev` (Egerton, Electron Energy-Loss Spectroscopy, 3rd ed. 2011, section 4.4); above it, the
 * edge has begun where the counts, smoothed over 2 eV, first exceed it by half of the mean excess
 * between 5 and 30 eV after the onset. That is a good electronvolt after the onset for sharp edges: the
 * shift is good to about 2 eV. The excess must be 5 times its own noise. counts (axis->n)
 */
int eel_align_edge(const eel_axis *axis, const float *counts, double onset_ev, double *shift_ev);

#endif
