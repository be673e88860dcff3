/*
 * The products of gemm_kernel.c for processors with AVX-512, whatever the rest of the program is
 * built for; called only where there is one.
 */
#include "nn/avx512.h"
#include "nn/gemm_kernel.h"

#ifdef __x86_64__
#define GEMM_KERNEL gemm_kernel_512
#include "nn/gemm_kernel.c"

const gemm_kernel *gemm_kernel_avx512(void)
{
    return avx512_here() ? &gemm_kernel_512 : NULL;
}
#else
const gemm_kernel *gemm_kernel_avx512(void)
{
    return NULL;
}
#endif
