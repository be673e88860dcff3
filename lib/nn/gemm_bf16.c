#include "nn/gemm_bf16.h"

#define LANES 16 /* columns are filled up with zeros to a multiple of it */

size_t gemm_bf16_panel_width(size_t left)
{
    return left <= LANES ? LANES : GEMM_BF16_PANEL;
}

size_t gemm_bf16_packed_count(size_t k, size_t n)
{
    return (n + LANES - 1) / LANES * LANES * k;
}

void gemm_bf16_pack(bf16 *packed, const float *w, size_t k, size_t n, size_t times)
{
    size_t all = k * times, pairs = (all + 1) / 2;

    for (size_t first = 0; first < n; first += GEMM_BF16_PANEL) {
        size_t width = gemm_bf16_panel_width(n - first);
        for (size_t i = 0; i < 2 * pairs; i++) {
            for (size_t j = 0; j < width; j++) {
                int there = i < all && first + j < n;
                packed[i / 2 * 2 * width + 2 * j + i % 2] = there ? bf16_of(w[i / times * n + first + j]) : 0;
            }
        }
        packed += 2 * pairs * width;
    }
}

void gemm_bf16(void *y, size_t ldy, const bf16 *x, size_t ldx, const bf16 *packed, const float *bias,
               size_t m, size_t k, size_t n, gemm_bf16_result result)
{
    gemm_bf16_product *fast = gemm_bf16_fast();

    (fast ? fast : gemm_bf16_portable)(y, ldy, x, ldx, packed, bias, m, k, n, result);
}
