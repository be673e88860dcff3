#include "nn/backprop.h"
#include "nn/dense.h"
#include "nn/dropout.h"
#include "nn/gemm.h"

#include "base/err.h"
#include "base/mem.h"

#include <string.h>

static int floats(float **memory, size_t count)
{
    *memory = eel_alloc(count, sizeof **memory);
    return *memory != NULL;
}

/* A weight of (inputs, outputs), packed transposed. */
static int transposed_new(float **panel, const nn_layout *layout, unsigned index)
{
    const nn_tensor *tensor = &layout->tensors[index];

    return floats(panel, gemm_packed_count(tensor->dims[1], tensor->dims[0]));
}

static void transposed_pack(float *panel, const nn_layout *layout, unsigned index,
                            const float *values)
{
    const nn_tensor *tensor = &layout->tensors[index];

    gemm_pack_transposed(panel, values + tensor->offset, tensor->dims[1], tensor->dims[1],
                         tensor->dims[0]);
}

int backprop_weights_new(backprop_weights *weights, const nn_layout *layout)
{
    size_t scratch = 0;
    int complete = 1, code = layout_panels_new(&weights->panels, layout);

    if (code)
        return code;
    for (int i = 1; i < EEL_CONVS; i++) {
        size_t count = conv1d_dx_packed_count(&layout->conv[i]);
        complete &= floats(&weights->conv_dx[i], count);
        scratch = count > scratch ? count : scratch;
    }
    for (int i = 0; i < 2; i++)
        complete &= transposed_new(&weights->lstm_dx[i], layout, LSTM_WEIGHT + i);
    complete &= transposed_new(&weights->project_dx, layout, PROJECT_WEIGHT);
    complete &= transposed_new(&weights->dense_dx, layout, DENSE_WEIGHT);
    complete &= transposed_new(&weights->output_dx, layout, OUTPUT_WEIGHT);
    complete &= floats(&weights->scratch, scratch);
    if (!complete) {
        backprop_weights_release(weights);
        return EEL_ENOMEM;
    }
    return EEL_OK;
}

void backprop_weights_pack(backprop_weights *weights, const nn_layout *layout, const float *values)
{
    weights->values = values;
    layout_panels_pack(&weights->panels, layout, values);
    for (int i = 1; i < EEL_CONVS; i++)
        conv1d_dx_pack(weights->conv_dx[i], weights->scratch,
                       values + layout->tensors[CONV_WEIGHT + i].offset, &layout->conv[i]);
    for (int i = 0; i < 2; i++)
        transposed_pack(weights->lstm_dx[i], layout, LSTM_WEIGHT + i, values);
    transposed_pack(weights->project_dx, layout, PROJECT_WEIGHT, values);
    transposed_pack(weights->dense_dx, layout, DENSE_WEIGHT, values);
    transposed_pack(weights->output_dx, layout, OUTPUT_WEIGHT, values);
}

void backprop_weights_release(backprop_weights *weights)
{
    layout_panels_release(&weights->panels);
    for (int i = 1; i < EEL_CONVS; i++)
        eel_free(weights->conv_dx[i]);
    for (int i = 0; i < 2; i++)
        eel_free(weights->lstm_dx[i]);
    eel_free(weights->project_dx);
    eel_free(weights->dense_dx);
    eel_free(weights->output_dx);
    eel_free(weights->scratch);
    *weights = (backprop_weights){0};
}

static int conv_memory(backprop *pass)
{
    int complete = 1;

    for (int i = 0; i < EEL_CONVS; i++) {
        const conv1d *conv = &pass->layout->conv[i];
        size_t padded = pass->rows * conv1d_padded(conv);
        complete &= floats(&pass->x[i], padded);
        complete &= i == 0 || floats(&pass->dx[i], padded);
        complete &= floats(&pass->z[i], (size_t)pass->rows * conv->steps_out * conv->channels_out);
        complete &= floats(&pass->dz[i], conv1d_dy_padded(conv));
    }
    return complete;
}

