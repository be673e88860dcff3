/*
 * dense - y = x w + bias, each row for itself.
 */
#ifndef EEL_NN_DENSE_H
#define EEL_NN_DENSE_H

#include <stddef.h>

typedef struct {
    size_t rows, inputs, outputs;
    size_t ldx, ldy; /* distance of rows */
} dense_size;

/* w (inputs, outputs) packed for gemm; flags of gemm. */
void dense_forward(float *y, const float *x, const float *packed, const float *bias,
                   const dense_size *size, int flags);

/* Adds to dw and db; writes dx. packed_transposed is w^T packed. */
void dense_backward(float *dw, float *db, float *dx, const float *x, const float *dy,
                    const float *packed_transposed, const dense_size *size);

/* db (outputs) += sum over the rows of dy. */
void dense_bias_backward(float *db, const float *dy, size_t ldy, size_t rows, size_t outputs);

/* dy *= slope of the leaky ReLU whose result was y. */
void dense_leaky_backward(float *dy, const float *y, size_t n);

#endif
