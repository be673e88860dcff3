/*
 * phantom - a small spectrum image of known regions, to try the whole way on.
 */
#ifndef EEL_STAGES_PHANTOM_H
#define EEL_STAGES_PHANTOM_H

#include "eels/synth.h"

/*
 * 48 x 48 pixels of 0.5 nm on 2048 channels from 90 eV at 0.4 eV, Poisson noise only: a silicon
 * nitride film (Si, N), in it a titanium oxide disc (Ti, O), an iron oxide disc (Fe, O), a carbon
 * patch (C), a place where carbon and titanium oxide overlap, and a hole without edges.
 * Written as a HyperSpy file. Errors as in io/hspy_write.h.
 */
int eel_phantom_write(eel_synth *synth, uint64_t seed, const char *path);

#endif
