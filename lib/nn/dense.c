#include "nn/dense.h"
#include "nn/act.h"
#include "nn/gemm.h"

void dense_forward(float *y, const float *x, const float *packed, const float *bias,
                   const dense_size *size, int flags)
{
    gemm(y, size->ldy, x, size->ldx, packed, bias, size->rows, size->inputs, size->outputs, flags);
}

void dense_backward(float *dw, float *db, float *dx, const float *x, const float *dy,
                    const float *packed_transposed, const dense_size *size)
{
    gemm_outer(dw, size->outputs, x, size->ldx, dy, size->ldy, size->rows, size->inputs,
               size->outputs);
    dense_bias_backward(db, dy, size->ldy, size->rows, size->outputs);
    gemm(dx, size->ldx, dy, size->ldy, packed_transposed, NULL, size->rows, size->outputs,
         size->inputs, GEMM_PLAIN);
}

void dense_bias_backward(float *db, const float *dy, size_t ldy, size_t rows, size_t outputs)
{
    for (size_t row = 0; row < rows; row++) {
        for (size_t n = 0; n < outputs; n++)
            db[n] += dy[row * ldy + n];
    }
}

void dense_leaky_backward(float *dy, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dy[i] *= act_leaky_slope(y[i]);
}