static int lstm_memory(backprop *pass)
{
    const nn_layout *layout = pass->layout;
    size_t hidden = layout->shape.hidden, row_cells = pass->rows * hidden;
    size_t cells = (size_t)layout->steps * pass->rows;
    int complete = 1;

    for (int i = 0; i < 2; i++) {
        lstm_trace *trace = &pass->trace[i];
        complete &= floats(&pass->xh[i], cells * (layout->features + hidden));
        complete &= floats(&pass->dxh[i], cells * (layout->features + hidden));
        complete &= floats(&trace->gates, cells * 4 * hidden);
        complete &= floats(&trace->cell, (cells + pass->rows) * hidden);
        trace->gates_step = 4 * row_cells;
        trace->cell_step = row_cells;
    }
    return complete & floats(&pass->lstm_scratch, 2 * row_cells) &
           floats(&pass->h, cells * 2 * hidden) & floats(&pass->dh, cells * 2 * hidden);
}

static int dense_memory(backprop *pass)
{
    const eel_net_shape *shape = &pass->layout->shape;
    size_t projected = (size_t)pass->rows * pass->layout->steps * shape->projected;
    size_t dense = (size_t)pass->rows * shape->dense, classes = (size_t)pass->rows * shape->classes;

    return floats(&pass->projected, projected) & floats(&pass->dprojected, projected) &
           floats(&pass->dense, dense) & floats(&pass->ddense, dense) &
           floats(&pass->mask, dense) & floats(&pass->logits, classes) &
           floats(&pass->dlogits, classes);
}

int backprop_new(backprop **pass, const nn_layout *layout, uint32_t rows)
{
    backprop *made = eel_alloc(1, sizeof *made);

    if (!made)
        return EEL_ENOMEM;
    made->layout = layout;
    made->rows = rows;
    if (!(conv_memory(made) & lstm_memory(made) & dense_memory(made))) {
        backprop_free(made);
        return EEL_ENOMEM;
    }
    *pass = made;
    return EEL_OK;
}

void backprop_free(backprop *pass)
{
    if (!pass)
        return;
    for (int i = 0; i < EEL_CONVS; i++) {
        eel_free(pass->x[i]);
        eel_free(pass->z[i]);
        eel_free(pass->dx[i]);
        eel_free(pass->dz[i]);
    }
    for (int i = 0; i < 2; i++) {
        eel_free(pass->xh[i]);
        eel_free(pass->dxh[i]);
        eel_free(pass->trace[i].gates);
        eel_free(pass->trace[i].cell);
    }
    eel_free(pass->lstm_scratch);
    eel_free(pass->h);
    eel_free(pass->dh);
    eel_free(pass->projected);
    eel_free(pass->dprojected);
    eel_free(pass->dense);
    eel_free(pass->ddense);
    eel_free(pass->mask);
    eel_free(pass->logits);
    eel_free(pass->dlogits);
    eel_free(pass);
}

static const float *value(const backprop *pass, const backprop_weights *weights, unsigned index)
{
    return weights->values + pass->layout->tensors[index].offset;
}

/* Where the result of convolution i lies for spectrum `row`: in the padded input of the next one,
 * or after the last in the LSTM's, whose rows are ordered by time. */
static size_t result_at(const backprop *pass, int i, uint32_t row, size_t *distance)
{
    const nn_layout *layout = pass->layout;
    size_t wide = layout->features + layout->shape.hidden;

    if (i + 1 == EEL_CONVS) {
        *distance = pass->rows * wide;
        return row * wide;
    }
    *distance = layout->conv[i].channels_out;
    return row * conv1d_padded(&layout->conv[i + 1]) + conv1d_start(&layout->conv[i + 1]);
}

