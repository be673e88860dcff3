/*
 * ends - channels at the ends of a file's spectra in which nothing was recorded: values that are no numbers, and behind
 * zeros, with which programs fill spectra up to a length that they like.
 *
 * An edge that would lie there is not observable; were the zeros taken for counts, the fall to them would look like the
 * end of an edge. Zeros in front stay: where a background was taken off they say that nothing is there.
 */
#ifndef EEL_IO_ENDS_H
#define EEL_IO_ENDS_H

#include <stdint.h>

#define EEL_ENDS_ZEROS 16 /* so many zeros behind, at least, of which spectra of few counts may have some by chance: before
                             them no more than a quarter of as many channels is zero */

typedef struct {
    uint32_t head, tail; /* channels without a record in front and behind */
} eel_ends;

/* Of one spectrum, counts (n). Returns 0 where there is no number in it but zero, and leaves `ends`. */
int eel_ends_of(eel_ends *ends, const float *counts, uint32_t n);

#endif
