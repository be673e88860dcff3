/*
 * lstm - one direction of a long short-term memory layer (Hochreiter & Schmidhuber 1997, with the
 * forget gate of Gers et al. 2000).
 *
 *     [i f g o] = [x_t h_{t-1}] w + b          i, f, o sigmoid, g tanh; each `hidden` wide
 *     c_t = f c_{t-1} + i g
 *     h_t = o tanh(c_t)
 *
 * xh (steps, rows, inputs + hidden) holds each step's input beside the state it starts from, so
 * that a step is one matrix product. The caller fills the inputs, forward fills the rest. The backward
 * direction goes from the last step to the first.
 */
#ifndef EEL_NN_LSTM_H
#define EEL_NN_LSTM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t steps, rows, inputs, hidden;
    int reversed; /* from the last step to the first */
} lstm_size;

/* What a forward pass leaves for the backward pass. A pass that is not trained on keeps one step:
 * both strides 0. */
typedef struct {
    float *gates;       /* (steps, rows, 4 hidden), after their sigmoid or tanh; by time */
    float *cell;        /* (steps + 1, rows, hidden), zeros first; in the order of work */
    size_t gates_step;  /* rows x 4 hidden, or 0 */
    size_t cell_step;   /* rows x hidden, or 0 */
} lstm_trace;

/* h (steps, rows, hidden), rows ldh apart. w (inputs + hidden, 4 hidden) packed for gemm. */
void lstm_forward(float *h, size_t ldh, float *xh, lstm_trace *trace, const float *packed,
                  const float *bias, const lstm_size *size);

/* One row of gates: activates them in place, makes the new cell of the one before (which may be the
 * same) and the state h. */
typedef void lstm_activation(float *h, float *gates, float *cell, const float *before, size_t hidden);
lstm_activation lstm_activate;

/* The two ways it is done, with the same bits: with the vectors that the program is built for, and with those
 * of AVX-512; NULL where the processor has none. */
lstm_activation lstm_activate_built;
lstm_activation *lstm_activate_avx512(void);

/*
 * Adds to dw (inputs + hidden, 4 hidden) and db (4 hidden), writes dxh as xh is laid out (its first
 * `inputs` columns are the gradient of x). dh (steps, rows, hidden), rows ldh apart. trace->gates
 * is turned into the gradients of the gates. packed_transposed is w^T packed; scratch
 * (2, rows, hidden).
 */
void lstm_backward(float *dw, float *db, float *dxh, const float *dh, size_t ldh, const float *xh,
                   lstm_trace *trace, const float *packed_transposed, float *scratch,
                   const lstm_size *size);

#endif
