#include "test.h"

#include "eels/gaussians.h"

enum { N = 1000 };

static const eel_fit_options usual = {
    .gaussians_max = 30, .tolerance = .01, .gain_min = .01, .sigma_min_ev = .15,
};
static double values[N];
static eel_gaussian found[EEL_GAUSSIANS_MAX];

static void fill(const eel_gaussian *g, int count)
{
    for (int i = 0; i < N; i++) {
        double e = -10 + .1 * i;
        values[i] = 0;
        for (int k = 0; k < count; k++) {
            double u = (e - g[k].centre_ev) / g[k].sigma_ev;
            values[i] += g[k].height * exp(-u * u / 2);
        }
    }
}

TEST(two_overlapping_gaussians_are_found_again)
{
    const eel_gaussian truth[] = {{2, .7, 1}, {6, 2.5, .6}};
    int count;
    double rms;
    fill(truth, 2);

    eel_fit_options options = usual;
    options.tolerance = 1e-4;
    assert_ok(eel_fit_gaussians(values, N, -10, .1, &options, found, &count, &rms));

    assert_int_equal(count, 2);
    for (int k = 0; k < 2; k++) {
        assert_float_equal(found[k].centre_ev, truth[k].centre_ev, .01);
        assert_float_equal(found[k].sigma_ev, truth[k].sigma_ev, .01);
        assert_float_equal(found[k].height, truth[k].height, .01);
    }
    assert_true(rms <= 1e-4);
}

static double edge(double e)
{
    double step = 1 / (1 + exp(-3 * e)) * (e > 0 ? pow(1 + e / 530, -3) : 1);

    return step + 1.5 / (1 + 4 * (e - 2) * (e - 2)) + .3 * exp(-.02 * (e - 12) * (e - 12));
}

TEST(a_white_line_on_a_step_is_fitted_to_two_percent)
{
    int count;
    double rms, sum = 0, total = 0;
    for (int i = 0; i < N; i++)
        values[i] = edge(-10 + .1 * i);

    assert_ok(eel_fit_gaussians(values, N, -10, .1, &usual, found, &count, &rms));

    eel_shape shape = {.gaussians = count};
    static float sampled[N];
    memcpy(shape.g, found, sizeof shape.g);
    eel_shape_sample(&shape, -10, .1, sampled, N);
    for (int i = 0; i < N; i++) {
        sum += (sampled[i] - values[i]) * (sampled[i] - values[i]);
        total += values[i] * values[i];
    }
    assert_true(rms < .02 && count <= 30);
    assert_float_equal(sqrt(sum / total), rms, 1e-3);
}

TEST(noise_is_not_fitted)
{
    int count;
    double rms;
    uint32_t state = 1;
    for (int i = 0; i < N; i++) {
        double noise = 0;
        for (int k = 0; k < 12; k++)
            noise += (state = state * 1664525u + 1013904223u) / 4294967296.0 - .5;
        values[i] = edge(-10 + .1 * i) + .08 * noise;
    }

    eel_fit_options options = usual;
    options.tolerance = 1e-3;
    options.gain_min = .02;
    assert_ok(eel_fit_gaussians(values, N, -10, .1, &options, found, &count, &rms));

    assert_in_range(count, 4, 12);
    assert_true(rms > .05 && rms < .15);
}

TEST(heights_are_positive_and_centres_ascend)
{
    int count;
    double rms;
    for (int i = 0; i < N; i++)
        values[i] = edge(-10 + .1 * i) - .2;

    assert_ok(eel_fit_gaussians(values, N, -10, .1, &usual, found, &count, &rms));

    for (int k = 0; k < count; k++) {
        assert_true(found[k].height > 0 && found[k].sigma_ev >= .15);
        assert_true(k == 0 || found[k].centre_ev >= found[k - 1].centre_ev);
    }
}

TEST(what_cannot_be_fitted_is_refused)
{
    int count = 7;
    double rms;
    memset(values, 0, sizeof values);

    assert_fails(EEL_EFORMAT, eel_fit_gaussians(values, N, 0, 1, &usual, found, &count, &rms));
    values[5] = NAN;
    assert_fails(EEL_EFORMAT, eel_fit_gaussians(values, N, 0, 1, &usual, found, &count, &rms));
    assert_fails(EEL_EARGS, eel_fit_gaussians(values, 15, 0, 1, &usual, found, &count, &rms));
    assert_fails(EEL_EARGS, eel_fit_gaussians(values, N, 0, -1, &usual, found, &count, &rms));
    eel_fit_options options = usual;
    options.gaussians_max = 65;
    assert_fails(EEL_EARGS, eel_fit_gaussians(values, N, 0, 1, &options, found, &count, &rms));
    assert_int_equal(count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_overlapping_gaussians_are_found_again),
        cmocka_unit_test(a_white_line_on_a_step_is_fitted_to_two_percent),
        cmocka_unit_test(noise_is_not_fitted),
        cmocka_unit_test(heights_are_positive_and_centres_ascend),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
