/*
 * background - what the network sees of a spectrum: the log of its ratio to a fitted power law.
 */
#ifndef EEL_EELS_BACKGROUND_H
#define EEL_EELS_BACKGROUND_H

#include <stdint.h>

#define EEL_NORMALISE_FLOOR 0.05 /* ratios below are clamped */

/*
 * counts: n values on channels offset … offset + n - 1 of the network's axis; x: EEL_NET_CHANNELS
 * values, zero outside the covered part. Dead channels at both ends (below half of their
 * neighbours) are trimmed before the fit. Returns the number of channels that were used, 0 when
 * nothing positive was there (x is all zero then).
 */
uint32_t eel_normalise(const float *counts, uint32_t n, uint32_t offset, float *x);

#endif
