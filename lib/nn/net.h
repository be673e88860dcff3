/*
 * net - the CNN-BiLSTM that recognises edges (Kong et al. 2022, Fig. 5), thin enough for 8,000
 * spectra per second.
 *
 *     x (B, 4679)                                            one value per channel, zero outside
 *     conv 1 -> 16, width 11, stride 4, batch norm, leaky ReLU   (B, 1170, 16)
 *     conv 16 -> 32, stride 4                                    (B, 293, 32)
 *     conv 32 -> 32, stride 2                                    (B, 147, 32)
 *     conv 32 -> 48, stride 4                                    (B, 37, 48)
 *     LSTM forward and backward, 72 units each                   (B, 37, 144)
 *     dense to 32 at each step, leaky ReLU                       (B, 37, 32), flattened
 *     dense to 192, leaky ReLU, dropout in training (trainer.h)  (B, 192)
 *     dense to one sigmoid per class                             (B, classes)
 *
 * Weights are read-only after load and may be shared; everything a call writes lives in a state.
 * A spectrum's probabilities are the same bits alone, in any batch and at any place in it
 * (docs/decisions/own-matrix-product.md). One that holds a NaN spoils nothing but itself.
 */
#ifndef EEL_NN_NET_H
#define EEL_NN_NET_H

#include "nn/numbers.h"

#include <stddef.h>
#include <stdint.h>

#define EEL_CONVS           4
#define EEL_NET_CLASSES_MAX 128
#define EEL_NET_BATCH_MAX   1024

typedef struct {
    uint32_t inputs;                 /* values per spectrum */
    uint32_t width;                  /* filter width of all convolutions, odd */
    uint32_t channels[EEL_CONVS];
    uint32_t strides[EEL_CONVS];
    uint32_t hidden;                 /* LSTM units per direction */
    uint32_t projected;              /* values per step after the LSTM */
    uint32_t dense;                  /* hidden dense layer */
    uint32_t classes;
} eel_net_shape;

eel_net_shape eel_net_shape_default(uint32_t classes); /* the one drawn above */
uint64_t eel_net_flop(const eel_net_shape *shape);     /* per spectrum, one multiply-add = 2 */

typedef struct eel_net eel_net;
typedef struct eel_net_state eel_net_state;

const eel_net_shape *eel_net_shape_of(const eel_net *net);
void eel_net_free(eel_net *net);

/* batch: the most rows of one call. EEL_ELIMIT beyond EEL_NET_BATCH_MAX. */
int eel_net_state_new(eel_net_state **state, const eel_net *net, uint32_t batch,
                      eel_numbers numbers);
void eel_net_state_free(eel_net_state *state);

/* p (rows, classes): probabilities before calibration; x (rows, inputs); rows <= batch.
 * No allocation, no failure. */
void eel_net_forward(const eel_net *net, eel_net_state *state, float *p, const float *x,
                     uint32_t rows);

#endif
