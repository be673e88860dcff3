/*
 * raw_make - small files whose values lie in them as they are: NumPy, TIFF, Nion Swift's ndata.
 *
 * Value i of an array is i.
 */
#ifndef EEL_RAW_MAKE_H
#define EEL_RAW_MAKE_H

#include <stddef.h>
#include <stdint.h>

typedef enum { PLAIN, STRIPS, UNEVEN, TILES, SWAPPED } tiff_kind; /* uneven: strips unlike those of the page before */

void counts(uint16_t *values, int n); /* 0, 1, … */

/* A NumPy array with that header before `n` bytes of values. Returns its bytes. */
size_t npy_bytes(unsigned char *out, const char *header, const void *values, size_t n);

void tiff_make(const char *path, uint32_t pages, uint32_t rows, uint32_t columns, tiff_kind kind,
               const char *description);

/* Spectra of 20 channels at 3 x 4 pixels: a zip archive of two members. Returns its bytes. */
size_t make_ndata(unsigned char *zip, const char *array_name, int method);

#endif
