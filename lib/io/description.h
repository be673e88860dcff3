/*
 * description - what the description of a run says (the JSON text that travels ahead of the
 * blocks, as `infer` sends it): which image, which part of the energy axis, which network. Of a run
 * that is no network's, "layers" names the values of a pixel instead.
 */
#ifndef EEL_IO_DESCRIPTION_H
#define EEL_IO_DESCRIPTION_H

#include <jansson.h>

#include "eels/elements.h"
#include "io/image.h"
#include "io/store.h"

/* The column behind the classes that is no probability: where the strongest edge of another element
 * begins, eV; NAN where there is none. */
#define EEL_OTHER_EV "other eV"
#define EEL_SHIFT_EV "shift eV" /* what was added to the energies of a pixel */

typedef struct {
    eel_image_info image;
    eel_axis axis;                 /* the covered part of the network's axis */
    double offset_ev, dispersion_ev; /* what the user corrected: 0, NAN for nothing */
    char window[64];               /* "400:900", or "" */
    char aligned[32];              /* what the energies follow: "zero-loss", "O K"; "" nothing */
    uint32_t block_rows;           /* pixels per block of the run's grid */
    char model[128], model_sha256[65];
    double axis_error_ev;          /* by which the network was told to doubt the axis; 0: not */
    int open;                      /* the length was not known when it began: the image is the longest it can be */
    int layered;                   /* classes are named layers; no axis, no model, no threshold */
    uint32_t classes;
    char class_name[EEL_STORE_CLASSES_MAX][16]; /* "O", …, "other", EEL_OTHER_EV */
    eel_class_edge edge[EEL_STORE_CLASSES_MAX]; /* what they stand for */
    float threshold[EEL_STORE_CLASSES_MAX];     /* present from this probability on */
    uint8_t observable[EEL_STORE_CLASSES_MAX];  /* its edge lies in the recorded window */
} eel_description;

/* EEL_EFORMAT: the words name the key that is missing or wrong. */
int eel_description_parse(eel_description *description, const char *json);

/* How many of the classes have probabilities: all but the columns behind them. */
uint32_t eel_description_probabilities(const eel_description *description);

/* May a run described as `now` go on where one described as `stored` was cut short? `whole`: what
 * only `stored` says counts as well. Where the files lie may differ. EEL_EFORMAT: the words name
 * the first key that differs, with both values. */
int eel_description_same(const char *stored, const char *now, int whole);

/* "input" of the description: {"bytes", "modified"}, which file it is; one of another size or age is another. NULL where
 * it is not there. */
json_t *eel_file_identity(const char *path);

#endif
