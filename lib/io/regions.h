/*
 * regions - the mean spectra of parts of an image, read from its file once more when a run is over.
 *
 *     eel_regions *regions;
 *     eel_regions_make(&regions, result);
 *     … regions->region[r].mean, regions->element[i].inside …
 *     eel_regions_free(regions);
 *
 * A region is all pixels in which the same of the found elements are at or above their thresholds:
 * what microscopists call a phase, as far as the elements tell. The largest ones are kept. Each
 * found element also has the mean where it is and the mean where it is not, to be checked at its
 * edge.
 *
 * Means are in counts on the channels of the file, its axis corrected as in the run. Of a file larger
 * than EEL_REGIONS_BYTES every n-th piece is read.
 */
#ifndef EEL_IO_REGIONS_H
#define EEL_IO_REGIONS_H

#include "io/result.h"

#define EEL_REGIONS_MAX   5
#define EEL_REGIONS_SHARE 0.01         /* a smaller region is not kept */
#define EEL_REGIONS_BYTES (1ull << 30) /* read at most */

typedef struct {
    uint32_t set;      /* bit i: the i-th of result->found is in it */
    uint64_t pixels;   /* of the image; `read` of them make up the mean */
    uint64_t read;
    double *mean;      /* (axis.n), NAN where a channel is no number */
} eel_region;

typedef struct {
    eel_axis axis;
    uint32_t count;
    eel_region region[EEL_REGIONS_MAX]; /* the largest first */
    uint32_t found;                     /* the elements of result->found, at most 32 */
    struct {
        uint64_t inside_read, outside_read;
        double *inside, *outside;       /* (axis.n) */
    } element[32];
    uint64_t read;                      /* pixels that were read */
    double *memory;
} eel_regions;

/* *regions is NULL when there is no such file any more, or it is another one by now: a result may
 * outlive its image, and live data never were in a file. EEL_ENOMEM, and what reading the store
 * gives. */
int eel_regions_make(eel_regions **regions, eel_result *result);
void eel_regions_free(eel_regions *regions); /* NULL is fine */

/* The regions of a result without their spectra, the largest first; returns how many. */
int eel_regions_list(eel_result *result, eel_region list[EEL_REGIONS_MAX], uint32_t *count);

#endif
