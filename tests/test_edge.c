#include "test.h"

#include "eels/edge.h"

enum { N = 1500 };

static const eel_axis axis = {400, .2, N}; /* 400 to 700 eV */
static const eel_edge_options usual = {
    .expected_ev = 532, .search_ev = 12, .window_ev = 40, .after_ev = 100, .background = 1,
};
static float counts[N];

static double above(double ev)
{
    return ev > 536 ? 2000 * pow(ev / 536, -3) : 0;
}

static void fill(int with_background)
{
    for (int i = 0; i < N; i++) {
        double ev = eel_axis_ev(&axis, i);
        counts[i] = (float)(above(ev) + with_background * 4e3 * pow(ev / 500, -2.7));
    }
}

TEST(the_background_is_taken_off_and_the_onset_found)
{
    eel_edge edge;
    fill(1);

    assert_ok(eel_edge_take(&edge, counts, &axis, &usual));

    assert_float_equal(edge.background.power, 2.7, 1e-3);
    assert_float_equal(edge.onset_ev, 536, .6);
    assert_float_equal(edge.to_ev, edge.onset_ev - EEL_EDGE_GAP_EV, 1e-3);
    assert_float_equal(edge.to_ev - edge.from_ev, 40, 1e-3);
    assert_float_equal(edge.first_ev, -EEL_EDGE_BEFORE_EV, .2);
    for (int i = 0; i < edge.n; i++) {
        double ev = edge.onset_ev + edge.first_ev + i * edge.step_ev;
        assert_float_equal(edge.values[i], above(ev), 1);
        assert_float_equal(eel_power_law_at(&edge.background, ev), 4e3 * pow(ev / 500, -2.7), 1);
    }
    eel_edge_release(&edge);
}

TEST(a_spectrum_without_background_is_taken_as_it_is)
{
    eel_edge edge;
    eel_edge_options options = usual;
    options.background = 0;
    fill(0);

    assert_ok(eel_edge_take(&edge, counts, &axis, &options));

    assert_float_equal(edge.onset_ev, 536, .6);
    assert_true(edge.values[0] == 0 && eel_power_law_at(&edge.background, 540) == 0);
    eel_edge_release(&edge);
}

TEST(an_onset_that_is_given_is_not_searched_for)
{
    eel_edge edge;
    eel_edge_options options = usual;
    options.expected_ev = 530;
    options.search_ev = 0;
    fill(1);

    assert_ok(eel_edge_take(&edge, counts, &axis, &options));

    assert_true(edge.onset_ev == 530);
    eel_edge_release(&edge);
}

TEST(fine_channels_are_added_up)
{
    eel_axis fine = {520, .02, N};
    eel_edge edge;
    eel_edge_options options = {.expected_ev = 536, .after_ev = 10};
    for (int i = 0; i < N; i++)
        counts[i] = (float)i;

    assert_ok(eel_edge_take(&edge, counts, &fine, &options));

    assert_float_equal(edge.step_ev, .06, 1e-9);
    double ev = edge.onset_ev + edge.first_ev;
    assert_float_equal(edge.values[0], 3 * (ev - 520) / .02, 1e-2);
    eel_edge_release(&edge);
}

TEST(what_holds_no_edge_is_refused)
{
    eel_edge edge;
    eel_edge_options options = usual;
    fill(1);

    options.expected_ev = 931;
    assert_fails(EEL_EARGS, eel_edge_take(&edge, counts, &axis, &options));
    assert_words("931");
    options.expected_ev = 405;
    assert_fails(EEL_EFORMAT, eel_edge_take(&edge, counts, &axis, &options));
    assert_words("background");
    options = usual;
    options.after_ev = .1;
    options.expected_ev = 402;
    options.search_ev = options.background = 0;
    assert_fails(EEL_EARGS, eel_edge_take(&edge, counts, &axis, &options));
    assert_words("channels of the edge");
    memset(counts, 0, sizeof counts);
    options = usual;
    options.background = 0;
    assert_fails(EEL_EFORMAT, eel_edge_take(&edge, counts, &axis, &options));
    assert_words("nothing rises");
    counts[700] = NAN;
    assert_fails(EEL_EFORMAT, eel_edge_take(&edge, counts, &axis, &usual));
    assert_words("channel 700");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_background_is_taken_off_and_the_onset_found),
        cmocka_unit_test(a_spectrum_without_background_is_taken_as_it_is),
        cmocka_unit_test(an_onset_that_is_given_is_not_searched_for),
        cmocka_unit_test(fine_channels_are_added_up),
        cmocka_unit_test(what_holds_no_edge_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
