#include "nn/lstm.h"
#include "nn/act.h"
#include "nn/avx512.h"
#include "nn/dense.h"
#include "nn/gemm.h"

#include <string.h>

static size_t step_at(const lstm_size *size, size_t turn)
{
    return size->reversed ? size->steps - 1 - turn : turn;
}

COMMON void activate(float *restrict h, float *restrict gates, float *cell, const float *before,
                     size_t hidden)
{
    float *restrict i = gates, *restrict f = gates + hidden;
    float *restrict g = gates + 2 * hidden, *restrict o = gates + 3 * hidden;

    for (size_t u = 0; u < hidden; u++) {
        i[u] = act_sigmoid(i[u]);
        f[u] = act_sigmoid(f[u]);
        g[u] = act_tanh(g[u]);
        o[u] = act_sigmoid(o[u]);
    }
    for (size_t u = 0; u < hidden; u++) {
        float c = f[u] * before[u] + i[u] * g[u];
        cell[u] = c;
        h[u] = o[u] * act_tanh(c);
    }
}

void lstm_activate_built(float *h, float *gates, float *cell, const float *before, size_t hidden)
{
    activate(h, gates, cell, before, hidden);
}

AVX512 static void activate_512(float *h, float *gates, float *cell, const float *before,
                                size_t hidden)
{
    activate(h, gates, cell, before, hidden);
}

lstm_activation *lstm_activate_avx512(void)
{
    return avx512_here() ? activate_512 : NULL;
}

void lstm_activate(float *h, float *gates, float *cell, const float *before, size_t hidden)
{
    lstm_activation *wide = lstm_activate_avx512();

    (wide ? wide : lstm_activate_built)(h, gates, cell, before, hidden);
}

void lstm_forward(float *h, size_t ldh, float *xh, lstm_trace *trace, const float *packed,
                  const float *bias, const lstm_size *size)
{
    size_t rows = size->rows, inputs = size->inputs, hidden = size->hidden, ldx = inputs + hidden;

    memset(trace->cell, 0, rows * hidden * sizeof *trace->cell);
    for (size_t row = 0; row < rows; row++)
        memset(xh + (step_at(size, 0) * rows + row) * ldx + inputs, 0, hidden * sizeof *xh);

    for (size_t turn = 0; turn < size->steps; turn++) {
        size_t t = step_at(size, turn);
        float *gates = trace->gates + t * trace->gates_step;
        const float *before = trace->cell + turn * trace->cell_step;
        float *cell = trace->cell + (turn + 1) * trace->cell_step;
        gemm(gates, 4 * hidden, xh + t * rows * ldx, ldx, packed, bias, rows, ldx, 4 * hidden,
             GEMM_PLAIN);
        for (size_t row = 0; row < rows; row++) {
            float *state = h + (t * rows + row) * ldh;
            lstm_activate(state, gates + row * 4 * hidden, cell + row * hidden, before + row * hidden,
                          hidden);
            if (turn + 1 < size->steps) {
                size_t next = step_at(size, turn + 1) * rows + row;
                memcpy(xh + next * ldx + inputs, state, hidden * sizeof *state);
            }
        }
    }
}

/* Gates of one row into the gradients of what entered them. dc: gradient of the cell, in, out. */
static void deactivate(float *restrict gates, float *restrict dc, const float *dh,
                       const float *cell, const float *before, size_t hidden)
{
    float *restrict i = gates, *restrict f = gates + hidden;
    float *restrict g = gates + 2 * hidden, *restrict o = gates + 3 * hidden;

    for (size_t u = 0; u < hidden; u++) {
        float tanh_c = act_tanh(cell[u]);
        float d = dc[u] + dh[u] * o[u] * (1 - tanh_c * tanh_c);
        dc[u] = d * f[u];
        o[u] = dh[u] * tanh_c * o[u] * (1 - o[u]);
        f[u] = d * before[u] * f[u] * (1 - f[u]);
        float di = d * g[u] * i[u] * (1 - i[u]);
        g[u] = d * i[u] * (1 - g[u] * g[u]);
        i[u] = di;
    }
}

void lstm_backward(float *dw, float *db, float *dxh, const float *dh, size_t ldh, const float *xh,
                   lstm_trace *trace, const float *packed_transposed, float *scratch,
                   const lstm_size *size)
{
    size_t rows = size->rows, inputs = size->inputs, hidden = size->hidden, ldx = inputs + hidden;
    float *dc = scratch, *dh_row = scratch + rows * hidden;

    memset(dc, 0, rows * hidden * sizeof *dc);
    for (size_t turn = size->steps; turn-- > 0;) {
        size_t t = step_at(size, turn);
        float *gates = trace->gates + t * trace->gates_step;
        const float *before = trace->cell + turn * trace->cell_step;
        const float *cell = trace->cell + (turn + 1) * trace->cell_step;
        for (size_t row = 0; row < rows; row++) {
            memcpy(dh_row, dh + (t * rows + row) * ldh, hidden * sizeof *dh);
            if (turn + 1 < size->steps) {
                size_t next = step_at(size, turn + 1) * rows + row;
                for (size_t u = 0; u < hidden; u++)
                    dh_row[u] += dxh[next * ldx + inputs + u];
            }
            deactivate(gates + row * 4 * hidden, dc + row * hidden, dh_row, cell + row * hidden,
                       before + row * hidden, hidden);
        }
        gemm(dxh + t * rows * ldx, ldx, gates, 4 * hidden, packed_transposed, NULL, rows,
             4 * hidden, ldx, GEMM_PLAIN);
    }
    gemm_outer(dw, 4 * hidden, xh, ldx, trace->gates, 4 * hidden, size->steps * rows, ldx,
               4 * hidden);
    dense_bias_backward(db, trace->gates, 4 * hidden, size->steps * rows, 4 * hidden);
}
