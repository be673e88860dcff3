/* vecmath: as close to libm as its header says. */
#include "test.h"
#include "base/vecmath.h"

TEST(logarithms_agree_with_libm)
{
    for (double x = 1e-30; x < 1e30; x *= 1.0137) {
        float value = (float)x;
        assert_true(fabs(eel_logf(value) - log(value)) < 3e-7 * (1 + fabs(log(value))));
    }
}

TEST(exponentials_agree_with_libm)
{
    for (double x = -86; x < 86; x += 0.0137) {
        float value = (float)x;
        assert_true(fabs(eel_expf(value) / exp(value) - 1) < 3e-7);
    }
}

TEST(exponentials_far_out_stay_finite)
{
    assert_true(isfinite(eel_expf(1e9f)) && eel_expf(-1e9f) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_agree_with_libm),
        cmocka_unit_test(exponentials_agree_with_libm),
        cmocka_unit_test(exponentials_far_out_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
