/*
 * shift - do all edges of a spectrum stand off from where they should begin by the same few eV?
 *
 *     eel_shift shift;
 *     if (eel_shift_find(&shift, counts, &axis, onsets_ev, n))
 *         … all shift.edges edges begin shift.ev too late (early, when negative) …
 *
 * An edge begins where the spectrum rises most steeply. The slope of the logarithm of the counts is
 * laid over itself at every onset that is expected, and the shift at which the edges rise together
 * is the one sought. It is told only when it cannot well be anything else:
 *
 *   - at least two edges rise clearly, and there are no more edges that do not;
 *   - each clear edge rises steeply within EEL_SHIFT_AGREE_EV of the common shift (chemical shifts
 *     and the choice of a nominal onset differ by as much);
 *   - the shift is at least EEL_SHIFT_LEAST_EV, and the edges fit worse where they should be.
 */
#ifndef EEL_EELS_SHIFT_H
#define EEL_EELS_SHIFT_H

#include "eels/axis.h"

#define EEL_SHIFT_LOOK_EV  25.0 /* as far from an onset as it is looked for */
#define EEL_SHIFT_LEAST_EV 3.0
#define EEL_SHIFT_AGREE_EV 3.0
#define EEL_SHIFT_EDGES    32   /* at most */

typedef struct {
    double ev;          /* observed minus expected */
    int edges;          /* that agree on it */
    int which[EEL_SHIFT_EDGES]; /* their places in the list of onsets */
} eel_shift;

/* counts: axis->n values, NAN where nothing was recorded. Returns 1 when there is such a shift. */
int eel_shift_find(eel_shift *shift, const float *counts, const eel_axis *axis,
                   const double *onsets_ev, int onsets);

#endif
