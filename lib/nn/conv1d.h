/*
 * conv1d - convolution along the energy axis, of one spectrum at a time.
 *
 *     y[t][n] = sum over tap, c of  w[tap][c][n]  x[t stride + tap - pad][c]        pad = width / 2
 *
 * The input lies in a padded buffer (conv1d_padded floats, zero around the values, which start
 * at conv1d_start), so that output row t is the product of width x channels consecutive numbers
 * with w: one gemm with overlapping rows.
 *
 * The gradient of x is again such a product. With j = tap / stride and q counting groups of
 * `stride` padded inputs,
 *
 *     dx[q stride + s][c] = sum over j, n of  w[j stride + s][c][n]  dy[q - j][n]
 *
 * so dy, too, lies in a buffer with zeros around it (conv1d_dy_padded floats, values from
 * conv1d_dy_start).
 */
#ifndef EEL_NN_CONV1D_H
#define EEL_NN_CONV1D_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t steps_in, steps_out; /* steps_out = ceil(steps_in / stride) */
    uint32_t width, stride;
    uint32_t channels_in, channels_out;
    uint32_t reach;  /* ceil(width / stride): outputs that one group of inputs takes part in */
    uint32_t groups; /* padded inputs / stride */
} conv1d;

conv1d conv1d_plan(uint32_t steps_in, uint32_t width, uint32_t stride, uint32_t channels_in,
                   uint32_t channels_out);

size_t conv1d_padded(const conv1d *conv);
size_t conv1d_start(const conv1d *conv);
size_t conv1d_dy_padded(const conv1d *conv);
size_t conv1d_dy_start(const conv1d *conv);

/* w (width, channels_in, channels_out), packed for forward (gemm_packed_count(width x channels_in,
 * channels_out) floats) and for dx (conv1d_dx_packed_count floats; scratch as many). */
void conv1d_pack(float *packed, const float *w, const conv1d *conv);
size_t conv1d_dx_packed_count(const conv1d *conv);
void conv1d_dx_pack(float *packed, float *scratch, const float *w, const conv1d *conv);

/* y (steps_out, channels_out), rows ldy apart; flags of gemm. */
void conv1d_forward(float *y, size_t ldy, const float *x, const float *packed, const float *bias,
                    const conv1d *conv, int flags);

/* Adds to dw; writes dx (padded as x) unless it is NULL. */
void conv1d_backward(float *dw, float *dx, const float *x, const float *dy, const float *dx_packed,
                     const conv1d *conv);

#endif
