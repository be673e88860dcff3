/*
 * rng - random numbers that are the same on every machine for the same (seed, stream).
 *
 * xoshiro256++ (Blackman & Vigna 2021, doi 10.1145/3460772), its state filled by splitmix64 from
 * seed and stream. A spectrum of number i is drawn from stream i, so it does not depend on which
 * process draws it or in what order.
 */
#ifndef EEL_BASE_RNG_H
#define EEL_BASE_RNG_H

#include <stdint.h>

typedef struct {
    uint64_t state[4];
    double spare; /* second value of the last normal pair */
    int has_spare;
} eel_rng;

eel_rng eel_rng_seeded(uint64_t seed, uint64_t stream);

uint64_t eel_rng_bits(eel_rng *rng);

double eel_rng_uniform(eel_rng *rng, double low, double high); /* [low, high) */
double eel_rng_log_uniform(eel_rng *rng, double low, double high);
uint32_t eel_rng_below(eel_rng *rng, uint32_t limit);          /* 0 … limit - 1; limit > 0 */
int eel_rng_chance(eel_rng *rng, double probability);          /* 1 with that probability */
double eel_rng_normal(eel_rng *rng);                           /* mean 0, sd 1: polar method */

/* Counts with that mean. Exact below 1e6 (inversion below 10, else the transformed rejection PTRS
 * of Hörmann 1993, doi 10.1016/0167-6687(93)90997-4); above, a rounded normal. */
double eel_rng_poisson(eel_rng *rng, double mean);

#endif
