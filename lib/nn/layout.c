#include "nn/layout.h"
#include "nn/batchnorm.h"
#include "nn/gemm.h"

#include "base/err.h"
#include "base/mem.h"

#include <stdio.h>

_Static_assert(LAYOUT_CHANNELS_MAX == BATCHNORM_CHANNELS_MAX, "one limit on channels");

static int check(const char *what, uint32_t value, uint32_t max)
{
    if (value < 1 || value > max)
        return eel_fail(EEL_ELIMIT, "network: %s is %u, expected 1 to %u", what, value, max);
    return EEL_OK;
}

static int check_shape(const eel_net_shape *shape)
{
    int code = EEL_OK;

    if (!code)
        code = check("inputs", shape->inputs, LAYOUT_INPUTS_MAX);
    if (!code)
        code = check("filter width", shape->width, LAYOUT_WIDTH_MAX);
    if (!code && shape->width % 2 == 0)
        code = eel_fail(EEL_ELIMIT, "network: filter width is %u, expected odd", shape->width);
    for (int i = 0; i < EEL_CONVS && !code; i++) {
        code = check("channels", shape->channels[i], LAYOUT_CHANNELS_MAX);
        if (!code)
            code = check("stride", shape->strides[i], LAYOUT_STRIDE_MAX);
    }
    if (!code)
        code = check("LSTM units", shape->hidden, LAYOUT_HIDDEN_MAX);
    if (!code)
        code = check("projected values", shape->projected, LAYOUT_DENSE_MAX);
    if (!code)
        code = check("dense layer", shape->dense, LAYOUT_DENSE_MAX);
    if (!code)
        code = check("classes", shape->classes, EEL_NET_CLASSES_MAX);
    return code;
}

static void place(nn_layout *layout, unsigned index, uint32_t rank, uint32_t a, uint32_t b,
                  uint32_t c)
{
    const size_t line = EEL_MEM_ALIGN / sizeof(float);
    nn_tensor *tensor = &layout->tensors[index];

    tensor->rank = rank;
    tensor->dims[0] = a;
    tensor->dims[1] = b;
    tensor->dims[2] = c;
    tensor->count = (size_t)a * b * c;
    tensor->offset = layout->count;
    layout->count += (tensor->count + line - 1) / line * line;
}

static void name_conv(nn_layout *layout, unsigned first, int number, const char *what)
{
    nn_tensor *tensor = &layout->tensors[first + (unsigned)number];

    snprintf(tensor->name, sizeof tensor->name, "conv%d.%s", number + 1, what);
}

static void place_convs(nn_layout *layout)
{
    const eel_net_shape *shape = &layout->shape;
    uint32_t steps = shape->inputs, channels = 1;

    for (int i = 0; i < EEL_CONVS; i++) {
        uint32_t out = shape->channels[i];
        layout->conv[i] = conv1d_plan(steps, shape->width, shape->strides[i], channels, out);
        place(layout, CONV_WEIGHT + i, 3, shape->width, channels, out);
        place(layout, CONV_GAIN + i, 1, out, 1, 1);
        place(layout, CONV_BIAS + i, 1, out, 1, 1);
        name_conv(layout, CONV_WEIGHT, i, "weight");
        name_conv(layout, CONV_GAIN, i, "gain");
        name_conv(layout, CONV_BIAS, i, "bias");
        steps = layout->conv[i].steps_out;
        channels = out;
    }
    layout->steps = steps;
    layout->features = channels;
}

static void place_matrix(nn_layout *layout, unsigned weight, unsigned bias, const char *what,
                         uint32_t inputs, uint32_t outputs)
{
    place(layout, weight, 2, inputs, outputs, 1);
    place(layout, bias, 1, outputs, 1, 1);
    snprintf(layout->tensors[weight].name, sizeof layout->tensors[weight].name, "%s.weight", what);
    snprintf(layout->tensors[bias].name, sizeof layout->tensors[bias].name, "%s.bias", what);
}

