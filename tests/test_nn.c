/* nn: network = naive, gradients = finite differences, training repeats bit for bit and learns. */
#include "test.h"
#include "naive.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/backprop.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/net_weights.h"
#include "nn/trainer.h"

#include <unistd.h>

/* Odd sizes everywhere, so that every edge of the fast code is used. */
static const eel_net_shape small = {
    .inputs = 203,
    .width = 11,
    .channels = {6, 16, 10, 19},
    .strides = {4, 3, 2, 1},
    .hidden = 7,
    .projected = 5,
    .dense = 18,
    .classes = 4,
};

static uint8_t *random_labels(size_t n, uint64_t seed)
{
    uint8_t *labels = eel_alloc(n, 1);
    eel_rng rng = eel_rng_seeded(seed, 1);

    for (size_t i = 0; i < n; i++)
        labels[i] = eel_rng_chance(&rng, 0.2) ? 255 : (uint8_t)eel_rng_chance(&rng, 0.4);
    return labels;
}

/* Random values for every tensor, of a size that keeps the network lively. */
static float *random_values(const nn_layout *layout, uint64_t seed)
{
    float *values = eel_alloc(layout->count, sizeof *values);
    eel_rng rng = eel_rng_seeded(seed, 2);

    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        double inputs = tensor->rank == 1 ? 10 : (double)tensor->count /
                                                     tensor->dims[tensor->rank - 1];
        for (size_t j = 0; j < tensor->count; j++)
            values[tensor->offset + j] =
                (float)(layout_is_gain(i) + eel_rng_normal(&rng) / sqrt(inputs));
    }
    return values;
}

/* A net with random weights, and its naive probabilities for x. */
static eel_net *random_net(const eel_net_shape *shape)
{
    eel_net *net;

    assert_ok(net_new(&net, shape));
    float *values = random_values(&net->layout, 4);
    memcpy(net->values, values, net->layout.count * sizeof *values);
    eel_free(values);
    net_ready(net);
    return net;
}

TEST(the_network_agrees_with_loops)
{
    enum { ROWS = 7 };
    eel_net *net = random_net(&small);
    float *x = random_floats(ROWS * small.inputs, 5), p[ROWS * 4];
    double *values = as_doubles(net->values, net->layout.count), want[ROWS * 4];
    eel_net_state *state;
    assert_ok(eel_net_state_new(&state, net, ROWS, EEL_NET_F32));

    eel_net_forward(net, state, p, x, ROWS);

    net_naive(want, &net->layout, values, x, NULL, ROWS, 0);
    for (size_t i = 0; i < ROWS * 4; i++)
        want[i] = 1 / (1 + exp(-want[i]));
    assert_floats(p, want, ROWS * 4, 1e-6);
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(x), eel_free(values);
}

static void check_near(eel_numbers numbers)
{
    enum { ROWS = 13 };
    eel_net *net = random_net(&small);
    float *x = random_floats(ROWS * small.inputs, 5), want[ROWS * 4], p[ROWS * 4];
    eel_net_state *exact, *rounded;
    assert_ok(eel_net_state_new(&exact, net, ROWS, EEL_NET_F32));
    assert_ok(eel_net_state_new(&rounded, net, ROWS, numbers));

    eel_net_forward(net, exact, want, x, ROWS);
    eel_net_forward(net, rounded, p, x, ROWS);

    double worst = 0;
    for (size_t i = 0; i < ROWS * 4; i++)
        worst = fmax(worst, fabs((double)p[i] - (double)want[i]));
    assert_true(worst > 0 && worst < 0.01);
    eel_net_state_free(exact);
    eel_net_state_free(rounded);
    eel_net_free(net);
    eel_free(x);
}

TEST(the_network_in_bfloat16_is_near_the_one_in_float32)
{
    check_near(EEL_NET_PAIRS);
    check_near(EEL_NET_TILES);
}

static void check_alone(eel_numbers numbers)
{
    enum { ROWS = 13 };
    eel_net *net = random_net(&small);
    float *x = random_floats(ROWS * small.inputs, 5), all[ROWS * 4], alone[4];
    eel_net_state *state;
    assert_ok(eel_net_state_new(&state, net, ROWS, numbers));

    eel_net_forward(net, state, all, x, ROWS);

    for (size_t row = 0; row < ROWS; row++) {
        eel_net_forward(net, state, alone, x + row * small.inputs, 1);
        assert_memory_equal(alone, all + row * 4, sizeof alone);
    }
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(x);
}

TEST(a_spectrum_has_the_same_bits_alone_and_anywhere_in_a_batch)
{
    check_alone(EEL_NET_F32);
    check_alone(EEL_NET_PAIRS);
    check_alone(EEL_NET_TILES);
}

