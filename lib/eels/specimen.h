/*
 * specimen - which elements a drawn specimen holds: those of a compound that is often looked at, or any.
 */
#ifndef EEL_EELS_SPECIMEN_H
#define EEL_EELS_SPECIMEN_H

#include "base/rng.h"

typedef struct {
    uint32_t elements; /* bit e: element e of the twenty */
    int foreign[2];    /* of each element outside the twenty an edge (shapes.h) */
    int foreign_count;
} eel_specimen;

eel_specimen eel_specimen_draw(eel_rng *rng);

#endif
