/*
 * The products of gemm_kernel.c for processors with AVX-512, whatever the rest of the program is built
 * for; called only where there is one.
 */
#include "nn/gemm_kernel.h"

#ifdef __x86_64__
#define GEMM_KERNEL gemm_kernel_512
#include "nn/gemm_kernel.c"

const gemm_kernel *gemm_kernel_avx512(void)
{
    int here = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("fma");

    return here ? &gemm_kernel_512 : NULL;
}
#else
const gemm_kernel *gemm_kernel_avx512(void)
{
    return NULL;
}
#endif