int layout_init(nn_layout *layout, const eel_net_shape *shape)
{
    int code = check_shape(shape);

    if (code)
        return code;
    layout->shape = *shape;
    layout->count = 0;
    place_convs(layout);
    if (layout->steps > LAYOUT_STEPS_MAX)
        return eel_fail(EEL_ELIMIT, "network: %u LSTM steps, expected at most %u", layout->steps,
                        LAYOUT_STEPS_MAX);

    uint32_t in = layout->features + shape->hidden, gates = 4 * shape->hidden;
    place_matrix(layout, LSTM_WEIGHT, LSTM_BIAS, "lstm.forward", in, gates);
    place_matrix(layout, LSTM_WEIGHT + 1, LSTM_BIAS + 1, "lstm.backward", in, gates);
    place_matrix(layout, PROJECT_WEIGHT, PROJECT_BIAS, "project", 2 * shape->hidden,
                 shape->projected);
    place_matrix(layout, DENSE_WEIGHT, DENSE_BIAS, "dense", layout->steps * shape->projected,
                 shape->dense);
    place_matrix(layout, OUTPUT_WEIGHT, OUTPUT_BIAS, "output", shape->dense, shape->classes);
    if (layout->count > LAYOUT_FLOATS_MAX)
        return eel_fail(EEL_ELIMIT, "network: %zu weights, expected at most %u", layout->count,
                        LAYOUT_FLOATS_MAX);
    return EEL_OK;
}

lstm_size layout_lstm(const nn_layout *layout, uint32_t rows, int reversed)
{
    return (lstm_size){.steps = layout->steps,
                  .rows = rows,
                  .inputs = layout->features,
                  .hidden = layout->shape.hidden,
                  .reversed = reversed};
}

/* Rows and columns of a weight seen as a matrix. */
static size_t matrix_inputs(const nn_tensor *tensor)
{
    return tensor->count / tensor->dims[tensor->rank - 1];
}

static float *new_panel(const nn_layout *layout, unsigned index)
{
    const nn_tensor *tensor = &layout->tensors[index];
    size_t outputs = tensor->dims[tensor->rank - 1];

    return eel_alloc(gemm_packed_count(matrix_inputs(tensor), outputs), sizeof(float));
}

static void pack(float *panel, const nn_layout *layout, unsigned index, const float *values)
{
    const nn_tensor *tensor = &layout->tensors[index];
    size_t outputs = tensor->dims[tensor->rank - 1];

    gemm_pack(panel, values + tensor->offset, outputs, matrix_inputs(tensor), outputs);
}

int layout_panels_new(layout_panels *panels, const nn_layout *layout)
{
    int complete = 1;

    for (int i = 0; i < EEL_CONVS; i++)
        complete &= !!(panels->conv[i] = new_panel(layout, CONV_WEIGHT + i));
    for (int i = 0; i < 2; i++)
        complete &= !!(panels->lstm[i] = new_panel(layout, LSTM_WEIGHT + i));
    complete &= !!(panels->project = new_panel(layout, PROJECT_WEIGHT));
    complete &= !!(panels->dense = new_panel(layout, DENSE_WEIGHT));
    complete &= !!(panels->output = new_panel(layout, OUTPUT_WEIGHT));
    if (!complete) {
        layout_panels_release(panels);
        return EEL_ENOMEM;
    }
    return EEL_OK;
}

void layout_panels_pack(layout_panels *panels, const nn_layout *layout, const float *values)
{
    for (int i = 0; i < EEL_CONVS; i++)
        pack(panels->conv[i], layout, CONV_WEIGHT + i, values);
    for (int i = 0; i < 2; i++)
        pack(panels->lstm[i], layout, LSTM_WEIGHT + i, values);
    pack(panels->project, layout, PROJECT_WEIGHT, values);
    pack(panels->dense, layout, DENSE_WEIGHT, values);
    pack(panels->output, layout, OUTPUT_WEIGHT, values);
}

void layout_panels_release(layout_panels *panels)
{
    for (int i = 0; i < EEL_CONVS; i++)
        eel_free(panels->conv[i]);
    for (int i = 0; i < 2; i++)
        eel_free(panels->lstm[i]);
    eel_free(panels->project);
    eel_free(panels->dense);
    eel_free(panels->output);
    *panels = (layout_panels){0};
}
