/*
 * synth - the forward model: labelled spectra from edge shapes (Kong et al. 2022, Tables 1 and 2,
 * Figure 3), and the harder one that makes a network hold on real spectra.
 */
#ifndef EEL_EELS_SYNTH_H
#define EEL_EELS_SYNTH_H

#include "base/rng.h"
#include "eels/axis.h"
#include "eels/elements.h"
#include "eels/library.h"

typedef enum {
    EEL_SYNTH_PAPER, /* exactly the paper's distribution */
    EEL_SYNTH_REAL,  /* windows, doses, plural scattering, foreign edges, realistic axes */
} eel_synth_kind;

typedef struct {
    uint32_t offset, n;              /* the covered channels of the network's axis */
    float counts[EEL_NET_CHANNELS];  /* 0 … n - 1: counts of channels offset … offset + n - 1 */
    uint8_t labels[EEL_ELEMENTS];    /* EEL_ABSENT, EEL_PRESENT, EEL_UNLABELLED */
    uint8_t other;                   /* likewise: an edge outside the twenty */
    float jumps[EEL_ELEMENTS];       /* jump ratio of each edge, 0 when absent */
} eel_spectrum;

typedef struct eel_synth eel_synth;

int eel_synth_new(eel_synth **synth, eel_synth_kind kind, const eel_library *library, int held_out);
void eel_synth_draw(const eel_synth *synth, uint64_t seed, uint64_t index, eel_spectrum *spectrum);
void eel_synth_free(eel_synth *synth);

#endif
