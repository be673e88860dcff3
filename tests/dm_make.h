/*
 * dm_make - small DigitalMicrograph files for tests, written from the description of the format.
 */
#ifndef EEL_DM_MAKE_H
#define EEL_DM_MAKE_H

#include <stdint.h>

#define DM_DIMS_MAX   4
#define DM_IMAGES_MAX 4

typedef struct {
    const char *name;                /* ASCII */
    int data_type;                   /* as DigitalMicrograph counts them; 2 is float32 */
    int dims;
    uint64_t size[DM_DIMS_MAX];      /* fastest first, as in the file */
    double origin[DM_DIMS_MAX], scale[DM_DIMS_MAX];
    const char *units[DM_DIMS_MAX];
    const char *signal, *format;     /* Meta Data; NULL leaves them out */
    double voltage;                  /* 0 leaves it out */
    const void *values;              /* NULL: zeros, left as a hole in the file */
    uint64_t value_bytes;            /* all of them */
    int thumbnail;
} dm_image;

typedef struct {
    int version, big_endian;
    int images;
    dm_image image[DM_IMAGES_MAX];
    int extras; /* a group "Extras" with a tag of every other kind, one of them of more than 1 MiB */
} dm_description;

/* Writes the file. Returns the offset of the values of the last image. */
uint64_t dm_make(const char *path, const dm_description *file);

#endif
