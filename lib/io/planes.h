/*
 * planes - spectra of an array in a file whose energy axis is anywhere: (outer, channels, inner).
 *
 * Pixel p = o * inner + i; its channel c lies at ((o * channels + c) * inner + i) * size bytes.
 * inner = 1 is energy fastest. With energy slower, a run of neighbouring pixels is read plane by
 * plane into a slab of bounded size, from which rows are served, so that reading an image block by
 * block passes over the file once per slab and not once per block.
 *
 * Fortran order turns the numbering of pixels round as well: their slowest axis is the fastest in
 * the file. A slab then takes its pixels from whole planes, which are held one at a time.
 */
#ifndef EEL_IO_PLANES_H
#define EEL_IO_PLANES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "io/image.h"

#define EEL_SLAB_BYTES  (32u << 20)
#define EEL_PLANE_BYTES (256u << 20) /* most that a plane in Fortran order may have */

typedef struct {
    int fd;               /* borrowed */
    uint64_t offset;      /* of the first value in the file */
    uint64_t outer, inner;
    uint32_t channels, size; /* size: bytes of a value */
    int swap;             /* the file's byte order is not ours */
    /* Where the values do not simply lie in the file: gives `n` bytes at `offset` of the array. */
    int (*fetch)(void *source, void *out, size_t n, uint64_t offset);
    void *source;         /* borrowed */
    int axes;             /* of pixels in Fortran order; 0: pixels are numbered as in the file */
    uint64_t axis[EEL_NAV_MAX]; /* their sizes, slowest first as the pixels are numbered */
    unsigned char *plane; /* (inner), owned; in Fortran order */
    unsigned char *slab;  /* (channels, slab_rows), owned */
    uint64_t slab_first, slab_rows;
} eel_planes;

/* Sizes are the caller's to check; `slab` memory comes with the first read that needs it. */
int eel_planes_read(eel_planes *planes, const char *path, uint64_t first, uint64_t rows, void *out);
void eel_planes_release(eel_planes *planes);

/* out (outer, inner, channels) = in (outer, channels, inner), values of 1, 2, 4 or 8 bytes. */
void eel_planes_turn(void *out, const void *in, uint64_t outer, uint64_t channels, uint64_t inner,
                     size_t size);

/* Reads exactly `n` bytes at `offset`. EEL_EIO; EEL_EFORMAT when the file ends before. */
int eel_read_at(int fd, const char *path, void *out, size_t n, uint64_t offset);

/* Reads as much as there is from the beginning, `n` bytes at most; -1 on failure. */
ssize_t eel_read_some(int fd, void *out, size_t n);

#endif
