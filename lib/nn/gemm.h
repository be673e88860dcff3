/*
 * gemm - the three matrix products that the whole network is made of.
 *
 *     gemm        y (m, n)  = x (m, k) w (k, n)         with bias, or added to y, or leaky ReLU
 *     gemm_outer  dw (k, n) += x^T (k, m) dy (m, n)     the gradient of the weights
 *
 * Rows of x may overlap (ldx < k): a convolution is then one product over its padded input, without
 * copying windows apart, which BLAS libraries refuse to do.
 *
 * Each y is one chain of fused multiply-adds in the order of k, whatever the number of rows, the
 * row's position or the width of the machine's vectors. So a spectrum's result depends on nothing
 * but the spectrum. (OpenBLAS gives other bits for other numbers of rows and other processors.)
 *
 * Weights are packed once into panels, each (k, columns) in a row, of at most GEMM_PANEL columns: as
 * many as two of the processor's vectors hold; the last one is filled with zeros. How wide these are, eight floats
 * (AVX2) or sixteen (AVX-512), is found out when the program runs (gemm_kernel.h).
 */
#ifndef EEL_NN_GEMM_H
#define EEL_NN_GEMM_H

#include <stddef.h>

#define GEMM_PANEL 32

enum {
    GEMM_PLAIN = 0,
    GEMM_ADD = 1,   /* y += instead of y = */
    GEMM_LEAKY = 2, /* y = leaky ReLU of the result */
};

size_t gemm_packed_count(size_t k, size_t n); /* floats */
size_t gemm_panel_width(size_t left); /* of the panel that begins `left` columns before the end */

/* w (k, n), rows ldw apart. The transposed one reads w (n, k) and packs its transpose (k, n). */
void gemm_pack(float *packed, const float *w, size_t ldw, size_t k, size_t n);
void gemm_pack_transposed(float *packed, const float *w, size_t ldw, size_t k, size_t n);

/* bias (n) or NULL. */
void gemm(float *y, size_t ldy, const float *x, size_t ldx, const float *packed, const float *bias,
          size_t m, size_t k, size_t n, int flags);

void gemm_outer(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy, size_t lddy,
                size_t m, size_t k, size_t n);

#endif
