/*
 * loss - binary cross-entropy of each class for itself, from the logits z:
 *
 *     l = w_class (log(1 + exp(-|z|)) + max(z, 0) - z label)
 *
 * A label that is neither 0 nor 1 is not counted.
 */
#ifndef EEL_NN_LOSS_H
#define EEL_NN_LOSS_H

#include <stddef.h>
#include <stdint.h>

size_t loss_counted(const uint8_t *labels, size_t n);

/* Sum over the counted labels; dz = gradient of `scale` times that sum. z, dz, labels
 * (rows, classes); weights (classes) or NULL for ones. */
double loss_cross_entropy(float *dz, const float *z, const uint8_t *labels, const float *weights,
                          double scale, size_t rows, size_t classes);

#endif
