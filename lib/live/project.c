#include "live/project.h"

#include <math.h>
#include <string.h>

static uint64_t value_at(const void *image, size_t i, uint32_t value_bytes)
{
    return value_bytes == 1   ? ((const uint8_t *)image)[i]
           : value_bytes == 2 ? ((const uint16_t *)image)[i]
                              : ((const uint32_t *)image)[i];
}

static void add_row(eel_channel_sum *sums, const eel_projection *p, const void *image, size_t row)
{
    const uint8_t *masked = p->masked ? p->masked + row * p->columns : NULL;

    for (size_t k = 0; k < p->columns; k++) {
        uint64_t value = value_at(image, row * p->columns + k, p->value_bytes);
        int good = value < p->saturated && !(masked && masked[k]);
        sums[k].sum += good ? value : 0;
        sums[k].rows += (uint32_t)good;
    }
}

void eel_project(float *spectrum, eel_channel_sum *sums, const eel_projection *p, const void *image)
{
    uint32_t most = 0;

    memset(sums, 0, p->columns * sizeof *sums);
    for (uint32_t row = p->from; row < p->to; row++)
        add_row(sums, p, image, row);
    for (size_t k = 0; k < p->columns; k++)
        most = sums[k].rows > most ? sums[k].rows : most;
    for (size_t k = 0; k < p->columns; k++) {
        double scale = sums[k].rows ? (double)most / sums[k].rows : NAN;
        spectrum[k] = (float)((double)sums[k].sum * scale);
    }
}
