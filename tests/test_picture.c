/* picture and plot: what is drawn, and where ticks go. */
#include "test.h"
#include "io/picture.h"
#include "io/plot.h"

#include <cairo.h>

#define PATH EEL_BINARY_DIR "/made_picture.png"

/* Colour of a pixel of the saved file. */
static eel_colour pixel_of(eel_picture *picture, int x, int y)
{
    assert_ok(eel_picture_save(picture, PATH));
    cairo_surface_t *surface = cairo_image_surface_create_from_png(PATH);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    uint32_t pixel;
    memcpy(&pixel, data + y * cairo_image_surface_get_stride(surface) + 4 * x, sizeof pixel);
    cairo_surface_destroy(surface);
    return pixel & 0xffffff;
}

TEST(enlarged_pixels_keep_their_edges_and_nan_its_own_colour)
{
    const float values[] = {0, 1, NAN, 0.5f};
    eel_picture *picture;
    assert_ok(eel_picture_new(&picture, 50, 50));

    eel_picture_map(picture, 5, 5, 40, 40, values, 2, 2, 0, 1);

    assert_int_equal(pixel_of(picture, 4, 4), EEL_WHITE);
    assert_int_equal(pixel_of(picture, 24, 5), eel_colour_of(0));
    assert_int_equal(pixel_of(picture, 25, 24), eel_colour_of(1));
    assert_int_equal(pixel_of(picture, 24, 25), EEL_ABSENT_COLOUR);
    eel_picture_free(picture);
}

TEST(reduced_pixels_are_averaged_over_their_values)
{
    const float values[] = {0, 1, 1, NAN, /**/ 0, 1, 1, NAN};
    eel_picture *picture;
    assert_ok(eel_picture_new(&picture, 2, 1));

    eel_picture_map(picture, 0, 0, 2, 1, values, 2, 4, 0, 1);

    assert_int_equal(pixel_of(picture, 0, 0), eel_colour_of(128 / 255.0));
    assert_int_equal(pixel_of(picture, 1, 0), eel_colour_of(1));
    eel_picture_free(picture);
}

TEST(titles_in_foreign_encodings_are_drawn)
{
    eel_picture *picture;
    assert_ok(eel_picture_new(&picture, 100, 50));

    eel_picture_text(picture, 5, 20, &(eel_text){.size = 12}, "%s", "Si\xe9 \xc3 \xff\xfe µm");

    assert_ok(eel_picture_save(picture, PATH));
    eel_picture_free(picture);
}

TEST(colours_grow_lighter_in_equal_steps)
{
    double last = -1;

    for (int i = 0; i <= 10; i++) {
        eel_colour c = eel_colour_of(i / 10.0);
        double grey = 0.2126 * pow((c >> 16 & 255) / 255.0, 2.2) +
                      0.7152 * pow((c >> 8 & 255) / 255.0, 2.2) +
                      0.0722 * pow((c & 255) / 255.0, 2.2);
        double lightness = cbrt(grey);
        if (i > 0)
            assert_true(lightness - last > 0.04 && lightness - last < 0.11);
        last = lightness;
    }
    assert_int_equal(eel_colour_of(-5), eel_colour_of(0));
    assert_int_equal(eel_colour_of(5), eel_colour_of(1));
}

TEST(pictures_that_are_too_large_are_refused)
{
    eel_picture *picture;

    assert_fails(EEL_ELIMIT, eel_picture_new(&picture, 20000, 10));
    assert_fails(EEL_ELIMIT, eel_picture_new(&picture, 0, 10));
}

TEST(ticks_are_round_and_within_the_axis)
{
    double ticks[EEL_PLOT_TICKS_MAX];

    assert_int_equal(eel_plot_ticks(&(eel_plot_axis){.low = 91, .high = 1000}, 10, ticks), 10);
    assert_true(ticks[0] == 100 && ticks[9] == 1000);
    assert_int_equal(eel_plot_ticks(&(eel_plot_axis){.low = -0.02, .high = 1.05}, 5, ticks), 6);
    assert_true(fabs(ticks[0]) < 1e-12 && fabs(ticks[3] - 0.6) < 1e-12);
    eel_plot_axis decades = {.low = 0.5, .high = 2e3, .log = 1};
    assert_int_equal(eel_plot_ticks(&decades, 5, ticks), 4);
    assert_true(ticks[0] == 1 && ticks[3] == 1000);
    assert_int_equal(eel_plot_ticks(&(eel_plot_axis){.low = 3, .high = 3}, 5, ticks), 0);
    decades = (eel_plot_axis){.low = 1e-300, .high = 1e300, .log = 1};
    assert_true(eel_plot_ticks(&decades, 5, ticks) <= EEL_PLOT_TICKS_MAX);
}

