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

#include "eels/own.h"

#define EEL_BINS 20 /* of the reliability diagram */

#define EEL_METRICS_ELEMENTS_MAX (EEL_ELEMENTS + EEL_OWN_MAX)

typedef struct {
    int own;                                 /* further elements: their classes follow the twenty */
    char own_name[EEL_OWN_MAX][16];
    uint64_t spectra, exact, recognised;
    double precision, recall, f1;            /* sums */
    uint64_t edge_free, edge_free_wrong;     /* spectra without an edge; with a false one */
    uint64_t foreign, foreign_wrong;         /* with an edge outside the twenty; with a false one */
    uint64_t other_right, other_missed, other_false;
    uint64_t placed, placed_right, placed_wrong; /* edges outside the twenty: there; told within a bin
                                                    of theirs; told where none is */
    uint64_t correct[EEL_METRICS_ELEMENTS_MAX], missed[EEL_METRICS_ELEMENTS_MAX];
    uint64_t wrong[EEL_METRICS_ELEMENTS_MAX];
    uint64_t confused[EEL_METRICS_ELEMENTS_MAX][EEL_METRICS_ELEMENTS_MAX]; /* [missed][false in the same spectrum] */
    uint64_t binned[EEL_BINS], binned_present[EEL_BINS];
    double binned_p[EEL_BINS];
} eel_metrics;

static inline int eel_metrics_elements(const eel_metrics *metrics)
{
    return EEL_ELEMENTS + metrics->own;
}

const char *eel_metrics_name(const eel_metrics *metrics, int element);

/* labels, p, threshold (EEL_CLASSES + own): the twenty, further elements, "other" and its bins. p that is NAN counts as not reported.
 * Returns the F1 of this spectrum. */
double eel_metrics_add(eel_metrics *metrics, const uint8_t *labels, const float *p,
                       const float *threshold);

/* Mean distance of probability and frequency over the bins, weighted by their counts. */
double eel_metrics_calibration_error(const eel_metrics *metrics);

/* Tables for people, on standard output. */
void eel_metrics_print(const eel_metrics *metrics);
json_t *eel_metrics_to_json(const eel_metrics *metrics);

#endif
