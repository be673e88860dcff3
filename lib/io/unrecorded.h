/*
 * unrecorded - channels of a file's spectra in which nothing was recorded: values that are no numbers, and at the end
 * zeros, with which programs fill spectra up to a length that they like.
 *
 * An edge that would lie there is not observable; were the zeros taken for counts, the fall to them would look like the
 * end of an edge. Zeros in front stay: where a background was taken off they say that nothing is there.
 */
#ifndef EEL_IO_UNRECORDED_H
#define EEL_IO_UNRECORDED_H

#include <stdint.h>

#define EEL_ZEROS_LEAST 16 /* at the end, of which spectra of few counts may have some by chance: before them no more than a
                              quarter of as many channels is zero */

typedef struct {
    uint32_t head, tail; /* channels without a record in front and at the end */
    uint32_t gap, gap_n; /* the widest stretch without a number in between: its first channel, and how many; none: 0, 0 */
} eel_unrecorded;

/* Of one spectrum, counts (n). Returns 0 where there is no number in it but zero, and leaves `unrecorded`. */
int eel_unrecorded_in(eel_unrecorded *unrecorded, const float *counts, uint32_t n);

/* Leaves of `unrecorded` what is so in `other`, too. */
void eel_unrecorded_both(eel_unrecorded *unrecorded, const eel_unrecorded *other);

#endif
