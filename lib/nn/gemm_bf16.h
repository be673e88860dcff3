/*
 * gemm_bf16 - the product of gemm.h for a network that is only asked: bfloat16 numbers, summed in
 * float32. Half the bytes, and twice the multiply-adds where the processor has a fast instruction for them
 * (AVX-512 BF16: vdpbf16ps, on AMD's processors), which is found out when the program runs.
 *
 *     y (m, n) = x (m, k) w (k, n) + bias
 *
 * k is even. Each y is one chain of fused multiply-adds over pairs of k, the second of a pair first,
 * as that instruction does it; a product of two bfloat16 is exact in float32. Without the instruction the
 * same chain is made by gemm.h: the same bits, at its speed. (Only sums below 2^-126 would differ;
 * none comes near.)
 *
 * Rows of x may overlap, as in gemm.h. Weights are packed as the kernel wants them.
 */
#ifndef EEL_NN_GEMM_BF16_H
#define EEL_NN_GEMM_BF16_H

#include "nn/bf16.h"

#include <stddef.h>

#define GEMM_BF16_ROWS 48 /* that the portable kernel makes float32 at once */

typedef enum {
    GEMM_BF16_SUMS,  /* y float32 */
    GEMM_BF16_LEAKY, /* y bfloat16: the leaky ReLU, rounded */
} gemm_bf16_result;

size_t gemm_bf16_packed_bytes(size_t k, size_t n);

/* w (k, n), rounded, each row `times` times, and one of zeros where that makes an odd number: what k means
 * to the others. */
void gemm_bf16_pack(void *packed, const float *w, size_t k, size_t n, size_t times);

/* y (m, n) of the kind that `result` says, rows ldy of its numbers apart; bias (n);
 * scratch (gemm_bf16_scratch_count(k, n)). */
void gemm_bf16(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed, const float *bias,
               size_t m, size_t k, size_t n, gemm_bf16_result result, float *scratch);

static inline size_t gemm_bf16_scratch_count(size_t k, size_t n)
{
    return GEMM_BF16_ROWS * (k + n);
}

/* The two ways it is done; the first is NULL where the processor has no instruction for it. */
typedef struct {
    size_t (*packed_bytes)(size_t k, size_t n);
    void (*pack)(void *packed, const float *w, size_t k, size_t n, size_t times);
    void (*product)(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch);
} gemm_bf16_kernel;

const gemm_bf16_kernel *gemm_bf16_with_pairs(void);
const gemm_bf16_kernel *gemm_bf16_portable(void);

#endif
