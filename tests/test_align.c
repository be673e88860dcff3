/* How far an energy axis is off, from the zero-loss peak or from an edge that is there. */
#include "test.h"
#include "base/rng.h"
#include "eels/align.h"

#define CHANNELS 1024

static float counts[CHANNELS];

/* A zero-loss peak of 1 eV width at `peak_ev`, and the tail of its losses. */
static eel_axis zero_loss(double peak_ev)
{
    eel_axis axis = {-50, 0.5, CHANNELS};
    eel_rng rng = eel_rng_seeded(3, 0);

    for (int i = 0; i < CHANNELS; i++) {
        double ev = eel_axis_ev(&axis, i) - peak_ev;
        double mean = 1e6 * exp(-ev * ev / 2) + (ev > 3 ? 4000 * exp(-ev / 60) : 1);
        counts[i] = (float)eel_rng_poisson(&rng, mean);
    }
    return axis;
}

/* A power law with an edge of jump ratio `jump`, as sharp as 1 eV, at `onset_ev`. */
static eel_axis edge(double onset_ev, double jump)
{
    eel_axis axis = {400, 0.5, CHANNELS};
    eel_rng rng = eel_rng_seeded(4, 0);

    for (int i = 0; i < CHANNELS; i++) {
        double ev = eel_axis_ev(&axis, i);
        double mean = 2e5 * pow(ev / 400, -3);
        mean += mean * jump / (1 + exp(-(ev - onset_ev) / 0.5));
        counts[i] = (float)eel_rng_poisson(&rng, mean);
    }
    return axis;
}

TEST(the_zero_loss_peak_is_put_at_zero_to_a_tenth_of_a_channel)
{
    static const double places[] = {0, 0.2, -3.37, 11.9, -18};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        eel_axis axis = zero_loss(places[i]);
        double shift_ev;
        assert_ok(eel_align_zero_loss(&axis, counts, &shift_ev));
        assert_true(fabs(shift_ev + places[i]) < 0.05);
    }
}

TEST(channels_that_are_no_numbers_do_not_hide_the_zero_loss_peak_and_are_none)
{
    static const int channels[] = {60, 61, 130}; /* -20 eV, where the search begins, and 15 eV */
    static const float wrong[] = {NAN, INFINITY, -INFINITY};
    double shift_ev;

    for (int i = 0; i < 3; i++) {
        eel_axis axis = zero_loss(3);
        for (int k = 0; k < 3; k++)
            counts[channels[k]] = wrong[i];
        assert_ok(eel_align_zero_loss(&axis, counts, &shift_ev));
        assert_true(fabs(shift_ev + 3) < 0.05);

        shift_ev = 7; /* in the peak itself: better nothing than wrong */
        counts[(int)eel_axis_channel(&axis, 3)] = wrong[i];
        assert_fails(EEL_EFORMAT, eel_align_zero_loss(&axis, counts, &shift_ev));
        for (int k = 0; k < CHANNELS; k++)
            counts[k] = wrong[i];
        assert_fails(EEL_EFORMAT, eel_align_zero_loss(&axis, counts, &shift_ev));
        assert_true(shift_ev == 7);
    }
}

TEST(a_spectrum_without_a_zero_loss_peak_says_so)
{
    eel_axis axis = zero_loss(40);
    double shift_ev = 7;

    assert_fails(EEL_EFORMAT, eel_align_zero_loss(&axis, counts, &shift_ev));
    assert_words("no zero-loss peak");
    axis = edge(532, 0.3);
    assert_fails(EEL_EFORMAT, eel_align_zero_loss(&axis, counts, &shift_ev));
    assert_words("begins at 400 eV");
    assert_true(shift_ev == 7);
}

TEST(an_edge_that_is_off_is_put_where_it_should_begin)
{
    static const double places[] = {532, 525, 538.5};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        eel_axis axis = edge(places[i], 0.3);
        double shift_ev;
        assert_ok(eel_align_edge(&axis, counts, 532, &shift_ev));
        assert_true(fabs(shift_ev - (532 - places[i])) < 1);
    }
}

TEST(a_weak_line_before_the_rest_of_the_edge_is_its_onset)
{
    double shift_ev;
    eel_axis axis = edge(540, 0.3);

    for (int i = 0; i < CHANNELS; i++)
        counts[i] *= (float)(1 + 0.15 / (1 + exp(-(eel_axis_ev(&axis, i) - 532) / 0.5)));
    assert_ok(eel_align_edge(&axis, counts, 530, &shift_ev));

    assert_true(fabs(shift_ev + 2) < 1);
}

TEST(where_there_is_no_edge_there_is_no_shift)
{
    eel_axis axis = edge(532, 0);
    double shift_ev;

    assert_fails(EEL_EFORMAT, eel_align_edge(&axis, counts, 532, &shift_ev));
    assert_words("no edge begins within");
    assert_fails(EEL_EFORMAT, eel_align_edge(&axis, counts, 284, &shift_ev));
    assert_words("not on it");
    for (int i = 0; i < CHANNELS; i++)
        counts[i] = 0;
    assert_fails(EEL_EFORMAT, eel_align_edge(&axis, counts, 532, &shift_ev));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zero_loss_peak_is_put_at_zero_to_a_tenth_of_a_channel),
        cmocka_unit_test(channels_that_are_no_numbers_do_not_hide_the_zero_loss_peak_and_are_none),
        cmocka_unit_test(a_spectrum_without_a_zero_loss_peak_says_so),
        cmocka_unit_test(an_edge_that_is_off_is_put_where_it_should_begin),
        cmocka_unit_test(a_weak_line_before_the_rest_of_the_edge_is_its_onset),
        cmocka_unit_test(where_there_is_no_edge_there_is_no_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
