/*
 * h5_image - spectra in data sets of an HDF5 file: what hspy, dm5, emd, nexus and swift share.
 *
 * Each of them is an eel_format whose functions are those below and whose `h5` says how to know its
 * files, which data sets are signals, and where axes and metadata stand:
 *
 *     static int list(eel_h5_file *file)
 *     {
 *         eel_candidate *c = eel_h5_add(file, "entry/data");
 *         … name and energy axis of *c …
 *         return EEL_OK;
 *     }
 *
 * Rows are read as hyperslabs in any order of dimensions, so a chunked and compressed file needs
 * the memory of a block and of a few chunks (of twice 32 MiB where the energy is not the fastest). A damaged file is tried in a child process first
 * (base/trial.h). Data that lie in other files are refused.
 */
#ifndef EEL_IO_H5_IMAGE_H
#define EEL_IO_H5_IMAGE_H

#include <hdf5.h>
#include "io/format.h"

#define EEL_H5_PATH_MAX 512 /* bytes of the name of a data set, from the root */

typedef struct {
    hid_t file;
    char path[1024];                 /* of the file */
    const eel_stated *stated;        /* while it is opened */
    eel_candidate *candidates;       /* (EEL_SIGNALS_MAX), while it is opened */
    char (*names)[EEL_H5_PATH_MAX];  /* of their data sets */
    int count;
    hid_t data;                      /* of the one that is read */
    eel_candidate shape;
    uint32_t channels;
    void *scratch;                   /* of rows whose energy is not the fastest dimension */
    size_t scratch_bytes;
    char *slab;                      /* rows slab_first …, likewise */
    uint64_t slab_first, slab_rows;
} eel_h5_file;

typedef struct eel_h5_layout {
    int (*is_mine)(hid_t file);
    /* Adds a candidate for each signal. */
    int (*list)(eel_h5_file *file);
    /* Axes and metadata of the one that was picked; NULL: `list` knew all. */
    void (*detail)(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX]);
} eel_h5_layout;

/* Adds the data set at a path from the root, with its type and shape; NULL when there are
 * EEL_SIGNALS_MAX already. The caller completes name and energy; a candidate that is refused by
 * its data may have no dimensions. */
eel_candidate *eel_h5_add(eel_h5_file *file, const char *dataset);

/* Calls for every group of the file by hard links, in the order of names, down to a depth of 16;
 * `visit` returns EEL_OK or what ends the walk. At most EEL_H5_GROUPS_MAX groups. */
#define EEL_H5_GROUPS_MAX 20000
typedef int (*eel_h5_visit)(eel_h5_file *file, hid_t group, const char *path);
int eel_h5_walk(eel_h5_file *file, eel_h5_visit visit);

/* Names of the links in a group, i = 0, 1, … in their order; 0 after the last. */
int eel_h5_member(hid_t group, hsize_t i, char name[256]);

/* A one-dimensional data set of numbers as offset and scale: of 2 values or more, which must lie
 * within a quarter of a step of a line; or a single one (scale 1). n + 1 values are the edges of
 * bins, as NXdata has them. 0 when it is no such thing. */
int eel_h5_line(hid_t group, const char *dataset, uint64_t n, double *offset, double *scale);

/* The group that a path from the root lies in ("entry/data" of "entry/data/counts"), opened. */
hid_t eel_h5_parent(hid_t file, const char *dataset);

/* The functions of the eel_format. */
int eel_h5_probe(const unsigned char *head, size_t n);
int eel_h5_open(void **state, eel_image_info *info, const char *path, const eel_stated *stated);
int eel_h5_read(void *state, uint64_t first, uint32_t rows, void *spectra);
void eel_h5_close(void *state);

#define EEL_H5_FUNCTIONS                                                                           \
    .probe = eel_h5_probe, .open = eel_h5_open, .read = eel_h5_read, .close = eel_h5_close

#endif
