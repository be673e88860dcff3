/*
 * vecmath - logarithm and exponential without branches, so that compilers turn loops over them
 * into vector code. The same bits on every machine (no fused operations unless the caller's build
 * allows them).
 *
 * Range reduction to a power of two and a polynomial with the coefficients of the Cephes library's
 * logf and expf (Moshier, Methods and Programs for Mathematical Functions, 1989). Relative error
 * of eel_expf and absolute error of eel_logf below 3e-7 (tests/test_vecmath.c).
 */
#ifndef EEL_BASE_VECMATH_H
#define EEL_BASE_VECMATH_H

#include <stdint.h>
#include <string.h>

/* ln x for normal x > 0; for x <= 0, NAN and subnormals some finite value: clamp before. */
static inline float eel_logf(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t above = bits - 0x3f3504f3; /* sqrt(1/2): the mantissa goes to [sqrt(1/2), sqrt(2)) */
    int32_t exponent = above >> 23;
    bits -= (int32_t)((uint32_t)exponent << 23);
    float m;
    memcpy(&m, &bits, sizeof m);
    float f = m - 1, z = f * f, e = (float)exponent;

    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float tail = f * z * p + e * -2.12194440e-4f - 0.5f * z;
    return f + tail + e * 0.693359375f;
}

/* e^x; arguments beyond ±87 are clamped. */
static inline float eel_expf(float x)
{
    x = x > 87.0f ? 87.0f : x;
    x = x < -87.0f ? -87.0f : x;
    float shifted = x * 1.44269504088896341f + 12582912.0f; /* 1.5 x 2^23: rounds to an integer */
    float n = shifted - 12582912.0f;
    float r = x - n * 0.693359375f - n * -2.12194440e-4f;

    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * r * r + r + 1;
    int32_t scale = (int32_t)((uint32_t)((int32_t)n + 127) << 23);
    float power;
    memcpy(&power, &scale, sizeof power);
    return y * power;
}

#endif
