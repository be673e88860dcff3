/*
 * bench_gemm - what one core can do at most, in registers and in OpenBLAS's large product, and the
 * matrix products of the network beside those of OpenBLAS.
 *
 * OpenBLAS does not take rows that overlap, so it is given copies of the windows, made beforehand:
 * its times leave out what a convolution would have to do first.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/gemm.h"
#include "nn/gemm_bf16.h"
#include "peak.h"

#include <cblas.h>
#include <stdio.h>

typedef struct {
    const char *what;
    size_t m, k, n, ldx;
} product;

static const product products[] = {
    {"conv 1", 1170, 11, 16, 4},         {"conv 2", 293, 176, 32, 64},
    {"conv 3", 147, 352, 32, 64},        {"conv 4", 37, 352, 48, 128},
    {"conv 2, dx", 295, 96, 64, 32},     {"conv 3, dx", 152, 192, 64, 32},
    {"conv 4, dx", 39, 144, 128, 48},    {"LSTM step", 64, 120, 288, 120},
    {"LSTM step, dx", 64, 288, 120, 288}, {"dense", 64, 1184, 192, 1184},
};

enum { FLOATS = 1 << 20 };

static double seconds = 0.2;
static int json;
static const eel_option options[] = {
    {"seconds", 's', EEL_OPT_REAL, &seconds, "S", "processor time for each measurement"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {0},
};
static const eel_usage usage = {
    .name = "bench_gemm", .summary = "Measure matrix products on one core.", .options = options};

static float *x, *y, *w, *packed, *scratch;
static bf16 *x_bf16;
static void *packed_bf16[2];

static void own(const product *p)
{
    gemm(y, p->n, x, p->ldx, packed, NULL, p->m, p->k, p->n, GEMM_PLAIN);
}

static void own_pairs(const product *p)
{
    gemm_bf16_pairs()->product(y, p->n, x_bf16, p->ldx, packed_bf16[0], w, p->m, p->k + p->k % 2, p->n,
                               GEMM_BF16_LEAKY, scratch);
}

static void own_tiles(const product *p)
{
    gemm_bf16_tiles()->product(y, p->n, x_bf16, p->ldx, packed_bf16[1], w, p->m, p->k + p->k % 2, p->n,
                               GEMM_BF16_LEAKY, scratch);
}

static void own_outer(const product *p)
{
    gemm_outer(w, p->n, x, p->ldx, y, p->n, p->m, p->k, p->n);
}

static void blas(const product *p)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, x,
                (int)p->k, w, (int)p->n, 0, y, (int)p->n);
}

static void blas_outer(const product *p)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)p->k, (int)p->n, (int)p->m, 1, x,
                (int)p->k, y, (int)p->n, 1, w, (int)p->n);
}

static double gflops(void (*run)(const product *), const product *p)
{
    double start_s = eel_clock_cpu_s(), spent_s;
    uint64_t runs = 0;

    do {
        run(p);
        runs++;
        spent_s = eel_clock_cpu_s() - start_s;
    } while (spent_s < seconds);
    return 2e-9 * (double)(runs * p->m * p->k * p->n) / spent_s;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);
    eel_rng rng = eel_rng_seeded(1, 0);

    if (code)
        return eel_log_exit(code);
    openblas_set_num_threads(1);
    x = eel_alloc(FLOATS, sizeof *x);
    y = eel_alloc(FLOATS, sizeof *y);
    w = eel_alloc(FLOATS, sizeof *w);
    packed = eel_alloc(FLOATS, sizeof *packed);
    scratch = eel_alloc(FLOATS, sizeof *scratch);
    x_bf16 = eel_alloc(FLOATS, sizeof *x_bf16);
    packed_bf16[0] = eel_alloc(FLOATS, sizeof(float));
    packed_bf16[1] = eel_alloc(FLOATS, sizeof(float));
    if (!x || !y || !w || !packed || !scratch || !x_bf16 || !packed_bf16[0] ||
        !packed_bf16[1])
        return eel_log_exit(EEL_ENOMEM);
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = w[i] = (float)eel_rng_uniform(&rng, -1e-3, 1e-3);
    for (size_t i = 0; i < FLOATS; i++)
        x_bf16[i] = bf16_of(x[i]);
    const product large = {"large", 1024, 1024, 1024, 1024};
    double peak = peak_gflops(seconds), sgemm = gflops(blas, &large);
    printf(json ? "{\"fma_peak\": %.1f, \"openblas_large\": %.1f}\n"
                : "multiply-adds in registers %.1f, OpenBLAS 1024 x 1024 x 1024 %.1f GFLOP/s\n\n",
           peak, sgemm);
    if (!json)
        printf("%-14s %26s  y = x w: pairs, tiles, own OpenBLAS  dw = x^T dy: own OpenBLAS, GFLOP/s\n", "", "");
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const product *p = &products[i];
        gemm_pack(packed, w, p->n, p->k, p->n);
        gemm_bf16_pairs()->pack(packed_bf16[0], w, p->k, p->n, 1);
        gemm_bf16_tiles()->pack(packed_bf16[1], w, p->k, p->n, 1);
        printf(json ? "{\"product\": \"%s\", \"m\": %zu, \"k\": %zu, \"n\": %zu, \"pairs\": %.1f, \"tiles\": %.1f, \"own\": %.1f, "
                      "\"openblas\": %.1f, \"own_outer\": %.1f, \"openblas_outer\": %.1f}\n"
                    : "%-14s m %4zu  k %4zu  n %4zu  %14.1f %6.1f %6.1f %8.1f  %16.1f %8.1f\n",
               p->what, p->m, p->k, p->n, gflops(own_pairs, p), gflops(own_tiles, p),
               gflops(own, p), gflops(blas, p), gflops(own_outer, p),
               gflops(blas_outer, p));
    }
    eel_free(x);
    eel_free(y);
    eel_free(w);
    eel_free(packed);
    eel_free(scratch);
    eel_free(x_bf16);
    eel_free(packed_bf16[0]);
    eel_free(packed_bf16[1]);
    return 0;
}
