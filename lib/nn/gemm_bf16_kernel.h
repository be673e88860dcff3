/*
 * gemm_bf16_kernel - the body of gemm_bf16_portable.c and gemm_bf16_avx512.c, which say before they
 * include it how many registers there are and how a vector of weights is multiplied:
 *
 *     LANES, ROWS             floats of a vector; ROWS x 2 vectors of sums fill the registers
 *     vec, masks, halves      LANES floats, int32, bfloat16
 *     weights                 LANES pairs of weights, ready to be multiplied
 *     weights load_weights(const bf16 *)
 *     vec add_pair(vec sum, uint32_t pair, weights)      pair: two neighbours in a row of x
 *     halves round_off(vec)
 *     PRODUCT                 name of the function
 */
#include "nn/act.h"

#define WIDE (2 * LANES) /* columns of a tile */
_Static_assert(GEMM_BF16_PANEL % WIDE == 0, "tiles fill a panel");

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As even as they go, since a tile of few rows has too few chains (gemm.c). */
static size_t tile_rows(size_t left)
{
    size_t tiles = (left + ROWS - 1) / ROWS;
    return (left + tiles - 1) / tiles;
}

INLINE void store(char *y, vec sum, gemm_bf16_result result)
{
    if (result == GEMM_BF16_LEAKY) {
        masks positive = sum > 0;
        vec slope = sum * ACT_LEAK;
        halves rounded = round_off((vec)(((masks)sum & positive) | ((masks)slope & ~positive)));
        memcpy(y, &rounded, sizeof rounded);
    } else {
        memcpy(y, &sum, sizeof sum);
    }
}

/* `rows` rows and `vectors` vectors, both constant at every call, so that the sums stay in
 * registers. w: pairs `step` numbers apart. ldy in bytes. */
INLINE void tile(char *restrict y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *w,
                 size_t step, const vec start[2], size_t pairs, size_t rows, size_t vectors,
                 gemm_bf16_result result)
{
    size_t width = result == GEMM_BF16_LEAKY ? sizeof(halves) : sizeof(vec);
    vec sum[ROWS][2];

#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            sum[r][v] = start[v];
    }
    for (size_t p = 0; p < pairs; p++) {
        weights w0 = load_weights(w + p * step);
        weights w1 = load_weights(w + p * step + (vectors - 1) * 2 * LANES);
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            uint32_t pair;
            memcpy(&pair, x + r * ldx + 2 * p, sizeof pair);
            sum[r][0] = add_pair(sum[r][0], pair, w0);
            if (vectors > 1)
                sum[r][1] = add_pair(sum[r][1], pair, w1);
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            store(y + r * ldy + v * width, sum[r][v], result);
    }
}

/* One case for each number of rows: `call` is compiled with it as a constant. */
#if ROWS == 12
#define MORE_ROWS(at) at(7) at(8) at(9) at(10) at(11) at(12)
#else
#define MORE_ROWS(at)
#endif
#define EACH_ROWS(at) at(1) at(2) at(3) at(4) at(5) at(6) MORE_ROWS(at)

static void some_rows(char *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *w, size_t step,
                      const vec start[2], size_t pairs, size_t rows, size_t vectors,
                      gemm_bf16_result result)
{
#define AT(r)                                                                                    \
    case 2 * r: tile(y, ldy, x, ldx, w, step, start, pairs, r, 1, result); break; \
    case 2 * r + 1: tile(y, ldy, x, ldx, w, step, start, pairs, r, 2, result); break;
    switch (2 * rows + vectors - 1) { EACH_ROWS(AT) }
#undef AT
}

/* Columns that do not fill their vectors go through a tile beside y. */
static void narrow_rows(char *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *w, size_t step,
                        const vec start[2], size_t pairs, size_t rows, size_t columns,
                        gemm_bf16_result result)
{
    size_t size = result == GEMM_BF16_LEAKY ? sizeof(bf16) : sizeof(float);
    char beside[ROWS * WIDE * sizeof(float)];

    some_rows(beside, WIDE * size, x, ldx, w, step, start, pairs, rows, columns > LANES ? 2 : 1, result);
    for (size_t r = 0; r < rows; r++)
        memcpy(y + r * ldy, beside + r * WIDE * size, columns * size);
}

/* A tile's columns, all rows. */
static void strip(char *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *w, size_t step,
                  const float *bias, size_t m, size_t pairs, size_t columns, gemm_bf16_result result)
{
    vec start[2] = {{0}};

    memcpy(start, bias, columns * sizeof *bias);
    for (size_t row = 0, rows; row < m; row += rows) {
        rows = tile_rows(m - row);
        if (columns % LANES)
            narrow_rows(y + row * ldy, ldy, x + row * ldx, ldx, w, step, start, pairs, rows, columns,
                        result);
        else
            some_rows(y + row * ldy, ldy, x + row * ldx, ldx, w, step, start, pairs, rows,
                      columns / LANES, result);
    }
}

/* One row alone has too few chains in a tile: SIDE tiles of whole panels go side by side. */
#define SIDE 4

static void lone_row(char *restrict y, const bf16 *x, const bf16 *packed, const float *bias,
                     size_t pairs, gemm_bf16_result result)
{
    size_t size = result == GEMM_BF16_LEAKY ? sizeof(halves) : sizeof(vec);
    const bf16 *w[SIDE];
    vec sum[SIDE][2];

#pragma GCC unroll 8
    for (size_t v = 0; v < 2 * SIDE; v++)
        memcpy(&sum[v / 2][v % 2], bias + v * LANES, sizeof(vec));
    for (size_t s = 0; s < SIDE; s++)
        w[s] = packed + s * WIDE / GEMM_BF16_PANEL * GEMM_BF16_PANEL * 2 * pairs +
               2 * (s * WIDE % GEMM_BF16_PANEL);
    for (size_t p = 0; p < pairs; p++) {
        uint32_t pair;
        memcpy(&pair, x + 2 * p, sizeof pair);
#pragma GCC unroll 4
        for (size_t s = 0; s < SIDE; s++) {
            const bf16 *from = w[s] + p * 2 * GEMM_BF16_PANEL;
            sum[s][0] = add_pair(sum[s][0], pair, load_weights(from));
            sum[s][1] = add_pair(sum[s][1], pair, load_weights(from + 2 * LANES));
        }
    }
#pragma GCC unroll 8
    for (size_t v = 0; v < 2 * SIDE; v++)
        store(y + v * size, sum[v / 2][v % 2], result);
}

void PRODUCT(void *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *packed, const float *bias,
             size_t m, size_t k, size_t n, gemm_bf16_result result)
{
    size_t size = result == GEMM_BF16_LEAKY ? sizeof(bf16) : sizeof(float), done = 0;

    for (; m == 1 && done + SIDE * WIDE <= n; done += SIDE * WIDE)
        lone_row((char *)y + done * size, x, packed + done * k, bias + done, k / 2, result);
    for (size_t first = done; first < n; first += WIDE) {
        size_t panel = first / GEMM_BF16_PANEL * GEMM_BF16_PANEL;
        size_t width = gemm_bf16_panel_width(n - panel);
        strip((char *)y + first * size, ldy * size, x, ldx,
              packed + panel * k + 2 * (first - panel), 2 * width, bias + first, m, k / 2,
              smaller(n - first, WIDE), result);
    }
}
