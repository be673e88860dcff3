#include "nn/numbers.h"

#include "base/err.h"
#include "nn/gemm_bf16.h"

#include <string.h>

static const char *const names[] = {
    [EEL_NET_PAIRS] = "bfloat16-pairs", [EEL_NET_TILES] = "bfloat16-tiles", [EEL_NET_F32] = "float32"};

eel_numbers eel_numbers_here(void)
{
    return gemm_bf16_tiles_amx() ? EEL_NET_TILES : EEL_NET_PAIRS;
}

const char *eel_numbers_name(eel_numbers numbers)
{
    return names[numbers];
}

int eel_numbers_find(eel_numbers *numbers, const char *name)
{
    *numbers = EEL_NET_PAIRS;
    for (unsigned i = 0; name && i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *numbers = (eel_numbers)i;
            return EEL_OK;
        }
    }
    return name ? eel_fail(EEL_EFORMAT, "numbers: '%s', expected bfloat16-pairs, bfloat16-tiles or float32",
                           name)
                : EEL_OK;
}
