/*
 * view_drift - does the energy axis stay where it is? The position of one found edge along the scan.
 *
 * The pixels of a picture are cut into at most VIEW_DRIFT_POINTS pieces in the order in which they
 * were scanned. Of each, the sum of its spectra (proto/store.md, S5) is compared with that of all of them around
 * the onset of one element: the shift is where their slopes, of the logarithm of the counts,
 * correlate best. A piece without the edge, or with too few counts, has no position, and says so.
 */
#ifndef EEL_STAGES_VIEW_DRIFT_H
#define EEL_STAGES_VIEW_DRIFT_H

#include "io/store.h"

#define VIEW_DRIFT_POINTS 128
#define VIEW_DRIFT_MATCH  0.6 /* correlation that counts as the same edge */

typedef struct {
    int class;        /* whose edge; -1: none has been found */
    double onset_ev;  /* its nominal one */
    double edge_ev;   /* where it rises most steeply, in the mean of all pieces; NAN: nowhere */
    int count;        /* pieces */
    uint64_t first;   /* pixel of the first piece, */
    uint64_t pixels;  /* and how many are in each */
    float shift_ev[VIEW_DRIFT_POINTS]; /* against the mean; NAN where there is none */
} view_drift;

/* Measures the edge of a class in the picture of `pixels` pixels from `first` on. Reads at most
 * VIEW_DRIFT_POINTS x 8 sums. EEL_ENOMEM, EEL_EIO. */
int view_drift_measure(view_drift *drift, const eel_store *store, int class, double onset_ev,
                       uint64_t first, uint64_t pixels);

/* The shift of `sum` against `mean` around onset_ev, both (channels) on the axis of the store's
 * sums; NAN without a match. For view_drift_measure, and for tests. */
double view_drift_shift(const float *sum, const float *mean, uint32_t channels, double start_ev,
                        double step_ev, double onset_ev);

#endif
