#include "nn/gemm_kernel.h"

/* Without fused multiply-adds the sums have other bits than those of AVX-512: a program that is
 * built for such processors does without, so that it gives the same everywhere. */
static const gemm_kernel *kernel(void)
{
#ifdef __FMA__
    const gemm_kernel *wide = gemm_kernel_avx512();

    return wide ? wide : &gemm_kernel_built;
#else
    return &gemm_kernel_built;
#endif
}

size_t gemm_panel_width(size_t left)
{
    return kernel()->panel_width(left);
}

size_t gemm_packed_count(size_t k, size_t n)
{
    return kernel()->packed_count(k, n);
}

void gemm_pack(float *packed, const float *w, size_t ldw, size_t k, size_t n)
{
    kernel()->pack(packed, w, ldw, 1, k, n);
}

void gemm_pack_transposed(float *packed, const float *w, size_t ldw, size_t k, size_t n)
{
    kernel()->pack(packed, w, 1, ldw, k, n);
}

void gemm(float *y, size_t ldy, const float *x, size_t ldx, const float *packed, const float *bias,
          size_t m, size_t k, size_t n, int flags)
{
    kernel()->product(y, ldy, x, ldx, packed, bias, m, k, n, flags);
}

void gemm_outer(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy, size_t lddy,
                size_t m, size_t k, size_t n)
{
    kernel()->outer(dw, lddw, x, ldx, dy, lddy, m, k, n);
}
