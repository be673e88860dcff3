/*
 * The product in tiles on any processor: the first numbers of all pairs and the second ones stand
 * apart, as float32, and gemm makes the chains of each slice.
 */
#include "nn/act.h"
#include "nn/gemm.h"
#include "nn/gemm_bf16.h"

/* Floats of one slice's weights, of the first or the second numbers. */
static size_t part_count(size_t k, size_t n)
{
    return gemm_packed_count(gemm_bf16_slice(k / 2), n);
}

static size_t packed_bytes(size_t k, size_t n)
{
    return k / 2 / gemm_bf16_slice(k / 2) * 2 * part_count(k, n) * sizeof(float);
}

static void pack(void *packed, const float *w, size_t k, size_t n, size_t times)
{
    size_t all = k * times, pairs = (all + 1) / 2, slice = gemm_bf16_slice(pairs);
    float part[GEMM_BF16_SLICE * GEMM_PANEL], *to = packed;

    for (size_t first = 0; first < pairs; first += slice) {
        for (size_t second = 0; second < 2; second++) {
            for (size_t column = 0, width; column < n; column += width) {
                width = gemm_panel_width(n - column);
                size_t columns = n - column < width ? n - column : width;
                for (size_t i = 0; i < slice; i++) {
                    size_t row = 2 * (first + i) + second;
                    for (size_t j = 0; j < columns; j++)
                        part[i * columns + j] =
                            row < all ? bf16_float(bf16_of(w[row / times * n + column + j])) : 0;
                }
                gemm_pack(to, part, columns, slice, columns);
                to += slice * width;
            }
        }
    }
}

/* first and second (rows, pairs) of the numbers in x. */
static void take_apart(float *restrict first, float *restrict second, const bf16 *x, size_t ldx,
                       size_t rows, size_t pairs)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t p = 0; p < pairs; p++) {
            first[r * pairs + p] = bf16_float(x[r * ldx + 2 * p]);
            second[r * pairs + p] = bf16_float(x[r * ldx + 2 * p + 1]);
        }
    }
}

static void add_up(float *restrict sums, const float *restrict first, const float *restrict second,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += first[i] + second[i];
}

static void leak(float *sums, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] = act_leaky(sums[i]);
}

static void product(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch)
{
    size_t pairs = k / 2, slice = gemm_bf16_slice(pairs), part = part_count(k, n);
    float *first = scratch, *second = first + GEMM_BF16_ROWS * pairs;
    float *sums = second + GEMM_BF16_ROWS * pairs, *of_first = sums + GEMM_BF16_ROWS * n;
    float *of_second = of_first + GEMM_BF16_ROWS * n, *zeros = of_second + GEMM_BF16_ROWS * n;

    memset(zeros, 0, n * sizeof *zeros);
    for (size_t row = 0, rows; row < m; row += rows) {
        rows = m - row < GEMM_BF16_ROWS ? m - row : GEMM_BF16_ROWS;
        take_apart(first, second, x + row * ldx, ldx, rows, pairs);
        for (size_t r = 0; r < rows; r++)
            memcpy(sums + r * n, bias, n * sizeof *bias);
        for (size_t p = 0; p < pairs; p += slice) {
            const float *w = (const float *)packed + p / slice * 2 * part;
            gemm(of_first, n, first + p, pairs, w, zeros, rows, slice, n, GEMM_PLAIN);
            gemm(of_second, n, second + p, pairs, w + part, zeros, rows, slice, n, GEMM_PLAIN);
            add_up(sums, of_first, of_second, rows * n);
        }
        if (result == GEMM_BF16_LEAKY) {
            leak(sums, rows * n);
            gemm_bf16_round_rows((bf16 *)y + row * ldy, ldy, sums, rows, n);
            continue;
        }
        for (size_t r = 0; r < rows; r++)
            memcpy((float *)y + (row + r) * ldy, sums + r * n, n * sizeof *sums);
    }
}

const gemm_bf16_kernel *gemm_bf16_tiles_portable(void)
{
    static const gemm_bf16_kernel kernel = {packed_bytes, pack, product};

    return &kernel;
}
