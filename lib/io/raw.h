/*
 * raw - one array of numbers that lies in a file as it is: what npy, ripple, ndata and TIFF share.
 *
 * The format describes it as its only candidate; eel_raw_open_array picks that, applies --axes,
 * numbers the pixels and checks that the file is long enough.
 */
#ifndef EEL_IO_RAW_H
#define EEL_IO_RAW_H

#include "io/format.h"
#include "io/planes.h"

typedef struct {
    eel_planes planes;
    int fd;
    char path[1024];
} eel_raw;

/* Opens the file alone. */
int eel_raw_open(eel_raw **raw, const char *path);

/* The energy dimension and the names of the others from --axes, else `energy` (-1: unknown, and the
 * candidate is refused). EEL_EARGS when --axes does not fit. */
int eel_raw_axes(eel_candidate *candidate, const char *path, int energy);

/* Sets up reading: the array begins `offset` bytes into the file and may have `room` bytes (UINT64_MAX:
 * up to its end); `swap` when the byte order is not ours. */
int eel_raw_array(eel_raw *raw, eel_image_info *info, const eel_candidate *candidate,
                  uint64_t offset, uint64_t room, int swap, int axis_of[EEL_NAV_MAX]);

/* After eel_raw_array: the pixels of `info` are numbered with the axis slowest that is fastest in the
 * file. EEL_EFORMAT when the energy lies between them, EEL_ELIMIT when a plane is too large. */
int eel_raw_turned(eel_raw *raw, const eel_image_info *info);

int eel_raw_read(void *raw, uint64_t first, uint32_t rows, void *spectra);
void eel_raw_close(void *raw);

#endif
