/*
 * trainer - Adam on binary cross-entropy, with the same bits for the same seed.
 *
 * A batch is cut into shards of fixed size; threads work on shards, gradients are added in the
 * order of the shards. So the number of threads changes nothing but the time. Batch normalisation
 * uses the statistics of its shard in training and running averages in the network that is made.
 *
 * Adam (Kingma & Ba 2015) 1e-3, gradient norm clipped at 1, dropout 20 % after the hidden dense
 * layer, forget-gate bias 1.
 */
#ifndef EEL_NN_TRAINER_H
#define EEL_NN_TRAINER_H

#include "nn/net.h"

typedef struct {
    uint32_t batch;         /* spectra per step, multiple of shard; 128 */
    uint32_t shard;         /* spectra per shard; 64 */
    uint32_t threads;       /* 2 */
    double gradient_norm;   /* 1 */
    double dropout;         /* 0.2 */
    uint64_t seed;          /* of the first weights and of dropout */
    const float *class_weights; /* (classes) of the loss, copied; NULL for ones */
} eel_trainer_options;

typedef struct eel_trainer eel_trainer;

eel_trainer_options eel_trainer_defaults(void);
int eel_trainer_new(eel_trainer **trainer, const eel_net_shape *shape,
                    const eel_trainer_options *options);
void eel_trainer_free(eel_trainer *trainer);

/* One step. x (batch, inputs); labels (batch, classes): 0 absent, 1 present, else not counted.
 * *loss: mean over the counted labels. EEL_EFORMAT, and nothing learnt, when it is not finite. */
int eel_trainer_step(eel_trainer *trainer, const float *x, const uint8_t *labels, double rate,
                     double *loss);
uint64_t eel_trainer_steps(const eel_trainer *trainer);
const eel_net_shape *eel_trainer_shape(const eel_trainer *trainer);

/* A network with the present weights, batch normalisation folded in. */
int eel_trainer_net(const eel_trainer *trainer, eel_net **net);

/* Weights, running averages, Adam's moments and the step count; a resumed training goes on with
 * the same bits. Written under a temporary name and renamed. `note` is any text, read back with it
 * (free with free(); NULL when it is not wanted). */
int eel_trainer_save(const eel_trainer *trainer, const char *note, const char *path);
int eel_trainer_load(eel_trainer **trainer, const eel_trainer_options *options, char **note,
                     const char *path);

/* Starts from a network that was trained before, weights only: from a checkpoint, or from a model
 * file, whose batch normalisation the first step makes anew (unfold.h). EEL_EFORMAT when its shape is another than that
 * of the trainer, which may be made with the shape in the file. */
int eel_trainer_load_weights(eel_trainer *trainer, const char *checkpoint_or_model);
int eel_trainer_shape_in(const char *checkpoint_or_model, eel_net_shape *shape);

#endif
