#include "test.h"

#include "eels/edge_fit.h"
#include "eels/spikes.h"

enum { N = 1200, LOW = 400 };

static const eel_axis axis = {100, .5, N}; /* 100 to 700 eV */
static const eel_optics optics = {200, 10, 0};
static const eel_shell_edge carbon = {6, EEL_SHELL_K, 284}, nitrogen = {7, EEL_SHELL_K, 401},
                            scandium = {21, EEL_SHELL_L, 402}, titanium = {22, EEL_SHELL_L, 456},
                            oxygen = {8, EEL_SHELL_K, 532};
static float counts[N];
static eel_amount amounts[4];
static const uint8_t all[4] = {1, 1, 1, 1};

/* A background of exponent r, and edges of these densities. */
static void make(double r, const eel_shell_edge *edges, const double *density, int n)
{
    for (int i = 0; i < N; i++) {
        double ev = eel_axis_ev(&axis, i), sum = 2e4 * pow(ev / 300, -r);
        for (int e = 0; e < n; e++) {
            double before = eel_cross_section(&edges[e], &optics, ev - axis.step_ev / 4);
            double behind = eel_cross_section(&edges[e], &optics, ev + axis.step_ev / 4);
            sum += density[e] * (before + behind) / 2 * axis.step_ev;
        }
        counts[i] = (float)sum;
    }
}

static void run(const eel_shell_edge *edges, int n, const uint8_t *found)
{
    eel_edge_fit *fit;

    assert_ok(eel_edge_fit_new(&fit, &axis, edges, n, &optics));
    eel_edge_fit_run(fit, counts, found, amounts);
    eel_edge_fit_free(fit);
}

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got / want - 1) <= tolerance))
        fail_msg("%.7g, expected %.7g within %g", got, want, tolerance);
}

TEST(edges_far_apart_are_fitted_each_with_its_background)
{
    const eel_shell_edge edges[] = {oxygen, carbon}; /* in any order */
    make(3, edges, (double[]){400, 250}, 2);

    run(edges, 2, all);

    assert_int_equal(amounts[0].state, EEL_AMOUNT_QUANTIFIED);
    assert_near(amounts[1].density, 250, 1e-2);
    assert_near(amounts[0].density, 400, 3e-2); /* carbon's tail is no exact power law */
    assert_near(amounts[0].percent + amounts[1].percent, 100, 1e-9);
}

TEST(edges_close_together_are_fitted_as_one)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    make(3, edges, (double[]){100, 200}, 2);

    run(edges, 2, all);

    assert_near(amounts[0].density, 100, 1e-4);
    assert_near(amounts[1].density, 200, 1e-4);
    assert_near(amounts[0].percent, 100 / 3., 1e-4);
}

TEST(near_edge_structure_does_not_count)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    make(3, edges, (double[]){100, 200}, 2);
    for (int i = 0; i < N; i++) {
        double ev = eel_axis_ev(&axis, i);
        counts[i] *= (ev > 457 && ev < 465) || (ev > 533 && ev < 560) ? 3.f : 1.f;
    }

    run(edges, 2, all);

    assert_near(amounts[0].density, 100, 1e-4);
    assert_near(amounts[1].density, 200, 1e-4);
}

TEST(the_ends_of_the_record_where_a_detector_counts_less_are_not_used)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    const eel_axis record = {356, .5, 646}; /* from a window to behind oxygen */
    eel_edge_fit *fit;

    make(3, edges, (double[]){100, 200}, 2);
    float *recorded = counts + 512;
    for (int i = 0; i < 6; i++)
        recorded[i] = recorded[645 - i] /= 3;
    assert_ok(eel_edge_fit_new(&fit, &record, edges, 2, &optics));
    eel_edge_fit_run(fit, recorded, all, amounts);
    eel_edge_fit_free(fit);

    assert_near(amounts[0].density, 100, 1e-4);
    assert_near(amounts[1].density, 200, 1e-4);
}

