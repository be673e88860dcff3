#include "nn/gemm_bf16.h"

/* AMD's processors add a pair in the time of one multiply-add. Intel's take four times as long (Emerald
 * Rapids: two cycles, whatever the width), so that float32 is twice as fast there. In a program without fused
 * multiply-adds they would have other bits (gemm.c). */
static int pairs_are_fast(void)
{
#if defined __x86_64__ && defined __FMA__
    return __builtin_cpu_is("amd");
#else
    return 0;
#endif
}

static const gemm_bf16_kernel *kernel(void)
{
    const gemm_bf16_kernel *pairs = pairs_are_fast() ? gemm_bf16_with_pairs() : NULL;

    return pairs ? pairs : gemm_bf16_portable();
}

size_t gemm_bf16_packed_bytes(size_t k, size_t n)
{
    return kernel()->packed_bytes(k, n);
}

void gemm_bf16_pack(void *packed, const float *w, size_t k, size_t n, size_t times)
{
    kernel()->pack(packed, w, k, n, times);
}

void gemm_bf16(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed, const float *bias,
               size_t m, size_t k, size_t n, gemm_bf16_result result, float *scratch)
{
    kernel()->product(y, ldy, x, ldx, packed, bias, m, k, n, result, scratch);
}
