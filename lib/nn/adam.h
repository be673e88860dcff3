/*
 * adam - Kingma & Ba 2015 (arXiv:1412.6980), beta 0.9 and 0.999, epsilon 1e-8.
 */
#ifndef EEL_NN_ADAM_H
#define EEL_NN_ADAM_H

#include <stddef.h>
#include <stdint.h>

/* Scales the gradient down to `limit` when its norm is larger; returns the norm it had. */
double adam_clip(float *gradient, double limit, size_t n);

/* step counts from 1. first, second: running means of the gradient and its square. */
void adam_step(float *values, float *first, float *second, const float *gradient, double rate,
               uint64_t step, size_t n);

#endif
