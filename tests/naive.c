#include "naive.h"

#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

float *random_floats(size_t n, uint64_t seed)
{
    float *x = eel_alloc(n, sizeof *x);
    eel_rng rng = eel_rng_seeded(seed, 0);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)eel_rng_normal(&rng);
    return x;
}

double *as_doubles(const float *x, size_t n)
{
    double *doubles = eel_alloc(n, sizeof *doubles);

    for (size_t i = 0; i < n; i++)
        doubles[i] = x[i];
    return doubles;
}

static double leaky(double x)
{
    return x > 0 ? x : 0.01 * x;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

void gemm_naive(double *y, const double *x, const double *w, const double *bias, size_t m, size_t k,
                size_t n)
{
    for (size_t row = 0; row < m; row++) {
        for (size_t column = 0; column < n; column++) {
            double sum = bias ? bias[column] : 0;
            for (size_t i = 0; i < k; i++)
                sum += x[row * k + i] * w[i * n + column];
            y[row * n + column] = sum;
        }
    }
}

void conv1d_naive(double *y, const double *x, const double *w, const double *bias,
                  const conv1d *conv)
{
    long in = conv->channels_in, out = conv->channels_out;

    for (long t = 0; t < conv->steps_out; t++) {
        for (long n = 0; n < out; n++) {
            double sum = bias ? bias[n] : 0;
            for (long tap = 0; tap < conv->width; tap++) {
                long from = t * conv->stride + tap - conv->width / 2;
                for (long c = 0; c < in && from >= 0 && from < conv->steps_in; c++)
                    sum += w[(tap * in + c) * out + n] * x[from * in + c];
            }
            y[t * out + n] = sum;
        }
    }
}

void batchnorm_naive(double *x, const double *gain, const double *bias, size_t rows,
                     size_t channels)
{
    for (size_t c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < rows; i++)
            mean += x[i * channels + c] / (double)rows;
        for (size_t i = 0; i < rows; i++)
            variance += pow(x[i * channels + c] - mean, 2) / (double)rows;
        for (size_t i = 0; i < rows; i++) {
            double normal = (x[i * channels + c] - mean) / sqrt(variance + 1e-5);
            x[i * channels + c] = leaky(gain[c] * normal + bias[c]);
        }
    }
}

void lstm_naive(double *h, size_t ldh, const double *x, const double *w, const double *bias,
                const lstm_size *size)
{
    size_t hidden = size->hidden, inputs = size->inputs, gates = 4 * hidden;
    double *state = calloc(hidden, sizeof *state), *cell = calloc(hidden, sizeof *cell);
    double *sum = calloc(gates, sizeof *sum);

    for (size_t turn = 0; turn < size->steps; turn++) {
        size_t t = size->reversed ? size->steps - 1 - turn : turn;
        for (size_t n = 0; n < gates; n++) {
            sum[n] = bias[n];
            for (size_t i = 0; i < inputs; i++)
                sum[n] += x[t * inputs + i] * w[i * gates + n];
            for (size_t i = 0; i < hidden; i++)
                sum[n] += state[i] * w[(inputs + i) * gates + n];
        }
        for (size_t u = 0; u < hidden; u++) {
            double i = sigmoid(sum[u]), f = sigmoid(sum[hidden + u]);
            double g = tanh(sum[2 * hidden + u]), o = sigmoid(sum[3 * hidden + u]);
            cell[u] = f * cell[u] + i * g;
            state[u] = h[t * ldh + u] = o * tanh(cell[u]);
        }
    }
    free(state);
    free(cell);
    free(sum);
}

/* x (rows, inputs) becomes the features of the LSTM (rows, steps, features). */
static double *convolutions(const nn_layout *layout, const double *values, const float *x,
                            size_t rows, int training)
{
    const nn_tensor *tensors = layout->tensors;
    size_t inputs = layout->shape.inputs;
    double *now = calloc(rows * inputs, sizeof *now);

    for (size_t i = 0; i < rows * inputs; i++)
        now[i] = x[i];
    for (int i = 0; i < EEL_CONVS; i++) {
        const conv1d *conv = &layout->conv[i];
        size_t in = (size_t)conv->steps_in * conv->channels_in;
        size_t out = (size_t)conv->steps_out * conv->channels_out;
        const double *bias = values + tensors[CONV_BIAS + i].offset;
        double *next = calloc(rows * out, sizeof *next);
        for (size_t row = 0; row < rows; row++)
            conv1d_naive(next + row * out, now + row * in, values + tensors[CONV_WEIGHT + i].offset,
                         training ? NULL : bias, conv);
        if (training)
            batchnorm_naive(next, values + tensors[CONV_GAIN + i].offset, bias,
                            rows * conv->steps_out, conv->channels_out);
        for (size_t j = 0; j < rows * out && !training; j++)
            next[j] = leaky(next[j]);
        free(now);
        now = next;
    }
    return now;
}

void net_naive(double *logits, const nn_layout *layout, const double *values, const float *x,
               const float *mask, size_t rows, int training)
{
    const nn_tensor *tensors = layout->tensors;
    const eel_net_shape *shape = &layout->shape;
    size_t steps = layout->steps, wide = 2 * shape->hidden, flat = steps * shape->projected;
    double *features = convolutions(layout, values, x, rows, training);
    double *h = calloc(steps * wide, sizeof *h), *projected = calloc(flat, sizeof *projected);
    double *dense = calloc(shape->dense, sizeof *dense);

    for (size_t row = 0; row < rows; row++) {
        for (int i = 0; i < 2; i++) {
            lstm_size size = layout_lstm(layout, 1, i);
            lstm_naive(h + i * shape->hidden, wide, features + row * steps * layout->features,
                       values + tensors[LSTM_WEIGHT + i].offset,
                       values + tensors[LSTM_BIAS + i].offset, &size);
        }
        gemm_naive(projected, h, values + tensors[PROJECT_WEIGHT].offset,
                   values + tensors[PROJECT_BIAS].offset, steps, wide, shape->projected);
        for (size_t i = 0; i < flat; i++)
            projected[i] = leaky(projected[i]);
        gemm_naive(dense, projected, values + tensors[DENSE_WEIGHT].offset,
                   values + tensors[DENSE_BIAS].offset, 1, flat, shape->dense);
        for (size_t i = 0; i < shape->dense; i++)
            dense[i] = leaky(dense[i]) * (mask ? mask[row * shape->dense + i] : 1);
        gemm_naive(logits + row * shape->classes, dense, values + tensors[OUTPUT_WEIGHT].offset,
                   values + tensors[OUTPUT_BIAS].offset, 1, shape->dense, shape->classes);
    }
    free(features);
    free(h);
    free(projected);
    free(dense);
}

double loss_naive(const double *logits, const uint8_t *labels, const float *class_weights,
                  size_t rows, size_t classes)
{
    double sum = 0, counted = 0;

    for (size_t i = 0; i < rows * classes; i++) {
        double p = sigmoid(logits[i]), weight = class_weights ? class_weights[i % classes] : 1;
        if (labels[i] > 1)
            continue;
        sum -= weight * log(labels[i] ? p : 1 - p);
        counted++;
    }
    return sum / counted;
}