static void check_spoilt(eel_numbers numbers)
{
    eel_net *net = random_net(&small);
    float *x = random_floats(3 * small.inputs, 5), clean[3 * 4], p[3 * 4];
    eel_net_state *state;
    assert_ok(eel_net_state_new(&state, net, 3, numbers));

    eel_net_forward(net, state, clean, x, 3);
    x[small.inputs + 50] = NAN;
    eel_net_forward(net, state, p, x, 3);

    assert_memory_equal(p, clean, 4 * sizeof *p);
    assert_true(isnan(p[4]) && isnan(p[7]));
    assert_memory_equal(p + 8, clean + 8, 4 * sizeof *p);
    x[small.inputs + 50] = 0.5f;
    eel_net_forward(net, state, p, x, 3);
    assert_true(isfinite(p[4])); /* nothing stays in the state */
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(x);
}

TEST(a_spectrum_that_holds_no_number_spoils_only_itself)
{
    check_spoilt(EEL_NET_F32);
    check_spoilt(EEL_NET_PAIRS);
    check_spoilt(EEL_NET_TILES);
}

TEST(gradients_agree_with_finite_differences)
{
    enum { ROWS = 6, EACH = 12 };
    nn_layout layout;
    assert_ok(layout_init(&layout, &small));
    float *values = random_values(&layout, 7), *x = random_floats(ROWS * small.inputs, 8);
    float *gradient = eel_alloc(layout.count, sizeof *gradient);
    uint8_t *labels = random_labels(ROWS * small.classes, 9);
    const float class_weights[] = {1, 2, 0.5f, 1};
    double logits[ROWS * 4], *exact = as_doubles(values, layout.count);
    backprop_weights weights = {0};
    backprop *pass;
    eel_rng rng = eel_rng_seeded(10, 0);
    double scale = 1.0 / (double)loss_counted(labels, ROWS * small.classes);
    assert_ok(backprop_weights_new(&weights, &layout));
    assert_ok(backprop_new(&pass, &layout, ROWS));

    backprop_weights_pack(&weights, &layout, values);
    backprop_forward(pass, &weights, x, 0.2, &rng);
    double loss = scale * loss_cross_entropy(pass->dlogits, pass->logits, labels, class_weights,
                                             scale, ROWS, small.classes);
    backprop_backward(pass, &weights, gradient);

    net_naive(logits, &layout, exact, x, pass->mask, ROWS, 1);
    assert_floats(pass->logits, logits, ROWS * 4, 1e-5);
    double want_loss = loss_naive(logits, labels, class_weights, ROWS, small.classes);
    assert_floats(&loss, &want_loss, 1, 1e-6);
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        for (int j = 0; j < EACH; j++) {
            const double step = 1e-6;
            size_t at = layout.tensors[i].offset +
                        eel_rng_below(&rng, (uint32_t)layout.tensors[i].count);
            double value = exact[at], change = 0;
            for (int sign = -1; sign <= 1; sign += 2) {
                exact[at] = value + sign * step;
                net_naive(logits, &layout, exact, x, pass->mask, ROWS, 1);
                change += sign * loss_naive(logits, labels, class_weights, ROWS, small.classes);
            }
            exact[at] = value;
            double want = change / (2 * step);
            if (fabs(gradient[at] - want) > 2e-6 + 1e-3 * fabs(want))
                fail_msg("%s: gradient %g, expected %g", layout.tensors[i].name, gradient[at],
                         want);
        }
    }
    backprop_free(pass);
    backprop_weights_release(&weights);
    eel_free(values), eel_free(x), eel_free(gradient), eel_free(labels), eel_free(exact);
}

/* Spectra whose classes are bumps at places of their own. */
static void bumps(float *x, uint8_t *labels, const eel_net_shape *shape, size_t rows, uint64_t seed)
{
    eel_rng rng = eel_rng_seeded(seed, 3);

    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < shape->inputs; i++)
            x[row * shape->inputs + i] = (float)(0.3 * eel_rng_normal(&rng));
        for (size_t c = 0; c < shape->classes; c++) {
            uint8_t present = (uint8_t)eel_rng_chance(&rng, 0.5);
            labels[row * shape->classes + c] = present;
            size_t at = (c + 1) * shape->inputs / (shape->classes + 1);
            for (size_t i = at; i < at + 8 && present; i++)
                x[row * shape->inputs + i] += 2;
        }
    }
}

static const eel_trainer_options quick = {
    .batch = 16, .shard = 8, .threads = 1, .gradient_norm = 1, .dropout = 0.2, .seed = 3};

