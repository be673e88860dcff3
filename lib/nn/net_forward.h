/*
 * net_forward - private to lib/nn: the two ways a network is asked. net_f32.c is the network as it was
 * trained, net_bf16.c the same in bfloat16. Both give logits: p (rows, classes) before the sigmoid.
 */
#ifndef EEL_NN_NET_FORWARD_H
#define EEL_NN_NET_FORWARD_H

#include "nn/net_weights.h"

typedef struct net_f32 net_f32; /* what a call writes */
int net_f32_new(net_f32 **state, const eel_net *net, uint32_t batch);
void net_f32_free(net_f32 *state);
void net_f32_forward(const eel_net *net, net_f32 *state, float *p, const float *x, uint32_t rows);

typedef struct net_bf16 net_bf16; /* panels: those of `net` for the order of sums that is wanted */
int net_bf16_new(net_bf16 **state, const eel_net *net, const bf16_panels *panels, uint32_t batch);
void net_bf16_free(net_bf16 *state);
void net_bf16_forward(const eel_net *net, net_bf16 *state, float *p, const float *x, uint32_t rows);

#endif
