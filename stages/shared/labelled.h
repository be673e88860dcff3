/*
 * labelled - what a labelled stream (see synth.c) tells: which classes its labels are of, and a row
 * of it made ready for the network. Shared by `train` and `score`.
 */
#ifndef EEL_STAGES_LABELLED_H
#define EEL_STAGES_LABELLED_H

#include <jansson.h>

#include "eels/own.h"
#include "flow/block.h"

#define EEL_LABELLED_CLASSES_MAX (EEL_CLASSES + EEL_OWN_MAX)

/* The labels of a spectrum, in this order: the twenty, further elements, "other", its bins. */
typedef struct {
    int own;                    /* further elements: the stream's "synth.own" */
    uint32_t elements, classes; /* EEL_ELEMENTS + own, EEL_CLASSES + own */
    char name[EEL_LABELLED_CLASSES_MAX][16];
    eel_class_edge edge[EEL_LABELLED_CLASSES_MAX];
} eel_labelled_classes;

/* From the description of the run. EEL_EFORMAT. */
int eel_labelled_classes_read(eel_labelled_classes *classes, const char *description);

/* "own" of the description: [{"name", "shell", "onset_ev"}, …]. */
json_t *eel_labelled_own_to_json(const eel_own_class *own, int count);

/* EEL_EFORMAT unless the block holds float32 spectra on the network's axis with their labels. */
int eel_labelled_check(const eel_block *block, uint32_t classes);

/* How many channels of a row are inside its window, the first of them in *from; row (EEL_NET_CHANNELS)
 * is NAN outside it. */
uint32_t eel_labelled_window(const float *row, uint32_t *from);

#endif
