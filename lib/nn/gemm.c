#include "nn/gemm.h"
#include "nn/act.h"

#include <string.h>

/* Twelve accumulators of eight floats: with two vectors of w and one of x they fill the sixteen
 * registers of AVX2, and twelve independent chains hide the latency of the multiply-add. */
#define LANES 8
#define ROWS  6

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int bits __attribute__((vector_size(LANES * sizeof(int))));

#define INLINE static inline __attribute__((always_inline))

size_t gemm_packed_count(size_t k, size_t n)
{
    return (n + GEMM_PANEL - 1) / GEMM_PANEL * GEMM_PANEL * k;
}

static void pack(float *packed, const float *w, size_t step_k, size_t step_n, size_t k, size_t n)
{
    for (size_t first = 0; first < n; first += GEMM_PANEL) {
        size_t columns = n - first < GEMM_PANEL ? n - first : GEMM_PANEL;
        for (size_t i = 0; i < k; i++, packed += GEMM_PANEL) {
            for (size_t j = 0; j < GEMM_PANEL; j++)
                packed[j] = j < columns ? w[i * step_k + (first + j) * step_n] : 0;
        }
    }
}

void gemm_pack(float *packed, const float *w, size_t ldw, size_t k, size_t n)
{
    pack(packed, w, ldw, 1, k, n);
}

void gemm_pack_transposed(float *packed, const float *w, size_t ldw, size_t k, size_t n)
{
    pack(packed, w, 1, ldw, k, n);
}

INLINE vec leaky(vec v)
{
    bits positive = v > 0;
    return (vec)(((bits)v & positive) | ((bits)(v * ACT_LEAK) & ~positive));
}

/* `rows` rows and one panel. `rows` is a constant at every call, so the loops over it unroll and
 * the accumulators stay in registers. */
INLINE void tile(float *restrict y, size_t ldy, const float *x, size_t ldx, const float *w,
                 const vec start[2], size_t k, size_t rows, int flags)
{
    vec sum[ROWS][2];

#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++) {
        sum[r][0] = start[0];
        sum[r][1] = start[1];
        if (flags & GEMM_ADD) {
            sum[r][0] += *(const vec *)(y + r * ldy);
            sum[r][1] += *(const vec *)(y + r * ldy + LANES);
        }
    }
    for (size_t i = 0; i < k; i++) {
        vec w0 = *(const vec *)(w + i * GEMM_PANEL);
        vec w1 = *(const vec *)(w + i * GEMM_PANEL + LANES);
#pragma GCC unroll 6
        for (size_t r = 0; r < rows; r++) {
            float value = x[r * ldx + i];
            sum[r][0] += value * w0;
            sum[r][1] += value * w1;
        }
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++) {
        *(vec *)(y + r * ldy) = flags & GEMM_LEAKY ? leaky(sum[r][0]) : sum[r][0];
        *(vec *)(y + r * ldy + LANES) = flags & GEMM_LEAKY ? leaky(sum[r][1]) : sum[r][1];
    }
}

static void some_rows(float *y, size_t ldy, const float *x, size_t ldx, const float *w,
                      const vec start[2], size_t k, size_t rows, int flags)
{
    switch (rows) {
    case 1: tile(y, ldy, x, ldx, w, start, k, 1, flags); break;
    case 2: tile(y, ldy, x, ldx, w, start, k, 2, flags); break;
    case 3: tile(y, ldy, x, ldx, w, start, k, 3, flags); break;
    case 4: tile(y, ldy, x, ldx, w, start, k, 4, flags); break;
    case 5: tile(y, ldy, x, ldx, w, start, k, 5, flags); break;
    default: tile(y, ldy, x, ldx, w, start, k, ROWS, flags); break;
    }
}

/* A panel with fewer columns than GEMM_PANEL goes through a tile beside y. */
static void narrow_rows(float *y, size_t ldy, const float *x, size_t ldx, const float *w,
                        const vec start[2], size_t k, size_t rows, size_t columns, int flags)
{
    float beside[ROWS * GEMM_PANEL] = {0};

    for (size_t r = 0; r < rows && flags & GEMM_ADD; r++)
        memcpy(beside + r * GEMM_PANEL, y + r * ldy, columns * sizeof *y);
    some_rows(beside, GEMM_PANEL, x, ldx, w, start, k, rows, flags);
    for (size_t r = 0; r < rows; r++)
        memcpy(y + r * ldy, beside + r * GEMM_PANEL, columns * sizeof *y);
}

