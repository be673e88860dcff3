/* maps: what people look at, pictures and report, shows what is in the store. */
#define FOLDER EEL_BINARY_DIR "/made/map_pictures"
#include "maps_test.h"
#include "base/mem.h"
#include "io/figure.h"

#include <jansson.h>

/* ---- line scans ---- */

TEST(a_scan_that_runs_backwards_is_drawn_in_its_proportions)
{
    eel_result result = {.planes = 1, .rows = 10, .columns = 10, .about.image.nav_count = 2};
    result.about.image.nav[0] = (eel_nav_axis){.size = 10, .scale = -2, .units = "nm"};
    result.about.image.nav[1] = (eel_nav_axis){.size = 10, .scale = 1, .units = "nm"};

    eel_figure_size size = eel_figure_fit(&result, 400, 400, 1);

    assert_int_equal(size.tile_h, 2 * size.tile_w);
}

/* The axis along a line of eleven points. */
static eel_figure_axis line_along(double offset, double scale, const char *units)
{
    eel_result result = {.planes = 1, .rows = 1, .columns = 11, .about.image.nav_count = 1};
    eel_nav_axis *axis = &result.about.image.nav[0];

    *axis = (eel_nav_axis){.size = 11, .offset = offset, .scale = scale, .name = "time"};
    snprintf(axis->units, sizeof axis->units, "%s", units);
    return eel_figure_line_axis(&result);
}

TEST(a_line_scan_is_drawn_where_it_was)
{
    eel_figure_axis axis = line_along(10, 1, "nm");
    assert_true(axis.first == 10 && axis.step == 1);
    assert_string_equal(axis.label, "Distance (nm)");
    axis = line_along(0.02, 0.001, "µm");
    assert_true(fabs(axis.first - 20) < 1e-12 && fabs(axis.step - 1) < 1e-12);
    assert_string_equal(axis.label, "Distance (nm)");
    axis = line_along(20, -1, "nm");
    assert_true(axis.first == 20 && axis.step == -1);
    axis = line_along(5, 2, "s");
    assert_true(axis.first == 5 && axis.step == 2);
    assert_string_equal(axis.label, "Time (s)");
    axis = line_along(5, 2, "");
    assert_true(axis.first == 0 && axis.step == 1);
}

TEST(the_report_of_a_line_scan_has_its_places_too)
{
    made_run line = {.axes = 1, .size = {21}, .units = "nm", .elements = "O", .low_ev = 300, .high_ev = 900};
    char page[262144];
    export_run(&line);

    FILE *in = fopen(FOLDER "/report.html", "r");
    assert_non_null(in);
    page[fread(page, 1, sizeof page - 1, in)] = 0;
    fclose(in);

    assert_non_null(strstr(page, "<i class=\"x\" style=\"left:6.67%\">5</i>")); /* from 3 to 33 nm */
}

/* ---- pictures ---- */

/* Width and height from the header of a PNG. */
static void png_size(const char *name, int *width, int *height)
{
    char path[256];
    uint8_t head[24];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(fread(head, 1, sizeof head, in), sizeof head);
    fclose(in);
    assert_memory_equal(head, "\x89PNG", 4);
    *width = head[16] << 24 | head[17] << 16 | head[18] << 8 | head[19];
    *height = head[20] << 24 | head[21] << 16 | head[22] << 8 | head[23];
}

TEST(every_found_element_has_a_picture_and_the_overview_is_a_slide)
{
    int width, height;
    export_run(&image);

    png_size("overview.png", &width, &height);
    assert_true(width == 1920 && height == 1080);
    png_size("Ti.png", &width, &height);
    assert_int_equal(width, 30 * 25 + 2 * 28);        /* enlarged by a whole factor */
    assert_int_equal(height, 12 * 25 + 64 + 64);
    assert_true(is_there("O.png") && is_there("Mn.png"));
    assert_false(is_there("Fe.png") || is_there("Si.png"));
}

