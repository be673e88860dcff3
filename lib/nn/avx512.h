/*
 * avx512 - private to lib/nn: loops that are compiled for AVX-512 as well, whatever the program is
 * built for.
 *
 *     AVX512 static void work_512(…)      a function with the loop in it, inlined from one that is
 *     avx512_here() ? work_512 : work     common to both, which is chosen when the program runs
 *
 * The results have the same bits: the same operations on single numbers. Without fused
 * multiply-adds in the rest of the program they would not, so it does without.
 */
#ifndef EEL_NN_AVX512_H
#define EEL_NN_AVX512_H

#if defined __x86_64__ && defined __FMA__
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))

static inline int avx512_here(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("fma");
}
#else
#define AVX512

static inline int avx512_here(void)
{
    return 0;
}
#endif

#define COMMON static inline __attribute__((always_inline))

#endif
