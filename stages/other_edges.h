/*
 * other_edges - where the edges begin that are of none of the network's elements.
 *
 * Beside its elements and "other" a network may have classes named "other 90 eV", "other 110 eV" …:
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

/* First class that is a bin; info->classes when the network has none. Bins are the last classes. */
uint32_t eel_other_bin_first(const eel_model_info *info);

/* Edges at or above their threshold, by energy; at most info->classes of them. p (classes): of one
 * spectrum. Returns how many. */
uint32_t eel_other_edges(const eel_model_info *info, const float *p, eel_other_edge *edges);

/* The most probable one; onset NAN when there is none or "other" itself is below its threshold. */
eel_other_edge eel_other_edge_strongest(const eel_model_info *info, const float *p);

#endif
