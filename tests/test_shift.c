/* shift: edges that all stand off by the same are found out, and nothing else is. */
#include "test.h"
#include "base/rng.h"
#include "eels/shift.h"

#define CHANNELS 910

static const eel_axis axis = {90.5, 1, CHANNELS};

enum { PLAIN, WHITE, PI_STAR };

/* Counts of a power law with an edge at each place: a rise over 2 eV, with white lines, or of a pi* line and 7 eV
 * behind it a steeper sigma*. */
static void make_spectrum(float *counts, const double *at_ev, const int *kinds, int n,
                          double noise, uint64_t seed)
{
    eel_rng rng = eel_rng_seeded(seed, 0);

    for (int i = 0; i < CHANNELS; i++) {
        double ev = eel_axis_ev(&axis, i), value = 1e5 * pow(ev / 100, -2.8);
        for (int e = 0; e < n; e++) {
            double past = ev - at_ev[e], step = kinds[e] == PI_STAR ? past - 7 : past;
            double edge = 0.25 / (1 + exp(-step / 0.8));
            if (kinds[e] == PI_STAR)
                edge += 0.15 * exp(-pow(past - 2, 2) / 3) + 0.2 * exp(-pow(past - 9, 2) / 4);
            if (kinds[e] == WHITE)
                edge += 0.5 * exp(-pow(past - 2, 2) / 4) + 0.25 * exp(-pow(past - 13, 2) / 4);
            value *= 1 + edge * (past > 0 ? exp(-past / 200) : 1);
        }
        counts[i] = (float)(value * (1 + noise * eel_rng_normal(&rng)));
    }
}

static const double onsets[] = {401, 532, 640};
static const int lines[] = {PLAIN, PLAIN, WHITE};

static int found_at(double a, double b, double c, double noise, eel_shift *shift)
{
    float counts[CHANNELS];

    make_spectrum(counts, (double[]){401 + a, 532 + b, 640 + c}, lines, 3, noise, 7);
    return eel_shift_find(shift, counts, &axis, onsets, 3);
}

TEST(a_shift_that_all_edges_share_is_found_to_one_ev)
{
    static const double shifts[] = {-18, -8, -4, 4, 6, 15};

    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        eel_shift shift = {0};
        assert_true(found_at(shifts[i], shifts[i], shifts[i], 0.002, &shift) && shift.kind == EEL_SHIFT_COMMON);
        assert_true(fabs(shift.ev - shifts[i]) <= 1);
        assert_int_equal(shift.edges, 3);
    }
}

TEST(chemical_shifts_of_two_ev_do_not_hide_a_common_one)
{
    eel_shift shift = {0};

    assert_true(found_at(-6, -9, -7, 0.002, &shift));

    assert_true(fabs(shift.ev + 7.3) <= 1);
}

TEST(edges_in_their_places_are_no_shift)
{
    eel_shift shift;

    assert_false(found_at(0, 0, 0, 0.002, &shift));
    assert_false(found_at(2, -2, 1, 0.002, &shift));
}

TEST(edges_that_stand_off_by_different_amounts_are_no_shift)
{
    eel_shift shift;

    assert_false(found_at(-10, 0, -8, 0.002, &shift));
    assert_false(found_at(-14, -7, 0, 0.002, &shift));
    assert_false(found_at(0, 9, 9, 0.002, &shift));
}

TEST(where_a_lower_line_comes_before_the_steepest_rise_it_is_the_onset)
{
    static const double shifts[] = {-9, 5, 9};
    static const int kinds[] = {PI_STAR, PI_STAR, WHITE};
    float counts[CHANNELS];
    eel_shift shift = {0};

    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        double by = shifts[i];
        make_spectrum(counts, (double[]){188 + by, 401 + by}, kinds, 2, 0.001, 11);
        assert_true(eel_shift_find(&shift, counts, &axis, (double[]){188, 401}, 2));
        assert_true(fabs(shift.ev - by) <= 1);
    }
    make_spectrum(counts, (double[]){188, 401}, kinds, 2, 0.001, 11);
    assert_false(eel_shift_find(&shift, counts, &axis, (double[]){188, 401}, 2));
}

TEST(edges_that_are_all_far_off_are_told_though_they_do_not_agree)
{
    static const char *const names[] = {"N", "O", "Mn"};
    eel_shift shift = {0};
    char words[128];

    assert_true(found_at(-9, -14, -19, 0.002, &shift));
    assert_int_equal(shift.kind, EEL_SHIFT_APART);
    assert_int_equal(shift.edges, 3);
    assert_true(fabs(shift.low_ev + 19) <= 1 && fabs(shift.high_ev + 9) <= 1);
    eel_shift_words(&shift, names, words, sizeof words);
    assert_non_null(strstr(words, "N, O and Mn begin "));
    assert_non_null(strstr(words, " eV too early"));
    assert_true(fabs(shift.by_ev[0] + 9) <= 1 && fabs(shift.by_ev[1] + 14) <= 1 && fabs(shift.by_ev[2] + 19) <= 1);
    assert_false(found_at(-3, -12, -19, 0.002, &shift));
}

TEST(one_edge_alone_proves_nothing)
{
    float counts[CHANNELS];
    eel_shift shift;

    make_spectrum(counts, (double[]){540}, (int[]){PLAIN}, 1, 0.002, 3);

    assert_false(eel_shift_find(&shift, counts, &axis, (double[]){532}, 1));
    assert_false(eel_shift_find(&shift, counts, &axis, (double[]){532, 700}, 2));
}

TEST(noise_is_no_edge)
{
    float counts[CHANNELS];
    eel_shift shift;

    for (uint64_t seed = 0; seed < 200; seed++) {
        make_spectrum(counts, NULL, NULL, 0, 0.05, seed);
        assert_false(eel_shift_find(&shift, counts, &axis, onsets, 3));
    }
}

TEST(what_was_not_recorded_is_no_edge)
{
    float counts[CHANNELS];
    eel_shift shift;

    make_spectrum(counts, (double[]){409, 540, 648}, lines, 3, 0.002, 7);
    for (int i = 0; i < CHANNELS; i++) {
        if (eel_axis_ev(&axis, i) < 520 || eel_axis_ev(&axis, i) > 620)
            counts[i] = NAN;
    }
    assert_false(eel_shift_find(&shift, counts, &axis, onsets, 3));
    for (int i = 0; i < CHANNELS; i++)
        counts[i] = NAN;
    assert_false(eel_shift_find(&shift, counts, &axis, onsets, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_that_all_edges_share_is_found_to_one_ev),
        cmocka_unit_test(chemical_shifts_of_two_ev_do_not_hide_a_common_one),
        cmocka_unit_test(edges_in_their_places_are_no_shift),
        cmocka_unit_test(edges_that_stand_off_by_different_amounts_are_no_shift),
        cmocka_unit_test(where_a_lower_line_comes_before_the_steepest_rise_it_is_the_onset),
        cmocka_unit_test(edges_that_are_all_far_off_are_told_though_they_do_not_agree),
        cmocka_unit_test(one_edge_alone_proves_nothing),
        cmocka_unit_test(noise_is_no_edge),
        cmocka_unit_test(what_was_not_recorded_is_no_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