static void conv_forward(backprop *pass, const backprop_weights *weights, int i)
{
    const conv1d *conv = &pass->layout->conv[i];
    size_t channels = conv->channels_out, values = conv->steps_out * channels, distance;
    float *y = i + 1 == EEL_CONVS ? pass->xh[0] : pass->x[i + 1];

    batchnorm_start(&pass->norm[i], conv->channels_out);
    for (uint32_t row = 0; row < pass->rows; row++) {
        float *z = pass->z[i] + row * values;
        conv1d_forward(z, channels, pass->x[i] + row * conv1d_padded(conv),
                       weights->panels.conv[i], NULL, conv, GEMM_PLAIN);
        batchnorm_gather(&pass->norm[i], z, conv->steps_out);
    }
    for (uint32_t row = 0; row < pass->rows; row++) {
        size_t at = result_at(pass, i, row, &distance);
        batchnorm_forward(y + at, distance, pass->z[i] + row * values,
                          value(pass, weights, CONV_GAIN + i), value(pass, weights, CONV_BIAS + i),
                          &pass->norm[i], conv->steps_out);
    }
}

static void conv_backward(backprop *pass, const backprop_weights *weights, float *gradient, int i)
{
    const nn_tensor *tensors = pass->layout->tensors;
    const conv1d *conv = &pass->layout->conv[i];
    size_t values = (size_t)conv->steps_out * conv->channels_out, distance;
    const float *y = i + 1 == EEL_CONVS ? pass->xh[0] : pass->x[i + 1];
    const float *dy = i + 1 == EEL_CONVS ? pass->dxh[0] : pass->dx[i + 1];
    batchnorm *norm = &pass->norm[i];

    for (uint32_t row = 0; row < pass->rows; row++) {
        size_t at = result_at(pass, i, row, &distance);
        batchnorm_backward_gather(norm, dy + at, y + at, distance, pass->z[i] + row * values,
                                  conv->steps_out);
    }
    for (uint32_t row = 0; row < pass->rows; row++) {
        size_t at = result_at(pass, i, row, &distance), padded = row * conv1d_padded(conv);
        batchnorm_backward(pass->dz[i] + conv1d_dy_start(conv), dy + at, y + at, distance,
                           pass->z[i] + row * values, value(pass, weights, CONV_GAIN + i), norm,
                           conv->steps_out);
        conv1d_backward(gradient + tensors[CONV_WEIGHT + i].offset,
                        i == 0 ? NULL : pass->dx[i] + padded, pass->x[i] + padded, pass->dz[i],
                        weights->conv_dx[i], conv);
    }
    for (uint32_t c = 0; c < conv->channels_out; c++) {
        gradient[tensors[CONV_GAIN + i].offset + c] = (float)norm->product[c];
        gradient[tensors[CONV_BIAS + i].offset + c] = (float)norm->sum[c];
    }
}

/* The first `features` columns of one direction's LSTM input are copied to, or added to, the
 * other's. */
static void each_feature(const backprop *pass, float *to, const float *from, int add)
{
    size_t features = pass->layout->features, wide = features + pass->layout->shape.hidden;

    for (size_t cell = 0; cell < (size_t)pass->layout->steps * pass->rows; cell++) {
        for (size_t c = cell * wide; c < cell * wide + features; c++)
            to[c] = add ? to[c] + from[c] : from[c];
    }
}

static dense_size project_size(const backprop *pass)
{
    const eel_net_shape *shape = &pass->layout->shape;

    return (dense_size){.rows = pass->rows,
                   .inputs = 2 * shape->hidden,
                   .outputs = shape->projected,
                   .ldx = 2 * shape->hidden,
                   .ldy = pass->layout->steps * shape->projected};
}

static dense_size plain_size(uint32_t rows, uint32_t inputs, uint32_t outputs)
{
    return (dense_size){rows, inputs, outputs, inputs, outputs};
}

