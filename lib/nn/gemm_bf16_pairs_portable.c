/*
 * The product in pairs on any processor: gemm's chain of float32 multiply-adds, with rows and
 * weights made float32, the two numbers of each pair swapped.
 */
#include "nn/act.h"
#include "nn/gemm.h"
#include "nn/gemm_bf16.h"

static size_t packed_bytes(size_t k, size_t n)
{
    return gemm_packed_count(k, n) * sizeof(float);
}

static void pack(void *packed, const float *w, size_t k, size_t n, size_t times)
{
    size_t all = k * times, inputs = all + all % 2;
    float *to = packed;

    for (size_t first = 0, width; first < n; first += width) {
        width = gemm_panel_width(n - first);
        for (size_t i = 0; i < inputs; i++, to += width) {
            size_t row = i ^ 1;
            for (size_t j = 0; j < width; j++) {
                int there = row < all && first + j < n;
                to[j] = there ? bf16_float(bf16_of(w[row / times * n + first + j])) : 0;
            }
        }
    }
}

/* Swapped pairs; count is even. A pair is one number of the machine, its first in the lower half.
 */
static void widen(float *restrict to, const bf16 *restrict from, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        uint32_t pair;
        memcpy(&pair, from + 2 * i, sizeof pair);
        uint64_t swapped = (pair & 0xffff0000) | (uint64_t)pair << 48;
        memcpy(to + 2 * i, &swapped, sizeof swapped);
    }
}

/* `rows` rows of k numbers, which may overlap as they do in x. Returns how far apart they are. */
static size_t widen_rows(float *to, const bf16 *x, size_t ldx, size_t rows, size_t k)
{
    if (ldx < k && ldx % 2 == 0) {
        widen(to, x, (rows - 1) * ldx + k);
        return ldx;
    }
    for (size_t r = 0; r < rows; r++)
        widen(to + r * k, x + r * ldx, k);
    return k;
}

static void product(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch)
{
    float *sums = scratch + GEMM_BF16_ROWS * k;

    for (size_t row = 0, rows; row < m; row += rows) {
        rows = m - row < GEMM_BF16_ROWS ? m - row : GEMM_BF16_ROWS;
        size_t wide = widen_rows(scratch, x + row * ldx, ldx, rows, k);
        if (result == GEMM_BF16_SUMS) {
            gemm((float *)y + row * ldy, ldy, scratch, wide, packed, bias, rows, k, n, GEMM_PLAIN);
            continue;
        }
        gemm(sums, n, scratch, wide, packed, bias, rows, k, n, GEMM_LEAKY);
        gemm_bf16_round_rows((bf16 *)y + row * ldy, ldy, sums, rows, n);
    }
}

const gemm_bf16_kernel *gemm_bf16_pairs_portable(void)
{
    static const gemm_bf16_kernel kernel = {packed_bytes, pack, product};

    return &kernel;
}
