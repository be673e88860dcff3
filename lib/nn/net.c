#include "nn/net.h"
#include "nn/act.h"
#include "nn/net_forward.h"

#include "base/err.h"
#include "base/mem.h"

#include <assert.h>

eel_net_shape eel_net_shape_default(uint32_t classes)
{
    return (eel_net_shape){
        .inputs = 4679,
        .width = 11,
        .channels = {16, 32, 32, 48},
        .strides = {4, 4, 2, 4},
        .hidden = 72,
        .projected = 32,
        .dense = 192,
        .classes = classes,
    };
}

uint64_t eel_net_flop(const eel_net_shape *shape)
{
    uint64_t sum = 0, steps = shape->inputs, channels = 1;

    for (int i = 0; i < EEL_CONVS; i++) {
        steps = (steps + shape->strides[i] - 1) / shape->strides[i];
        sum += steps * shape->width * channels * shape->channels[i];
        channels = shape->channels[i];
    }
    sum += 2 * steps * (channels + shape->hidden) * 4 * shape->hidden;
    sum += steps * 2 * shape->hidden * shape->projected;
    sum += steps * shape->projected * shape->dense;
    sum += (uint64_t)shape->dense * shape->classes;
    return 2 * sum;
}

int net_new(eel_net **net, const eel_net_shape *shape)
{
    eel_net *made = eel_alloc(1, sizeof *made);
    int code = made ? layout_init(&made->layout, shape) : EEL_ENOMEM;

    if (!code)
        code = layout_panels_new(&made->panels, &made->layout);
    if (!code)
        code = bf16_panels_new(&made->bf16[EEL_NET_PAIRS], gemm_bf16_pairs(), &made->layout);
    if (!code)
        code = bf16_panels_new(&made->bf16[EEL_NET_TILES], gemm_bf16_tiles(), &made->layout);
    if (!code && !(made->values = eel_alloc(made->layout.count, sizeof *made->values)))
        code = EEL_ENOMEM;
    if (code) {
        eel_net_free(made);
        return code;
    }
    *net = made;
    return EEL_OK;
}

void net_ready(eel_net *net)
{
    layout_panels_pack(&net->panels, &net->layout, net->values);
    for (int i = 0; i < 2; i++)
        bf16_panels_pack(&net->bf16[i], &net->layout, net->values);
}

void eel_net_free(eel_net *net)
{
    if (!net)
        return;
    layout_panels_release(&net->panels);
    for (int i = 0; i < 2; i++)
        bf16_panels_release(&net->bf16[i]);
    eel_free(net->values);
    eel_free(net);
}

const eel_net_shape *eel_net_shape_of(const eel_net *net)
{
    return &net->layout.shape;
}

struct eel_net_state {
    uint32_t batch;
    net_f32 *f32;   /* one of these */
    net_bf16 *bf16;
};

int eel_net_state_new(eel_net_state **state, const eel_net *net, uint32_t batch,
                      eel_numbers numbers)
{
    if (batch < 1 || batch > EEL_NET_BATCH_MAX)
        return eel_fail(EEL_ELIMIT, "network: batch of %u, expected 1 to %d", batch,
                        EEL_NET_BATCH_MAX);
    eel_net_state *made = eel_alloc(1, sizeof *made);
    if (!made)
        return EEL_ENOMEM;
    made->batch = batch;
    int code = numbers == EEL_NET_F32 ? net_f32_new(&made->f32, net, batch)
                                  : net_bf16_new(&made->bf16, net, &net->bf16[numbers], batch);
    if (code == EEL_OK)
        *state = made;
    else
        eel_net_state_free(made);
    return code;
}

void eel_net_state_free(eel_net_state *state)
{
    if (!state)
        return;
    net_f32_free(state->f32);
    net_bf16_free(state->bf16);
    eel_free(state);
}

void eel_net_forward(const eel_net *net, eel_net_state *state, float *p, const float *x,
                     uint32_t rows)
{
    size_t values = (size_t)rows * net->layout.shape.classes;

    assert(rows <= state->batch);
    if (state->bf16)
        net_bf16_forward(net, state->bf16, p, x, rows);
    else
        net_f32_forward(net, state->f32, p, x, rows);
    for (size_t i = 0; i < values; i++)
        p[i] = act_sigmoid(p[i]);
}
