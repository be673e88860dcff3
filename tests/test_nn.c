/* nn: fast = naive, gradients = finite differences, training repeats bit for bit and learns. */
#include "test.h"
#include "naive.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/act.h"
#include "nn/backprop.h"
#include "nn/dense.h"
#include "nn/dropout.h"
#include "nn/gemm.h"
#include "nn/loss.h"
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

static float *random_floats(size_t n, uint64_t seed)
{
    float *x = eel_alloc(n, sizeof *x);
    eel_rng rng = eel_rng_seeded(seed, 0);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)eel_rng_normal(&rng);
    return x;
}

static uint8_t *random_labels(size_t n, uint64_t seed)
{
    uint8_t *labels = eel_alloc(n, 1);
    eel_rng rng = eel_rng_seeded(seed, 1);

    for (size_t i = 0; i < n; i++)
        labels[i] = eel_rng_chance(&rng, 0.2) ? 255 : (uint8_t)eel_rng_chance(&rng, 0.4);
    return labels;
}

static double *as_doubles(const float *x, size_t n)
{
    double *doubles = eel_alloc(n, sizeof *doubles);

    for (size_t i = 0; i < n; i++)
        doubles[i] = x[i];
    return doubles;
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

TEST(the_exponential_is_good_to_2e_7)
{
    double worst = 0, worst_tanh = 0;

    for (double x = -87; x <= 88; x += 0.00037) {
        double exact = exp((float)x);
        worst = fmax(worst, fabs(act_exp((float)x) - exact) / exact);
        worst_tanh = fmax(worst_tanh, fabs(act_tanh((float)x) - tanh((float)x)));
    }

    assert_true(worst < 2e-7);
    assert_true(worst_tanh < 2e-7);
    assert_true(act_sigmoid(-1000) >= 0 && act_sigmoid(-1000) < 1e-37f);
    assert_true(act_sigmoid(1000) == 1);
}

TEST(products_agree_with_loops_for_every_remainder_of_rows_and_columns)
{
    enum { M = 20, K = 9, N = 37 };
    float *x = random_floats(M * K, 1), *w = random_floats(K * N, 2), *bias = random_floats(N, 3);
    double *xd = as_doubles(x, M * K), *wd = as_doubles(w, K * N), *bd = as_doubles(bias, N);

    for (size_t m = 1; m <= M; m += m < 8 ? 1 : 5) {
        for (size_t n = 1; n <= N; n++) {
            float packed[GEMM_PANEL * 3 * K], y[M * N], sum[M * N];
            double want[M * N], part[K * N];
            for (size_t i = 0; i < K * n; i++)
                part[i] = wd[i];

            gemm_pack(packed, w, n, K, n);
            gemm(y, n, x, K, packed, bias, m, K, n, GEMM_PLAIN);
            memcpy(sum, y, sizeof y);
            gemm(sum, n, x, K, packed, NULL, m, K, n, GEMM_ADD | GEMM_LEAKY);

            gemm_naive(want, xd, part, bd, m, K, n);
            assert_floats(y, want, m * n, 1e-5);
            for (size_t i = 0; i < m * n; i++)
                want[i] = 2 * want[i] - bd[i % n] > 0 ? 2 * want[i] - bd[i % n]
                                                      : 0.01 * (2 * want[i] - bd[i % n]);
            assert_floats(sum, want, m * n, 1e-5);
        }
    }
    eel_free(x), eel_free(w), eel_free(bias), eel_free(xd), eel_free(wd), eel_free(bd);
}

TEST(transposed_products_and_outer_products_agree_with_loops)
{
    enum { M = 300, K = 13, N = 35 };
    float *x = random_floats(M * K, 1), *dy = random_floats(M * N, 2), *w = random_floats(K * N, 3);
    float packed[48 * 48], dx[K], dw[K * N] = {0};
    double want_dx[K] = {0}, want_dw[K * N] = {0};

    gemm_pack_transposed(packed, w, N, N, K);
    gemm(dx, K, dy, N, packed, NULL, 1, N, K, GEMM_PLAIN);
    gemm_outer(dw, N, x, K, dy, N, M, K, N);

    for (size_t k = 0; k < K; k++) {
        for (size_t n = 0; n < N; n++) {
            want_dx[k] += (double)dy[n] * w[k * N + n];
            for (size_t m = 0; m < M; m++)
                want_dw[k * N + n] += (double)x[m * K + k] * dy[m * N + n];
        }
    }
    assert_floats(dx, want_dx, K, 1e-5);
    assert_floats(dw, want_dw, K * N, 2e-5);
    eel_free(x), eel_free(dy), eel_free(w);
}

TEST(a_row_of_a_product_has_the_same_bits_wherever_it_stands)
{
    enum { M = 67, K = 112, N = 256 };
    float *x = random_floats(M * K, 1), *w = random_floats(K * N, 2);
    float *y = random_floats(M * N, 3), *packed = random_floats(K * N, 4), alone[N];

    gemm_pack(packed, w, N, K, N);
    gemm(y, N, x, K, packed, NULL, M, K, N, GEMM_PLAIN);

    for (size_t row = 0; row < M; row++) {
        gemm(alone, N, x + row * K, K, packed, NULL, 1, K, N, GEMM_PLAIN);
        assert_memory_equal(alone, y + row * N, sizeof alone);
    }
    eel_free(x), eel_free(w), eel_free(y), eel_free(packed);
}

TEST(convolution_agrees_with_loops_for_all_strides_and_lengths)
{
    for (uint32_t stride = 1; stride <= 13; stride++) {
        for (uint32_t steps = 1; steps <= 40; steps += 3) {
            conv1d conv = conv1d_plan(steps, 11, stride, 3, 18);
            size_t in = steps * 3, out = conv.steps_out * 18, taps = 11 * 3 * 18;
            float *x = random_floats(in, steps), *w = random_floats(taps, stride);
            float *padded = eel_alloc(conv1d_padded(&conv), sizeof *padded);
            float *packed = eel_alloc(gemm_packed_count(33, 18), sizeof *packed);
            float *y = eel_alloc(out, sizeof *y);
            double *xd = as_doubles(x, in), *wd = as_doubles(w, taps);
            double *want = eel_alloc(out, sizeof *want);
            memcpy(padded + conv1d_start(&conv), x, in * sizeof *x);

            conv1d_pack(packed, w, &conv);
            conv1d_forward(y, 18, padded, packed, NULL, &conv, GEMM_PLAIN);

            conv1d_naive(want, xd, wd, NULL, &conv);
            assert_floats(y, want, out, 1e-5);
            eel_free(x), eel_free(w), eel_free(padded), eel_free(packed), eel_free(y);
            eel_free(xd), eel_free(wd), eel_free(want);
        }
    }
}

TEST(lstm_agrees_with_loops_in_both_directions)
{
    for (int reversed = 0; reversed < 2; reversed++) {
        lstm_size size = {.steps = 9, .rows = 5, .inputs = 4, .hidden = 10, .reversed = reversed};
        size_t wide = 14, cells = 45;
        float *xh = random_floats(cells * wide, 1), *w = random_floats(wide * 40, 2);
        float *bias = random_floats(40, 3), *packed = random_floats(wide * 48, 4);
        float *h = random_floats(cells * 10, 5), *gates = random_floats(200, 6);
        float *cell = random_floats(50, 7);
        double *wd = as_doubles(w, wide * 40), *bd = as_doubles(bias, 40);
        lstm_trace trace = {.gates = gates, .cell = cell};

        gemm_pack(packed, w, 40, wide, 40);
        lstm_forward(h, 10, xh, &trace, packed, bias, &size);

        for (size_t row = 0; row < 5; row++) {
            double x[9 * 4], want[9 * 10];
            for (size_t i = 0; i < 36; i++)
                x[i] = xh[(i / 4 * 5 + row) * wide + i % 4];
            lstm_naive(want, 10, x, wd, bd, &size);
            for (size_t t = 0; t < 9; t++)
                assert_floats(h + (t * 5 + row) * 10, want + t * 10, 10, 2e-6);
        }
        eel_free(xh), eel_free(w), eel_free(bias), eel_free(packed), eel_free(h), eel_free(gates);
        eel_free(cell), eel_free(wd), eel_free(bd);
    }
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
    assert_ok(eel_net_state_new(&state, net, ROWS));

    eel_net_forward(net, state, p, x, ROWS);

    net_naive(want, &net->layout, values, x, NULL, ROWS, 0);
    for (size_t i = 0; i < ROWS * 4; i++)
        want[i] = 1 / (1 + exp(-want[i]));
    assert_floats(p, want, ROWS * 4, 1e-6);
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(x), eel_free(values);
}

TEST(a_spectrum_has_the_same_bits_alone_and_anywhere_in_a_batch)
{
    enum { ROWS = 13 };
    eel_net *net = random_net(&small);
    float *x = random_floats(ROWS * small.inputs, 5), all[ROWS * 4], alone[4];
    eel_net_state *state;
    assert_ok(eel_net_state_new(&state, net, ROWS));

    eel_net_forward(net, state, all, x, ROWS);

    for (size_t row = 0; row < ROWS; row++) {
        eel_net_forward(net, state, alone, x + row * small.inputs, 1);
        assert_memory_equal(alone, all + row * 4, sizeof alone);
    }
    eel_net_state_free(state);
    eel_net_free(net);
    eel_free(x);
}

TEST(a_spectrum_that_holds_no_number_spoils_only_itself)
{
    eel_net *net = random_net(&small);
    float *x = random_floats(3 * small.inputs, 5), clean[3 * 4], p[3 * 4];
    eel_net_state *state;
    assert_ok(eel_net_state_new(&state, net, 3));

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
    assert_ok(eel_net_state_new(&state, net, 64));
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
    eel_trainer_free(old);
    eel_trainer_free(young);
    eel_trainer_free(other);
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
        cmocka_unit_test(the_exponential_is_good_to_2e_7),
        cmocka_unit_test(products_agree_with_loops_for_every_remainder_of_rows_and_columns),
        cmocka_unit_test(transposed_products_and_outer_products_agree_with_loops),
        cmocka_unit_test(a_row_of_a_product_has_the_same_bits_wherever_it_stands),
        cmocka_unit_test(convolution_agrees_with_loops_for_all_strides_and_lengths),
        cmocka_unit_test(lstm_agrees_with_loops_in_both_directions),
        cmocka_unit_test(the_network_agrees_with_loops),
        cmocka_unit_test(a_spectrum_has_the_same_bits_alone_and_anywhere_in_a_batch),
        cmocka_unit_test(a_spectrum_that_holds_no_number_spoils_only_itself),
        cmocka_unit_test(gradients_agree_with_finite_differences),
        cmocka_unit_test(a_small_problem_is_learned),
        cmocka_unit_test(one_thread_and_three_give_the_same_bits),
        cmocka_unit_test(a_resumed_training_goes_on_with_the_same_bits),
        cmocka_unit_test(weights_of_another_training_can_be_taken),
        cmocka_unit_test(inputs_that_are_no_numbers_are_refused_and_change_nothing),
        cmocka_unit_test(shapes_and_options_beyond_a_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
