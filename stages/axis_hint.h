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

#include "recogniser.h"

#define EEL_HINT_STEP_EV    3
#define EEL_HINT_REACH_EV   45
#define EEL_HINT_LEAST_EV   9   /* less is what a network is used to */
#define EEL_HINT_CERTAIN    0.9 /* probability of an element */
#define EEL_HINT_CLEAR      1.0 /* doubt, at most, of the spectrum where it is moved to: sum of -ln of what is */
#define EEL_HINT_DOUBTFUL   0.7 /* likely; this much more, at least, where it stands, */
#define EEL_HINT_MEASURED   2.0 /* and at most so much where its edges were measured to belong */

typedef struct {
    double offset_ev;  /* to be added to the energies; 0: nothing to say */
    uint32_t elements; /* how many are certain then, */
    uint32_t element[EEL_NET_CLASSES_MAX]; /* and which classes */
} eel_axis_hint;

/* counts (axis->n); `axis` is the covered part of the network's. */
eel_axis_hint eel_hint_of_axis(eel_recogniser *recogniser, const float *counts, const eel_axis *axis);

#endif
