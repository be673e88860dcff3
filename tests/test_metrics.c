/* metrics: the paper's measures on cases that can be counted by hand; calibration by Platt. */
#include "test.h"
#include "base/rng.h"
#include "score/metrics.h"
#include "score/platt.h"

static float half[EEL_CLASSES];

static void set(uint8_t *labels, float *p, const char *real, const char *found)
{
    memset(labels, EEL_ABSENT, EEL_CLASSES);
    memset(p, 0, EEL_CLASSES * sizeof *p);
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        char name[8];
        snprintf(name, sizeof name, " %s ", eel_elements[e].symbol);
        labels[e] = strstr(real, name) ? EEL_PRESENT : EEL_ABSENT;
        p[e] = strstr(found, name) ? 0.9f : 0.1f;
    }
    for (int c = 0; c < EEL_CLASSES; c++)
        half[c] = 0.5f;
}

TEST(measures_are_those_of_the_paper)
{
    eel_metrics m = {0};
    uint8_t labels[EEL_CLASSES];
    float p[EEL_CLASSES];

    set(labels, p, " O Ti ", " O Ti ");
    eel_metrics_add(&m, labels, p, half);
    set(labels, p, " N ", " N Sc ");
    eel_metrics_add(&m, labels, p, half);
    set(labels, p, " B N ", " B ");
    eel_metrics_add(&m, labels, p, half);
    set(labels, p, " ", " ");
    eel_metrics_add(&m, labels, p, half);

    assert_int_equal(m.spectra, 4);
    assert_int_equal(m.exact, 2);
    assert_int_equal(m.recognised, 3);
    assert_true(fabs(m.precision - (1 + 0.5 + 1 + 1)) < 1e-12);
    assert_true(fabs(m.recall - (1 + 1 + 0.5 + 1)) < 1e-12);
    assert_true(fabs(m.f1 - (1 + 2 / 3.0 + 2 / 3.0 + 1)) < 1e-12);
    assert_int_equal(m.edge_free, 1);
    assert_int_equal(m.edge_free_wrong, 0);
}

TEST(the_f1_of_a_spectrum_is_given_back)
{
    eel_metrics m = {0};
    uint8_t labels[EEL_CLASSES];
    float p[EEL_CLASSES];

    set(labels, p, " O Ti N ", " O Sc ");

    assert_true(fabs(eel_metrics_add(&m, labels, p, half) - 0.4) < 1e-12); /* P 1/2, R 1/3 */
}

TEST(the_energy_of_another_edge_is_right_within_a_bin)
{
    eel_metrics m = {0};
    uint8_t labels[EEL_CLASSES];
    float p[EEL_CLASSES];

    set(labels, p, " ", " ");
    labels[EEL_CLASS_BIN + 10] = EEL_PRESENT;
    p[EEL_CLASS_BIN + 11] = 0.9f; /* the next bin: right */
    eel_metrics_add(&m, labels, p, half);
    p[EEL_CLASS_BIN + 11] = 0;
    p[EEL_CLASS_BIN + 30] = 0.9f; /* far away: missed, and wrong */
    eel_metrics_add(&m, labels, p, half);

    assert_int_equal(m.placed, 2);
    assert_int_equal(m.placed_right, 1);
    assert_int_equal(m.placed_wrong, 1);
}

TEST(what_cannot_be_seen_is_not_reported)
{
    eel_metrics m = {0};
    uint8_t labels[EEL_CLASSES];
    float p[EEL_CLASSES];

    set(labels, p, " O ", " O Ti ");
    p[eel_element_find("Ti")] = NAN;
    eel_metrics_add(&m, labels, p, half);

    assert_int_equal(m.exact, 1);
}

TEST(unlabelled_elements_count_neither_way)
{
    eel_metrics m = {0};
    uint8_t labels[EEL_CLASSES];
    float p[EEL_CLASSES];

    set(labels, p, " O ", " O C ");
    labels[eel_element_find("C")] = EEL_UNLABELLED;
    eel_metrics_add(&m, labels, p, half);

    assert_int_equal(m.exact, 1);
}

TEST(calibration_finds_scale_and_shift)
{
    eel_platt *platt;
    eel_rng rng = eel_rng_seeded(1, 1);
    float scale[1] = {1}, shift[1] = {0};

    assert_ok(eel_platt_new(&platt, 1));
    for (int i = 0; i < 60000; i++) { /* the network says z, the truth is sigmoid(0.5 z - 1) */
        double z = eel_rng_uniform(&rng, -6, 6), truth = 1 / (1 + exp(1 - 0.5 * z));
        uint8_t label = (uint8_t)eel_rng_chance(&rng, truth);
        float p = (float)(1 / (1 + exp(-z)));
        assert_ok(eel_platt_add(platt, &label, &p));
    }
    eel_platt_fit(platt, scale, shift);

    eel_platt_free(platt);
    assert_floats(scale, ((float[]){0.5f}), 1, 0.02);
    assert_floats(shift, ((float[]){-1}), 1, 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_are_those_of_the_paper),
        cmocka_unit_test(the_f1_of_a_spectrum_is_given_back),
        cmocka_unit_test(the_energy_of_another_edge_is_right_within_a_bin),
        cmocka_unit_test(what_cannot_be_seen_is_not_reported),
        cmocka_unit_test(unlabelled_elements_count_neither_way),
        cmocka_unit_test(calibration_finds_scale_and_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