void gemm(float *y, size_t ldy, const float *x, size_t ldx, const float *packed, const float *bias,
          size_t m, size_t k, size_t n, int flags)
{
    for (size_t first = 0; first < n; first += GEMM_PANEL, packed += k * GEMM_PANEL) {
        size_t columns = n - first < GEMM_PANEL ? n - first : GEMM_PANEL;
        vec start[2] = {{0}};
        if (bias)
            memcpy(start, bias + first, columns * sizeof *bias);

        for (size_t row = 0; row < m; row += ROWS) {
            size_t rows = m - row < ROWS ? m - row : ROWS;
            float *to = y + row * ldy + first;
            const float *from = x + row * ldx;
            if (columns < GEMM_PANEL)
                narrow_rows(to, ldy, from, ldx, packed, start, k, rows, columns, flags);
            else if (rows == ROWS)
                tile(to, ldy, from, ldx, packed, start, k, ROWS, flags);
            else
                some_rows(to, ldy, from, ldx, packed, start, k, rows, flags);
        }
    }
}

/* dw (rows, one panel) += sum over m of x[m][0 … rows - 1] dy[m][0 … panel - 1]. */
INLINE void outer_tile(float *restrict dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                       size_t lddy, size_t m, size_t rows)
{
    vec sum[ROWS][2] = {{{0}}};

    for (size_t i = 0; i < m; i++) {
        vec dy0 = *(const vec *)(dy + i * lddy), dy1 = *(const vec *)(dy + i * lddy + LANES);
#pragma GCC unroll 6
        for (size_t r = 0; r < rows; r++) {
            float value = x[i * ldx + r];
            sum[r][0] += value * dy0;
            sum[r][1] += value * dy1;
        }
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++) {
        *(vec *)(dw + r * lddw) += sum[r][0];
        *(vec *)(dw + r * lddw + LANES) += sum[r][1];
    }
}

/* What is left beside whole tiles: the same sums, column by column. */
static void outer_edge(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                       size_t lddy, size_t m, size_t rows, size_t columns)
{
    float sum[ROWS][GEMM_PANEL] = {{0}};

    for (size_t i = 0; i < m; i++) {
        for (size_t r = 0; r < rows; r++) {
            for (size_t j = 0; j < columns; j++)
                sum[r][j] += x[i * ldx + r] * dy[i * lddy + j];
        }
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++)
            dw[r * lddw + j] += sum[r][j];
    }
}

static void outer_rows(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                       size_t lddy, size_t m, size_t rows, size_t columns)
{
    if (columns < GEMM_PANEL) {
        outer_edge(dw, lddw, x, ldx, dy, lddy, m, rows, columns);
        return;
    }
    switch (rows) {
    case 1: outer_tile(dw, lddw, x, ldx, dy, lddy, m, 1); break;
    case 2: outer_tile(dw, lddw, x, ldx, dy, lddy, m, 2); break;
    case 3: outer_tile(dw, lddw, x, ldx, dy, lddy, m, 3); break;
    case 4: outer_tile(dw, lddw, x, ldx, dy, lddy, m, 4); break;
    case 5: outer_tile(dw, lddw, x, ldx, dy, lddy, m, 5); break;
    default: outer_tile(dw, lddw, x, ldx, dy, lddy, m, ROWS); break;
    }
}

void gemm_outer(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy, size_t lddy,
                size_t m, size_t k, size_t n)
{
    const size_t block = 256; /* rows of x and dy that are used again while they are in the cache */

    for (size_t start = 0; start < m; start += block) {
        size_t count = m - start < block ? m - start : block;
        for (size_t column = 0; column < n; column += GEMM_PANEL) {
            size_t columns = n - column < GEMM_PANEL ? n - column : GEMM_PANEL;
            for (size_t row = 0; row < k; row += ROWS) {
                size_t rows = k - row < ROWS ? k - row : ROWS;
                outer_rows(dw + row * lddw + column, lddw, x + start * ldx + row, ldx,
                           dy + start * lddy + column, lddy, count, rows, columns);
            }
        }
    }
}
