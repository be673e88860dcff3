/*
 * result - what a run found, from its store; and the files that say so.
 *
 *     eel_result *result;
 *     eel_result_open(&result, "out/store");
 *     eel_result_export(result, "out");
 *     eel_result_close(result);
 *
 * The files: maps.hspy (HyperSpy), maps.nxs (NeXus), maps.tif (ImageJ), maps.csv (tables), one PNG
 * per found element, overview.png, report.html, and at last report.json: where it is, the others are
 * whole. eel_result_formats chooses. Each appears whole or not at all.
 *
 * A probability is shown only where it exists: pixels without a value and elements whose edge lies
 * outside the recorded window are NAN in the files, a colour of their own in the pictures, null in
 * the report; never zero.
 *
 * When is an element found? One noisy pixel in ten thousand is not an element, a particle of a few
 * pixels is. `patch` is the largest group of neighbouring pixels (eight neighbours; two on a line)
 * at or above the threshold. Found means that the patch has at least 3 pixels (a tenth of the
 * image when that is less), and that either 5 % of all pixels are above the threshold, or that
 * chance would make such a patch less than once in a hundred images: N p (8 p)^(patch - 1) < 0.01,
 * p being the share of pixels above the threshold outside the patch.
 */
#ifndef EEL_IO_RESULT_H
#define EEL_IO_RESULT_H

#include "eels/candidates.h"
#include "eels/shift.h"
#include "io/description.h"
#include "io/store.h"

#include <stddef.h>

#define EEL_RESULT_PAGES_MAX 65535 /* no maps.tif beyond: libtiff cannot number more pages */
#define EEL_RESULT_NAMES "hspy,nxs,tif,csv,html,png" /* of the formats, for eel_result_formats */
#define EEL_RESULT_FILES "maps.hspy", "maps.nxs", "maps.tif", "maps.csv", "report.html", "overview.png" /* theirs */
#define EEL_RESULT_PICTURE "%s.png" /* of a class, by its name: "Ti.png", "other.png" */
#define EEL_RESULT_CSV_PIXELS 262144 /* no maps.csv beyond, unless it is asked for: 512 x 512 */

#define EEL_FOUND_PATCH  3    /* pixels */
#define EEL_FOUND_SHARE  0.05
#define EEL_FOUND_CHANCE 0.01 /* false patches per image */

typedef struct {
    char name[16];     /* "O", "other" */
    eel_class_edge edge; /* what it stands for; atomic number 0 for "other" */
    int observable, found;
    float threshold;
    uint64_t valued;   /* pixels with a probability */
    uint64_t above;    /* of these, at or above the threshold */
    uint64_t patch;    /* the largest group of neighbours among them */
    double share;      /* above / valued; NAN when there is none */
    double mean, max;  /* probability; NAN likewise */
} eel_result_class;

/* An edge of another element: energies that pixels tell are gathered where no gap between them is
 * wider than EEL_RESULT_OTHER_GAP_EV. */
#define EEL_RESULT_OTHER_MAX     8
#define EEL_RESULT_OTHER_GAP_EV  15.0
#define EEL_RESULT_OTHER_SHARE   0.01 /* of the pixels; rarer ones are not listed */

typedef struct {
    double onset_ev; /* mean */
    uint64_t pixels; /* whose strongest edge of another element it is */
    eel_candidates candidates;
} eel_result_other;

/* What was added to the energies while the axis followed the spectra. */
typedef struct {
    double mean_ev, min_ev, max_ev; /* NAN when it is known of no pixel */
    uint64_t pixels;                /* of which it is known */
} eel_result_shift;

