/*
 * metrics - the paper's measures of recognition (Kong et al. 2022, "Prediction validation").
 *
 * Per spectrum: precision = correct / predicted, recall = correct / real, F1 their harmonic mean;
 * averaged over spectra. Exact accuracy: share of spectra whose predicted set is the real one.
 * Recognition accuracy: share whose recall is 1. A spectrum without edges and without predictions
 * counts as 1 throughout; elements that are not labelled count neither way.
 */
#ifndef EEL_STAGES_METRICS_H
#define EEL_STAGES_METRICS_H

#include <jansson.h>
#include <stdint.h>

#include "eels/synth.h"

#define EEL_BINS 20 /* of the reliability diagram */

typedef struct {
    uint64_t spectra, exact, recognised;
    double precision, recall, f1;            /* sums */
    uint64_t edge_free, edge_free_wrong;     /* spectra without an edge; with a false one */
    uint64_t foreign, foreign_wrong;         /* with an edge outside the twenty; with a false one */
    uint64_t other_right, other_missed, other_false;
    uint64_t placed, placed_right, placed_wrong; /* edges outside the twenty: there; told within a bin
                                                    of theirs; told where none is */
    uint64_t correct[EEL_ELEMENTS], missed[EEL_ELEMENTS], wrong[EEL_ELEMENTS];
    uint64_t confused[EEL_ELEMENTS][EEL_ELEMENTS]; /* [missed][false in the same spectrum] */
    uint64_t binned[EEL_BINS], binned_present[EEL_BINS];
    double binned_p[EEL_BINS];
} eel_metrics;

/* labels, p (EEL_CLASSES); threshold (EEL_CLASSES). p that is NAN counts as not reported.
 * Returns the F1 of this spectrum. */
double eel_metrics_add(eel_metrics *metrics, const uint8_t *labels, const float *p,
                       const float *threshold);

/* Mean distance of probability and frequency over the bins, weighted by their counts. */
double eel_metrics_calibration_error(const eel_metrics *metrics);

/* Tables for people, on standard output. */
void eel_metrics_print(const eel_metrics *metrics);
json_t *eel_metrics_to_json(const eel_metrics *metrics);

#endif