TEST(plural_scattering_is_taken_out)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    static const eel_axis low_axis = {-10, .5, LOW};
    static float low[LOW], single[N];
    eel_edge_fit *fit;
    make(3, edges, (double[]){0, 0}, 2);
    memcpy(single, counts, sizeof single); /* the background alone */
    make(3, edges, (double[]){100, 200}, 2);
    low[20] = 600; /* zero loss at 0 eV, plasmons at 25 eV */
    for (int i = 60; i < 80; i++)
        low[i] = 20;
    for (int i = 0; i < N; i++)
        single[i] = counts[i] - single[i];
    for (int i = 0; i < N; i++) {
        counts[i] -= single[i];
        for (int k = 20; k < LOW && i >= k - 20; k++)
            counts[i] += low[k] / 1000 * single[i - (k - 20)];
    }

    run(edges, 2, all);
    double without = amounts[0].density;
    assert_ok(eel_edge_fit_new(&fit, &axis, edges, 2, &optics));
    assert_ok(eel_edge_fit_low_loss(fit, low, &low_axis));
    eel_edge_fit_run(fit, counts, all, amounts);
    eel_edge_fit_free(fit);

    assert_true(fabs(without / 100 - 1) > 0.02);
    assert_near(amounts[0].density, 100, 2e-3);
    assert_near(amounts[1].density, 200, 2e-3);
}

/* Densities do not depend on how fine the low loss was recorded, nor on a channel of it that is no number. */
TEST(a_finer_low_loss_corrects_as_much)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    static float low[8 * LOW];
    double coarse[2];
    make(3, edges, (double[]){100, 200}, 2);

    for (int finer = 1; finer <= 8; finer *= 8) {
        eel_axis low_axis = {-10 - .25 + .25 / finer, .5 / finer, LOW * finer};
        eel_edge_fit *fit;
        for (uint32_t i = 0; i < low_axis.n; i++) {
            double ev = eel_axis_ev(&low_axis, i), half = low_axis.step_ev / 2, sd = .1;
            low[i] = (float)(600 * (erf((ev + half) / sd) - erf((ev - half) / sd)) / 2 + (ev > 20 && ev < 30 ? 20. / finer : 0));
        }
        low[low_axis.n - 3] = finer > 1 ? INFINITY : 0;
        assert_ok(eel_edge_fit_new(&fit, &axis, edges, 2, &optics));
        assert_ok(eel_edge_fit_low_loss(fit, low, &low_axis));
        eel_edge_fit_run(fit, counts, all, amounts);
        eel_edge_fit_free(fit);
        for (int e = 0; e < 2 && finer == 1; e++)
            coarse[e] = amounts[e].density;
    }

    assert_near(amounts[0].density, coarse[0], 5e-3);
    assert_near(amounts[1].density, coarse[1], 5e-3);
}

/* The sum of twelve uniform numbers is nearly normal. */
static double normal(uint32_t *state)
{
    double sum = -6;

    for (int k = 0; k < 12; k++) {
        *state = *state * 1664525u + 1013904223u;
        sum += *state / 4294967296.;
    }
    return sum;
}

/* The energies of the record are 3 eV too low; with a low loss as without. */
TEST(a_moved_axis_is_as_if_it_had_always_been_there)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    static const eel_axis low_axis = {-10, .5, LOW}, off = {97, .5, N};
    static float low[LOW];
    make(3, edges, (double[]){100, 200}, 2);
    low[20] = 600, low[70] = 200;

    for (int folded = 0; folded < 2; folded++) {
        eel_edge_fit *fit;
        eel_amount there[2];
        assert_ok(eel_edge_fit_new(&fit, &axis, edges, 2, &optics));
        if (folded)
            assert_ok(eel_edge_fit_low_loss(fit, low, &low_axis));
        eel_edge_fit_run(fit, counts, all, there);
        eel_edge_fit_free(fit);
        assert_ok(eel_edge_fit_new(&fit, &off, edges, 2, &optics));
        if (folded)
            assert_ok(eel_edge_fit_low_loss(fit, low, &low_axis));
        eel_edge_fit_run(fit, counts, all, amounts);
        assert_true(fabs(amounts[0].density / there[0].density - 1) > 1e-2);
        eel_edge_fit_move(fit, -5);
        eel_edge_fit_move(fit, 3);
        eel_edge_fit_run(fit, counts, all, amounts);
        eel_edge_fit_free(fit);
        assert_near(amounts[0].density, there[0].density, 1e-9);
        assert_near(amounts[1].density, there[1].density, 1e-9);
    }
}

