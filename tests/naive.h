/*
 * naive - the network once more, in loops only and in double precision, for tests to compare with.
 * Every formula is written as in the headers of lib/nn, with no thought of speed.
 */
#ifndef EEL_TESTS_NAIVE_H
#define EEL_TESTS_NAIVE_H

#include "nn/layout.h"

/* From eel_alloc. */
float *random_floats(size_t n, uint64_t seed);
double *as_doubles(const float *x, size_t n);

void gemm_naive(double *y, const double *x, const double *w, const double *bias, size_t m, size_t k,
                size_t n);

/* y (steps_out, channels_out); x (steps_in, channels_in); bias may be NULL. */
void conv1d_naive(double *y, const double *x, const double *w, const double *bias,
                  const conv1d *conv);

/* In place, over all rows of x (rows, channels), leaky ReLU included. */
void batchnorm_naive(double *x, const double *gain, const double *bias, size_t rows,
                     size_t channels);

/* One spectrum: h (steps, hidden), rows ldh apart; x (steps, inputs). */
void lstm_naive(double *h, size_t ldh, const double *x, const double *w, const double *bias,
                const lstm_size *size);

/* Logits (rows, classes) of a whole network. With `training` the convolutions have no bias and are
 * normalised over the rows; else the values are folded. mask (rows, dense) or NULL. */
void net_naive(double *logits, const nn_layout *layout, const double *values, const float *x,
               const float *mask, size_t rows, int training);

/* Mean of the binary cross-entropy over the counted labels. */
double loss_naive(const double *logits, const uint8_t *labels, const float *class_weights,
                  size_t rows, size_t classes);

#endif
