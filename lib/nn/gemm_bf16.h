/*
 * gemm_bf16 - the product of gemm.h for a network that is only asked: bfloat16 numbers, summed in
 * float32. Half the bytes, and twice the multiply-adds where the processor has an instruction for them
 * (AVX-512 BF16: vdpbf16ps), which is found out when the program runs.
 *
 *     y (m, n) = x (m, k) w (k, n) + bias
 *
 * k is even. Each y is one chain of fused multiply-adds over pairs of k, the second of a pair first,
 * as that instruction does it; a product of two bfloat16 is exact in float32. Without the instruction the
 * same chain is made of float32 multiply-adds: the same bits, at the speed of gemm.h. (Only sums below
 * 2^-126 would differ; none comes near.)
 *
 * Rows of x may overlap, as in gemm.h. Weights are packed into panels of at most 32 columns, in which the
 * two numbers of a pair stand side by side.
 */
#ifndef EEL_NN_GEMM_BF16_H
#define EEL_NN_GEMM_BF16_H

#include "nn/bf16.h"

#include <stddef.h>

#define GEMM_BF16_PANEL 32

typedef enum {
    GEMM_BF16_SUMS,  /* y float32 */
    GEMM_BF16_LEAKY, /* y bfloat16: the leaky ReLU, rounded */
} gemm_bf16_result;

size_t gemm_bf16_packed_count(size_t k, size_t n); /* numbers */

/* w (k, n), rounded, each row `times` times, and one of zeros where that makes an odd number: what k means
 * to the others. */
void gemm_bf16_pack(bf16 *packed, const float *w, size_t k, size_t n, size_t times);

/* y (m, n) of the kind that `result` says, rows ldy of its numbers apart; bias (n). */
void gemm_bf16(void *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *packed, const float *bias,
               size_t m, size_t k, size_t n, gemm_bf16_result result);

size_t gemm_bf16_panel_width(size_t left); /* of the panel that begins `left` columns before the end */

/* The two ways it is done; the second is NULL where the processor has no instruction for it. */
typedef void gemm_bf16_product(void *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *packed,
                               const float *bias, size_t m, size_t k, size_t n,
                               gemm_bf16_result result);
gemm_bf16_product gemm_bf16_portable;
gemm_bf16_product *gemm_bf16_fast(void);

#endif
