/*
 * net_weights - what is inside a network, for those who make one: the trainer and the model file.
 */
#ifndef EEL_NN_NET_WEIGHTS_H
#define EEL_NN_NET_WEIGHTS_H

#include "nn/gemm_bf16.h"
#include "nn/layout.h"
#include "nn/numbers.h"

/* Weights rounded to bfloat16, as a kernel of gemm_bf16 wants them. */
typedef struct {
    const gemm_bf16_kernel *kernel;
    void *conv[EEL_CONVS], *lstm[2], *project, *dense, *output;
} bf16_panels;

int bf16_panels_new(bf16_panels *panels, const gemm_bf16_kernel *kernel, const nn_layout *layout);
void bf16_panels_pack(bf16_panels *panels, const nn_layout *layout, const float *values);
void bf16_panels_release(bf16_panels *panels);

struct eel_net {
    nn_layout layout;
    float *values;        /* (layout.count); the gains are not used */
    layout_panels panels; /* the same weights, packed */
    bf16_panels bf16[2];  /* and again, for EEL_NET_PAIRS and EEL_NET_TILES */
};

/* A network of zeros. Fill `values`, then call net_ready. */
int net_new(eel_net **net, const eel_net_shape *shape);
void net_ready(eel_net *net);

#endif
