/*
 * labelled - a row of a labelled stream (see synth.c) made ready for the network.
 * Shared by `train` and `score`.
 */
#ifndef EEL_STAGES_LABELLED_H
#define EEL_STAGES_LABELLED_H

#include "flow/block.h"

/* EEL_EFORMAT unless the block holds float32 spectra on the network's axis with their labels. */
int eel_labelled_check(const eel_block *block);

/* row (EEL_NET_CHANNELS) with NAN outside the window; x (EEL_NET_CHANNELS), zero there. */
void eel_labelled_normalise(const float *row, float *x);

#endif
