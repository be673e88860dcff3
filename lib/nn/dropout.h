/*
 * dropout - leaves out each value with a probability and scales the others up, so that the mean
 * stays (Srivastava et al. 2014).
 */
#ifndef EEL_NN_DROPOUT_H
#define EEL_NN_DROPOUT_H

#include <stddef.h>

#include "base/rng.h"

/* mask (n): 0, or 1 / (1 - probability). */
void dropout_mask(float *mask, eel_rng *rng, double probability, size_t n);

/* y *= mask: forward for values, backward for gradients. */
void dropout_apply(float *y, const float *mask, size_t n);

#endif