TEST(the_standard_error_is_the_scatter)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    static float clean[N];
    double sum = 0, squares = 0, said = 0;
    uint32_t state = 12345;
    enum { TIMES = 200 };
    eel_edge_fit *fit;
    make(3, edges, (double[]){100, 200}, 2);
    memcpy(clean, counts, sizeof clean);
    assert_ok(eel_edge_fit_new(&fit, &axis, edges, 2, &optics));

    for (int t = 0; t < TIMES; t++) {
        for (int i = 0; i < N; i++)
            counts[i] = clean[i] + (float)(2 * sqrt(clean[i]) * normal(&state)); /* of gain 4 */
        eel_edge_fit_run(fit, counts, all, amounts);
        assert_int_equal(amounts[0].state, EEL_AMOUNT_QUANTIFIED);
        sum += amounts[0].density;
        squares += amounts[0].density * amounts[0].density;
        said += amounts[0].density_error / TIMES;
    }
    eel_edge_fit_free(fit);
    double scatter = sqrt(squares / TIMES - sum * sum / TIMES / TIMES);

    assert_near(sum / TIMES, 100, 3 * scatter / 100 / sqrt(TIMES) + 1e-2);
    assert_true(said > 0.8 * scatter && said < 1.6 * scatter);
}

TEST(of_next_to_nothing_there_are_densities_and_no_shares)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    uint32_t state = 54321;
    make(3, edges, (double[]){0, 0}, 2);
    for (int i = 0; i < N; i++)
        counts[i] += (float)(sqrt(counts[i]) * normal(&state));

    run(edges, 2, all);

    for (int e = 0; e < 2; e++) {
        assert_int_equal(amounts[e].state, EEL_AMOUNT_TOO_LITTLE);
        assert_true(fabs(amounts[e].density) < 4 * amounts[e].density_error);
        assert_true(isnan(amounts[e].percent) && isnan(amounts[e].percent_error));
    }
}

TEST(what_was_not_found_has_a_state_and_no_number)
{
    const eel_shell_edge edges[] = {carbon, titanium, oxygen};
    make(3, edges, (double[]){0, 100, 200}, 3);

    run(edges, 3, (uint8_t[]){0, 1, 1});

    assert_int_equal(amounts[0].state, EEL_AMOUNT_NOT_FOUND);
    assert_true(isnan(amounts[0].density) && isnan(amounts[0].percent));
    assert_near(amounts[1].percent, 100 / 3., 1e-4);
}

TEST(a_background_that_is_no_power_law_is_named)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    make(3, edges, (double[]){100, 200}, 2);
    for (int i = 0; i < N; i++) {
        double away = (eel_axis_ev(&axis, i) - 400) / 25;
        counts[i] *= (float)(1 + exp(-away * away)); /* a hump in the window */
    }

    run(edges, 2, all);

    assert_int_equal(amounts[0].state, EEL_AMOUNT_NO_POWER_LAW);
    assert_true(isnan(amounts[0].density) && isnan(amounts[1].percent));
}

TEST(edges_at_the_same_place_overlap)
{
    const eel_shell_edge edges[] = {nitrogen, scandium};
    make(3, edges, (double[]){100, 100}, 2);

    run(edges, 2, all);

    assert_int_equal(amounts[0].state, EEL_AMOUNT_OVERLAP);
    assert_int_equal(amounts[1].state, EEL_AMOUNT_OVERLAP);
}

