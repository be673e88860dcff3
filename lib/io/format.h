/*
 * format - what a file format offers to image.c, and what the formats share.
 *
 * A format opens a file, describes every signal in it as an eel_candidate, lets eel_pick choose
 * one, and fills the rest of the information for that one. Its `read` is only ever asked for
 * pixels that exist.
 */
#ifndef EEL_IO_FORMAT_H
#define EEL_IO_FORMAT_H

#include "io/stated.h"

#define EEL_PROBE_BYTES  4096 /* of the file's beginning, what `probe` sees */
#define EEL_CHANNELS_MIN 2
#define EEL_IMAGE_PIXELS_MAX   (1ull << 40)

typedef struct {
    eel_format_name about; /* "emd", ".emd", "Berkeley EMD and Velox EELS" */
    int nameless;          /* its files do not name their axes: --axes does */
    int (*probe)(const unsigned char *head, size_t n); /* 1: the content is of this format */
    /* Fills `info` (all but its path) and `file`, the format's own state. */
    int (*open)(void **file, eel_image_info *info, const char *path, const eel_stated *stated);
    int (*read)(void *file, uint64_t first, uint32_t rows, void *spectra);
    void (*close)(void *file);
    /* Writes what the file says beyond `info` into an HDF5 group (hid_t), that of a signal of a HyperSpy file:
     * metadata, original_metadata. What has to stay behind is counted in `left`; none of it is a failure. NULL:
     * nothing is kept. */
    void (*keep)(void *file, const eel_image_info *info, int64_t group, uint32_t *left);
    const struct eel_h5_layout *h5; /* of formats that are HDF5 (io/h5_image.h) */
} eel_format;

/* All that there are, NULL at the end; a new one is a line here and one in formats.c. */
extern const eel_format *const eel_formats[];
extern const eel_format eel_format_dm, eel_format_hspy, eel_format_dm5, eel_format_velox,
    eel_format_emd, eel_format_nexus, eel_format_swift, eel_format_ndata, eel_format_tiff,
    eel_format_npy, eel_format_ripple, eel_format_msa, eel_format_text;

/* Does that of an open image, for the writer of HyperSpy files. */
void eel_image_keep(const eel_image *image, int64_t group, uint32_t *left);

/* One signal of a file, readable as spectra or not. */
typedef struct {
    char name[128];
    const char *prefix;         /* "EDS ", "CL ": what is known of the physics; "" for EELS */
    int dims;                   /* as stored, slowest first */
    uint64_t size[EEL_DIMS_MAX];
    int order[EEL_DIMS_MAX];    /* the dimensions, slowest pixel axis first; as stored unless set */
    int energy;                 /* which of them is the energy axis; -1: none */
    eel_axis axis;              /* when readable */
    eel_image_type type;        /* when readable */
    char why_not[160];          /* why it cannot be read as spectra; "" when it can */
    const eel_stated *stated;   /* borrowed */
} eel_candidate;

void eel_candidate_init(eel_candidate *candidate, const eel_stated *stated);

/* Says why a candidate cannot be read, unless something was said before. */
void eel_candidate_refuse(eel_candidate *candidate, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Which dimension is the energy: the last one with a unit of energy; if none is, the last without
 * unit when the metadata or the user say that there must be one; else -1, and refused. */
int eel_candidate_find_energy(eel_candidate *candidate, char units[EEL_DIMS_MAX][32], int eels);

/* Sets the energy axis from an offset and a scale in `units`; refuses the candidate when that is
 * no energy. Without units the axis is taken as eV if `eels` says that it must be, unless it
 * counts channels: 0, 1, 2 …. What the user stated comes first. */
void eel_candidate_energy(eel_candidate *candidate, int energy, double offset, double scale,
                          const char *units, int eels);

/* Chooses by name or number, or (NULL) the best: spectrum images before line scans before single
 * spectra, core loss before low loss (an axis with 0 eV on it), then the most pixels. Lists all in
 * `info` and sets its `signal`, axis and type. EEL_EFORMAT when there is nothing to read,
 * EEL_EARGS when `signal` is not there. */
int eel_pick(eel_image_info *info, const char *path, const eel_candidate *candidates, int count,
             const char *signal);

/* Copies the navigation sizes of a candidate into `info`, leaving out axes of size 1, and counts
 * the pixels. axis_of[k] becomes the stored dimension of info->nav[k]. */
int eel_pick_navigation(eel_image_info *info, const char *path, const eel_candidate *candidate,
                        int axis_of[EEL_NAV_MAX]);

/* What one unit is in eV: 1000 for "keV"; 0 for no unit at all ("", "<undefined>"), -1 for a unit
 * that is no energy. "Energy Loss (eV)" counts as eV. */
double eel_unit_ev(const char *units);

/* Adds a symbol to a list of elements "O Ti" unless it is there or no element. */
void eel_elements_add(char elements[256], const char *symbol);

/* Copies `n` bytes of text as UTF-8 in one line: what is not valid UTF-8 is taken as Latin-1,
 * control characters become spaces, blanks at the ends go, and the end is cut at a character. */
void eel_text_copy(char *out, size_t size, const char *text, size_t n);

/* Length of the valid UTF-8 sequence at `s`, of `left` bytes at most; 0 when there is none. */
int eel_utf8_sequence(const unsigned char *s, size_t left);

/* What a file says of a voltage, an angle, a time: NAN unless it is above 0 and finite. */
double eel_positive_or_nan(double value);

#endif