/* Trains for some steps on fresh bumps; step numbers decide what is drawn. Returns the loss. */
static double train(eel_trainer *trainer, int steps)
{
    const eel_net_shape *shape = eel_trainer_shape(trainer);
    float *x = eel_alloc(16 * shape->inputs, sizeof *x);
    uint8_t *labels = eel_alloc(16 * shape->classes, 1);
    double loss = 0;

    for (int i = 0; i < steps; i++) {
        bumps(x, labels, shape, 16, eel_trainer_steps(trainer));
        assert_ok(eel_trainer_step(trainer, x, labels, 3e-3, &loss));
    }
    eel_free(x), eel_free(labels);
    return loss;
}

static void assert_same_nets(const eel_trainer *a, const eel_trainer *b)
{
    eel_net *one, *two;

    assert_ok(eel_trainer_net(a, &one));
    assert_ok(eel_trainer_net(b, &two));
    assert_memory_equal(one->values, two->values, one->layout.count * sizeof(float));
    eel_net_free(one);
    eel_net_free(two);
}

TEST(a_small_problem_is_learned)
{
    eel_trainer *trainer;
    eel_net *net;
    eel_net_state *state;
    float *x = eel_alloc(64 * small.inputs, sizeof *x), p[64 * 4];
    uint8_t labels[64 * 4];
    int wrong = 0;
    assert_ok(eel_trainer_new(&trainer, &small, &quick));

    double first = train(trainer, 1), last = train(trainer, 300);
    assert_ok(eel_trainer_net(trainer, &net));
    assert_ok(eel_net_state_new(&state, net, 64, EEL_NET_F32));
    bumps(x, labels, &small, 64, 1u << 20);
    eel_net_forward(net, state, p, x, 64);

    assert_true(first > 0.5);
    assert_true(last < 0.1);
    for (size_t i = 0; i < 64 * 4; i++)
        wrong += (p[i] > 0.5f) != labels[i];
    assert_true(wrong <= 8);
    eel_net_state_free(state);
    eel_net_free(net);
    eel_trainer_free(trainer);
    eel_free(x);
}

TEST(one_thread_and_three_give_the_same_bits)
{
    eel_trainer *one, *three;
    eel_trainer_options options = quick;
    options.shard = 4;
    assert_ok(eel_trainer_new(&one, &small, &options));
    options.threads = 3;
    assert_ok(eel_trainer_new(&three, &small, &options));

    double a = train(one, 5), b = train(three, 5);

    assert_true(a == b);
    assert_same_nets(one, three);
    eel_trainer_free(one);
    eel_trainer_free(three);
}

TEST(a_resumed_training_goes_on_with_the_same_bits)
{
    const char *path = EEL_BINARY_DIR "/resume.h5";
    eel_trainer *through, *broken, *resumed;
    char *note;
    assert_ok(eel_trainer_new(&through, &small, &quick));
    assert_ok(eel_trainer_new(&broken, &small, &quick));

    double a = train(through, 7);
    train(broken, 4);
    assert_ok(eel_trainer_save(broken, "after four steps", path));
    assert_ok(eel_trainer_load(&resumed, &quick, &note, path));
    double b = train(resumed, 3);

    assert_string_equal(note, "after four steps");
    assert_int_equal(eel_trainer_steps(resumed), 7);
    assert_true(a == b);
    assert_same_nets(through, resumed);
    eel_trainer_free(through);
    eel_trainer_free(broken);
    eel_trainer_free(resumed);
    free(note);
    unlink(path);
}

TEST(a_checkpoint_cut_short_is_refused)
{
    const char *path = EEL_BINARY_DIR "/short.h5";
    eel_trainer *trainer, *loaded = NULL;
    assert_ok(eel_trainer_new(&trainer, &small, &quick));
    assert_ok(eel_trainer_save(trainer, "", path));

    assert_int_equal(truncate(path, 20000), 0);

    assert_fails(EEL_EFORMAT, eel_trainer_load(&loaded, &quick, NULL, path));
    assert_words("short.h5: not an HDF5 file, or cut short");
    assert_null(loaded);
    eel_trainer_free(trainer);
    unlink(path);
}

TEST(weights_of_another_training_can_be_taken)
{
    const char *path = EEL_BINARY_DIR "/start.h5";
    eel_trainer *old, *young, *other;
    eel_net_shape wider = small;
    wider.hidden++;
    assert_ok(eel_trainer_new(&old, &small, &quick));
    assert_ok(eel_trainer_new(&young, &small, &quick));
    assert_ok(eel_trainer_new(&other, &wider, &quick));
    train(old, 3);
    assert_ok(eel_trainer_save(old, "", path));

    assert_ok(eel_trainer_load_weights(young, path));

    assert_same_nets(old, young);
    assert_int_equal(eel_trainer_steps(young), 0);
    assert_fails(EEL_EFORMAT, eel_trainer_load_weights(other, path));
    assert_words("LSTM units is 7, expected 8");
    assert_ok(eel_trainer_shape_in(path, &wider));
    assert_memory_equal(&wider, &small, sizeof small);
    eel_trainer_free(old);
    eel_trainer_free(young);
    eel_trainer_free(other);
    unlink(path);
}

