/*
 * bin - spectra of neighbouring pixels added up: fewer pixels, with more counts in each.
 *
 *     bin  "2"          two by two pixels, along the last two navigation axes; of a line scan, two
 *          "y=2,x=4"    along the axes named, or numbered from 0, the slowest
 *
 * Counts are sums, so what holds of counts holds of them too, as float32. The last pixel along an axis holds what is
 * left. A channel that some of a pixel's spectra have not (NAN) is scaled up to what all would have; where none has it,
 * it is NAN. An axis keeps its places: a pixel lies in the middle of those that it is made of, the last one, if it is
 * made of fewer, where it would lie if it were whole.
 */
#ifndef EEL_IO_BIN_H
#define EEL_IO_BIN_H

#include "io/image.h"

typedef struct {
    int axes;
    uint64_t size[EEL_NAV_MAX], by[EEL_NAV_MAX], bins[EEL_NAV_MAX]; /* bins: size / by, rounded up */
    eel_image_type type; /* of the spectra that are added */
    uint32_t channels;
} eel_binning;

/* Makes of `info` what it is when pixels are added up. EEL_EARGS where an axis is not there or a number makes no sense;
 * a single spectrum stays as it is. */
int eel_bin(eel_binning *binning, eel_image_info *info, const char *bin);

/* Spectra of pixels first … first + rows - 1, with `type`, before they are added. */
typedef int (*eel_read_spectra)(void *from, uint64_t first, uint32_t rows, void *spectra);

/* sums (rows, channels). What `read` returns; EEL_ENOMEM. */
int eel_bin_read(const eel_binning *binning, uint64_t first, uint32_t rows, float *sums, eel_read_spectra read,
                 void *from);

#endif
