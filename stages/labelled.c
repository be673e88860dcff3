#include "labelled.h"
#include "base/err.h"
#include "eels/background.h"
#include "eels/resample.h"
#include "eels/synth.h"

#include <math.h>
#include <string.h>

int eel_labelled_check(const eel_block *block)
{
    if (block->channels == EEL_NET_CHANNELS && block->dtype == EEL_F32 &&
        block->side_bytes == (size_t)block->rows * EEL_CLASSES)
        return EEL_OK;
    return eel_fail(EEL_EFORMAT,
                    "block %ju: %u %s channels and %zu labels, expected %d f32 channels and %zu",
                    (uintmax_t)block->number, block->channels, eel_dtype_name(block->dtype),
                    block->side_bytes, EEL_NET_CHANNELS, (size_t)block->rows * EEL_CLASSES);
}

void eel_labelled_normalise(const float *row, float *x)
{
    uint32_t from = 0, to = EEL_NET_CHANNELS;

    while (from < to && isnan(row[from]))
        from++;
    while (to > from && isnan(row[to - 1]))
        to--;
    if (to - from < EEL_RESAMPLE_LEAST)
        memset(x, 0, EEL_NET_CHANNELS * sizeof *x);
    else
        eel_normalise(row + from, to - from, from, x);
}
