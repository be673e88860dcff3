/* calibration: corrections of the axis, windows, bad channels. */
#include "test.h"
#include "shared/calibration.h"
#include "eels/resample.h"

static const eel_image_info image = {.path = "test.msa", .axis = {400, 0.5, 1000}}; /* to 899.5 eV */
static float counts[1000], out[EEL_NET_CHANNELS];

static eel_calibrator *open_calibrator(eel_correction correction)
{
    eel_calibrator *calibrator = NULL;
    assert_ok(eel_calibrator_new(&calibrator, &correction, &image));
    return calibrator;
}

TEST(an_offset_moves_every_energy)
{
    eel_calibrator *calibrator = open_calibrator((eel_correction){-20, NAN, NULL});

    const eel_axis *axis = eel_calibrator_axis(calibrator);

    assert_true(axis->start_ev >= 379.75 && axis->start_ev < 380.1);
    assert_int_equal(eel_calibrator_offset(calibrator), (int)round((axis->start_ev - EEL_NET_START_EV) / 0.2));
    eel_calibrator_free(calibrator);
}

TEST(a_dispersion_keeps_the_first_channel)
{
    eel_calibrator *calibrator = open_calibrator((eel_correction){0, 0.25, NULL});

    const eel_axis *axis = eel_calibrator_axis(calibrator);

    assert_true(fabs(eel_axis_ev(axis, axis->n - 1.0) - 649.8) < 0.3);
    eel_calibrator_free(calibrator);
}

TEST(a_window_cuts_the_axis)
{
    eel_calibrator *calibrator = open_calibrator((eel_correction){0, NAN, "450:600"});

    const eel_axis *axis = eel_calibrator_axis(calibrator);

    assert_true(axis->start_ev > 449.5 && eel_axis_ev(axis, axis->n - 1.0) < 600.5);
    assert_true(axis->n > 740);
    eel_calibrator_free(calibrator);
}

TEST(corrections_that_make_no_sense_are_refused)
{
    eel_correction bad_windows[] = {{0, NAN, "450"}, {0, NAN, "600:450"}, {0, NAN, "a:b"}};
    eel_calibrator *calibrator;

    for (int i = 0; i < 3; i++) {
        assert_fails(EEL_EARGS, eel_calibrator_new(&calibrator, &bad_windows[i], &image));
        assert_words("FROM:TO");
    }
    assert_fails(EEL_EARGS, eel_calibrator_new(&calibrator, &(eel_correction){0, NAN, "10:50"}, &image));
    assert_words("holds no channel");
    assert_fails(EEL_EARGS, eel_calibrator_new(&calibrator, &(eel_correction){0, -1, NULL}, &image));
    assert_fails(EEL_EFORMAT, eel_calibrator_new(&calibrator, &(eel_correction){5000, NAN, NULL}, &image));
    assert_words("outside the network's");
}

TEST(bad_channels_are_bridged_by_straight_lines)
{
    eel_calibrator *calibrator = open_calibrator((eel_correction)EEL_CORRECTION_NONE);
    static float whole[EEL_NET_CHANNELS];

    for (int i = 0; i < 1000; i++)
        counts[i] = (float)(2000 - i);
    eel_calibrate_row(calibrator, counts, whole);
    for (int i = 300; i < 310; i++)
        counts[i] = NAN;
    counts[999] = INFINITY;
    eel_calibrate_row(calibrator, counts, out);

    assert_floats(out, whole, eel_calibrator_axis(calibrator)->n - 10, 1e-5);
    eel_calibrator_free(calibrator);
}

TEST(a_spectrum_without_a_good_channel_is_no_spectrum)
{
    eel_calibrator *calibrator = open_calibrator((eel_correction)EEL_CORRECTION_NONE);

    for (int i = 0; i < 1000; i++)
        counts[i] = NAN;
    eel_calibrate_row(calibrator, counts, out);

    assert_true(isnan(out[0]) && isnan(out[eel_calibrator_axis(calibrator)->n - 1]));
    eel_calibrator_free(calibrator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offset_moves_every_energy),
        cmocka_unit_test(a_dispersion_keeps_the_first_channel),
        cmocka_unit_test(a_window_cuts_the_axis),
        cmocka_unit_test(corrections_that_make_no_sense_are_refused),
        cmocka_unit_test(bad_channels_are_bridged_by_straight_lines),
        cmocka_unit_test(a_spectrum_without_a_good_channel_is_no_spectrum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
