/*
 * gemm_bf16 - the product of gemm.h for a network that is only asked: bfloat16 numbers, summed in
 * float32. Half the bytes, and many more multiply-adds where the processor has an instruction for
 * them.
 *
 *     y (m, n) = x (m, k) w (k, n) + bias
 *
 * k is even. A product of two bfloat16 is exact in float32, so that only the order of the sum
 * counts; there are two, those of the two instructions, each made with the same bits also without
 * it:
 *
 *     PAIRS  one chain of fused multiply-adds over pairs of k, the second of a pair first
 *            (AVX-512 BF16: vdpbf16ps, fast on AMD's processors)
 *     TILES  k in slices of equal length, at most 16 pairs: of each slice one chain over the first
 * and one over the second numbers of its pairs, both from 0; these two are added, and the sum to y
 *            (Intel's AMX: tdpbf16ps)
 *
 * (Only sums below 2^-126 would differ; none comes near.) Rows of x may overlap, as in gemm.h.
 * Weights are packed as the kernel wants them.
 */
#ifndef EEL_NN_GEMM_BF16_H
#define EEL_NN_GEMM_BF16_H

#include "nn/bf16.h"

#include <stddef.h>

#define GEMM_BF16_ROWS  48 /* that a kernel without the instruction makes float32 at once */
#define GEMM_BF16_SLICE 16 /* most pairs of k in a slice */

typedef enum {
    GEMM_BF16_SUMS,  /* y float32 */
    GEMM_BF16_LEAKY, /* y bfloat16: the leaky ReLU, rounded */
} gemm_bf16_result;

typedef struct {
    size_t (*packed_bytes)(size_t k, size_t n);

    /* w (k, n), rounded, each row `times` times, and one of zeros where that makes an odd number:
     * what k means to the others. */
    void (*pack)(void *packed, const float *w, size_t k, size_t n, size_t times);

    /* y (m, n) of the kind that `result` says, rows ldy of its numbers apart; bias (n);
     * scratch (gemm_bf16_scratch_count(k, n)). */
    void (*product)(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch);
} gemm_bf16_kernel;

/* The fastest on this processor. */
const gemm_bf16_kernel *gemm_bf16_pairs(void);
const gemm_bf16_kernel *gemm_bf16_tiles(void);

/* Each way it is done; NULL where the processor, or what it was compiled for, has no instruction
 * for it. */
const gemm_bf16_kernel *gemm_bf16_pairs_avx512(void);
const gemm_bf16_kernel *gemm_bf16_pairs_portable(void);
const gemm_bf16_kernel *gemm_bf16_tiles_amx(void);
const gemm_bf16_kernel *gemm_bf16_tiles_portable(void);

static inline size_t gemm_bf16_scratch_count(size_t k, size_t n)
{
    return GEMM_BF16_ROWS * (k + 3 * n) + n;
}

/* Pairs in a slice: as many as leave no shorter one. */
static inline size_t gemm_bf16_slice(size_t pairs)
{
    size_t slice = pairs < GEMM_BF16_SLICE ? pairs : GEMM_BF16_SLICE;

    while (pairs % slice)
        slice--;
    return slice;
}

/* How a kernel without the instruction rounds sums that are done: from (rows, n) to rows ldy apart.
 */
void gemm_bf16_round_rows(bf16 *to, size_t ldy, const float *from, size_t rows, size_t n);

#endif
