/*
 * The product in pairs where the processor has vdpbf16ps. Compiled for such a processor, whatever the rest of the
 * program is built for; called only where there is one.
 *
 * Weights are packed into panels of 32 columns, the last one of 16 or 32, in which the two numbers of a
 * pair stand side by side. Tiles of ROWS x 2 vectors of sums fill the registers, as in gemm_kernel.c.
 */
#include "nn/gemm_bf16.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "nn/act.h"

#define LANES  16
#define ROWS   12
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef __m256bh halves;

INLINE __m512i load_weights(const bf16 *w)
{
    return _mm512_loadu_si512(w);
}

/* pair: two neighbours in a row of x. */
INLINE vec add_pair(vec sum, uint32_t pair, __m512i w)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)pair), (__m512bh)w);
}

INLINE halves round_off(vec value)
{
    return _mm512_cvtneps_pbh((__m512)value);
}

#define WIDE (2 * LANES) /* columns of a tile */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns of the panel that begins `left` columns before the end, zeros included. */
static size_t panel_width(size_t left)
{
    return left <= LANES ? LANES : WIDE;
}

static void pack(void *packed, const float *w, size_t k, size_t n, size_t times)
{
    size_t all = k * times, pairs = (all + 1) / 2;
    bf16 *to = packed;

    for (size_t first = 0; first < n; first += WIDE) {
        size_t width = panel_width(n - first);
        for (size_t i = 0; i < 2 * pairs; i++) {
            for (size_t j = 0; j < width; j++) {
                int there = i < all && first + j < n;
                to[i / 2 * 2 * width + 2 * j + i % 2] = there ? bf16_of(w[i / times * n + first + j]) : 0;
            }
        }
        to += 2 * pairs * width;
    }
}

/* As even as they go, since a tile of few rows has too few chains (gemm_kernel.c). */
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
        __m512i w0 = load_weights(w + p * step);
        __m512i w1 = load_weights(w + p * step + (vectors - 1) * 2 * LANES);
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

/* One case for each number of rows: a tile is compiled with it as a constant. */
#define EACH_ROWS(at) \
    at(1) at(2) at(3) at(4) at(5) at(6) at(7) at(8) at(9) at(10) at(11) at(12)

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
        w[s] = packed + s * WIDE * 2 * pairs;
    for (size_t p = 0; p < pairs; p++) {
        uint32_t pair;
        memcpy(&pair, x + 2 * p, sizeof pair);
#pragma GCC unroll 4
        for (size_t s = 0; s < SIDE; s++) {
            const bf16 *from = w[s] + p * 2 * WIDE;
            sum[s][0] = add_pair(sum[s][0], pair, load_weights(from));
            sum[s][1] = add_pair(sum[s][1], pair, load_weights(from + 2 * LANES));
        }
    }
#pragma GCC unroll 8
    for (size_t v = 0; v < 2 * SIDE; v++)
        store(y + v * size, sum[v / 2][v % 2], result);
}

static void product(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *weights,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch)
{
    size_t size = result == GEMM_BF16_LEAKY ? sizeof(bf16) : sizeof(float), done = 0;
    const bf16 *packed = weights;

    (void)scratch;
    for (; m == 1 && done + SIDE * WIDE <= n; done += SIDE * WIDE)
        lone_row((char *)y + done * size, x, packed + done * k, bias + done, k / 2, result);
    for (size_t first = done; first < n; first += WIDE)
        strip((char *)y + first * size, ldy * size, x, ldx, packed + first * k,
              2 * panel_width(n - first), bias + first, m, k / 2, smaller(n - first, WIDE), result);
}

static size_t packed_bytes(size_t k, size_t n)
{
    return (n + LANES - 1) / LANES * LANES * k * sizeof(bf16);
}

const gemm_bf16_kernel *gemm_bf16_pairs_avx512(void)
{
    static const gemm_bf16_kernel kernel = {packed_bytes, pack, product};
    int here = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");

    return here ? &kernel : NULL;
}
#else
const gemm_bf16_kernel *gemm_bf16_pairs_avx512(void)
{
    return NULL;
}
#endif
