/*
 * The products of gemm.h, for the vectors that the compiler may use. It is compiled twice: for what the
 * program is built for, and for AVX-512 by gemm_avx512.c.
 */
#include "nn/gemm_kernel.h"
#include "nn/act.h"

#include <string.h>

/* Accumulators of ROWS x 2 vectors, with two vectors of w beside them, fill the registers: sixteen
 * of eight floats with AVX2, thirty-two of sixteen floats with AVX-512. That many independent chains
 * hide the latency of the multiply-add. */
#ifdef __AVX512F__
#define LANES 16
#define ROWS  12
#else
#define LANES 8
#define ROWS  6
#endif
#define WIDE  (2 * LANES) /* columns of a panel; the last one may have LANES */
_Static_assert(WIDE <= GEMM_PANEL, "a panel is at most GEMM_PANEL columns");

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int bits __attribute__((vector_size(LANES * sizeof(int))));

#define INLINE static inline __attribute__((always_inline))

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of the tile that begins `left` rows before the end: as even as they go, since a tile of few
 * rows has too few chains. Which rows share a tile changes no result. */
static size_t tile_rows(size_t left)
{
    size_t tiles = (left + ROWS - 1) / ROWS;
    return (left + tiles - 1) / tiles;
}

static size_t panel_width(size_t left)
{
    return left <= LANES ? LANES : WIDE;
}

static size_t packed_count(size_t k, size_t n)
{
    return (n + LANES - 1) / LANES * LANES * k;
}

static void pack(float *packed, const float *w, size_t step_k, size_t step_n, size_t k, size_t n)
{
    for (size_t first = 0; first < n; first += WIDE) {
        size_t width = panel_width(n - first);
        for (size_t i = 0; i < k; i++, packed += width) {
            for (size_t j = 0; j < width; j++)
                packed[j] = first + j < n ? w[i * step_k + (first + j) * step_n] : 0;
        }
    }
}

INLINE vec leaky(vec v)
{
    bits positive = v > 0;
    return (vec)(((bits)v & positive) | ((bits)(v * ACT_LEAK) & ~positive));
}

/* `rows` rows and one panel of `vectors` vectors. Both are constants at every call, so the loops
 * over them unroll and the accumulators stay in registers. */
INLINE void tile(float *restrict y, size_t ldy, const float *x, size_t ldx, const float *w,
                 const vec start[2], size_t k, size_t rows, size_t vectors, int flags)
{
    vec sum[ROWS][2];

#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++) {
            sum[r][v] = start[v];
            if (flags & GEMM_ADD)
                sum[r][v] += *(const vec *)(y + r * ldy + v * LANES);
        }
    }
    for (size_t i = 0; i < k; i++) {
        const vec *column = (const vec *)(w + i * vectors * LANES);
        vec w0 = column[0], w1 = column[vectors - 1];
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            float value = x[r * ldx + i];
            sum[r][0] += value * w0;
            if (vectors > 1)
                sum[r][1] += value * w1;
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            *(vec *)(y + r * ldy + v * LANES) = flags & GEMM_LEAKY ? leaky(sum[r][v]) : sum[r][v];
    }
}

/* dw (rows, one panel) += sum over m of x[m][0 … rows - 1] dy[m][0 … width - 1]. */
INLINE void outer_tile(float *restrict dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                       size_t lddy, size_t m, size_t rows, size_t vectors)
{
    vec sum[ROWS][2] = {{{0}}};

    for (size_t i = 0; i < m; i++) {
        const vec *row = (const vec *)(dy + i * lddy);
        vec dy0 = row[0], dy1 = row[vectors - 1];
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            float value = x[i * ldx + r];
            sum[r][0] += value * dy0;
            if (vectors > 1)
                sum[r][1] += value * dy1;
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            *(vec *)(dw + r * lddw + v * LANES) += sum[r][v];
    }
}

/* One case for each number of rows: `call` is compiled with ROWS_HERE and VECTORS_HERE constant. */
#if ROWS == 12
#define MORE_ROWS(at) at(7) at(8) at(9) at(10) at(11) at(12)
#else
#define MORE_ROWS(at)
#endif
#define EACH_ROWS(at) at(1) at(2) at(3) at(4) at(5) at(6) MORE_ROWS(at)

static void some_rows(float *y, size_t ldy, const float *x, size_t ldx, const float *w,
                      const vec start[2], size_t k, size_t rows, size_t vectors, int flags)
{
#define AT(r)                                                  \
    case 2 * r: tile(y, ldy, x, ldx, w, start, k, r, 1, flags); break; \
    case 2 * r + 1: tile(y, ldy, x, ldx, w, start, k, r, 2, flags); break;
    switch (2 * rows + vectors - 1) { EACH_ROWS(AT) }
#undef AT
}

