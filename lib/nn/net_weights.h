/*
 * net_weights - what is inside a network, for those who make one: the trainer and the model file.
 */
#ifndef EEL_NN_NET_WEIGHTS_H
#define EEL_NN_NET_WEIGHTS_H

#include "nn/layout.h"

struct eel_net {
    nn_layout layout;
    float *values;        /* (layout.count); the gains are not used */
    layout_panels panels; /* the same weights, packed */
};

/* A network of zeros. Fill `values`, then call net_ready. */
int net_new(eel_net **net, const eel_net_shape *shape);
void net_ready(eel_net *net);

#endif
