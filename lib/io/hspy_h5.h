/*
 * hspy_h5 - the few things that both sides of HyperSpy files need of HDF5.
 *
 * Text attributes are of fixed or variable length and become UTF-8 in one line; absent or odd
 * attributes are no failure, metadata never are.
 */
#ifndef EEL_IO_HSPY_H5_H
#define EEL_IO_HSPY_H5_H

#include <hdf5.h>
#include <stddef.h>
#include "io/image.h"

#define EEL_H5_TEXT_MAX 65536 /* bytes of one fixed-length text */

/* HDF5 prints its own error stack unless told not to; called before each open and create. */
void eel_h5_quiet(void);

/* Opens the group at a path of plain names below `from`; -1 when one is not there. */
hid_t eel_h5_group(hid_t from, const char *path);

void eel_h5_text(hid_t from, const char *attribute, char *out, size_t size); /* "" when absent */
double eel_h5_number(hid_t from, const char *attribute, double otherwise);
int eel_h5_has(hid_t from, const char *attribute);

/* Calls for each text of an attribute or data set of texts. */
typedef void (*eel_h5_each)(const char *text, void *context);
void eel_h5_texts(hid_t from, const char *attribute, const char *dataset, eel_h5_each each,
                  void *context);

/* Writing, in place of what has the name already: 0, or -1 when HDF5 failed. */
int eel_h5_put_text(hid_t to, const char *attribute, const char *text);
int eel_h5_put_number(hid_t to, const char *attribute, double value);
int eel_h5_put_size(hid_t to, const char *attribute, uint64_t value);
int eel_h5_put_integer(hid_t to, const char *attribute, int64_t value);
int eel_h5_put_flag(hid_t to, const char *attribute, int value);
int eel_h5_put_list(hid_t to, const char *attribute, const char *const *texts, size_t n);
int eel_h5_put_texts(hid_t to, const char *dataset, const char *const *texts, size_t n);
int eel_h5_put_words(hid_t to, const char *dataset, const char *text); /* one text, no array */

/* An array of int64_t, or of double if `real`. */
int eel_h5_put_array(hid_t to, const char *dataset, int dims, const hsize_t *size, int real, const void *values);

/* `keep` of the eel_format of HyperSpy files (hspy_keep.c); `file` is an eel_h5_file. */
void eel_hspy_keep(void *file, const eel_image_info *info, int64_t group, uint32_t *left);

hid_t eel_h5_native(eel_image_type type); /* not to be closed */

#endif