static void some_outer_rows(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                            size_t lddy, size_t m, size_t rows, size_t vectors)
{
#define AT(r)                                                         \
    case 2 * r: outer_tile(dw, lddw, x, ldx, dy, lddy, m, r, 1); break; \
    case 2 * r + 1: outer_tile(dw, lddw, x, ldx, dy, lddy, m, r, 2); break;
    switch (2 * rows + vectors - 1) { EACH_ROWS(AT) }
#undef AT
}

/* One row alone has too few chains in a panel: SIDE whole panels go side by side. */
#define SIDE 4

static void lone_row(float *restrict y, const float *x, const float *w, const float *bias, size_t k,
                     int flags)
{
    vec sum[SIDE][2];

#pragma GCC unroll 8
    for (size_t v = 0; v < 2 * SIDE; v++) {
        sum[v / 2][v % 2] = bias ? *(const vec *)(bias + v * LANES) : (vec){0};
        if (flags & GEMM_ADD)
            sum[v / 2][v % 2] += *(const vec *)(y + v * LANES);
    }
    for (size_t i = 0; i < k; i++) {
        float value = x[i];
#pragma GCC unroll 4
        for (size_t p = 0; p < SIDE; p++) {
            const vec *column = (const vec *)(w + (p * k + i) * WIDE);
            sum[p][0] += value * column[0];
            sum[p][1] += value * column[1];
        }
    }
#pragma GCC unroll 8
    for (size_t v = 0; v < 2 * SIDE; v++)
        *(vec *)(y + v * LANES) =
            flags & GEMM_LEAKY ? leaky(sum[v / 2][v % 2]) : sum[v / 2][v % 2];
}

/* Columns that do not fill their vectors go through a tile beside y. */
static void narrow_rows(float *y, size_t ldy, const float *x, size_t ldx, const float *w,
                        const vec start[2], size_t k, size_t rows, size_t columns, int flags)
{
    float beside[ROWS * WIDE] = {0};
    size_t vectors = panel_width(columns) / LANES;

    for (size_t r = 0; r < rows && flags & GEMM_ADD; r++)
        memcpy(beside + r * WIDE, y + r * ldy, columns * sizeof *y);
    some_rows(beside, WIDE, x, ldx, w, start, k, rows, vectors, flags);
    for (size_t r = 0; r < rows; r++)
        memcpy(y + r * ldy, beside + r * WIDE, columns * sizeof *y);
}

static void product(float *y, size_t ldy, const float *x, size_t ldx, const float *packed,
                    const float *bias, size_t m, size_t k, size_t n, int flags)
{
    size_t done = 0;

    for (; m == 1 && done + SIDE * WIDE <= n; done += SIDE * WIDE) {
        lone_row(y + done, x, packed, bias ? bias + done : NULL, k, flags);
        packed += SIDE * WIDE * k;
    }
    for (size_t first = done; first < n; first += WIDE) {
        size_t columns = smaller(n - first, WIDE), width = panel_width(n - first);
        vec start[2] = {{0}};
        if (bias)
            memcpy(start, bias + first, columns * sizeof *bias);

        for (size_t row = 0, rows; row < m; row += rows) {
            rows = tile_rows(m - row);
            float *to = y + row * ldy + first;
            const float *from = x + row * ldx;
            if (columns < width)
                narrow_rows(to, ldy, from, ldx, packed, start, k, rows, columns, flags);
            else
                some_rows(to, ldy, from, ldx, packed, start, k, rows, width / LANES, flags);
        }
        packed += k * width;
    }
}

/* What is left beside whole tiles: the same sums, column by column. */
static void outer_edge(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy,
                       size_t lddy, size_t m, size_t rows, size_t columns)
{
    float sum[ROWS][WIDE] = {{0}};

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

static void outer(float *dw, size_t lddw, const float *x, size_t ldx, const float *dy, size_t lddy,
                  size_t m, size_t k, size_t n)
{
    const size_t block = 256; /* rows of x and dy that are used again while they are in the cache */

    for (size_t start = 0; start < m; start += block) {
        size_t count = smaller(m - start, block);
        for (size_t column = 0; column < n; column += WIDE) {
            size_t columns = smaller(n - column, WIDE), width = panel_width(n - column);
            const float *from = dy + start * lddy + column;
            for (size_t row = 0, rows; row < k; row += rows) {
                rows = tile_rows(k - row);
                float *to = dw + row * lddw + column;
                if (columns < width)
                    outer_edge(to, lddw, x + start * ldx + row, ldx, from, lddy, count, rows, columns);
                else
                    some_outer_rows(to, lddw, x + start * ldx + row, ldx, from, lddy, count, rows,
                                    width / LANES);
            }
        }
    }
}

#ifndef GEMM_KERNEL
#define GEMM_KERNEL gemm_kernel_built
#endif
const gemm_kernel GEMM_KERNEL = {panel_width, packed_count, pack, product, outer};
