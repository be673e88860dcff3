#include "nn/net_shape.h"

#include "base/err.h"

#define NUMBERS (6 + 2 * EEL_CONVS)

_Static_assert(sizeof(eel_net_shape) == NUMBERS * sizeof(uint32_t), "every number is stored");

static const char *const names[NUMBERS] = {
    "inputs",    "filter width", "channels 1", "channels 2", "channels 3", "channels 4", "stride 1",
    "stride 2",  "stride 3",     "stride 4",   "LSTM units", "projected",  "dense",      "classes",
};

void net_shape_write(h5_file *file, const eel_net_shape *shape)
{
    uint64_t numbers[NUMBERS];

    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = ((const uint32_t *)shape)[i];
    h5_write_whole(file, "shape", numbers, NUMBERS);
}

void net_shape_read(h5_file *file, eel_net_shape *shape)
{
    uint64_t numbers[NUMBERS];

    h5_read_whole(file, "shape", numbers, NUMBERS);
    for (int i = 0; i < NUMBERS && !file->code; i++) {
        if (numbers[i] > UINT32_MAX)
            h5_check(file, eel_fail(EEL_ELIMIT, "%s: shape has %llu for %s", file->path,
                                    (unsigned long long)numbers[i], names[i]));
        ((uint32_t *)shape)[i] = (uint32_t)numbers[i];
    }
}

int net_shape_compare(const char *path, const eel_net_shape *found, const eel_net_shape *expected)
{
    for (int i = 0; i < NUMBERS; i++) {
        uint32_t a = ((const uint32_t *)found)[i], b = ((const uint32_t *)expected)[i];
        if (a != b)
            return eel_fail(EEL_EFORMAT, "%s: %s is %u, expected %u", path, names[i], a, b);
    }
    return EEL_OK;
}
