#include "nn/gemm_bf16.h"

static const gemm_bf16_kernel *kernel(void)
{
    const gemm_bf16_kernel *fast = gemm_bf16_with_pairs();

    return fast ? fast : gemm_bf16_portable();
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