void backprop_forward(backprop *pass, const backprop_weights *weights, const float *x,
                      double dropout, eel_rng *rng)
{
    const nn_layout *layout = pass->layout;
    const eel_net_shape *shape = &layout->shape;
    uint32_t rows = pass->rows, hidden = shape->hidden, flat = layout->steps * shape->projected;
    dense_size project = project_size(pass), hidden_layer = plain_size(rows, flat, shape->dense);
    dense_size output = plain_size(rows, shape->dense, shape->classes);

    for (uint32_t row = 0; row < rows; row++)
        memcpy(pass->x[0] + row * conv1d_padded(&layout->conv[0]) + conv1d_start(&layout->conv[0]),
               x + (size_t)row * shape->inputs, shape->inputs * sizeof *x);
    for (int i = 0; i < EEL_CONVS; i++)
        conv_forward(pass, weights, i);
    each_feature(pass, pass->xh[1], pass->xh[0], 0);
    for (int i = 0; i < 2; i++) {
        lstm_size size = layout_lstm(layout, rows, i);
        lstm_forward(pass->h + i * hidden, 2 * hidden, pass->xh[i], &pass->trace[i],
                     weights->panels.lstm[i], value(pass, weights, LSTM_BIAS + i), &size);
    }
    for (size_t t = 0; t < layout->steps; t++)
        dense_forward(pass->projected + t * shape->projected, pass->h + t * rows * 2 * hidden,
                      weights->panels.project, value(pass, weights, PROJECT_BIAS), &project,
                      GEMM_LEAKY);
    dense_forward(pass->dense, pass->projected, weights->panels.dense,
                  value(pass, weights, DENSE_BIAS), &hidden_layer, GEMM_LEAKY);
    dropout_mask(pass->mask, rng, dropout, (size_t)rows * shape->dense);
    dropout_apply(pass->dense, pass->mask, (size_t)rows * shape->dense);
    dense_forward(pass->logits, pass->dense, weights->panels.output,
                  value(pass, weights, OUTPUT_BIAS), &output, GEMM_PLAIN);
}

void backprop_backward(backprop *pass, const backprop_weights *weights, float *gradient)
{
    const nn_layout *layout = pass->layout;
    const nn_tensor *tensors = layout->tensors;
    const eel_net_shape *shape = &layout->shape;
    uint32_t rows = pass->rows, hidden = shape->hidden, flat = layout->steps * shape->projected;
    dense_size project = project_size(pass), hidden_layer = plain_size(rows, flat, shape->dense);
    dense_size output = plain_size(rows, shape->dense, shape->classes);

    memset(gradient, 0, layout->count * sizeof *gradient);
    dense_backward(gradient + tensors[OUTPUT_WEIGHT].offset, gradient + tensors[OUTPUT_BIAS].offset,
                   pass->ddense, pass->dense, pass->dlogits, weights->output_dx, &output);
    /* Dropout scales by a positive number or leaves nothing: the sign is still that of the ReLU. */
    dropout_apply(pass->ddense, pass->mask, (size_t)rows * shape->dense);
    dense_leaky_backward(pass->ddense, pass->dense, (size_t)rows * shape->dense);
    dense_backward(gradient + tensors[DENSE_WEIGHT].offset, gradient + tensors[DENSE_BIAS].offset,
                   pass->dprojected, pass->projected, pass->ddense, weights->dense_dx,
                   &hidden_layer);
    dense_leaky_backward(pass->dprojected, pass->projected, (size_t)rows * flat);
    for (size_t t = 0; t < layout->steps; t++)
        dense_backward(gradient + tensors[PROJECT_WEIGHT].offset,
                       gradient + tensors[PROJECT_BIAS].offset, pass->dh + t * rows * 2 * hidden,
                       pass->h + t * rows * 2 * hidden, pass->dprojected + t * shape->projected,
                       weights->project_dx, &project);
    for (int i = 0; i < 2; i++) {
        lstm_size size = layout_lstm(layout, rows, i);
        lstm_backward(gradient + tensors[LSTM_WEIGHT + i].offset,
                      gradient + tensors[LSTM_BIAS + i].offset, pass->dxh[i],
                      pass->dh + i * hidden, 2 * hidden, pass->xh[i], &pass->trace[i],
                      weights->lstm_dx[i], pass->lstm_scratch, &size);
    }
    each_feature(pass, pass->dxh[0], pass->dxh[1], 1);
    for (int i = EEL_CONVS; i-- > 0;)
        conv_backward(pass, weights, gradient, i);
}
