/*
 * backprop - the network in training, forward and backward, for one shard of a batch.
 *
 * The same layers as in net.c, top to bottom, with batch normalisation by the statistics of the
 * shard and with dropout, then the same layers from bottom to top for the gradients.
 */
#ifndef EEL_NN_BACKPROP_H
#define EEL_NN_BACKPROP_H

#include "base/rng.h"
#include "nn/batchnorm.h"
#include "nn/layout.h"

/* The weights of a step as products want them: forward, and transposed for the gradients. Shared by
 * all shards. */
typedef struct {
    const float *values;  /* (layout.count) */
    layout_panels panels;
    float *conv_dx[EEL_CONVS]; /* the first convolution needs no gradient of its input: NULL */
    float *lstm_dx[2], *project_dx, *dense_dx, *output_dx;
    float *scratch;
} backprop_weights;

int backprop_weights_new(backprop_weights *weights, const nn_layout *layout);
void backprop_weights_pack(backprop_weights *weights, const nn_layout *layout, const float *values);
void backprop_weights_release(backprop_weights *weights);

/* Everything a thread needs for a shard of `rows` spectra. */
typedef struct {
    const nn_layout *layout;
    uint32_t rows;
    float *x[EEL_CONVS];      /* padded inputs of the convolutions (rows, conv1d_padded) */
    float *z[EEL_CONVS];      /* their results (rows, steps_out, channels_out) */
    float *dx[EEL_CONVS];     /* gradients of x; the first is NULL */
    float *dz[EEL_CONVS];     /* of one spectrum's z, padded (conv1d_dy_padded) */
    batchnorm norm[EEL_CONVS];
    float *xh[2], *dxh[2];    /* (steps, rows, features + hidden) */
    lstm_trace trace[2];
    float *lstm_scratch;
    float *h, *dh;            /* (steps, rows, 2 hidden) */
    float *projected, *dprojected; /* (rows, steps, projected) */
    float *dense, *ddense, *mask;  /* (rows, dense) */
    float *logits, *dlogits;       /* (rows, classes) */
} backprop;

int backprop_new(backprop **pass, const nn_layout *layout, uint32_t rows);
void backprop_free(backprop *pass);

/* Leaves logits and the statistics of the shard. x (rows, inputs). rng draws the dropout. */
void backprop_forward(backprop *pass, const backprop_weights *weights, const float *x,
                      double dropout, eel_rng *rng);

/* Writes the gradient (layout.count) from pass->dlogits. */
void backprop_backward(backprop *pass, const backprop_weights *weights, float *gradient);

#endif
