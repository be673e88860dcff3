/*
 * rise - where an edge begins in a spectrum: the slope of the logarithm of the counts around its onset.
 *
 * An edge begins where the spectrum rises most steeply, or where it rises clearly up to EEL_RISE_EARLY_EV before: the pi*
 * line of boron, carbon and nitrogen comes 7 eV before the steeper sigma*, oxygen's first line in oxides of transition
 * metals 10 eV before the rest. The slope compares the counts 2 eV before a channel with those 2 eV behind it. A rise is
 * clear that exceeds what is usual nearby, the median, by so many standard deviations as are asked for, and by 2 % of the
 * counts.
 */
#ifndef EEL_EELS_RISE_H
#define EEL_EELS_RISE_H

#include "eels/axis.h"

#define EEL_RISE_PLACES    1024 /* at most */
#define EEL_RISE_EARLY_EV  9.0
#define EEL_RISE_LOOK_EV   25.0 /* what counts as nearby, to either side */
#define EEL_RISE_STEP_EV   4.0  /* channels that are wider show no slope */

typedef struct {
    double late_ev;  /* where the edge begins: observed minus expected onset, between channels */
    int n;           /* places around the onset, one channel apart */
    double first_ev; /* of the first, relative to the onset */
    double rise[EEL_RISE_PLACES]; /* as a share of the steepest; below 0 nothing; 1 where the edge begins */
} eel_rise;

/* Looks at most `reach_ev`, up to EEL_RISE_LOOK_EV, to either side of `onset_ev`; sure: standard deviations; counts
 * (axis->n). Returns 1 when an edge clearly rises there; 0 as well where less than half of what is nearby was recorded. */
int eel_rise_find(eel_rise *rise, const float *counts, const eel_axis *axis, double onset_ev, double reach_ev,
                  double sure);

#endif
