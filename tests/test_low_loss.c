/* low_loss: a file that holds low-loss spectra beside the core losses gives them without being asked. */
#include "test.h"
#include "dm_make.h"
#include "abundance/low_loss.h"

#include <unistd.h>

#define CHANNELS 60

static const char path[] = "low_loss_test.dm4";

static dm_image signal_of(const char *name, double start_ev)
{
    return (dm_image){.name = name, .data_type = 2, .dims = 3, .size = {3, 2, CHANNELS},
                      .scale = {1, 1, 1}, .origin = {0, 0, -start_ev}, .units = {"nm", "nm", "eV"},
                      .signal = "EELS", .format = "Spectrum image"};
}

static eel_image *open_dual(void)
{
    dm_description file = {.version = 4, .images = 2};
    eel_image *image;

    file.image[0] = signal_of("high-loss", 400);
    file.image[1] = signal_of("low-loss", -10);
    dm_make(path, &file);
    assert_ok(eel_image_open(&image, path, NULL));
    assert_string_equal(eel_image_info_of(image)->title, "high-loss");
    return image;
}

/* The low loss of `file` is its second signal, and has a spectrum for each pixel. */
static void assert_found(const char *file)
{
    eel_image *image = open_dual();
    eel_low_loss *low_loss = NULL;

    assert_ok(eel_low_loss_open(&low_loss, file, NULL, eel_image_info_of(image)));

    json_t *told = eel_low_loss_to_json(low_loss);
    assert_true(json_is_object(told));
    assert_int_equal(json_integer_value(json_object_get(told, "signal")), 1);
    assert_true(json_is_true(json_object_get(told, "by_pixel")));
    assert_true(json_object_get(told, "t_over_lambda") != NULL);
    json_decref(told);
    eel_low_loss_close(low_loss);
    eel_image_close(image);
    unlink(path);
}

TEST(the_low_loss_beside_the_core_loss_is_taken_without_being_asked_for)
{
    assert_found(NULL);
}

TEST(of_a_file_that_is_named_the_low_loss_is_taken_not_the_core_loss)
{
    assert_found(path);
}

/* A peak of half of all counts that is elsewhere in each pixel; one pixel is empty. */
TEST(the_thickness_is_the_mean_of_pixels_whose_peaks_drift)
{
    enum { PIXELS = 6 };
    static const eel_axis axis = {300, 1, 400};
    static const eel_shell_edge oxygen = {8, EEL_SHELL_K, 532};
    static const eel_optics optics = {200, 10, 0};
    static const double places[] = {8.2, 10.5, 11.9, 9, 13.4};
    float values[CHANNELS][PIXELS] = {0};
    eel_low_loss *low_loss = NULL;
    eel_edge_fit *fit;
    for (int p = 0; p < PIXELS - 1; p++) {
        for (int c = 0; c < CHANNELS; c++) {
            double from = (c - 0.5 - places[p]) / 0.8, to = (c + 0.5 - places[p]) / 0.8;
            values[c][p] = (float)(500 * (erf(to) - erf(from)) + (c >= 30 && c < 50 ? 50 : 0));
        }
    }
    dm_description file = {.version = 4, .images = 2};
    file.image[0] = signal_of("high-loss", 400);
    file.image[1] = signal_of("low-loss", -10);
    file.image[1].values = values;
    file.image[1].value_bytes = sizeof values;
    dm_make(path, &file);
    eel_image *image;
    assert_ok(eel_image_open(&image, path, NULL));
    assert_ok(eel_low_loss_open(&low_loss, NULL, NULL, eel_image_info_of(image)));
    assert_ok(eel_edge_fit_new(&fit, &axis, &oxygen, 1, &optics));

    assert_ok(eel_low_loss_fold_mean(low_loss, fit));

    json_t *told = eel_low_loss_to_json(low_loss);
    double thickness = json_number_value(json_object_get(told, "t_over_lambda"));
    assert_true(fabs(thickness - log(2)) < 0.02);
    json_decref(told);
    eel_edge_fit_free(fit);
    eel_low_loss_close(low_loss);
    eel_image_close(image);
    unlink(path);
}

TEST(none_is_none)
{
    eel_image *image = open_dual();
    eel_low_loss *low_loss = NULL;

    assert_ok(eel_low_loss_open(&low_loss, "none", NULL, eel_image_info_of(image)));

    assert_null(low_loss);
    eel_image_close(image);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_low_loss_beside_the_core_loss_is_taken_without_being_asked_for),
        cmocka_unit_test(of_a_file_that_is_named_the_low_loss_is_taken_not_the_core_loss),
        cmocka_unit_test(the_thickness_is_the_mean_of_pixels_whose_peaks_drift),
        cmocka_unit_test(none_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
