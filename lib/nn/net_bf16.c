/*
 * The network in bfloat16. Everything that enters a product is rounded: the weights when they are
 * loaded, activations as they are written. Sums, the LSTM's cells and its gates stay float32, and so does
 * the spectrum: it enters as two numbers, its value rounded and what rounding left, since weak edges on
 * a high background are smaller than one step of bfloat16.
 *
 * Products take pairs of inputs: where their number is odd a zero follows, in the weights and in a row.
 */
#include "nn/act.h"
#include "nn/gemm_bf16.h"
#include "nn/net_forward.h"

#include "base/err.h"
#include "base/mem.h"

#include <string.h>

static size_t even(size_t n)
{
    return n + (n & 1);
}

/* The first convolution sees two channels: value and remainder. */
static conv1d plan(const nn_layout *layout, int i)
{
    const conv1d *conv = &layout->conv[i];

    return i ? *conv
             : conv1d_plan(conv->steps_in, conv->width, conv->stride, 2, conv->channels_out);
}

static size_t window(const conv1d *conv)
{
    return (size_t)conv->width * conv->channels_in;
}

/* ---- weights ---- */

static size_t outputs_of(const nn_tensor *tensor)
{
    return tensor->dims[tensor->rank - 1];
}

static void *new_panel(const bf16_panels *panels, const nn_tensor *tensor, size_t inputs)
{
    return eel_alloc(panels->kernel->packed_bytes(even(inputs), outputs_of(tensor)), 1);
}

static size_t inputs_of(const nn_tensor *tensor)
{
    return tensor->count / outputs_of(tensor);
}

int bf16_panels_new(bf16_panels *panels, const gemm_bf16_kernel *kernel, const nn_layout *layout)
{
    const nn_tensor *t = layout->tensors;
    int complete = 1;

    panels->kernel = kernel;
    for (int i = 0; i < EEL_CONVS; i++) {
        conv1d conv = plan(layout, i);
        complete &= !!(panels->conv[i] = new_panel(panels, &t[CONV_WEIGHT + i], window(&conv)));
    }
    for (int i = 0; i < 2; i++)
        complete &= !!(panels->lstm[i] = new_panel(panels, &t[LSTM_WEIGHT + i], inputs_of(&t[LSTM_WEIGHT + i])));
    complete &= !!(panels->project = new_panel(panels, &t[PROJECT_WEIGHT], inputs_of(&t[PROJECT_WEIGHT])));
    complete &= !!(panels->dense = new_panel(panels, &t[DENSE_WEIGHT], inputs_of(&t[DENSE_WEIGHT])));
    complete &= !!(panels->output = new_panel(panels, &t[OUTPUT_WEIGHT], inputs_of(&t[OUTPUT_WEIGHT])));
    if (complete)
        return EEL_OK;
    bf16_panels_release(panels);
    return EEL_ENOMEM;
}

void bf16_panels_pack(bf16_panels *panels, const nn_layout *layout, const float *values)
{
    void *const panel[] = {
        [CONV_WEIGHT] = panels->conv[0],     panels->conv[1], panels->conv[2], panels->conv[3],
        [LSTM_WEIGHT] = panels->lstm[0],     panels->lstm[1],
        [PROJECT_WEIGHT] = panels->project,
        [DENSE_WEIGHT] = panels->dense,
        [OUTPUT_WEIGHT] = panels->output,
    };

    for (size_t i = 0; i < sizeof panel / sizeof *panel; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        if (panel[i])
            panels->kernel->pack(panel[i], values + tensor->offset, inputs_of(tensor), outputs_of(tensor),
                           i == CONV_WEIGHT ? 2 : 1);
    }
}

void bf16_panels_release(bf16_panels *panels)
{
    for (int i = 0; i < EEL_CONVS; i++)
        eel_free(panels->conv[i]);
    eel_free(panels->lstm[0]);
    eel_free(panels->lstm[1]);
    eel_free(panels->project);
    eel_free(panels->dense);
    eel_free(panels->output);
    *panels = (bf16_panels){.project = NULL};
}

