/*
 * peak - what one core of this machine could do at most: fused multiply-adds on registers alone.
 *
 * As many independent chains as fit the registers, of the widest vectors that the program was built for, so neither
 * latency nor memory matters. GFLOP/s, a multiply-add counted as two, by processor time.
 */
#ifndef EEL_BENCH_PEAK_H
#define EEL_BENCH_PEAK_H

#include "base/clock.h"

#include <stdint.h>

#ifdef __AVX512F__
#define PEAK_LANES  16
#define PEAK_CHAINS 16
#else
#define PEAK_LANES  8
#define PEAK_CHAINS 12 /* sixteen registers hold these and two constants */
#endif

typedef float peak_vec __attribute__((vector_size(PEAK_LANES * sizeof(float))));

static inline double peak_gflops(double seconds)
{
    peak_vec sum[PEAK_CHAINS] = {{0}};
    double start_s = eel_clock_cpu_s(), spent_s;
    uint64_t rounds = 0;

    do {
        for (int i = 0; i < 4096; i++) {
#pragma GCC unroll 16
            for (int c = 0; c < PEAK_CHAINS; c++)
                sum[c] = sum[c] * 0.999f + 1e-3f;
#pragma GCC unroll 16
            for (int c = 0; c < PEAK_CHAINS; c++)
                __asm__ volatile("" : "+v"(sum[c])); /* stays in its register, is not folded away */
        }
        rounds += 4096;
        spent_s = eel_clock_cpu_s() - start_s;
    } while (spent_s < seconds);
    return 2e-9 * (double)rounds * PEAK_CHAINS * PEAK_LANES / spent_s;
}

#endif
