/* A power law through what channels say, and what they cannot say. */
#include "test.h"
#include "eels/power_law.h"

static const eel_axis axis = {200, 0.5, 100};
static float counts[100];

static void fill(double scale, double power)
{
    for (int i = 0; i < 100; i++)
        counts[i] = (float)(scale * pow(eel_axis_ev(&axis, i), -power));
}

TEST(a_power_law_is_found_again)
{
    eel_power_law law;

    fill(3e9, 2.9);
    counts[3] = 0;
    counts[4] = NAN;
    counts[5] = -7;
    counts[6] = INFINITY;
    assert_int_equal(eel_power_law_fit(&law, counts, &axis, 0, 100), 96);
    assert_true(fabs(law.power - 2.9) < 1e-5);
    assert_true(fabs(eel_power_law_at(&law, 400) / (3e9 * pow(400, -2.9)) - 1) < 1e-4);
}

TEST(too_few_channels_leave_it_as_it_was)
{
    eel_power_law law = {5, 6};

    memset(counts, 0, sizeof counts);
    for (int i = 0; i < EEL_POWER_LAW_LEAST - 1; i++)
        counts[10 * i] = 3;
    assert_int_equal(eel_power_law_fit(&law, counts, &axis, 0, 100), EEL_POWER_LAW_LEAST - 1);
    assert_true(law.scale == 5 && law.power == 6);
}

TEST(energies_below_zero_and_numbers_too_steep_say_nothing)
{
    eel_axis through_zero = {-20, 0.5, 100};
    eel_power_law law = {5, 6};

    fill(3e9, 2.9);
    assert_int_equal(eel_power_law_fit(&law, counts, &through_zero, 0, 100), 100 - 41); /* -20 to 0 eV */
    assert_true(isfinite(law.scale) && isfinite(law.power));
    law = (eel_power_law){5, 6};
    for (int i = 0; i < 100; i++)
        counts[i] = i < 50 ? 3e38f : 1e-38f;
    assert_int_equal(eel_power_law_fit(&law, counts, &axis, 0, 100), 0);
    assert_true(law.scale == 5 && law.power == 6);
    assert_true(eel_power_law_at(&(eel_power_law){0, 3}, 500) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_law_is_found_again),
        cmocka_unit_test(too_few_channels_leave_it_as_it_was),
        cmocka_unit_test(energies_below_zero_and_numbers_too_steep_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
