/*
 * layout - which tensors a network has: names, shapes and places in one array of floats.
 *
 *     conv1.weight            (width, channels in, channels out)
 *     conv1.gain              (channels out)       of the batch normalisation; absent once folded
 *     conv1.bias              (channels out)
 *     … conv4
 *     lstm.forward.weight     (channels + hidden, 4 hidden)   gates: input, forget, cell, output
 *     lstm.forward.bias       (4 hidden)
 *     lstm.backward.weight, lstm.backward.bias
 *     project.weight          (2 hidden, projected), project.bias
 *     dense.weight            (steps x projected, dense), dense.bias
 *     output.weight           (dense, classes), output.bias
 *
 * Every tensor starts on a cache line; what lies between is zero and stays zero.
 */
#ifndef EEL_NN_LAYOUT_H
#define EEL_NN_LAYOUT_H

#include "nn/conv1d.h"
#include "nn/lstm.h"
#include "nn/net.h"

/* Limits on what a file or a caller may ask for. */
#define LAYOUT_INPUTS_MAX  65536
#define LAYOUT_WIDTH_MAX   63
#define LAYOUT_CHANNELS_MAX 256 /* = BATCHNORM_CHANNELS_MAX */
#define LAYOUT_STRIDE_MAX  64
#define LAYOUT_HIDDEN_MAX  512
#define LAYOUT_DENSE_MAX   1024
#define LAYOUT_STEPS_MAX   1024 /* of the LSTM */
#define LAYOUT_FLOATS_MAX  (1u << 25) /* of all weights */

enum {
    CONV_WEIGHT = 0,                         /* + number of the convolution */
    CONV_GAIN = CONV_WEIGHT + EEL_CONVS,
    CONV_BIAS = CONV_GAIN + EEL_CONVS,
    LSTM_WEIGHT = CONV_BIAS + EEL_CONVS,     /* + 1 for backward */
    LSTM_BIAS = LSTM_WEIGHT + 2,
    PROJECT_WEIGHT = LSTM_BIAS + 2,
    PROJECT_BIAS,
    DENSE_WEIGHT,
    DENSE_BIAS,
    OUTPUT_WEIGHT,
    OUTPUT_BIAS,
    LAYOUT_TENSORS
};

typedef struct {
    char name[32];
    uint32_t rank, dims[3];
    size_t offset, count; /* floats */
} nn_tensor;

typedef struct {
    eel_net_shape shape;
    conv1d conv[EEL_CONVS];
    uint32_t steps, features; /* of the LSTM's input */
    nn_tensor tensors[LAYOUT_TENSORS];
    size_t count;             /* floats of the whole array */
} nn_layout;

/* EEL_ELIMIT when the shape is beyond a limit or makes no sense. */
int layout_init(nn_layout *layout, const eel_net_shape *shape);

static inline int layout_is_gain(unsigned index)
{
    return index >= CONV_GAIN && index < CONV_BIAS;
}

/* The LSTM of this network, for so many rows. */
lstm_size layout_lstm(const nn_layout *layout, uint32_t rows, int reversed);

/* All weights as gemm wants them. */
typedef struct {
    float *conv[EEL_CONVS], *lstm[2], *project, *dense, *output;
} layout_panels;

int layout_panels_new(layout_panels *panels, const nn_layout *layout);
void layout_panels_pack(layout_panels *panels, const nn_layout *layout, const float *values);
void layout_panels_release(layout_panels *panels);

#endif
