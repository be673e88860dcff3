/* The product of bfloat16 numbers where the processor has vdpbf16ps. Compiled for such a processor,
 * whatever the rest of the program is built for; called only where there is one. */
#include "nn/gemm_bf16.h"

#ifdef __x86_64__
#include <immintrin.h>

#define LANES   16
#define ROWS    12
#define INLINE  static inline __attribute__((always_inline))
#define PRODUCT product

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef __m256bh halves;
typedef __m512i weights;

INLINE weights load_weights(const bf16 *w)
{
    return _mm512_loadu_si512(w);
}

INLINE vec add_pair(vec sum, uint32_t pair, weights w)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)pair), (__m512bh)w);
}

INLINE halves round_off(vec value)
{
    return _mm512_cvtneps_pbh((__m512)value);
}

static gemm_bf16_product product;
#include "nn/gemm_bf16_kernel.h"

gemm_bf16_product *gemm_bf16_fast(void)
{
    int here = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    return here ? product : NULL;
}
#else
gemm_bf16_product *gemm_bf16_fast(void)
{
    return NULL;
}
#endif
