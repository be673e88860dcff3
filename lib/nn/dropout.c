#include "nn/dropout.h"

void dropout_mask(float *mask, eel_rng *rng, double probability, size_t n)
{
    float kept = (float)(1 / (1 - probability));

    for (size_t i = 0; i < n; i++)
        mask[i] = eel_rng_chance(rng, probability) ? 0 : kept;
}

void dropout_apply(float *y, const float *mask, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] *= mask[i];
}
