#include "nn/conv1d.h"
#include "nn/gemm.h"

#include <string.h>

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

conv1d conv1d_plan(uint32_t steps_in, uint32_t width, uint32_t stride, uint32_t channels_in,
                   uint32_t channels_out)
{
    conv1d conv = {
        .steps_in = steps_in,
        .steps_out = ceil_div(steps_in, stride),
        .width = width,
        .stride = stride,
        .channels_in = channels_in,
        .channels_out = channels_out,
        .reach = ceil_div(width, stride),
    };
    uint32_t last_window = conv.steps_out - 1 + conv.reach;
    uint32_t all_values = ceil_div(width / 2 + steps_in, stride);

    conv.groups = last_window > all_values ? last_window : all_values;
    return conv;
}

size_t conv1d_padded(const conv1d *conv)
{
    return (size_t)conv->groups * conv->stride * conv->channels_in;
}

size_t conv1d_start(const conv1d *conv)
{
    return (size_t)(conv->width / 2) * conv->channels_in;
}

size_t conv1d_dy_padded(const conv1d *conv)
{
    return (size_t)(conv->reach - 1 + conv->groups) * conv->channels_out;
}

size_t conv1d_dy_start(const conv1d *conv)
{
    return (size_t)(conv->reach - 1) * conv->channels_out;
}

void conv1d_pack(float *packed, const float *w, const conv1d *conv)
{
    gemm_pack(packed, w, conv->channels_out, (size_t)conv->width * conv->channels_in,
              conv->channels_out);
}

size_t conv1d_dx_packed_count(const conv1d *conv)
{
    return gemm_packed_count((size_t)conv->reach * conv->channels_out,
                             (size_t)conv->stride * conv->channels_in);
}

void conv1d_dx_pack(float *packed, float *scratch, const float *w, const conv1d *conv)
{
    size_t in = conv->channels_in, out = conv->channels_out, columns = conv->stride * in;

    /* scratch (reach, out, stride, in): the outputs that reach furthest back come first. */
    memset(scratch, 0, conv->reach * out * columns * sizeof *scratch);
    for (size_t tap = 0; tap < conv->width; tap++) {
        size_t row = (conv->reach - 1 - tap / conv->stride) * out;
        size_t column = tap % conv->stride * in;
        for (size_t n = 0; n < out; n++) {
            for (size_t c = 0; c < in; c++)
                scratch[(row + n) * columns + column + c] = w[(tap * in + c) * out + n];
        }
    }
    gemm_pack(packed, scratch, columns, conv->reach * out, columns);
}

void conv1d_forward(float *y, size_t ldy, const float *x, const float *packed, const float *bias,
                    const conv1d *conv, int flags)
{
    gemm(y, ldy, x, (size_t)conv->stride * conv->channels_in, packed, bias, conv->steps_out,
         (size_t)conv->width * conv->channels_in, conv->channels_out, flags);
}

void conv1d_backward(float *dw, float *dx, const float *x, const float *dy, const float *dx_packed,
                     const conv1d *conv)
{
    size_t in = conv->channels_in, out = conv->channels_out, group = conv->stride * in;

    gemm_outer(dw, out, x, group, dy + conv1d_dy_start(conv), out, conv->steps_out,
               conv->width * in, out);
    if (dx)
        gemm(dx, group, dy, out, dx_packed, NULL, conv->groups, conv->reach * out, group,
             GEMM_PLAIN);
}
