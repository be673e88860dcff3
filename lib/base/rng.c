#include "base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

eel_rng eel_rng_seeded(uint64_t seed, uint64_t stream)
{
    eel_rng rng = {.has_spare = 0};
    uint64_t a = seed, b = stream ^ 0xd1b54a32d192ed03u;
    uint64_t mix = splitmix64(&a) ^ rotate(splitmix64(&b), 32);

    for (int i = 0; i < 4; i++)
        rng.state[i] = splitmix64(&mix);
    return rng;
}

uint64_t eel_rng_bits(eel_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static double unit(eel_rng *rng) /* [0, 1), 53 bits */
{
    return (double)(eel_rng_bits(rng) >> 11) * 0x1p-53;
}

double eel_rng_uniform(eel_rng *rng, double low, double high)
{
    return low + (high - low) * unit(rng);
}

double eel_rng_log_uniform(eel_rng *rng, double low, double high)
{
    return low * exp(log(high / low) * unit(rng));
}

uint32_t eel_rng_below(eel_rng *rng, uint32_t limit)
{
    return (uint32_t)(((eel_rng_bits(rng) >> 32) * limit) >> 32);
}

int eel_rng_chance(eel_rng *rng, double probability)
{
    return unit(rng) < probability;
}

double eel_rng_normal(eel_rng *rng)
{
    double u, v, s;

    if (rng->has_spare) {
        rng->has_spare = 0;
        return rng->spare;
    }
    do {
        u = 2 * unit(rng) - 1;
        v = 2 * unit(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    s = sqrt(-2 * log(s) / s);
    rng->spare = v * s;
    rng->has_spare = 1;
    return u * s;
}

static double poisson_by_inversion(eel_rng *rng, double mean)
{
    double term = exp(-mean), sum = term, u = unit(rng);
    int k = 0;

    while (u > sum && k < 200) {
        k++;
        term *= mean / k;
        sum += term;
    }
    return k;
}

static double poisson_by_rejection(eel_rng *rng, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    double log_mean = log(mean);

    for (;;) {
        double u = unit(rng) - 0.5, v = 1 - unit(rng);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <=
            k * log_mean - mean - lgamma(k + 1))
            return k;
    }
}

double eel_rng_poisson(eel_rng *rng, double mean)
{
    if (!(mean > 0))
        return 0;
    if (mean < 10)
        return poisson_by_inversion(rng, mean);
    if (mean < 1e6)
        return poisson_by_rejection(rng, mean);
    return fmax(0, floor(mean + sqrt(mean) * eel_rng_normal(rng) + 0.5));
}
