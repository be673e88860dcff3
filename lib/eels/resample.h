/*
 * resample - counts from one energy axis to another, conserving them.
 *
 * The cumulative counts at the channel borders are interpolated by a cubic Hermite curve whose
 * slopes are the means of the neighbouring channels; each new channel gets the difference between
 * its two borders. So the sum over any stretch is kept exactly, fine channels are added up and
 * coarse ones are spread smoothly.
 *
 *     eel_resample *plan;
 *     eel_resample_new(&plan, &from, &to);       only the covered part of `to` is kept
 *     const eel_axis *covered = eel_resample_axis(plan);
 *     eel_resample_rows(plan, counts, rows, out);   out: (rows, covered->n)
 */
#ifndef EEL_EELS_RESAMPLE_H
#define EEL_EELS_RESAMPLE_H

#include "eels/axis.h"

typedef struct eel_resample eel_resample;

/* EEL_EARGS when the axes share fewer than 16 channels of `to`. */
int eel_resample_new(eel_resample **plan, const eel_axis *from, const eel_axis *to);

/* The covered part of `to`: those channels that lie wholly inside `from`. */
const eel_axis *eel_resample_axis(const eel_resample *plan);

void eel_resample_row(const eel_resample *plan, const float *counts, float *out);
void eel_resample_free(eel_resample *plan);

#endif
