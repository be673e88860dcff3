/*
 * numbers - what a network's products are made of when it is asked.
 *
 * float32, as it was trained; or bfloat16 summed in float32, in one of two orders. Each order is
 * the one in which some processors have an instruction for it, and is made with the same bits on
 * all others (gemm_bf16.h, docs/decisions/bfloat16.md). The orders differ in the last bits of a
 * probability, so that all who work on one map have to use the same: the first stage says which in
 * the description of the run, as "numbers".
 */
#ifndef EEL_NN_NUMBERS_H
#define EEL_NN_NUMBERS_H

typedef enum { EEL_NET_PAIRS, EEL_NET_TILES, EEL_NET_F32 } eel_numbers;

/* Of bfloat16's orders the one that is fast on this machine. */
eel_numbers eel_numbers_here(void);

/* What an option --single-precision asks for. */
static inline eel_numbers eel_numbers_asked(int single_precision)
{
    return single_precision ? EEL_NET_F32 : eel_numbers_here();
}

const char *
eel_numbers_name(eel_numbers numbers); /* "bfloat16-pairs", "bfloat16-tiles", "float32" */

/* *numbers as its name says; NULL stands for pairs, the only order there was once. EEL_EFORMAT. */
int eel_numbers_find(eel_numbers *numbers, const char *name);

#endif
