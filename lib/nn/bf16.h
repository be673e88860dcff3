/*
 * bf16 - bfloat16, the upper half of a float32: its range, eight bits of its precision.
 *
 * Rounded to nearest, ties to even; numbers below 2^-126 become zero, not-a-numbers stay so: as
 * processors with AVX-512 BF16 do it (vcvtneps2bf16).
 */
#ifndef EEL_NN_BF16_H
#define EEL_NN_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t bf16;

static inline float bf16_float(bf16 number)
{
    uint32_t bits = (uint32_t)number << 16;
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline bf16 bf16_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    uint32_t magnitude = bits & 0x7fffffff, upper = bits >> 16;
    uint32_t rounded = (bits + 0x7fff + (upper & 1)) >> 16;
    rounded = magnitude < 0x00800000 ? upper & 0x8000 : rounded;
    return (bf16)(magnitude > 0x7f800000 ? upper | 0x40 : rounded);
}

/* to (n): x rounded. And to (n, 2): x rounded, and what rounding left, rounded. */
void bf16_round(bf16 *to, const float *x, size_t n);
void bf16_split(bf16 *to, const float *x, size_t n);

#endif
