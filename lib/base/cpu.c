/* This file is compiled for the oldest processor of its kind (lib/base/CMakeLists.txt). */
#include "base/cpu.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const unsigned eel_cpu_used_bits; /* cpu_used.c */

static const char *const names[] = {"SSE4.2",  "AVX",        "AVX2",        "FMA",
                                    "BMI2",    "AVX-512F",   "AVX-512BW",   "AVX-512VL",
                                    "AVX-512VNNI", "AVX-512VBMI2", "GFNI"};

unsigned eel_cpu_have(void)
{
    unsigned have = 0;

#ifdef __x86_64__
    __builtin_cpu_init();
    have |= __builtin_cpu_supports("sse4.2") ? 1u << 0 : 0;
    have |= __builtin_cpu_supports("avx") ? 1u << 1 : 0;
    have |= __builtin_cpu_supports("avx2") ? 1u << 2 : 0;
    have |= __builtin_cpu_supports("fma") ? 1u << 3 : 0;
    have |= __builtin_cpu_supports("bmi2") ? 1u << 4 : 0;
    have |= __builtin_cpu_supports("avx512f") ? 1u << 5 : 0;
    have |= __builtin_cpu_supports("avx512bw") ? 1u << 6 : 0;
    have |= __builtin_cpu_supports("avx512vl") ? 1u << 7 : 0;
    have |= __builtin_cpu_supports("avx512vnni") ? 1u << 8 : 0;
    have |= __builtin_cpu_supports("avx512vbmi2") ? 1u << 9 : 0;
    have |= __builtin_cpu_supports("gfni") ? 1u << 10 : 0;
#endif
    return have;
}

static void write_names(unsigned bits, char *text, size_t size)
{
    text[0] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(text);
        if (bits >> i & 1)
            snprintf(text + length, size - length, "%s%s", length ? " " : "", names[i]);
    }
}

void eel_cpu_used(char *text, size_t size)
{
    write_names(eel_cpu_used_bits, text, size);
}

void eel_cpu_here(char *text, size_t size)
{
    write_names(eel_cpu_have(), text, size);
}

void eel_cpu_missing(unsigned have, char *text, size_t size)
{
    write_names(eel_cpu_used_bits & ~have, text, size);
}

__attribute__((constructor)) static void check_before_main(void)
{
    char missing[128];

    eel_cpu_missing(eel_cpu_have(), missing, sizeof missing);
    if (missing[0]) {
        dprintf(STDERR_FILENO, "eelstream: this build uses %s, which this processor lacks; build it "
                "on this machine, or with -DEEL_ARCH=x86-64\n", missing);
        _exit(1);
    }
}
