/*
 * made_run - a made-up run for tests: a store with regions of elements, absent pixels, and a mean
 * spectrum with their edges.
 */
#ifndef EEL_TESTS_MADE_RUN_H
#define EEL_TESTS_MADE_RUN_H

#include "io/result.h"

#define MADE_CLASSES 21 /* the twenty elements and "other" */
#define MADE_COLUMNS 22 /* and the energy of an edge of another element */

typedef struct {
    int axes;                  /* of navigation */
    uint64_t size[EEL_NAV_MAX];
    const char *units;         /* "nm"; "" for an unknown pixel size */
    int backwards;             /* the scan went from right to left */
    const char *elements;      /* present, "O Ti": the first everywhere, the others in part */
    uint64_t absent;           /* so many pixels from the middle on are poison */
    double low_ev, high_ev;    /* recorded window */
} made_run;

/* Probability of a class at a pixel: above 0.5 where the element is, NAN where not observable. Class
 * 21 is the energy: 831 to 833 eV in every fourth pixel, 120 eV in every tenth of the others. */
float made_probability(const made_run *run, uint32_t class, uint64_t pixel);
uint64_t made_pixels(const made_run *run);

/* The description of the run as `infer` sends it; malloc'ed. */
char *made_description(const made_run *run);

/* Makes the store in `folder`, with everything committed and the run ended. */
void make_run(const made_run *run, const char *folder);

#endif
