/*
 * gemm_kernel - private to lib/nn: what gemm.h does, for vectors of one width. How weights are
 * packed depends on it; the results do not.
 */
#ifndef EEL_NN_GEMM_KERNEL_H
#define EEL_NN_GEMM_KERNEL_H

#include "nn/gemm.h"

typedef struct {
    size_t (*panel_width)(size_t left);
    size_t (*packed_count)(size_t k, size_t n);
    void (*pack)(float *packed, const float *w, size_t step_k, size_t step_n, size_t k, size_t n);
    void (*product)(float *y, size_t ldy, const float *x, size_t ldx, const float *packed,
                    const float *bias, size_t m, size_t k, size_t n, int flags);
    void (*outer)(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy, size_t lddy,
                  size_t m, size_t k, size_t n);
} gemm_kernel;

extern const gemm_kernel gemm_kernel_built;  /* for what the program is built for */
extern const gemm_kernel gemm_kernel_512;    /* for AVX-512; to be had from the next one */
const gemm_kernel *gemm_kernel_avx512(void); /* NULL where the processor has none */

#endif
