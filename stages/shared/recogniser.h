/*
 * recogniser - a trained network and all that is needed to ask it: spectra on the covered part of
 * the network's axis in, calibrated probabilities out, and what the window cannot show.
 * Shared by whatever asks a network.
 */
#ifndef EEL_STAGES_RECOGNISER_H
#define EEL_STAGES_RECOGNISER_H

#include "eels/axis.h"
#include "eels/elements.h"
#include "nn/model.h"

#define EEL_RECOGNISER_BATCH   64 /* the most that eel_recognise_raw takes */
#define EEL_RECOGNISER_AT_ONCE 32 /* eel_recognise goes through its spectra in parts that, with all that
                                     is made of them, stay in the cache; results do not depend on it */

/* An edge can be seen when its nominal onset lies inside the window, this far from its ends:
 * the margins allow for chemical shifts and an axis that is off by a few eV. */
#define EEL_OBSERVABLE_BEFORE_EV 3.0 /* so much before the start */
#define EEL_OBSERVABLE_L2_EV     5.0 /* or so much: of white lines, the second is still inside */
#define EEL_OBSERVABLE_END_EV    6.0 /* at least so much before the end */

typedef struct eel_recogniser eel_recogniser;

#define EEL_MODEL_SHIPPED "core-loss-20.h5"

/* NULL as path: the model that ships (base/shipped.h). A model's axis may begin later than the
 * network's (kong2022.h5: at 90 eV): it is not shown what lies before. Refuses a model for any other axis or
 * normalisation, and one with a class that is neither "other…" nor an element whose edge is known. */
int eel_recogniser_new(eel_recogniser **recogniser, const char *model_path,
                       eel_numbers numbers);
void eel_recogniser_free(eel_recogniser *recogniser);

/* The energies may be off by so much, either way, 0 to EEL_AXIS_ERROR_MAX_EV: probabilities become means over
 * answers to the spectrum moved within it, in steps of EEL_AXIS_TRIAL_EV at most, each as dear as the first.
 * Where another edge begins is still told by the spectrum as it is. Asked for at most once. EEL_EARGS beyond, in
 * the words of an option; EEL_ENOMEM. */
int eel_recogniser_doubt_axis(eel_recogniser *recogniser, double ev);
#define EEL_AXIS_ERROR_MAX_EV 20
#define EEL_AXIS_TRIAL_EV     3

const eel_model_info *eel_recogniser_info(const eel_recogniser *recogniser);

/* (classes): what they stand for. */
const eel_class_edge *eel_recogniser_edges(const eel_recogniser *recogniser);

/* The class "other"; -1 when there is none. */
int eel_recogniser_other(const eel_recogniser *recogniser);

/* Do the classes have the order of a labelled stream: the twenty, further elements, "other" and its
 * bins? *own: how many further ones. EEL_EFORMAT, and where they are more than own_max. */
int eel_recogniser_standard(const eel_recogniser *recogniser, const char *model_path, int own_max,
                            int *own);

/* Of one spectrum, a multiply-add counted as two. */
uint64_t eel_recogniser_flop(const eel_recogniser *recogniser);

/* p (rows, classes): calibrated probabilities; a row is all NAN where the spectrum holds nothing
 * to look at. counts (rows, axis->n) on channels `offset` … of the network's axis. */
void eel_recognise(eel_recogniser *recogniser, const float *counts, uint32_t offset, uint32_t n,
                   uint32_t rows, float *p);

/* The same in two steps. One spectrum as the network sees it: x (eel_recogniser_inputs). 0 when there is
 * nothing to look at, x is zero then. */
uint32_t eel_recogniser_inputs(const eel_recogniser *recogniser);
int eel_recogniser_show(const eel_recogniser *recogniser, const float *counts, uint32_t offset,
                        uint32_t n, float *x);
/* x (rows, inputs), rows at most EEL_RECOGNISER_BATCH; probabilities before calibration. */
void eel_recognise_raw(eel_recogniser *recogniser, const float *x, uint32_t rows, float *p);

/* EEL_EFORMAT unless the edge of one of its elements, or more, lies inside the window that `axis` covers. */
int eel_recogniser_check_window(const eel_recogniser *recogniser, const eel_axis *axis);

/* 1 when the edge lies inside the window that `axis` covers; "other" always does. */
int eel_observable(const eel_class_edge *edge, const eel_axis *axis);

/* The same where there may be a gap: inside what was recorded before it, or behind. */
int eel_observable_beside(const eel_class_edge *edge, const eel_axis *axis, const eel_gap *gap);

#endif