TEST(an_edge_without_a_window_before_it_is_named)
{
    const eel_shell_edge edges[] = {{16, EEL_SHELL_L, 165}, {15, EEL_SHELL_L, 110}, {22, EEL_SHELL_L, 690}};
    make(3, edges, (double[]){1, 1, 1}, 3);

    run(edges, 3, (uint8_t[]){0, 1, 1});

    assert_int_equal(amounts[1].state, EEL_AMOUNT_NO_WINDOW);
    assert_int_equal(amounts[2].state, EEL_AMOUNT_NO_WINDOW);
    assert_true(isnan(amounts[1].density) && isnan(amounts[2].density));
}

TEST(an_edge_without_room_behind_it_does_not_keep_those_before_it_from_their_numbers)
{
    const eel_shell_edge edges[] = {titanium, oxygen, {25, EEL_SHELL_L, 660}};
    make(3, edges, (double[]){100, 200, 50}, 3);

    run(edges, 3, all);

    assert_near(amounts[0].density, 100, 1e-4);
    assert_near(amounts[1].density, 200, 1e-4);
    assert_int_equal(amounts[2].state, EEL_AMOUNT_NO_WINDOW);
    assert_true(isnan(amounts[2].density) && isnan(amounts[1].percent)); /* of an unknown whole */
}

TEST(an_edge_right_before_one_that_cannot_be_fitted_overlaps_with_it)
{
    const eel_shell_edge edges[] = {titanium, {8, EEL_SHELL_K, 620}, {25, EEL_SHELL_L, 665}};
    make(3, edges, (double[]){100, 200, 50}, 3);

    run(edges, 3, all);

    assert_near(amounts[0].density, 100, 1e-4);
    assert_int_equal(amounts[1].state, EEL_AMOUNT_OVERLAP);
    assert_int_equal(amounts[2].state, EEL_AMOUNT_NO_WINDOW);
}

TEST(an_empty_spectrum_is_no_power_law)
{
    const eel_shell_edge edges[] = {oxygen};
    memset(counts, 0, sizeof counts);

    run(edges, 1, all);

    assert_int_equal(amounts[0].state, EEL_AMOUNT_NO_POWER_LAW);
}

TEST(channels_that_are_no_numbers_are_left_out)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    make(3, edges, (double[]){100, 200}, 2);
    for (int i = 0; i < N; i += 7)
        counts[i] = NAN;

    run(edges, 2, all);

    assert_near(amounts[0].density, 100, 1e-4);
}

TEST(a_cosmic_ray_does_not_count)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    make(3, edges, (double[]){100, 200}, 2);
    int at = (int)lround(eel_axis_channel(&axis, 600));
    for (int i = 0; i < N; i += 2)
        counts[i] *= 1.001f; /* some noise */
    run(edges, 2, all);
    double titanium_alone = amounts[0].density, oxygen_alone = amounts[1].density;

    counts[at] *= 20, counts[at + 1] *= 100, counts[at + 2] *= 4;
    counts[at - 400] *= 10; /* before the edges */
    run(edges, 2, all);

    assert_int_equal(amounts[0].state, EEL_AMOUNT_QUANTIFIED);
    assert_near(amounts[0].density, titanium_alone, 1e-3);
    assert_near(amounts[1].density, oxygen_alone, 1e-3);
}

/* An edge stands out of one side only; beside a dead channel there is no other side to see. */
TEST(a_rise_beside_a_dead_channel_is_no_spike)
{
    float step[40];
    uint8_t spike[40];

    for (int i = 0; i < 40; i++)
        step[i] = (float)((i < 20 ? 1000 : 1600) + i % 3);
    step[22] = NAN;
    eel_spikes(step, 40, spike);
    for (int i = 0; i < 40; i++)
        assert_false(spike[i]);
}

