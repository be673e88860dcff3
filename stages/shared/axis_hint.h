/*
 * axis_hint - would a spectrum make sense if its energies were off by tens of eV?
 *
 * A network knows axes that are off by some 15 eV (eels/synth_real.c). Further off, edges look like none of
 * its elements, or like others. So it is asked about the spectrum moved step by step. Where, moved, two
 * elements or more are certain, more than where it stands, and no edge of another element is left and nothing
 * is in doubt, while something was as the energies stand, they are probably wrong by about that: by how much is
 * then measured where the edges begin (eels/shift.h).
 *
 * One element alone is no evidence: any single edge can be moved to some onset.
 */
#ifndef EEL_STAGES_AXIS_HINT_H
#define EEL_STAGES_AXIS_HINT_H

#include "eels/shift.h"
#include "shared/recogniser.h"

#define EEL_HINT_STEP_EV    3
#define EEL_HINT_REACH_EV   45
#define EEL_HINT_LEAST_EV   9   /* less is what a network is used to */
#define EEL_HINT_CERTAIN    0.9 /* probability of an element */
#define EEL_HINT_CLEAR      1.0 /* doubt, at most, of the spectrum where it is moved to: sum of -ln of what is */
#define EEL_HINT_DOUBTFUL   0.7 /* likely; this much more, at least, where it stands, */
#define EEL_HINT_MEASURED   2.0 /* and at most so much where its edges were measured to belong */

/* counts (axis->n); `axis` is the covered part of the network's. Returns 1 and fills in `late`, which: the classes that
 * are certain then; 0, and leaves it, when there is nothing to say. */
int eel_ask_about_axis(eel_recogniser *recogniser, const float *counts, const eel_axis *axis, eel_shift *late);

#endif
