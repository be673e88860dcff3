/* layers: what is fast agrees with loops, and a row's bits do not depend on its neighbours. */
#include "test.h"
#include "naive.h"
#include "base/mem.h"
#include "nn/act.h"
#include "nn/gemm.h"

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
    enum { M = 20, K = 9, N = 150 };
    float *x = random_floats(M * K, 1), *w = random_floats(K * N, 2), *bias = random_floats(N, 3);
    double *xd = as_doubles(x, M * K), *wd = as_doubles(w, K * N), *bd = as_doubles(bias, N);

    for (size_t m = 1; m <= M; m += m < 8 ? 1 : 5) {
        for (size_t n = 1; n <= N; n++) {
            float packed[GEMM_PANEL * 5 * K], y[M * N], sum[M * N];
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exponential_is_good_to_2e_7),
        cmocka_unit_test(products_agree_with_loops_for_every_remainder_of_rows_and_columns),
        cmocka_unit_test(transposed_products_and_outer_products_agree_with_loops),
        cmocka_unit_test(a_row_of_a_product_has_the_same_bits_wherever_it_stands),
        cmocka_unit_test(convolution_agrees_with_loops_for_all_strides_and_lengths),
        cmocka_unit_test(lstm_agrees_with_loops_in_both_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