/* ---- what a call writes ---- */

struct net_bf16 {
    const bf16_panels *panels;
    conv1d conv[EEL_CONVS];
    size_t wide, flat, hidden; /* rows of xh, projected and dense: their numbers, made even */
    bf16 *padded[EEL_CONVS]; /* input of each convolution for one spectrum, zeros around it */
    bf16 *xh[2];             /* (steps, batch, wide): features beside the state, for each direction */
    float *gates;            /* (batch, 4 hidden) */
    float *cell;             /* (batch, hidden) */
    float *state;            /* (hidden) */
    bf16 *h;                 /* (steps, batch, 2 hidden) */
    bf16 *projected;         /* (batch, flat) */
    bf16 *dense;             /* (batch, hidden) */
    float *scratch;          /* of the products */
};

/* Floats that any of the products needs beside it. */
static size_t scratch_count(const net_bf16 *state, const nn_layout *layout)
{
    size_t most = gemm_bf16_scratch_count(even(window(&state->conv[0])), state->conv[0].channels_out);

    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        size_t count = gemm_bf16_scratch_count(even(inputs_of(tensor)), outputs_of(tensor));
        most = tensor->rank > 1 && count > most ? count : most;
    }
    return most;
}

int net_bf16_new(net_bf16 **state, const eel_net *net, const bf16_panels *panels, uint32_t batch)
{
    const nn_layout *layout = &net->layout;
    const eel_net_shape *shape = &layout->shape;
    size_t cells = (size_t)layout->steps * batch;
    net_bf16 *made = eel_alloc(1, sizeof *made);
    int complete = 1;

    if (!made)
        return EEL_ENOMEM;
    made->panels = panels;
    made->wide = even(layout->features + shape->hidden);
    made->flat = even((size_t)layout->steps * shape->projected);
    made->hidden = even(shape->dense);
    for (int i = 0; i < EEL_CONVS; i++) {
        made->conv[i] = plan(layout, i);
        complete &= !!(made->padded[i] = eel_alloc(conv1d_padded(&made->conv[i]) + 1, sizeof(bf16)));
    }
    for (int i = 0; i < 2; i++)
        complete &= !!(made->xh[i] = eel_alloc(cells * made->wide, sizeof(bf16)));
    complete &= !!(made->gates = eel_alloc((size_t)batch * 4 * shape->hidden, sizeof(float)));
    complete &= !!(made->cell = eel_alloc((size_t)batch * shape->hidden, sizeof(float)));
    complete &= !!(made->state = eel_alloc(shape->hidden, sizeof(float)));
    complete &= !!(made->h = eel_alloc(cells * 2 * shape->hidden, sizeof(bf16)));
    complete &= !!(made->projected = eel_alloc(batch * made->flat, sizeof(bf16)));
    complete &= !!(made->dense = eel_alloc(batch * made->hidden, sizeof(bf16)));
    made->scratch = eel_alloc(scratch_count(made, layout), sizeof(float));
    complete &= made->scratch != NULL;
    if (complete)
        *state = made;
    else
        net_bf16_free(made);
    return complete ? EEL_OK : EEL_ENOMEM;
}

void net_bf16_free(net_bf16 *state)
{
    if (!state)
        return;
    for (int i = 0; i < EEL_CONVS; i++)
        eel_free(state->padded[i]);
    eel_free(state->xh[0]);
    eel_free(state->xh[1]);
    eel_free(state->gates);
    eel_free(state->cell);
    eel_free(state->state);
    eel_free(state->h);
    eel_free(state->projected);
    eel_free(state->dense);
    eel_free(state->scratch);
    eel_free(state);
}

/* ---- the pass ---- */

static const float *bias_of(const eel_net *net, unsigned index)
{
    return net->values + net->layout.tensors[index].offset;
}

