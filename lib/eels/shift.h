/*
 * shift - do all edges of a spectrum stand off from where they should begin?
 *
 *     eel_shift shift;
 *     if (eel_shift_find(&shift, counts, &axis, onsets_ev, n))
 *         … shift.edges edges begin shift.ev too late (early, when negative) …
 *
 * The rise of the spectrum (eels/rise.h) is laid over itself at every onset that is expected, and the shift at which
 * the edges rise together is the one sought. It is told only when it cannot well be anything else:
 *
 *   - at least two edges rise clearly, and there are no more edges that do not;
 *   - each clear edge rises steeply within EEL_SHIFT_AGREE_EV of the common shift (chemical shifts
 *     and the choice of a nominal onset differ by as much);
 *   - the shift is at least EEL_SHIFT_LEAST_EV, and the edges fit worse where they should be.
 *
 * Where they do not agree, for the dispersion is wrong as well, that is told of three clear edges or
 * more which are all early, or all late, by EEL_SHIFT_APART_EV or more.
 */
#ifndef EEL_EELS_SHIFT_H
#define EEL_EELS_SHIFT_H

#include "eels/rise.h"

#include <stddef.h>

#define EEL_SHIFT_LOOK_EV  EEL_RISE_LOOK_EV /* as far from an onset as it is looked for */
#define EEL_SHIFT_LEAST_EV 3.0
#define EEL_SHIFT_AGREE_EV 3.0
#define EEL_SHIFT_APART_EV 6.0
#define EEL_SHIFT_EDGES    32   /* at most */

typedef enum {
    EEL_SHIFT_COMMON, /* all edges by the same */
    EEL_SHIFT_APART,  /* each by its own: no offset helps */
    EEL_SHIFT_ASKED,  /* a network that was asked said so, of the mean alone (stages/shared/axis_hint.h) */
} eel_shift_kind;

typedef struct {
    eel_shift_kind kind;
    double ev;          /* observed minus expected: the mean, */
    double low_ev, high_ev; /* and between which they are */
    double by_ev[EEL_SHIFT_EDGES]; /* each, unless a network was asked */
    int edges;          /* of which this is told; 0: nothing is */
    int which[EEL_SHIFT_EDGES]; /* their places in the list of onsets */
} eel_shift;

/* counts: axis->n values, NAN where nothing was recorded. Returns 1 when there is such a shift. */
int eel_shift_find(eel_shift *shift, const float *counts, const eel_axis *axis,
                   const double *onsets_ev, int onsets);

/* What to give as --offset where `given_ev` was given; NAN: none helps. */
double eel_shift_offset(const eel_shift *shift, double given_ev);

/* "O and Mn begin 5 to 8 eV too early", "Mn, Co and Ni begin 12, 17 and 22 eV too early", "energies about
 * 30 eV higher would show C and O and nothing else": names of the
 * edges, as many as shift->edges. */
void eel_shift_words(const eel_shift *shift, const char *const *names, char *words, size_t size);

#endif