TEST(an_axis_may_fall_and_numbers_far_from_zero_differ)
{
    double ticks[EEL_PLOT_TICKS_MAX];
    char words[EEL_PLOT_NUMBER_BYTES];
    eel_plot plot = {.w = 100, .across = {.low = 20, .high = 10}};

    assert_int_equal(eel_plot_ticks(&plot.across, 5, ticks), 6);
    assert_true(eel_plot_x(&plot, 20) == 0 && eel_plot_x(&plot, 10) == 100);
    eel_plot_number(words, (double[]){1234567.5, 1234568}, 2, 0);
    assert_string_equal(words, "1234567.5");
    eel_plot_number(words, (double[]){0.1, 3 * 0.1}, 2, 1);
    assert_string_equal(words, "0.3");
}

TEST(a_range_holds_its_values_and_passes_over_nan)
{
    double values[] = {NAN, 3, -1, 2, INFINITY}, same[] = {5, 5}, none[] = {NAN};

    eel_plot_axis axis = eel_plot_range(values, 5, "x");

    assert_true(axis.low < -1 && axis.low > -2 && axis.high > 3 && axis.high < 4);
    axis = eel_plot_range(same, 2, NULL);
    assert_true(axis.low < 5 && axis.high > 5);
    axis = eel_plot_range(none, 1, NULL);
    assert_true(axis.low < axis.high);
}

TEST(a_spike_does_not_press_a_spectrum_flat)
{
    double values[400];

    for (int i = 0; i < 400; i++)
        values[i] = i < 200 ? 1 : i < 204 ? 3 : 1.2; /* an edge with a white line */
    eel_plot_axis axis = eel_plot_range_of_spectrum(values, 400, NULL);
    assert_true(axis.high > 3 && axis.high < 3.2);
    values[50] = 1e9, values[51] = -1e9, values[52] = INFINITY, values[53] = NAN;

    axis = eel_plot_range_of_spectrum(values, 400, NULL);

    assert_true(axis.low > 0.8 && axis.low < 1 && axis.high > 3 && axis.high < 3.2);
    axis = eel_plot_range_of_spectrum(values + 52, 2, NULL);
    assert_true(axis.low < axis.high);
}

TEST(curves_stay_within_their_plot)
{
    double x[] = {-100, 0.5, NAN, 0.6, 200}, y[] = {0.5, 0.5, 0, 0.5, 0.5};
    eel_plot plot = {.x = 30, .y = 10, .w = 50, .h = 40, .font = 5,
                     .across = {.low = 0, .high = 1, .plain = 1},
                     .up = {.low = 0, .high = 1, .plain = 1}};
    eel_picture *picture;
    assert_ok(eel_picture_new(&picture, 100, 60));

    eel_plot_curve(picture, &plot, x, y, 5, 4, EEL_BLUE);

    assert_int_equal(pixel_of(picture, 40, 30), EEL_BLUE);
    assert_int_equal(pixel_of(picture, 20, 30), EEL_WHITE);
    assert_int_equal(pixel_of(picture, 90, 30), EEL_WHITE);
    eel_picture_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enlarged_pixels_keep_their_edges_and_nan_its_own_colour),
        cmocka_unit_test(reduced_pixels_are_averaged_over_their_values),
        cmocka_unit_test(titles_in_foreign_encodings_are_drawn),
        cmocka_unit_test(colours_grow_lighter_in_equal_steps),
        cmocka_unit_test(pictures_that_are_too_large_are_refused),
        cmocka_unit_test(ticks_are_round_and_within_the_axis),
        cmocka_unit_test(an_axis_may_fall_and_numbers_far_from_zero_differ),
        cmocka_unit_test(a_range_holds_its_values_and_passes_over_nan),
        cmocka_unit_test(a_spike_does_not_press_a_spectrum_flat),
        cmocka_unit_test(curves_stay_within_their_plot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