typedef struct {
    eel_store *store;
    eel_description about;
    eel_store_counts counts;
    uint32_t classes;      /* those with probabilities: the first columns of the store */
    uint32_t other_column; /* of EEL_OTHER_EV in the store; 0: the network does not tell */
    uint32_t shift_column; /* of EEL_SHIFT_EV; 0: the axis stayed where it was */
    eel_result_shift shift;
    eel_result_other other[EEL_RESULT_OTHER_MAX]; /* edges outside the twenty, by energy */
    int other_count;
    eel_result_class class[EEL_STORE_CLASSES_MAX];
    uint32_t found_count;
    uint32_t found[EEL_STORE_CLASSES_MAX]; /* indices of found elements, by onset energy */
    uint64_t planes, rows, columns; /* pixels = planes x rows x columns: the last two navigation
                                       axes are a picture, those before count pictures */
    float *plane;                   /* scratch: (rows, columns) */
    float *mean;                    /* (sum_channels), NAN where not recorded */
    uint64_t mean_pixels;
    eel_shift off;                  /* the energy axis seems to be: what its found edges say, after opening, or a network
                                       that is asked of the mean spectrum; which: classes */
    /* What a table says for a value of a column that numbers words, EEL_DIGITS_BYTES at most; returns NULL for a
     * number. Itself NULL where no column does. */
    const char *(*word)(uint32_t column, float value);
    unsigned formats;               /* bit i: eel_result_format_list[i] is written */
} eel_result;

int eel_result_open(eel_result **result, const char *store);
void eel_result_close(eel_result *result); /* NULL is fine */

/* What is written beside report.json, a set of formats: after opening, all that take little time
 * and room; or result->formats is set to what a list of names says, "hspy,png". EEL_EARGS for an
 * unknown name. */
unsigned eel_result_formats_cheap(const eel_result *result);
int eel_result_formats(unsigned *formats, const char *list);
int eel_result_has(const eel_result *result, const char *format);

/* Writes the files into `folder`, which is there; removes those that an earlier export left and
 * that are not written: all of them, when one cannot be. */
int eel_result_export(eel_result *result, const char *folder);

/* Picture `p` of a class into result->plane. */
int eel_result_plane(eel_result *result, uint32_t class, uint64_t p);

/* Pages of maps.tif: channels x pictures. A channel is a class, and the shift of the energies where they were moved. */
uint32_t eel_result_channels(const eel_result *result);
uint64_t eel_result_pages(const eel_result *result);

/* What result->off says, in a sentence that names an --offset; 0 when there is nothing to say. */
#define EEL_HINT_MAX 512
int eel_result_hint(const eel_result *result, char *words, size_t size);
double eel_result_hint_offset(const eel_result *result); /* eV, what was corrected already included; NAN: none helps */

/* "O K", "Ti L₂₃", "other" */
void eel_result_edge(const eel_result *result, uint32_t class, char *words, int size);

/* Fill in `other` and `shift`; parts of eel_result_open. */
int eel_result_measure_other(eel_result *result);

int eel_result_measure_shift(eel_result *result);

/* The rule above, for pictures that are still growing: adds one, plane (rows, columns), which is
 * overwritten, to the numbers of a class; stack (rows, columns) is scratch. Then, with its share: */
void eel_found_add(eel_result_class *class, float *plane, uint64_t rows, uint64_t columns,
                   uint64_t *stack);
int eel_found(const eel_result_class *class, uint64_t rows, uint64_t columns);

/* The parts of the export: the same result gives the same bytes. */
int eel_result_write_hspy(eel_result *result, const char *path);
int eel_result_write_nexus(eel_result *result, const char *path);
int eel_result_write_csv(eel_result *result, const char *path);
int eel_result_write_tiff(eel_result *result, const char *path);
int eel_result_draw_map(eel_result *result, uint32_t class, const char *path);
int eel_result_draw_overview(eel_result *result, const char *path);
int eel_result_write_html(eel_result *result, const char *path);
int eel_result_write_report(eel_result *result, const char *path);

typedef struct {
    const char *name, *file; /* "hspy", "maps.hspy" */
    int aside;               /* made beside the others: needs nothing of HDF5, whose calls wait for each other, nor of libtiff, which may
                                be reading the spectra */
    int (*write)(eel_result *result, const char *path);
} eel_result_format;

#define EEL_RESULT_FORMATS 6
extern const eel_result_format eel_result_format_list[EEL_RESULT_FORMATS];

#endif
