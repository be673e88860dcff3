/*
 * image - a spectrum image (or a line, or one spectrum) in any readable file.
 *
 *     eel_image *image;
 *     eel_image_open(&image, path, NULL);
 *     const eel_image_info *info = eel_image_info_of(image);
 *     eel_image_read(image, first, rows, spectra);      (rows, channels) of info->type
 *
 * Pixels are numbered with the last navigation axis running fastest, whatever the order in the
 * file. Memory does not grow with the file: only the rows asked for are read. Values keep the
 * file's type; byte order is made native.
 *
 * A format is one file in lib/io with one eel_format in it, listed in formats.c.
 */
#ifndef EEL_IO_IMAGE_H
#define EEL_IO_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include "eels/axis.h"
#include "io/unrecorded.h"

#define EEL_NAV_MAX       6
#define EEL_SIGNALS_MAX   64
#define EEL_CHANNELS_MAX  (1u << 20)

/* The same codes as eel_dtype of flow/block.h; kept apart so that io knows no messages. */
typedef enum {
    EEL_IMAGE_U8, EEL_IMAGE_I8, EEL_IMAGE_U16, EEL_IMAGE_I16, EEL_IMAGE_U32, EEL_IMAGE_I32,
    EEL_IMAGE_U64, EEL_IMAGE_I64, EEL_IMAGE_F32, EEL_IMAGE_F64, EEL_IMAGE_TYPES
} eel_image_type;

size_t eel_image_type_size(eel_image_type type);
const char *eel_image_type_name(eel_image_type type);  /* "uint16", "float32" */

typedef struct {
    uint64_t size;
    double offset, scale;
    char name[32], units[32]; /* "x", "nm"; units "" when unknown */
} eel_nav_axis;

typedef struct {
    char name[128];     /* "EELS Spectrum Image" */
    char kind[32];      /* "spectrum image", "spectrum", "image", "low-loss spectrum image", … */
    char shape[64];     /* "64 x 64 x 2048", slowest first */
} eel_signal_info;

int eel_signal_is_low_loss(const eel_signal_info *signal); /* spectra with the zero-loss peak */

typedef struct {
    char path[1024];
    char format[16];             /* "dm4" */
    int nav_count;               /* 0 for a single spectrum; slowest first */
    eel_nav_axis nav[EEL_NAV_MAX];
    uint64_t pixels;             /* product of the navigation sizes, 1 for a single spectrum */
    eel_axis axis;               /* eV */
    eel_unrecorded unrecorded;   /* of its channels, in all of a few spectra that were looked at */
    eel_image_type type;
    char title[128];
    double beam_kev;             /* NAN when not recorded, like the next three */
    double collection_mrad, convergence_mrad, exposure_s;
    char elements[256];          /* as named in the metadata, "O Ti"; "" when none */
    char select[128];            /* what was selected of it, "t=3"; "" for all */
    char bin[64];                /* how its pixels were added up, "2", "y=2,x=4"; "" not at all */
    char said_axis[64], said_axes[128]; /* what the user said of it, as in eel_image_options; "" */
    int signal_count, signal;    /* what the file holds, and which was picked */
    eel_signal_info signals[EEL_SIGNALS_MAX];
} eel_image_info;

typedef struct eel_image eel_image;

/* `signal` names or numbers the one to open; NULL picks the core-loss spectrum image (or the best
 * spectrum there is). EEL_EIO, EEL_EFORMAT, EEL_ELIMIT; EEL_EARGS when `signal` is not there. */
int eel_image_open(eel_image **image, const char *path, const char *signal);
const eel_image_info *eel_image_info_of(const eel_image *image);
const char *eel_image_file(const eel_image_info *info); /* its path without folders */

/* What the user says of a file beyond its name; all may be NULL. The texts are those of
 * io/stated.h. */
typedef struct {
    const char *signal; /* as above; "#2" is number 2, whatever their names */
    const char *axis;   /* the energy axis, where the file does not state it */
    const char *axes;   /* the order of dimensions, likewise */
    const char *select; /* one index of navigation axes, which are then left out */
    const char *bin;    /* how many pixels are added up (io/bin.h) */
} eel_image_options;

/* The command line options for them, with letter 's' for the signal. */
#define EEL_IMAGE_OPTIONS(o)                                                                       \
    {"signal", 's', EEL_OPT_TEXT, &(o).signal, "NAME",                                             \
     "which of a file's signals, by name or number"},                                              \
    {"axis", 0, EEL_OPT_TEXT, &(o).axis, "FIRST:STEP",                                             \
     "the energies, in eV, or their unit, where the file does not say"},                           \
    {"axes", 0, EEL_OPT_TEXT, &(o).axes, "NAMES",                                                  \
     "the dimensions of a TIFF or NumPy file, slowest first: Eyx"},                                \
    {"select", 0, EEL_OPT_TEXT, &(o).select, "AXIS=N", "only this index of an axis: t=3"},         \
    {"bin", 0, EEL_OPT_TEXT, &(o).bin, "N", "add up N x N pixels, more counts in each; y=2,x=4 along axes"}

int eel_image_open_as(eel_image **image, const char *path, const eel_image_options *options);

/* The file that `then` tells of, as it was opened then. EEL_EFORMAT, too, when it has other spectra now. */
int eel_image_open_again(eel_image **image, const eel_image_info *then);

/* The formats that can be read, i = 0, 1, … until NULL. */
typedef struct {
    const char *name, *endings, *what;
} eel_format_name;
const eel_format_name *eel_image_format(int i);

/* Spectra of pixels first … first + rows - 1 into `spectra` (rows, channels). */
int eel_image_read(eel_image *image, uint64_t first, uint32_t rows, void *spectra);
void eel_image_close(eel_image *image);

/* values[i] as float: what a stage that computes wants. */
void eel_image_to_float(float *out, const void *values, eel_image_type type, size_t n);

/* The information as a JSON object and back: how it travels in the description of a run
 * ("image" there). The text is malloc'ed. */
char *eel_image_info_to_json(const eel_image_info *info);
int eel_image_info_from_json(eel_image_info *info, const char *json);

#endif
