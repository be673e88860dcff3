/*
 * own - labelled spectra that also hold edges of elements beyond the twenty, from a library of one's
 * own (proto/library.md): what a network that knows them is taught with.
 *
 *     eel_own *own;
 *     eel_own_new(&own, &shipped, &mine, 0);
 *     eel_own_draw(own, seed, index, &spectrum, labels);
 *     eel_own_free(own);
 *
 * The spectra are those of EEL_SYNTH_REAL with such edges added before the detector counts them.
 * Every shape is varied as those of the library that ships are: stretched, shifted by up to 1.5 eV,
 * broadened, scattered plurally and continued by a power law. Its broadening is drawn apart from
 * that of the other edges of the spectrum. Edges outside the twenty that begin within
 * EEL_OWN_NEAR_EV of one's own are not drawn: nobody could say which of the two it is.
 */
#ifndef EEL_EELS_OWN_H
#define EEL_EELS_OWN_H

#include "eels/synth.h"

#define EEL_OWN_MAX     EEL_ELEMENTS /* further elements */
#define EEL_OWN_NEAR_EV 5.0

typedef struct {
    char name[16]; /* "La" */
    eel_class_edge edge; /* onset: mean of its shapes */
} eel_own_class;

typedef struct eel_own eel_own;

/* `mine`: its edges of elements beyond the twenty, each element by one edge. `held_out` as in
 * eel_pool_new. Both libraries must outlive it. EEL_EFORMAT: an edge that cannot be a class, an element without a
 * shape of the kind asked for. EEL_ELIMIT. */
int eel_own_new(eel_own **own, const eel_library *shipped, const eel_library *mine, int held_out);
void eel_own_free(eel_own *own); /* NULL is fine */

/* In the order in which they first occur in the library. */
int eel_own_count(const eel_own *own);
const eel_own_class *eel_own_classes(const eel_own *own);

/* As eel_synth_draw draws a real spectrum; labels (eel_own_count) of one's own elements. */
void eel_own_draw(eel_own *own, uint64_t seed, uint64_t index, eel_spectrum *spectrum,
                  uint8_t *labels);

#endif
