/*
 * h5_make - small spectrum images in the HDF5 layouts of other programs, and what these are made of.
 *
 * Value i of a data set is i.
 */
#ifndef EEL_H5_MAKE_H
#define EEL_H5_MAKE_H

#include <hdf5.h>

enum { T = 2, Y = 3, X = 4, E = 20 }; /* sizes of the axes, as far as a file has them */

void h5_make_nexus(const char *path, const char *axes); /* (t, y, x, E), energies in keV */
void h5_make_emd(const char *path, int reversed);       /* (y, x, E), or in HyperSpy's order */
void h5_make_dm5(const char *path);                     /* (y, x, E), 200 kV */
void h5_make_swift(const char *path);                   /* (t, y, x, E) */
void h5_make_velox(const char *path);                   /* (y, x, E), 300 kV */

/* Objects stay open until the file is closed; groups on the way are made. */
hid_t h5_make_file(const char *path);
hid_t group_of(hid_t file, const char *path);
void put_text(hid_t object, const char *name, const char *text);
void put_number(hid_t object, const char *name, double value);

/* A data set of uint16, chunked and compressed. */
void put_counts(hid_t group, const char *name, int dims, const hsize_t *size);
void put_axis(hid_t group, const char *name, hsize_t n, double first, double step,
              const char *units, const char *label);

#endif
