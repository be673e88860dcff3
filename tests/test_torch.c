/* torch: a network computed and trained by PyTorch gives the same numbers here.
 * tests/golden/torch.h5 is made by make_torch_golden.py beside it. */
#include "test.h"
#include "base/mem.h"
#include "nn/h5.h"
#include "nn/loss.h"
#include "nn/net_shape.h"
#include "nn/trainer_state.h"

#include <string.h>

#define GOLDEN EEL_SOURCE_DIR "/tests/golden/torch.h5"

enum { ROWS = 16, STEPS = 10, INPUTS = 203, CLASSES = 4 };

typedef struct {
    float x[ROWS * INPUTS], logits[ROWS * CLASSES], p[ROWS * CLASSES];
    uint8_t labels[ROWS * CLASSES];
    double losses[STEPS], rate, norm;
    float *gradients; /* as the layout has them */
} golden;

static void read_golden(golden *torch, const nn_layout *layout)
{
    uint64_t labels[ROWS * CLASSES];
    h5_file file;

    torch->gradients = eel_alloc(layout->count, sizeof(float));
    h5_open(&file, GOLDEN);
    h5_read_floats(&file, "torch/x", torch->x, 2, (size_t[]){ROWS, INPUTS});
    h5_read_floats(&file, "torch/logits", torch->logits, 2, (size_t[]){ROWS, CLASSES});
    h5_read_floats(&file, "torch/p", torch->p, 2, (size_t[]){ROWS, CLASSES});
    h5_read_whole(&file, "torch/labels", labels, ROWS * CLASSES);
    h5_read_reals(&file, "torch/losses", torch->losses, STEPS);
    h5_read_reals(&file, "torch/rate", &torch->rate, 1);
    h5_read_reals(&file, "torch/norm", &torch->norm, 1);
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        size_t dims[3] = {tensor->dims[0], tensor->dims[1], tensor->dims[2]};
        char name[96];
        snprintf(name, sizeof name, "torch/gradients/%s", tensor->name);
        h5_read_floats(&file, name, torch->gradients + tensor->offset, (int)tensor->rank, dims);
    }
    assert_ok(h5_close(&file));
    for (int i = 0; i < ROWS * CLASSES; i++)
        torch->labels[i] = (uint8_t)labels[i];
}

/* The trainer that starts where PyTorch started. */
static eel_trainer *start(golden *torch)
{
    eel_trainer_options options = {.batch = ROWS, .shard = ROWS, .threads = 1, .gradient_norm = 1};
    eel_trainer *trainer;

    assert_ok(eel_trainer_load(&trainer, &options, NULL, GOLDEN));
    read_golden(torch, &trainer->layout);
    trainer->options.gradient_norm = torch->norm;
    return trainer;
}

TEST(logits_and_gradients_are_those_of_torch)
{
    golden torch;
    eel_trainer *trainer = start(&torch);
    const nn_layout *layout = &trainer->layout;
    backprop *pass = trainer->passes[0];
    float *gradient = eel_alloc(layout->count, sizeof *gradient);
    double scale = 1.0 / (double)loss_counted(torch.labels, ROWS * CLASSES);
    eel_rng rng = eel_rng_seeded(1, 1);

    backprop_weights_pack(&trainer->weights, layout, trainer->values);
    backprop_forward(pass, &trainer->weights, torch.x, 0, &rng);
    double loss = scale * loss_cross_entropy(pass->dlogits, pass->logits, torch.labels, NULL, scale,
                                             ROWS, CLASSES);
    backprop_backward(pass, &trainer->weights, gradient);

    assert_floats(pass->logits, torch.logits, ROWS * CLASSES, 2e-6);
    assert_floats(&loss, torch.losses, 1, 1e-6);
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        float largest = 0;
        for (size_t j = 0; j < tensor->count; j++)
            largest = fmaxf(largest, fabsf(torch.gradients[tensor->offset + j]));
        for (size_t j = 0; j < tensor->count; j++) {
            float got = gradient[tensor->offset + j], want = torch.gradients[tensor->offset + j];
            if (!(fabsf(got - want) <= 2e-5f * largest))
                fail_msg("%s[%zu]: gradient %g, expected %g", tensor->name, j, got, want);
        }
    }
    eel_free(gradient);
    eel_free(torch.gradients);
    eel_trainer_free(trainer);
}

TEST(training_goes_the_way_of_torch)
{
    golden torch;
    eel_trainer *trainer = start(&torch);
    double losses[STEPS];
    float p[ROWS * CLASSES];
    eel_net *net;
    eel_net_state *state;

    for (int i = 0; i < STEPS; i++)
        assert_ok(eel_trainer_step(trainer, torch.x, torch.labels, torch.rate, &losses[i]));
    assert_ok(eel_trainer_net(trainer, &net));
    assert_ok(eel_net_state_new(&state, net, ROWS, EEL_NET_F32));
    eel_net_forward(net, state, p, torch.x, ROWS);

    assert_floats(losses, torch.losses, STEPS, 1e-5);
    assert_floats(p, torch.p, ROWS * CLASSES, 5e-5);
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(torch.gradients);
    eel_trainer_free(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_and_gradients_are_those_of_torch),
        cmocka_unit_test(training_goes_the_way_of_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
