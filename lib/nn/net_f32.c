#include "nn/dense.h"
#include "nn/gemm.h"
#include "nn/net_forward.h"

#include "base/err.h"
#include "base/mem.h"

#include <string.h>

struct net_f32 {
    float *padded[EEL_CONVS]; /* input of each convolution for one spectrum, zeros around it */
    float *xh[2];             /* (steps, batch, features + hidden), one for each direction */
    float *gates;             /* (batch, 4 hidden) */
    float *cell;              /* (batch, hidden) */
    float *h;                 /* (steps, batch, 2 hidden) */
    float *projected;         /* (batch, steps, projected) */
    float *dense;             /* (batch, dense) */
};

int net_f32_new(net_f32 **state, const eel_net *net, uint32_t batch)
{
    const nn_layout *layout = &net->layout;
    const eel_net_shape *shape = &layout->shape;
    size_t cells = (size_t)layout->steps * batch;
    net_f32 *made = eel_alloc(1, sizeof *made);
    int complete = 1;

    if (!made)
        return EEL_ENOMEM;
    for (int i = 0; i < EEL_CONVS; i++)
        complete &= !!(made->padded[i] = eel_alloc(conv1d_padded(&layout->conv[i]), sizeof(float)));
    for (int i = 0; i < 2; i++)
        complete &= !!(made->xh[i] =
                           eel_alloc(cells * (layout->features + shape->hidden), sizeof(float)));
    complete &= !!(made->gates = eel_alloc((size_t)batch * 4 * shape->hidden, sizeof(float)));
    complete &= !!(made->cell = eel_alloc((size_t)batch * shape->hidden, sizeof(float)));
    complete &= !!(made->h = eel_alloc(cells * 2 * shape->hidden, sizeof(float)));
    complete &= !!(made->projected = eel_alloc(cells * shape->projected, sizeof(float)));
    complete &= !!(made->dense = eel_alloc((size_t)batch * shape->dense, sizeof(float)));
    if (!complete) {
        net_f32_free(made);
        return EEL_ENOMEM;
    }
    *state = made;
    return EEL_OK;
}

void net_f32_free(net_f32 *state)
{
    if (!state)
        return;
    for (int i = 0; i < EEL_CONVS; i++)
        eel_free(state->padded[i]);
    for (int i = 0; i < 2; i++)
        eel_free(state->xh[i]);
    eel_free(state->gates);
    eel_free(state->cell);
    eel_free(state->h);
    eel_free(state->projected);
    eel_free(state->dense);
    eel_free(state);
}

static const float *values_of(const eel_net *net, unsigned index)
{
    return net->values + net->layout.tensors[index].offset;
}

/* One spectrum at a time, so that everything between the convolutions stays in the cache. The
 * result is row `row` of both directions' LSTM inputs. */
static void convolve(const eel_net *net, net_f32 *state, const float *x, uint32_t row,
                     uint32_t rows)
{
    const nn_layout *layout = &net->layout;
    size_t wide = layout->features + layout->shape.hidden;

    memcpy(state->padded[0] + conv1d_start(&layout->conv[0]), x,
           layout->shape.inputs * sizeof *x);
    for (int i = 0; i < EEL_CONVS; i++) {
        const conv1d *conv = &layout->conv[i];
        int last = i + 1 == EEL_CONVS;
        float *y = last ? state->xh[0] + row * wide
                        : state->padded[i + 1] + conv1d_start(&layout->conv[i + 1]);
        conv1d_forward(y, last ? rows * wide : conv->channels_out, state->padded[i],
                       net->panels.conv[i], values_of(net, CONV_BIAS + i), conv, GEMM_LEAKY);
    }
    for (size_t t = 0; t < layout->steps; t++) {
        size_t at = (t * rows + row) * wide;
        memcpy(state->xh[1] + at, state->xh[0] + at, layout->features * sizeof(float));
    }
}

void net_f32_forward(const eel_net *net, net_f32 *state, float *p, const float *x, uint32_t rows)
{
    const nn_layout *layout = &net->layout;
    const eel_net_shape *shape = &layout->shape;
    uint32_t steps = layout->steps, hidden = shape->hidden, projected = shape->projected;
    dense_size project = {steps, 2 * hidden, projected, (size_t)rows * 2 * hidden, projected};
    size_t flat = steps * projected;
    dense_size hidden_layer = {rows, flat, shape->dense, flat, shape->dense};
    dense_size output = {rows, shape->dense, shape->classes, shape->dense, shape->classes};
    lstm_trace trace = {.gates = state->gates, .cell = state->cell};

    for (uint32_t row = 0; row < rows; row++)
        convolve(net, state, x + (size_t)row * shape->inputs, row, rows);
    for (int i = 0; i < 2; i++) {
        lstm_size size = layout_lstm(layout, rows, i);
        lstm_forward(state->h + i * hidden, 2 * hidden, state->xh[i], &trace, net->panels.lstm[i],
                     values_of(net, LSTM_BIAS + i), &size);
    }
    for (size_t row = 0; row < rows; row++)
        dense_forward(state->projected + row * flat, state->h + row * 2 * hidden,
                      net->panels.project, values_of(net, PROJECT_BIAS), &project, GEMM_LEAKY);
    dense_forward(state->dense, state->projected, net->panels.dense, values_of(net, DENSE_BIAS),
                  &hidden_layer, GEMM_LEAKY);
    dense_forward(p, state->dense, net->panels.output, values_of(net, OUTPUT_BIAS), &output,
                  GEMM_PLAIN);
}
