/* The product of bfloat16 numbers with float32 multiply-adds: on any processor. */
#include "nn/gemm_bf16.h"

#ifdef __AVX512F__
#define LANES 16
#define ROWS  12
#else
#define LANES 8
#define ROWS  6
#endif
#define INLINE  static inline __attribute__((always_inline))
#define PRODUCT gemm_bf16_portable

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint16_t halves __attribute__((vector_size(LANES * sizeof(uint16_t))));

typedef struct {
    vec first, second; /* of each pair */
} weights;

INLINE weights load_weights(const bf16 *w)
{
    words pairs;

    memcpy(&pairs, w, sizeof pairs);
    return (weights){(vec)(pairs << 16), (vec)(pairs & 0xffff0000)};
}

INLINE vec add_pair(vec sum, uint32_t pair, weights w)
{
    float first = bf16_float((bf16)pair), second = bf16_float((bf16)(pair >> 16));

    sum += second * w.second; /* both fused */
    sum += first * w.first;
    return sum;
}

/* bf16_of, a vector at once. */
INLINE halves round_off(vec value)
{
    words bits = (words)value, upper = bits >> 16, magnitude = bits & 0x7fffffff;
    words small = (words)(magnitude < 0x00800000), nan = (words)(magnitude > 0x7f800000);
    words rounded = (bits + 0x7fff + (upper & 1)) >> 16;

    rounded = (small & upper & 0x8000) | (~small & rounded);
    rounded = (nan & (upper | 0x40)) | (~nan & rounded);
    return __builtin_convertvector(rounded, halves);
}

#include "nn/gemm_bf16_kernel.h"
