/*
 * npy - the header of a NumPy array: what npy files and those inside ndata files begin with.
 * (numpy.lib.format, versions 1.0 to 3.0.)
 */
#ifndef EEL_IO_NPY_H
#define EEL_IO_NPY_H

#include "io/format.h"

/* Type and shape into `candidate` (refused where they are none of ours), *bytes: the length of the
 * header, *swap: other byte order. A Fortran-ordered array comes as it is stored, its dimensions
 * reversed: *fortran. EEL_EFORMAT where `head` is no such header. */
int eel_npy_header(eel_candidate *candidate, const char *path, const unsigned char *head, size_t n,
                   size_t *bytes, int *swap, int *fortran);

#endif
