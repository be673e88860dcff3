#include "nn/adam.h"

#include <math.h>

double adam_clip(float *gradient, double limit, size_t n)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        squares += (double)gradient[i] * gradient[i];
    double norm = sqrt(squares);
    if (norm > limit) {
        float scale = (float)(limit / norm);
        for (size_t i = 0; i < n; i++)
            gradient[i] *= scale;
    }
    return norm;
}

void adam_step(float *values, float *first, float *second, const float *gradient, double rate,
               uint64_t step, size_t n)
{
    const float beta1 = 0.9f, beta2 = 0.999f;
    float rate_now = (float)(rate / (1 - pow(0.9, (double)step)));
    float second_now = (float)(1 / (1 - pow(0.999, (double)step)));

    for (size_t i = 0; i < n; i++) {
        first[i] = beta1 * first[i] + (1 - beta1) * gradient[i];
        second[i] = beta2 * second[i] + (1 - beta2) * gradient[i] * gradient[i];
        values[i] -= rate_now * first[i] / (sqrtf(second[i] * second_now) + 1e-8f);
    }
}