/* The edges of a specimen with plasmons: each spectrum counts from its own zero-loss peak, wherever that lies. */
TEST(low_losses_that_drift_are_folded_with_as_if_they_did_not)
{
    const eel_shell_edge edges[] = {titanium, oxygen};
    static const double places[] = {-0.5, 7.3, -6.2}, still[] = {0, 0, 0};
    static const eel_axis low_axis = {-20, .5, LOW};
    static float low[LOW];
    double density[2][2];
    make(3, edges, (double[]){100, 200}, 2);

    for (int drift = 0; drift < 2; drift++) {
        eel_edge_fit *fit;
        assert_ok(eel_edge_fit_new(&fit, &axis, edges, 2, &optics));
        for (int s = 0; s < 3; s++) {
            for (int i = 0; i < LOW; i++) {
                double ev = eel_axis_ev(&low_axis, i) - (drift ? places : still)[s], plasmon = (ev - 25) / 3;
                low[i] = (float)(1000 * exp(-2 * ev * ev) + 150 * exp(-plasmon * plasmon));
            }
            assert_ok(eel_edge_fit_add_low_loss(fit, low, &low_axis));
        }
        assert_ok(eel_edge_fit_fold(fit));
        eel_edge_fit_run(fit, counts, all, amounts);
        eel_edge_fit_free(fit);
        for (int e = 0; e < 2; e++)
            density[drift][e] = amounts[e].density;
    }

    assert_true(fabs(density[0][0] / 100 - 1) > 0.02);
    assert_near(density[1][0], density[0][0], 2e-3);
    assert_near(density[1][1], density[0][1], 2e-3);
}

TEST(a_low_loss_without_counts_is_refused)
{
    static const eel_axis low_axis = {-10, .5, LOW};
    static float low[LOW];
    eel_edge_fit *fit;
    assert_ok(eel_edge_fit_new(&fit, &axis, &oxygen, 1, &optics));

    int code = eel_edge_fit_low_loss(fit, low, &low_axis);

    assert_fails(EEL_EFORMAT, code);
    low[LOW - 1] = -1;
    assert_fails(EEL_EFORMAT, eel_edge_fit_low_loss(fit, low, &low_axis));
    eel_edge_fit_free(fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_far_apart_are_fitted_each_with_its_background),
        cmocka_unit_test(edges_close_together_are_fitted_as_one),
        cmocka_unit_test(near_edge_structure_does_not_count),
        cmocka_unit_test(the_ends_of_the_record_where_a_detector_counts_less_are_not_used),
        cmocka_unit_test(plural_scattering_is_taken_out),
        cmocka_unit_test(a_finer_low_loss_corrects_as_much),
        cmocka_unit_test(a_moved_axis_is_as_if_it_had_always_been_there),
        cmocka_unit_test(the_standard_error_is_the_scatter),
        cmocka_unit_test(of_next_to_nothing_there_are_densities_and_no_shares),
        cmocka_unit_test(what_was_not_found_has_a_state_and_no_number),
        cmocka_unit_test(a_background_that_is_no_power_law_is_named),
        cmocka_unit_test(edges_at_the_same_place_overlap),
        cmocka_unit_test(an_edge_without_a_window_before_it_is_named),
        cmocka_unit_test(an_edge_without_room_behind_it_does_not_keep_those_before_it_from_their_numbers),
        cmocka_unit_test(an_edge_right_before_one_that_cannot_be_fitted_overlaps_with_it),
        cmocka_unit_test(an_empty_spectrum_is_no_power_law),
        cmocka_unit_test(channels_that_are_no_numbers_are_left_out),
        cmocka_unit_test(a_cosmic_ray_does_not_count),
        cmocka_unit_test(a_rise_beside_a_dead_channel_is_no_spike),
        cmocka_unit_test(low_losses_that_drift_are_folded_with_as_if_they_did_not),
        cmocka_unit_test(a_low_loss_without_counts_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
