/*
 * cpu - which instructions this build uses, and whether this machine has them.
 *
 * A program that was built for another processor (EEL_ARCH in CMakeLists.txt) would be killed by its
 * first missing instruction, without a word. So every program looks before main begins and ends
 * with one line and status 1.
 */
#ifndef EEL_BASE_CPU_H
#define EEL_BASE_CPU_H

#include <stddef.h>

/* Instruction sets that the compiler was allowed to use, "AVX2 FMA"; "" when only those that every
 * processor of its kind has. Of the machine likewise, among those eelstream knows. */
void eel_cpu_used(char *text, size_t size);
void eel_cpu_here(char *text, size_t size);

/* Called before main; `have` is one bit per instruction set. The names that are missing, or "". */
void eel_cpu_missing(unsigned have, char *text, size_t size);
unsigned eel_cpu_have(void);

#endif