TEST(a_picture_of_an_earlier_result_does_not_stay)
{
    made_run less = image;
    less.elements = "O";
    export_run(&image);
    assert_true(is_there("Ti.png"));

    export_run(&less);

    assert_false(is_there("Ti.png"));
    assert_true(is_there("O.png"));
}

TEST(every_shape_of_run_has_its_pictures)
{
    static const made_run runs[] = {
        {.axes = 0, .units = "", .elements = "O Ti", .low_ev = 300, .high_ev = 900},
        {.axes = 1, .size = {1}, .units = "nm", .elements = "O", .low_ev = 90, .high_ev = 1000},
        {.axes = 1, .size = {100}, .units = "nm", .elements = "O Ti", .absent = 3, .low_ev = 90,
         .high_ev = 1000},
        {.axes = 2, .size = {60, 1}, .units = "nm", .elements = "O Ti", .low_ev = 90,
         .high_ev = 1000},
        {.axes = 2, .size = {3, 200}, .units = "", .elements = "", .low_ev = 90, .high_ev = 1000},
        {.axes = 2, .size = {40, 50}, .units = "µm", .elements = "B C N O F Ca Sc Ti V Cr Mn Fe",
         .low_ev = 90, .high_ev = 1000},
        {.axes = 2, .size = {9, 9}, .units = "nm", .elements = "O Ti", .absent = 41, .low_ev = 90,
         .high_ev = 1000},
        {.axes = 3, .size = {5, 8, 9}, .units = "nm", .elements = "O Ti", .low_ev = 90,
         .high_ev = 1000},
        {.axes = 4, .size = {3, 2, 8, 9}, .units = "nm", .elements = "O Ti", .low_ev = 90,
         .high_ev = 1000},
    };

    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        int width, height;
        export_run(&runs[r]);
        png_size("overview.png", &width, &height);
        assert_true(width == 1920 && height == 1080);
        assert_int_equal(is_there("O.png"), runs[r].elements[0] != 0);
    }
}

/* ---- what is found ---- */

/* A 100 x 100 image in which O is at exactly these pixels. */
static int found_at(const uint64_t *pixels, int count)
{
    made_run empty = {.axes = 2, .size = {100, 100}, .units = "", .elements = "", .low_ev = 90,
                      .high_ev = 1000};
    eel_store *store = NULL;
    eel_result *result = NULL;
    char *description = made_description(&empty);
    eel_store_info info = {.pixels = 10000, .classes = MADE_COLUMNS, .block_rows = 50,
                           .description = description};
    float *values = eel_alloc(10000 * MADE_COLUMNS, sizeof *values);

    for (int i = 0; i < count; i++)
        values[pixels[i] * MADE_COLUMNS + O] = 0.9f;
    assert_ok(eel_store_create(&store, FOLDER "/store", &info));
    assert_ok(eel_store_put(store, 0, 10000, values, NULL));
    assert_ok(eel_store_finish(store, "[]"));
    eel_store_close(store);
    assert_ok(eel_result_open(&result, FOLDER "/store"));
    int found = result->class[O].found;
    assert_int_equal(result->class[O].above, count);
    eel_result_close(result);
    eel_free(values);
    free(description);
    return found;
}

TEST(noisy_pixels_are_no_element_and_a_small_particle_is)
{
    uint64_t scattered[200], particle[] = {5050, 5051, 5150};

    for (uint64_t i = 0; i < 200; i++) /* no two are neighbours */
        scattered[i] = (i / 20) * 1000 + (i % 20) * 5;

    assert_false(found_at(scattered, 1));
    assert_false(found_at(scattered, 200));
    assert_true(found_at(particle, 3));
}

