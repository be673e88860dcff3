/*
 * act - exponential, sigmoid, tanh and leaky ReLU, written so that the compiler can vectorise a
 * loop over them and so that their bits do not depend on which mathematics library is installed.
 *
 * act_exp: x = k ln 2 + r with whole k and |r| <= ln 2 / 2; exp(r) by its Taylor series to r^7,
 * whose remainder is below 8e-9; 2^k by writing the exponent. Relative error at most 2e-7, tested
 * over the whole range. Arguments are clamped to [-87, 88], where results are normal numbers.
 */
#ifndef EEL_NN_ACT_H
#define EEL_NN_ACT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ACT_LEAK 0.01f /* slope of the leaky ReLU below zero */

static inline float act_exp(float x)
{
    const float round = 0x1.8p23f; /* adding it leaves k in the low bits of the float */
    const float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
    uint32_t bits;
    float scale;

    x = x < -87 ? -87 : x;
    x = x > 88 ? 88 : x;
    float shifted = x * 0x1.715476p0f + round;
    float k = shifted - round;
    float r = x - k * ln2_high - k * ln2_low;
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 0.5f;
    sum = sum * r + 1;
    sum = sum * r + 1;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&scale, &bits, sizeof scale);
    return sum * scale;
}

static inline float act_sigmoid(float x)
{
    return 1 / (1 + act_exp(-x));
}

static inline float act_tanh(float x) /* absolute error at most 2e-7 */
{
    return 1 - 2 / (1 + act_exp(2 * x));
}

static inline float act_leaky(float x)
{
    return x > 0 ? x : ACT_LEAK * x;
}

/* Slope of the leaky ReLU where its result was y: the sign survives it. */
static inline float act_leaky_slope(float y)
{
    return y > 0 ? 1 : ACT_LEAK;
}

#endif
