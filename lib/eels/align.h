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

/* From the zero-loss peak: its highest channel within reach, and within that as eels/zero_loss.h has it. The peak must
 * have ten times the counts of the spectrum's median channel. A shift is never more than the reach. counts (axis->n) */
int eel_align_zero_loss(const eel_axis *axis, const float *counts, double *shift_ev);

/*
 * From an edge that is known to be there: where it begins (eels/rise.h), nominal onsets being good to a few eV. It must
 * rise 4 standard deviations more steeply than its surroundings, EEL_RISE_LOOK_EV to either side, which are to be on the
 * axis. counts (axis->n)
 */
int eel_align_edge(const eel_axis *axis, const float *counts, double onset_ev, double *shift_ev);

#endif
