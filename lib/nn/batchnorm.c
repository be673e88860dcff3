#include "nn/batchnorm.h"
#include "nn/act.h"

#include <math.h>
#include <string.h>

void batchnorm_start(batchnorm *norm, uint32_t channels)
{
    memset(norm, 0, sizeof *norm);
    norm->channels = channels;
}

void batchnorm_gather(batchnorm *norm, const float *x, size_t rows)
{
    uint32_t channels = norm->channels;
    float mean[BATCHNORM_CHANNELS_MAX] = {0}, squares[BATCHNORM_CHANNELS_MAX] = {0};
    double count = norm->count + (double)rows;

    for (size_t i = 0; i < rows; i++) {
        for (uint32_t c = 0; c < channels; c++)
            mean[c] += x[i * channels + c];
    }
    for (uint32_t c = 0; c < channels; c++)
        mean[c] /= (float)rows;
    for (size_t i = 0; i < rows; i++) {
        for (uint32_t c = 0; c < channels; c++) {
            float d = x[i * channels + c] - mean[c];
            squares[c] += d * d;
        }
    }
    for (uint32_t c = 0; c < channels; c++) {
        double d = mean[c] - norm->mean[c];
        norm->mean[c] += d * (double)rows / count;
        norm->squares[c] += squares[c] + d * d * norm->count * (double)rows / count;
    }
    norm->count = count;
}

double batchnorm_variance(const batchnorm *norm, uint32_t channel)
{
    return norm->squares[channel] / norm->count;
}

static double inverse_sd(const batchnorm *norm, uint32_t channel)
{
    return 1 / sqrt(batchnorm_variance(norm, channel) + BATCHNORM_EPSILON);
}

void batchnorm_forward(float *y, size_t ldy, const float *x, const float *gain, const float *bias,
                       const batchnorm *norm, size_t rows)
{
    uint32_t channels = norm->channels;
    float scale[BATCHNORM_CHANNELS_MAX], shift[BATCHNORM_CHANNELS_MAX];

    for (uint32_t c = 0; c < channels; c++) {
        double s = gain[c] * inverse_sd(norm, c);
        scale[c] = (float)s;
        shift[c] = (float)(bias[c] - norm->mean[c] * s);
    }
    for (size_t i = 0; i < rows; i++) {
        float *restrict to = y + i * ldy;
        const float *from = x + i * channels;
        for (uint32_t c = 0; c < channels; c++)
            to[c] = act_leaky(from[c] * scale[c] + shift[c]);
    }
}

void batchnorm_backward_gather(batchnorm *norm, const float *dy, const float *y, size_t ldy,
                               const float *x, size_t rows)
{
    uint32_t channels = norm->channels;
    float mean[BATCHNORM_CHANNELS_MAX];
    float sum[BATCHNORM_CHANNELS_MAX] = {0}, product[BATCHNORM_CHANNELS_MAX] = {0};

    for (uint32_t c = 0; c < channels; c++)
        mean[c] = (float)norm->mean[c];
    for (size_t i = 0; i < rows; i++) {
        const float *gradient = dy + i * ldy, *result = y + i * ldy, *from = x + i * channels;
        for (uint32_t c = 0; c < channels; c++) {
            float g = gradient[c] * act_leaky_slope(result[c]);
            sum[c] += g;
            product[c] += g * (from[c] - mean[c]);
        }
    }
    for (uint32_t c = 0; c < channels; c++) {
        norm->sum[c] += sum[c];
        norm->product[c] += product[c] * inverse_sd(norm, c);
    }
}

/* dx = gain / sd (g - mean of g - x^ mean of g x^) */
void batchnorm_backward(float *dx, const float *dy, const float *y, size_t ldy, const float *x,
                        const float *gain, const batchnorm *norm, size_t rows)
{
    uint32_t channels = norm->channels;
    float scale[BATCHNORM_CHANNELS_MAX], slope[BATCHNORM_CHANNELS_MAX],
        shift[BATCHNORM_CHANNELS_MAX];

    for (uint32_t c = 0; c < channels; c++) {
        double inverse = inverse_sd(norm, c), s = gain[c] * inverse;
        double per_x = s * inverse * norm->product[c] / norm->count;
        scale[c] = (float)s;
        slope[c] = (float)per_x;
        shift[c] = (float)(norm->mean[c] * per_x - s * norm->sum[c] / norm->count);
    }
    for (size_t i = 0; i < rows; i++) {
        const float *gradient = dy + i * ldy, *result = y + i * ldy, *from = x + i * channels;
        float *restrict to = dx + i * channels;
        for (uint32_t c = 0; c < channels; c++) {
            float g = gradient[c] * act_leaky_slope(result[c]);
            to[c] = scale[c] * g - slope[c] * from[c] + shift[c];
        }
    }
}
