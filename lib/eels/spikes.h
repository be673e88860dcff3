/*
 * spikes - channels of a spectrum that a cosmic ray or an X-ray hit.
 *
 * A spike is at most three channels wide and stands out of both sides by a fifth and by 15 times the roughness around it,
 * which is the median difference between neighbouring channels: 14 standard deviations of normal noise (that median
 * is 0.954 of one, as the difference of two has the standard deviation times the root of 2, and its median is 0.674 of that).
 * An edge stands out of one side only.
 */
#ifndef EEL_EELS_SPIKES_H
#define EEL_EELS_SPIKES_H

#include <stdint.h>

/* spike (n): 1 where one is; never among the first and the last 20 channels. counts (n) may hold NAN. */
void eel_spikes(const float *counts, uint32_t n, uint8_t *spike);

#endif
