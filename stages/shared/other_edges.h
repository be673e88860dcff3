/*
 * other_edges - where the edges begin that are of none of the network's elements.
 *
 * Beside its elements and "other" a network may have classes named "other 70 eV", "other 90 eV" …:
 * the probability that such an edge begins within the bin of energies from there to the next. Two
 * neighbouring bins that are both above their thresholds are one edge near their border.
 */
#ifndef EEL_STAGES_OTHER_EDGES_H
#define EEL_STAGES_OTHER_EDGES_H

#include "nn/model.h"

typedef struct {
    double onset_ev; /* middle of the bin, or of its neighbours weighted by probability */
    float p;
} eel_other_edge;

/* The bins of a network, which are its last classes. */
typedef struct {
    uint32_t first; /* class of the first bin; info->classes when the network has none */
    uint32_t other; /* class "other"; info->classes when the network has none */
    double start_ev, width_ev;
} eel_other_bins;

eel_other_bins eel_other_bins_of(const eel_model_info *info);

/* Edges at or above their threshold, by energy; at most info->classes of them. p (classes): of one
 * spectrum. Returns how many. */
uint32_t eel_other_edges(const eel_model_info *info, const eel_other_bins *bins, const float *p,
                         eel_other_edge *edges);

/* The most probable one; onset NAN when there is none or "other" itself is below its threshold. */
eel_other_edge eel_other_edge_strongest(const eel_model_info *info, const eel_other_bins *bins,
                                        const float *p);

#endif
