/*
 * project - an image of the detector becomes a spectrum: the sum over its rows, energies along them.
 *
 * What is no measurement is left out: pixels that the mask names (gaps between chips, dead and hot
 * ones), and those at or above `saturated`, where the counter ended or the detector puts its mark
 * for "no data". A channel in which some rows are left out is scaled to as many rows as the best
 * channel has; one in which nothing is left is NAN.
 */
#ifndef EEL_LIVE_PROJECT_H
#define EEL_LIVE_PROJECT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t rows, columns; /* of the image */
    uint32_t from, to;      /* the rows that are summed, `to` not included */
    uint32_t value_bytes;   /* 1, 2 or 4: unsigned integers */
    uint64_t saturated;     /* as large as this or larger: no measurement */
    uint8_t *masked;        /* (rows, columns), 0: a measurement; NULL: all are */
} eel_projection;

typedef struct {
    uint64_t sum;
    uint32_t rows; /* in it */
} eel_channel_sum;

/* `image` (rows, columns), aligned for its values; `spectrum` (columns); `sums` (columns) is for
 * use in here. */
void eel_project(float *spectrum, eel_channel_sum *sums, const eel_projection *projection,
                 const void *image);

#endif
