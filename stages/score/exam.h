/*
 * exam - asks a network about spectra whose elements are known, and counts by the paper's measures.
 *
 *     eel_exam *exam;
 *     eel_exam_new(&exam, model_path, eel_numbers_here());
 *     eel_exam_add(exam, counts, n, offset, labels);        as often as needed
 *     eel_exam_finish(exam, &metrics);                      ready for the next questions
 *
 * Elements whose edge lies outside the recorded window are not reported, and not scored either:
 * a product that calls them "not observable" must not be asked for them.
 */
#ifndef EEL_STAGES_EXAM_H
#define EEL_STAGES_EXAM_H

#include "score/metrics.h"
#include "shared/recogniser.h"

typedef struct eel_exam eel_exam;

int eel_exam_new(eel_exam **exam, const char *model_path, eel_numbers numbers);
void eel_exam_free(eel_exam *exam); /* NULL is fine */

/* f1: where the F1 of each spectrum goes, in the order they were added; NULL: nowhere. */
void eel_exam_keep_f1(eel_exam *exam, float *f1);

/* counts: n values on channels offset … of the network's axis. */
void eel_exam_add(eel_exam *exam, const float *counts, uint32_t n, uint32_t offset,
                  const uint8_t *labels);

/* What was counted since the last finish. */
void eel_exam_finish(eel_exam *exam, eel_metrics *metrics);

eel_recogniser *eel_exam_recogniser(eel_exam *exam);

#endif
