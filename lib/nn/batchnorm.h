/*
 * batchnorm - batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167) followed by the leaky
 * ReLU.
 *
 *     y = leaky(gain (x - mean) / sd + bias)           per channel, sd^2 = variance + 1e-5
 *
 * Mean and variance are gathered spectrum by spectrum and merged (Chan, Golub & LeVeque 1983), so
 * that no precision is lost where the mean is large beside the variance.
 */
#ifndef EEL_NN_BATCHNORM_H
#define EEL_NN_BATCHNORM_H

#include <stddef.h>
#include <stdint.h>

#define BATCHNORM_CHANNELS_MAX 256
#define BATCHNORM_EPSILON      1e-5

typedef struct {
    uint32_t channels;
    double count;                            /* rows gathered */
    double mean[BATCHNORM_CHANNELS_MAX];
    double squares[BATCHNORM_CHANNELS_MAX];  /* sum of squared deviations from the mean */
    /* Sums of the backward pass: of g and of g x^, where g is the gradient before the ReLU. */
    double sum[BATCHNORM_CHANNELS_MAX];
    double product[BATCHNORM_CHANNELS_MAX];
} batchnorm;

void batchnorm_start(batchnorm *norm, uint32_t channels);

/* Gathers rows of x (rows, channels). */
void batchnorm_gather(batchnorm *norm, const float *x, size_t rows);

double batchnorm_variance(const batchnorm *norm, uint32_t channel);

/* y (rows, channels), rows ldy apart; x (rows, channels). */
void batchnorm_forward(float *y, size_t ldy, const float *x, const float *gain, const float *bias,
                       const batchnorm *norm, size_t rows);

/* First pass over all rows: gathers `sum` and `product`, which are dbias and dgain.
 * dy and y have rows ldy apart; x (rows, channels). */
void batchnorm_backward_gather(batchnorm *norm, const float *dy, const float *y, size_t ldy,
                               const float *x, size_t rows);

/* Second pass: dx (rows, channels). */
void batchnorm_backward(float *dx, const float *dy, const float *y, size_t ldy, const float *x,
                        const float *gain, const batchnorm *norm, size_t rows);

#endif
