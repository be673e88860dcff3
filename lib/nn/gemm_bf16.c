#include "nn/gemm_bf16.h"

/* AMD's processors add a pair in the time of one multiply-add. Intel's take four times as long
 * (Emerald Rapids: two cycles, whatever the width), so that float32 is twice as fast there. */
static int pairs_are_fast(void)
{
#ifdef __x86_64__
    return __builtin_cpu_is("amd");
#else
    return 0;
#endif
}

const gemm_bf16_kernel *gemm_bf16_pairs(void)
{
    const gemm_bf16_kernel *fast = pairs_are_fast() ? gemm_bf16_pairs_avx512() : NULL;

    return fast ? fast : gemm_bf16_pairs_portable();
}

const gemm_bf16_kernel *gemm_bf16_tiles(void)
{
    const gemm_bf16_kernel *fast = gemm_bf16_tiles_amx();

    return fast ? fast : gemm_bf16_tiles_portable();
}

void gemm_bf16_round_rows(bf16 *to, size_t ldy, const float *from, size_t rows, size_t n)
{
    if (ldy == n) {
        bf16_round(to, from, rows * n);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        bf16_round(to + r * ldy, from + r * n, n);
}
