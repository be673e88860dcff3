/*
 * hspy_write - write signals into a HyperSpy file (HDF5), piece by piece.
 *
 *     eel_hspy_file *file;
 *     eel_hspy_signal signal = eel_hspy_signal_like(info);      a spectrum image, as it was read
 *     eel_hspy_create(&file, "out.hspy");
 *     eel_hspy_begin(file, &signal);
 *     eel_hspy_write(file, first, rows, values);                any number of times
 *     eel_hspy_begin(file, &another);                           more signals, one after the other
 *     eel_hspy_close(file, 1);
 *
 * The structure is that of HyperSpy 1.7 (file format 3.1), which HyperSpy 2 and RosettaSciIO read
 * too: /Experiments/<title>/{data, axis-0 …, metadata}. Data are chunked and compressed; memory
 * does not grow with them. What was never written reads as `fill`.
 *
 * The file grows under a temporary name beside the final one. Closing with `keep` renames it;
 * closing without (an error, a cancelled run) removes it and leaves an older file alone.
 */
#ifndef EEL_IO_HSPY_WRITE_H
#define EEL_IO_HSPY_WRITE_H

#include "io/image.h"

#define EEL_HSPY_AXES_MAX 8

typedef struct {
    uint64_t size;
    double offset, scale;
    char name[32], units[32]; /* units "" when unknown */
    int navigate;             /* 1: navigation axis; 0: signal axis */
} eel_hspy_axis;

typedef struct {
    char title[128];       /* names the signal in the file; a second one of that name gets " 2" */
    char signal_type[32];  /* "EELS"; "" for maps and images */
    int axis_count;        /* slowest first, navigation axes before signal axes */
    eel_hspy_axis axes[EEL_HSPY_AXES_MAX];
    eel_image_type type;
    double fill;           /* value of what is never written, NAN for instance; 0 by default */
    double beam_kev, collection_mrad, convergence_mrad, exposure_s; /* NAN: left out */
    char elements[256];    /* "O Ti": metadata.Sample.elements, in this order; "" leaves it out */
    const char *notes;     /* metadata.General.notes, or NULL; used by eel_hspy_begin only */
    const eel_image *like; /* an image whose other metadata come along, or NULL; likewise */
} eel_hspy_signal;

typedef struct eel_hspy_file eel_hspy_file;

/* A signal without axes, type float32, everything unknown: fill in the rest. */
eel_hspy_signal eel_hspy_signal_named(const char *title, const char *signal_type);

/* The signal that would read back as `info`: navigation axes, energy axis, type, metadata. */
eel_hspy_signal eel_hspy_signal_like(const eel_image_info *info);

/* Beam energy and angles as `info` has them. */
void eel_hspy_signal_optics(eel_hspy_signal *signal, const eel_image_info *info);

/* Appends an axis after those that are there. */
void eel_hspy_signal_axis(eel_hspy_signal *signal, int navigate, const char *name,
                          const char *units, uint64_t size, double offset, double scale);

/* EEL_EIO (the words name `path`), EEL_ENOMEM. */
int eel_hspy_create(eel_hspy_file **file, const char *path);

/* Starts a signal; those before it are complete. EEL_EIO, EEL_ELIMIT. */
int eel_hspy_begin(eel_hspy_file *file, const eel_hspy_signal *signal);

/* How many of the other metadata of `like` were too large, too many or of no kind to be kept. */
uint32_t eel_hspy_left(const eel_hspy_file *file);

/* Rows first … first + rows - 1 of the signal begun last. A row is one position of the navigation
 * axes (the last runs fastest) with all its signal axes; `values` (rows, signal axes …) of the
 * signal's type. A signal without navigation axes is one row. */
int eel_hspy_write(eel_hspy_file *file, uint64_t first, uint64_t rows, const void *values);

/* Ends the file: `keep` puts it under its final name, else nothing stays. Frees `file` in any
 * case; NULL is fine. */
int eel_hspy_close(eel_hspy_file *file, int keep);

#endif
