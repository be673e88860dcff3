#include "nn/unfold.h"
#include "nn/model.h"
#include "nn/net_shape.h"
#include "nn/net_weights.h"

#include <math.h>
#include <string.h>

int trainer_take_model(eel_trainer *trainer, const char *model)
{
    const nn_layout *layout = &trainer->layout;
    eel_model_info info;
    eel_net *net;
    int code = eel_model_read(&net, &info, model);

    if (code)
        return code;
    code = net_shape_compare(model, &net->layout.shape, &layout->shape);
    if (!code) {
        memcpy(trainer->values, net->values, layout->count * sizeof *trainer->values);
        trainer->folded = 1;
    }
    eel_model_info_release(&info);
    eel_net_free(net);
    return code;
}

/* gain (z - mean) / sd + shift = z + bias, with the mean and the deviation that the shard has. */
static void unfold_layer(eel_trainer *trainer, const batchnorm *norm, int i)
{
    const nn_tensor *tensors = trainer->layout.tensors;
    float *gain = trainer->values + tensors[CONV_GAIN + i].offset;
    float *shift = trainer->values + tensors[CONV_BIAS + i].offset;

    for (uint32_t c = 0; c < norm->channels; c++) {
        gain[c] = (float)sqrt(batchnorm_variance(norm, c) + BATCHNORM_EPSILON);
        shift[c] += (float)norm->mean[c];
    }
}

void trainer_unfold(eel_trainer *trainer, const float *x)
{
    backprop *pass = trainer->passes[0];
    eel_rng rng = eel_rng_seeded(trainer->options.seed, 0);

    for (int i = 0; i < EEL_CONVS; i++) { /* a layer's input is right once those before are unfolded */
        backprop_weights_pack(&trainer->weights, &trainer->layout, trainer->values);
        backprop_forward(pass, &trainer->weights, x, 0, &rng);
        unfold_layer(trainer, &pass->norm[i], i);
    }
    trainer->folded = 0;
}
