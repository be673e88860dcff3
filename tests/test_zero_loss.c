/* Where the zero-loss peak of a low-loss spectrum is, and how thick the specimen is by it. */
#include "test.h"
#include "eels/zero_loss.h"

#define N 400

static const eel_axis axis = {-10, .5, N};
static float counts[N];

/* A Gaussian peak of area 600 at a place in channels, as a detector counts it, and `losses` far behind it. */
static void make(double centre, double sigma, double losses)
{
    for (int c = 0; c < N; c++) {
        double from = (c - .5 - centre) / sigma, to = (c + .5 - centre) / sigma;
        counts[c] = (float)(300 * (erf(to / sqrt(2)) - erf(from / sqrt(2))) + (c >= 60 && c < 90 ? losses / 30 : 0));
    }
}

static void assert_within(double got, double want, double distance)
{
    if (!(fabs(got - want) <= distance))
        fail_msg("%.7g, expected %.7g within %g", got, want, distance);
}

TEST(a_peak_is_found_within_its_channel)
{
    eel_peak peak;

    for (double place = 19.5; place <= 20.5; place += .1) {
        make(place, 1, 600);
        assert_true(eel_peak_highest(&peak, counts, N));
        assert_within(peak.centre, place, .01);
        assert_within(peak.sigma, sqrt(1 + 1 / 12.), .03); /* and the width of the channel */
    }
}

TEST(a_peak_at_the_end_of_the_record_or_beside_what_is_no_number_is_where_its_channel_is)
{
    static const float first[] = {9, 3, 1}, beside[] = {1, NAN, 9, 3}, flat[] = {1, 9, 9, 9, 1};
    eel_peak peak;

    assert_true(eel_peak_highest(&peak, first, 3));
    assert_true(peak.channel == 0 && peak.centre == 0);
    assert_true(eel_peak_highest(&peak, beside, 4));
    assert_true(peak.channel == 2 && peak.centre == 2);
    peak = eel_peak_around(flat, 5, 2);
    assert_true(peak.centre == 2);
}

TEST(a_low_loss_tells_the_thickness)
{
    memset(counts, 0, sizeof counts);
    assert_true(isnan(eel_thickness(counts, &axis)));
    counts[19] = counts[21] = 100, counts[20] = 400; /* 600 of zero loss, 1200 of all */
    for (int i = 60; i < 90; i++)
        counts[i] = 20;
    counts[70] = NAN, counts[71] = 40;
    counts[N - 9] = INFINITY;

    assert_within(eel_thickness(counts, &axis), log(2), 1e-6);
}

TEST(the_thickness_does_not_depend_on_where_in_its_channel_the_peak_lies)
{
    for (double place = 19.5; place <= 20.5; place += .05) {
        make(place, .73, 600); /* as coarse as 0.5 eV for a peak of 0.86 eV */
        assert_within(eel_thickness(counts, &axis), log(2), .01);
        make(place, .43, 600); /* no wider than a channel */
        assert_within(eel_thickness(counts, &axis), log(2), .05);
        make(place, 2.5, 0);
        assert_within(eel_thickness(counts, &axis), 0, .01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peak_is_found_within_its_channel),
        cmocka_unit_test(a_peak_at_the_end_of_the_record_or_beside_what_is_no_number_is_where_its_channel_is),
        cmocka_unit_test(a_low_loss_tells_the_thickness),
        cmocka_unit_test(the_thickness_does_not_depend_on_where_in_its_channel_the_peak_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
