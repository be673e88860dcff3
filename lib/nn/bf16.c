#include "nn/bf16.h"
#include "nn/avx512.h"

COMMON void round_off(bf16 *restrict to, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = bf16_of(x[i]);
}

COMMON void take_apart(bf16 *restrict to, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bf16 value = bf16_of(x[i]);
        to[2 * i] = value;
        to[2 * i + 1] = bf16_of(x[i] - bf16_float(value));
    }
}

static void round_built(bf16 *to, const float *x, size_t n)
{
    round_off(to, x, n);
}

AVX512 static void round_512(bf16 *to, const float *x, size_t n)
{
    round_off(to, x, n);
}

static void split_built(bf16 *to, const float *x, size_t n)
{
    take_apart(to, x, n);
}

AVX512 static void split_512(bf16 *to, const float *x, size_t n)
{
    take_apart(to, x, n);
}

void bf16_round(bf16 *to, const float *x, size_t n)
{
    (avx512_here() ? round_512 : round_built)(to, x, n);
}

void bf16_split(bf16 *to, const float *x, size_t n)
{
    (avx512_here() ? split_512 : split_built)(to, x, n);
}