TEST(numbers_of_the_report_are_those_of_the_store)
{
    json_error_t error;
    export_run(&image);

    json_t *report = json_load_file(FOLDER "/report.json", 0, &error);
    assert_non_null(report);
    const char *symbol, *input;
    double share, rate;
    int observable, found, complete;
    json_int_t total, value, poison, missing;
    assert_int_equal(json_unpack(report, "{s:s, s:b, s:{s:I, s:I, s:I, s:I}, s:[{s:f}]}", "input",
                                 &input, "complete", &complete, "pixels", "total", &total,
                                 "value", &value, "poison", &poison, "missing", &missing,
                                 "stages", "spectra_per_s", &rate), 0);
    assert_string_equal(input, "made/up.dm3");
    assert_true(total == 360 && value == 343 && poison == 17 && missing == 0 && !complete);
    assert_true(rate == 8192);
    const json_t *elements = json_object_get(report, "elements");
    assert_int_equal(json_array_size(elements), 20);
    assert_int_equal(json_unpack(json_array_get(elements, O), "{s:s, s:b, s:b, s:f}", "symbol",
                                 &symbol, "observable", &observable, "found", &found, "share",
                                 &share), 0);
    assert_true(strcmp(symbol, "O") == 0 && observable && found && share == 1);
    const json_t *si = json_array_get(elements, SI);
    assert_true(json_is_false(json_object_get(si, "observable")));
    assert_true(json_is_false(json_object_get(si, "found")));
    assert_true(json_is_null(json_object_get(si, "share")));
    assert_true(json_is_null(json_object_get(si, "max_probability")));
    json_decref(report);
}

TEST(edges_of_other_elements_are_listed_by_energy)
{
    eel_result *result = result_of(&image);

    assert_int_equal(result->classes, MADE_CLASSES);
    assert_int_equal(result->other_count, 2);
    assert_float_equal(result->other[0].onset_ev, 120.5, 1e-6);
    assert_float_equal(result->other[1].onset_ev, 832.5, 0.1);
    assert_true(result->other[0].pixels > 15 && result->other[1].pixels > 80);
    eel_result_close(result);
}

TEST(a_store_that_its_description_does_not_fit_is_refused)
{
    eel_store *store = NULL;
    eel_result *result = NULL;
    char *description = made_description(&image);
    eel_store_info info = {.pixels = 361, .classes = MADE_COLUMNS, .block_rows = 50,
                           .description = description};

    assert_ok(eel_store_create(&store, FOLDER "/store", &info));
    eel_store_close(store);
    assert_fails(EEL_EFORMAT, eel_result_open(&result, FOLDER "/store"));
    assert_words("described as 360 pixels");
    info.description = "{}";
    assert_ok(eel_store_create(&store, FOLDER "/store", &info));
    eel_store_close(store);
    assert_fails(EEL_EFORMAT, eel_result_open(&result, FOLDER "/store"));
    free(description);
}

TEST(a_folder_that_cannot_be_written_leaves_no_report)
{
    eel_result *result = result_of(&image);

    assert_fails(EEL_EIO, eel_result_export(result, FOLDER "/nowhere"));

    eel_result_close(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scan_that_runs_backwards_is_drawn_in_its_proportions),
        cmocka_unit_test(a_line_scan_is_drawn_where_it_was),
        cmocka_unit_test(the_report_of_a_line_scan_has_its_places_too),
        cmocka_unit_test(every_found_element_has_a_picture_and_the_overview_is_a_slide),
        cmocka_unit_test(a_picture_of_an_earlier_result_does_not_stay),
        cmocka_unit_test(every_shape_of_run_has_its_pictures),
        cmocka_unit_test(noisy_pixels_are_no_element_and_a_small_particle_is),
        cmocka_unit_test(numbers_of_the_report_are_those_of_the_store),
        cmocka_unit_test(edges_of_other_elements_are_listed_by_energy),
        cmocka_unit_test(a_store_that_its_description_does_not_fit_is_refused),
        cmocka_unit_test(a_folder_that_cannot_be_written_leaves_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
