/*
 * resample - counts from one energy axis to another, conserving them.
 *
 * The cumulative counts at the channel borders are interpolated by a cubic Hermite curve whose
 * slopes are the means of the neighbouring channels; each new channel gets the difference between
 * its two borders. That is a weighted sum of a few old channels, the same for every spectrum. So the sum over any stretch is kept exactly, fine channels are added up and
 * coarse ones are spread smoothly.
 *
 *     eel_resample *plan;
 *     eel_resample_new(&plan, &from, &to);
 *     const eel_axis *covered = eel_resample_axis(plan);     the part of `to` inside `from`
 *     eel_resample_row(plan, counts, out);                   (from.n) counts -> (covered->n) counts
 *     eel_resample_free(plan);
 */
#ifndef EEL_EELS_RESAMPLE_H
#define EEL_EELS_RESAMPLE_H

#include "eels/axis.h"

#define EEL_RESAMPLE_LEAST 16 /* channels of `to` that must be covered */

typedef struct eel_resample eel_resample;

/* EEL_EFORMAT when the axes share fewer than EEL_RESAMPLE_LEAST channels of `to`; EEL_ENOMEM. */
int eel_resample_new(eel_resample **plan, const eel_axis *from, const eel_axis *to);

/* The covered part of `to`: those channels that lie wholly inside `from`. */
const eel_axis *eel_resample_axis(const eel_resample *plan);

/* Number of the first covered channel on `to`. */
uint32_t eel_resample_offset(const eel_resample *plan);

void eel_resample_row(const eel_resample *plan, const float *counts, float *out);
void eel_resample_free(eel_resample *plan);

#endif
