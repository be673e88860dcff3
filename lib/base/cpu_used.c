/*
 * What the compiler may use in all files but cpu.c. This one holds a number and no code, so that it
 * can be asked on any machine. The order is that of the names in cpu.c.
 */
extern const unsigned eel_cpu_used_bits;

const unsigned eel_cpu_used_bits = 0
#ifdef __SSE4_2__
    | 1u << 0
#endif
#ifdef __AVX__
    | 1u << 1
#endif
#ifdef __AVX2__
    | 1u << 2
#endif
#ifdef __FMA__
    | 1u << 3
#endif
#ifdef __BMI2__
    | 1u << 4
#endif
#ifdef __AVX512F__
    | 1u << 5
#endif
#ifdef __AVX512BW__
    | 1u << 6
#endif
#ifdef __AVX512VL__
    | 1u << 7
#endif
#ifdef __AVX512VNNI__
    | 1u << 8
#endif
#ifdef __AVX512VBMI2__
    | 1u << 9
#endif
#ifdef __GFNI__
    | 1u << 10
#endif
    ;
