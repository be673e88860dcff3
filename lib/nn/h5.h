/*
 * h5 - named arrays in an HDF5 file, for the model file and the training checkpoint.
 *
 *     h5_file file;
 *     h5_open(&file, path);
 *     h5_read_floats(&file, "conv1/weight", weight, 3, (size_t[]){11, 1, 16});
 *     return h5_close(&file);
 *
 * A file remembers its first error; calls after it do nothing. A dataset is read only when it has
 * exactly the expected kind, rank and lengths, so nothing in a file decides how much is allocated,
 * except for texts, which have a limit. Numbers that are not finite are refused.
 *
 * A damaged file can crash libhdf5, so a child process reads it all first (base/trial.h).
 *
 * Writing goes to a temporary name beside the path; h5_close renames it, or removes it after an
 * error.
 */
#ifndef EEL_NN_H5_H
#define EEL_NN_H5_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

#include "base/replace.h"

#define H5_RANK_MAX 3

typedef struct {
    hid_t id;
    int code;
    const char *path;    /* not copied */
    int writing;
    eel_replace replace; /* when writing */
} h5_file;

void h5_create(h5_file *file, const char *path);
void h5_open(h5_file *file, const char *path);
int h5_close(h5_file *file); /* the first error, or EEL_OK */

/* Records a failure found by the caller; the words are set already. */
void h5_check(h5_file *file, int code);

/* Is there a dataset of this name? 0 after an error. */
int h5_has(const h5_file *file, const char *name);

/* Slashes in names make groups. */
void h5_write_floats(h5_file *file, const char *name, const float *data, int rank,
                     const size_t *dims);
void h5_write_reals(h5_file *file, const char *name, const double *data, size_t count);
void h5_write_whole(h5_file *file, const char *name, const uint64_t *data, size_t count);
void h5_write_text(h5_file *file, const char *name, const char *text);
void h5_write_names(h5_file *file, const char *name, const char *names, size_t size, size_t count);

void h5_read_floats(h5_file *file, const char *name, float *data, int rank, const size_t *dims);
void h5_read_reals(h5_file *file, const char *name, double *data, size_t count);
void h5_read_whole(h5_file *file, const char *name, uint64_t *data, size_t count);

/* `*text` is NULL after an error, else free() it. At most `max` bytes. */
void h5_read_text(h5_file *file, const char *name, char **text, size_t max);

/* names: `count` texts of at most size - 1 bytes, each with its end. */
void h5_read_names(h5_file *file, const char *name, char *names, size_t size, size_t count);

/* The file's "format" is this text. */
void h5_read_format(h5_file *file, const char *expected);

#endif
