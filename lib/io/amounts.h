/*
 * amounts - what `abundance` found, from its store: for each element and pixel the areal density,
 * the atomic per cent, their standard errors and a state; and the files that say so.
 *
 *     eel_amounts *amounts;
 *     eel_amounts_open(&amounts, "out/quantify/store");
 *     eel_amounts_export(amounts, "out/quantify");
 *     eel_amounts_close(amounts);
 *
 * The files: quantify.hspy (HyperSpy), quantify.tif (ImageJ), quantify.csv, one PNG per element, overview.png and
 * at last report.json: where it is, the others are whole.
 *
 * A number exists only where an element was quantified, and where it was too little its density alone. Elsewhere files
 * have NAN, pictures a colour of their own and the report null, and the state says why.
 *
 * A pixel is complete when it has atomic per cent: all elements found in it were quantified, and their densities add up
 * to surely more than nothing. The one number of an element is its share of all atoms in the complete pixels taken
 * together, those of elements that were not found being none: sum of its densities / sum of all densities. So a thick
 * pixel counts for more than a thin one, and the mean of the pixels' own per cent is another number.
 */
#ifndef EEL_IO_AMOUNTS_H
#define EEL_IO_AMOUNTS_H

#include "eels/edge_fit.h"
#include "io/result.h"

/* The layers of an element, in this order in the store: proto/store.md, S20. */
typedef enum {
    EEL_LAYER_DENSITY, EEL_LAYER_DENSITY_ERROR, EEL_LAYER_PERCENT, EEL_LAYER_PERCENT_ERROR,
    EEL_LAYER_STATE, EEL_LAYERS
} eel_layer;

/* Those beside report.json and the pictures of elements. */
#define EEL_AMOUNTS_FILES "quantify.hspy", "quantify.tif", "quantify.csv", "overview.png"

typedef struct {
    const char *quantity, *units, *label; /* "atomic per cent", "at.%", "at.%" */
} eel_layer_info;

extern const eel_layer_info eel_layer_infos[EEL_LAYERS];

typedef struct {
    char symbol[16];
    eel_class_edge edge;
    uint64_t states[EEL_AMOUNT_STATES];  /* pixels in each */
    double density, density_error;       /* mean of the pixels where it has one; root mean square of their standard
                                            errors */
    uint64_t numbers;                    /* complete pixels in which it was found, that is: with its per cent */
    double percent, percent_error;       /* of all atoms in the complete pixels; root mean square of the standard errors
                                            of the single pixels that have its per cent; NAN without any */
    double lowest, highest;              /* per cent of single pixels; NAN without any */
} eel_amounts_element;

typedef struct {
    eel_result layers;                   /* the store seen as a stack of pictures, one per layer; its about.image has
                                            the beam and the angles that were used */
    int count;                           /* of elements */
    eel_amounts_element elements[EEL_FIT_EDGES_MAX];
    uint64_t complete;                   /* pixels with atomic per cent */
} eel_amounts;

/* Does the description of a run, a JSON text, speak of amounts? */
int eel_amounts_described(const char *description);

/* Were they made of the maps of that run? */
int eel_amounts_are_of(const char *description, const char *maps_run);

/* Removes the quantification in `folder` if it is of another run's maps: it must not stand beside these. What else lies
 * there stays. */
void eel_amounts_remove_stale(const char *folder, const char *maps_run);

/* EEL_EFORMAT when the store holds something else. */
int eel_amounts_open(eel_amounts **amounts, const char *store);
void eel_amounts_close(eel_amounts *amounts); /* NULL is fine */

/* A TIFF holds EEL_RESULT_PAGES_MAX pages at most; without it quantify.tif is not written. */
int eel_amounts_has_tiff(const eel_amounts *amounts);
int eel_amounts_has_csv(const eel_amounts *amounts); /* no quantify.csv beyond EEL_RESULT_CSV_PIXELS */

/* Writes every file into `folder`, which is there. */
int eel_amounts_export(eel_amounts *amounts, const char *folder);

/* Picture `p` of one layer of an element into layers.plane. */
int eel_amounts_plane(eel_amounts *amounts, int element, eel_layer layer, uint64_t p);

/* The parts of the export. */
int eel_amounts_write_hspy(eel_amounts *amounts, const char *path);
int eel_amounts_write_report(eel_amounts *amounts, const char *path);
int eel_amounts_draw_element(eel_amounts *amounts, int element, const char *path);
int eel_amounts_draw_overview(eel_amounts *amounts, const char *path);

#endif
