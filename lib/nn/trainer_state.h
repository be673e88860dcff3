/*
 * trainer_state - what a trainer holds, for the trainer and its checkpoint.
 */
#ifndef EEL_NN_TRAINER_STATE_H
#define EEL_NN_TRAINER_STATE_H

#include "nn/backprop.h"
#include "nn/trainer.h"

#define TRAINER_SHARDS_MAX  1024
#define TRAINER_THREADS_MAX 256

/* What comes out of one shard. */
typedef struct {
    float *gradient; /* (layout.count) */
    double loss;     /* sum over its counted labels */
    double mean[EEL_CONVS][BATCHNORM_CHANNELS_MAX], variance[EEL_CONVS][BATCHNORM_CHANNELS_MAX];
} trainer_shard;

struct eel_trainer {
    eel_trainer_options options;
    float class_weights[EEL_NET_CLASSES_MAX];
    nn_layout layout;
    uint64_t steps;
    int folded;      /* the weights are those of a model file: unfold.h */
    float *values, *first, *second; /* weights and Adam's moments (layout.count) */

    uint64_t averaged; /* shards in the running averages */
    double mean[EEL_CONVS][BATCHNORM_CHANNELS_MAX], variance[EEL_CONVS][BATCHNORM_CHANNELS_MAX];

    backprop_weights weights;
    trainer_shard *shards;                 /* (batch / shard) */
    backprop *passes[TRAINER_THREADS_MAX]; /* one for each thread */
};

/* Weights and running averages of another trainer of the same shape. */
void trainer_take_weights(eel_trainer *trainer, const eel_trainer *other);

#endif
