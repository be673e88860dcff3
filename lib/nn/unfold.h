/*
 * unfold - a training that starts from a model file (eel_trainer_load_weights, trainer.h).
 *
 * In the file batch normalisation is folded into the weights of each convolution, and what they were
 * divided by is lost. The first shard shows mean and deviation of each channel again: gain and
 * bias are chosen so that the normalised channel is what the folded one was.
 */
#ifndef EEL_NN_UNFOLD_H
#define EEL_NN_UNFOLD_H

#include "nn/trainer_state.h"

int trainer_take_model(eel_trainer *trainer, const char *model);

/* x: a shard. */
void trainer_unfold(eel_trainer *trainer, const float *x);

#endif