/* Of a network in use gains are folded in. */
static void assert_near_nets(const eel_net *net, const eel_net *other, float tolerance)
{
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &net->layout.tensors[i];
        for (size_t k = tensor->offset; k < tensor->offset + tensor->count && !layout_is_gain(i); k++)
            assert_true(fabsf(net->values[k] - other->values[k]) <= tolerance);
    }
}

TEST(a_training_can_start_from_a_model_file)
{
    const char *path = EEL_BINARY_DIR "/start-model.h5";
    eel_trainer_options one = quick;
    eel_model_info info = {.start_ev = 90, .step_ev = 0.2, .classes = small.classes,
                           .class_name = {"B", "C", "N", "O"}, .scale = {1, 1, 1, 1}};
    eel_trainer *trainer;
    eel_net *model = random_net(&small), *net;
    float *x = random_floats(16 * small.inputs, 1);
    uint8_t *labels = random_labels(16 * small.classes, 2);
    double loss;
    one.shard = one.batch = 16; /* so that the statistics of the step are those of its one shard */
    assert_ok(eel_model_write(model, &info, path));
    assert_ok(eel_trainer_new(&trainer, &small, &one));

    assert_ok(eel_trainer_load_weights(trainer, path));
    assert_ok(eel_trainer_net(trainer, &net)); /* before the first step it is that network, and no checkpoint */
    assert_near_nets(net, model, 0);
    eel_net_free(net);
    assert_fails(EEL_EARGS, eel_trainer_save(trainer, "", path));
    assert_ok(eel_trainer_step(trainer, x, labels, 0, &loss)); /* at rate 0 nothing is learnt */

    assert_ok(eel_trainer_net(trainer, &net));
    assert_near_nets(net, model, 1e-5f);
    eel_net_free(net);
    eel_net_free(model);
    eel_trainer_free(trainer);
    eel_free(x), eel_free(labels);
    unlink(path);
}

TEST(inputs_that_are_no_numbers_are_refused_and_change_nothing)
{
    eel_trainer *trainer, *untouched;
    float *x = random_floats(16 * small.inputs, 1);
    uint8_t *labels = random_labels(16 * small.classes, 2);
    double loss;
    assert_ok(eel_trainer_new(&trainer, &small, &quick));
    assert_ok(eel_trainer_new(&untouched, &small, &quick));
    x[500] = NAN;

    int code = eel_trainer_step(trainer, x, labels, 1e-3, &loss);

    assert_fails(EEL_EFORMAT, code);
    assert_same_nets(trainer, untouched);
    eel_trainer_free(trainer);
    eel_trainer_free(untouched);
    eel_free(x), eel_free(labels);
}

TEST(shapes_and_options_beyond_a_limit_are_refused)
{
    eel_trainer *trainer;
    eel_net_shape shape = small;
    eel_trainer_options options = quick;

    shape.hidden = 1u << 30;
    assert_fails(EEL_ELIMIT, eel_trainer_new(&trainer, &shape, &quick));
    assert_words("LSTM units");
    options.shard = 7;
    assert_fails(EEL_EARGS, eel_trainer_new(&trainer, &small, &options));
    assert_words("shard");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_network_agrees_with_loops),
        cmocka_unit_test(the_network_in_bfloat16_is_near_the_one_in_float32),
        cmocka_unit_test(a_spectrum_has_the_same_bits_alone_and_anywhere_in_a_batch),
        cmocka_unit_test(a_spectrum_that_holds_no_number_spoils_only_itself),
        cmocka_unit_test(gradients_agree_with_finite_differences),
        cmocka_unit_test(a_small_problem_is_learned),
        cmocka_unit_test(one_thread_and_three_give_the_same_bits),
        cmocka_unit_test(a_resumed_training_goes_on_with_the_same_bits),
        cmocka_unit_test(a_checkpoint_cut_short_is_refused),
        cmocka_unit_test(weights_of_another_training_can_be_taken),
        cmocka_unit_test(a_training_can_start_from_a_model_file),
        cmocka_unit_test(inputs_that_are_no_numbers_are_refused_and_change_nothing),
        cmocka_unit_test(shapes_and_options_beyond_a_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