/* As convolve of net_f32.c. */
static void convolve(const eel_net *net, net_bf16 *state, const float *x, uint32_t row,
                     uint32_t rows)
{
    const nn_layout *layout = &net->layout;
    const bf16_panels *w = state->panels;

    bf16_split(state->padded[0] + conv1d_start(&state->conv[0]), x, layout->shape.inputs);
    for (int i = 0; i < EEL_CONVS; i++) {
        const conv1d *conv = &state->conv[i];
        int last = i + 1 == EEL_CONVS;
        bf16 *y = last ? state->xh[0] + row * state->wide
                       : state->padded[i + 1] + conv1d_start(&state->conv[i + 1]);
        w->kernel->product(y, last ? rows * state->wide : conv->channels_out, state->padded[i],
                  (size_t)conv->stride * conv->channels_in, w->conv[i],
                  bias_of(net, CONV_BIAS + i), conv->steps_out, even(window(conv)),
                  conv->channels_out, GEMM_BF16_LEAKY,
                  state->scratch);
    }
    for (size_t t = 0; t < layout->steps; t++) {
        size_t at = (t * rows + row) * state->wide;
        memcpy(state->xh[1] + at, state->xh[0] + at, layout->features * sizeof(bf16));
    }
}

/* One direction of the LSTM; h (steps, rows, 2 hidden) gets its half. */
static void remember(const eel_net *net, net_bf16 *state, uint32_t rows, int backward)
{
    size_t steps = net->layout.steps, hidden = net->layout.shape.hidden;
    size_t features = net->layout.features, wide = state->wide;
    const bf16_panels *w = state->panels;
    bf16 *xh = state->xh[backward], *h = state->h + backward * hidden;

    memset(state->cell, 0, rows * hidden * sizeof(float));
    for (size_t turn = 0; turn < steps; turn++) {
        size_t t = backward ? steps - 1 - turn : turn, next = backward ? t - 1 : t + 1;
        for (size_t row = 0; row < rows && turn == 0; row++)
            memset(xh + (t * rows + row) * wide + features, 0, hidden * sizeof(bf16));
        w->kernel->product(state->gates, 4 * hidden, xh + t * rows * wide, wide, w->lstm[backward],
                  bias_of(net, LSTM_BIAS + (unsigned)backward), rows, wide, 4 * hidden, GEMM_BF16_SUMS,
                  state->scratch);
        for (size_t row = 0; row < rows; row++) {
            float *cell = state->cell + row * hidden;
            bf16 *to = h + (t * rows + row) * 2 * hidden;
            lstm_activate(state->state, state->gates + row * 4 * hidden, cell, cell, hidden);
            bf16_round(to, state->state, hidden);
            if (turn + 1 < steps)
                memcpy(xh + (next * rows + row) * wide + features, to, hidden * sizeof(bf16));
        }
    }
}

void net_bf16_forward(const eel_net *net, net_bf16 *state, float *p, const float *x, uint32_t rows)
{
    const eel_net_shape *shape = &net->layout.shape;
    const bf16_panels *w = state->panels;
    size_t steps = net->layout.steps, both = 2 * (size_t)shape->hidden;

    for (uint32_t row = 0; row < rows; row++)
        convolve(net, state, x + (size_t)row * shape->inputs, row, rows);
    remember(net, state, rows, 0);
    remember(net, state, rows, 1);
    for (size_t row = 0; row < rows; row++)
        w->kernel->product(state->projected + row * state->flat, shape->projected, state->h + row * both,
                  rows * both, w->project, bias_of(net, PROJECT_BIAS), steps, both,
                  shape->projected, GEMM_BF16_LEAKY,
                  state->scratch);
    w->kernel->product(state->dense, state->hidden, state->projected, state->flat, w->dense,
              bias_of(net, DENSE_BIAS), rows, state->flat, shape->dense, GEMM_BF16_LEAKY,
                  state->scratch);
    w->kernel->product(p, shape->classes, state->dense, state->hidden, w->output,
              bias_of(net, OUTPUT_BIAS), rows, state->hidden, shape->classes, GEMM_BF16_SUMS,
                  state->scratch);
}
