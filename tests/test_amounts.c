/* amounts: the files of quantification name each other rightly. */
#include "test.h"
#include "made_run.h"
#include "eels/elements.h"
#include "io/amounts_pictures.h"

#include <cairo.h>
#include <hdf5.h>
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#define FOLDER EEL_BINARY_DIR "/made/amounts"

/* A store of amounts whose pixels are all missing. */
static void make_amounts(const made_run *run)
{
    char *text = made_description(run);
    json_t *root = json_loads(text, 0, NULL), *elements = json_array(), *shells = json_array();
    json_t *onsets = json_array();
    eel_store *store;

    for (int e = 0; e < EEL_ELEMENTS; e++) {
        json_array_append_new(elements, json_string(eel_elements[e].symbol));
        json_array_append_new(shells, json_string(eel_elements[e].edge));
        json_array_append_new(onsets, json_real(eel_elements[e].onset_ev));
    }
    json_object_set_new(root, "layers", json_array());
    json_object_set_new(root, "quantify", json_pack("{s:o, s:o, s:o}", "elements", elements,
                                                    "shells", shells, "onsets_ev", onsets));
    free(text);
    text = json_dumps(root, 0);
    json_decref(root);
    eel_store_info info = {.pixels = made_pixels(run), .classes = EEL_ELEMENTS * EEL_LAYERS,
                           .block_rows = 50, .description = text};
    assert_ok(eel_store_create(&store, FOLDER "/store", &info));
    eel_store_close(store);
    free(text);
}

/* Whether quantify.tif is there after an export, and whether report.json says so. */
static void export_amounts(const made_run *run, int *there, int *named)
{
    eel_amounts *amounts;
    json_t *name;
    size_t i;

    make_amounts(run);
    assert_ok(eel_amounts_open(&amounts, FOLDER "/store"));
    assert_ok(eel_amounts_export(amounts, FOLDER));
    eel_amounts_close(amounts);
    json_t *report = json_load_file(FOLDER "/report.json", 0, NULL);
    *there = access(FOLDER "/quantify.tif", F_OK) == 0;
    *named = 0;
    json_array_foreach(json_object_get(report, "files"), i, name) {
        assert_true(json_is_string(name));
        *named |= strcmp(json_string_value(name), "quantify.tif") == 0;
    }
    assert_true(i >= 2);
    json_decref(report);
}

/* ---- numbers ---- */

#define PAIR 2 /* oxygen and titanium */

/* What `abundance` writes of one element in one pixel. */
typedef struct {
    float density, density_error, percent, percent_error;
    int state;
} layers;

#define NOT_FOUND {NAN, NAN, NAN, NAN, EEL_AMOUNT_NOT_FOUND}

/* The amounts of O and Ti, pixels (made_pixels, PAIR). */
static eel_amounts *amounts_of(const made_run *run, const layers *pixels)
{
    uint32_t rows = (uint32_t)made_pixels(run);
    float values[100 * PAIR * EEL_LAYERS];
    eel_amounts *amounts;
    eel_store *store;
    char *image = made_description(run);
    json_t *root = json_loads(image, 0, NULL);

    assert_true(rows <= 100);
    json_object_set_new(root, "layers", json_array());
    json_object_set_new(root, "quantify",
                        json_pack("{s:[s,s], s:[s,s], s:[f,f], s:f, s:f, s:f}", "elements", "O", "Ti", "shells", "K",
                                  "L2,3", "onsets_ev", 532.0, 456.0, "beam_kev", 100., "collection_mrad", 33.,
                                  "convergence_mrad", 0.));
    char *text = json_dumps(root, 0);
    json_decref(root);
    eel_store_info info = {.pixels = rows, .classes = PAIR * EEL_LAYERS, .block_rows = rows, .description = text};
    for (uint32_t i = 0; i < rows * PAIR; i++) {
        const layers *from = &pixels[i];
        float made[EEL_LAYERS] = {from->density, from->density_error, from->percent, from->percent_error,
                                  (float)from->state};
        memcpy(values + i * EEL_LAYERS, made, sizeof made);
    }
    assert_ok(eel_store_create(&store, FOLDER "/store", &info));
    assert_ok(eel_store_put(store, 0, rows, values, NULL));
    assert_ok(eel_store_finish(store, "[]"));
    eel_store_close(store);
    free(image);
    free(text);
    assert_ok(eel_amounts_open(&amounts, FOLDER "/store"));
    return amounts;
}

TEST(per_cent_are_of_all_atoms_together_and_not_the_mean_of_the_pixels)
{
    made_run run = {.axes = 1, .size = {2}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {
        {30, 1, 75, 3, EEL_AMOUNT_QUANTIFIED}, {10, 1, 25, 3, EEL_AMOUNT_QUANTIFIED}, /* thick */
        {1, 1, 100, 4, EEL_AMOUNT_QUANTIFIED}, NOT_FOUND,
    };

    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_int_equal(amounts->complete, 2);
    assert_float_equal(amounts->elements[0].percent, 100 * 31 / 41., 1e-4);
    assert_float_equal(amounts->elements[1].percent, 100 * 10 / 41., 1e-4);
    eel_amounts_close(amounts);
}

TEST(the_error_of_per_cent_is_the_root_mean_square_of_the_pixels_that_have_some)
{
    made_run run = {.axes = 1, .size = {2}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {
        {30, 1, 75, 3, EEL_AMOUNT_QUANTIFIED}, {10, 1, 25, 3, EEL_AMOUNT_QUANTIFIED},
        {1, 1, 100, 4, EEL_AMOUNT_QUANTIFIED}, NOT_FOUND,
    };

    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_float_equal(amounts->elements[0].percent_error, sqrt((9 + 16) / 2.), 1e-4);
    assert_float_equal(amounts->elements[1].percent_error, 3, 1e-4);
    assert_int_equal(amounts->elements[1].numbers, 1);
    eel_amounts_close(amounts);
}

TEST(a_pixel_with_too_little_in_it_is_not_complete_but_its_densities_count_as_such)
{
    made_run run = {.axes = 1, .size = {3}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {
        {3, 1, 75, 3, EEL_AMOUNT_QUANTIFIED},    {1, 1, 25, 3, EEL_AMOUNT_QUANTIFIED},
        {-5, 1, NAN, NAN, EEL_AMOUNT_TOO_LITTLE}, {1, 1, NAN, NAN, EEL_AMOUNT_TOO_LITTLE},
        {2, 1, NAN, NAN, EEL_AMOUNT_QUANTIFIED}, {NAN, NAN, NAN, NAN, EEL_AMOUNT_OVERLAP},
    };

    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_int_equal(amounts->complete, 1);
    assert_float_equal(amounts->elements[0].percent, 75, 1e-4);
    assert_float_equal(amounts->elements[0].density, 0, 1e-6); /* of all three that have one */
    assert_float_equal(amounts->elements[0].highest, 75, 1e-4); /* what colours reach to */
    assert_float_equal(amounts->elements[0].percent_error, 3, 1e-4);
    eel_amounts_close(amounts);
}

/* ---- pictures ---- */

#define MAP_TOP 64 /* height of the title */
#define MAP_END 90 /* of what is below the map, with its colour bar */

/* Pixels of a colour in the map of a saved picture. */
static int pixels_of_colour(const char *path, eel_colour colour)
{
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    int count = 0;

    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    for (int y = MAP_TOP; y < cairo_image_surface_get_height(surface) - MAP_END; y++) {
        const unsigned char *row = cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface);
        for (int x = 0; x < cairo_image_surface_get_width(surface); x++) {
            uint32_t pixel;
            memcpy(&pixel, row + 4 * x, sizeof pixel);
            count += (pixel & 0xffffff) == colour;
        }
    }
    cairo_surface_destroy(surface);
    return count;
}

/* The colour of a value on a scale from low to high, of which there are 256. */
static eel_colour colour_of(double value, double low, double high)
{
    return eel_colour_of(lround(255 * (value - low) / (high - low)) / 255.);
}

static const layers none = NOT_FOUND, bent = {NAN, NAN, NAN, NAN, EEL_AMOUNT_NO_POWER_LAW};
static const layers all = {1, 0.1f, 100, 1, EEL_AMOUNT_QUANTIFIED};

TEST(what_was_not_found_is_drawn_as_nothing_and_what_has_no_number_is_grey)
{
    made_run run = {.axes = 2, .size = {2, 2}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {all, none, none, all, bent, none, all, none};
    eel_amounts *amounts = amounts_of(&run, pixels);
    float shown[4];

    assert_ok(eel_amounts_shown(amounts, 0, 0, shown));
    assert_ok(eel_amounts_draw_element(amounts, 0, FOLDER "/O.png"));
    assert_ok(eel_amounts_draw_element(amounts, 1, FOLDER "/Ti.png"));

    assert_true(shown[0] == 100 && shown[1] == 0 && isnan(shown[2]) && shown[3] == 100);
    assert_true(pixels_of_colour(FOLDER "/O.png", EEL_ABSENT_COLOUR) > 1000);
    assert_true(pixels_of_colour(FOLDER "/O.png", colour_of(0, 0, 100)) > 1000);
    assert_int_equal(pixels_of_colour(FOLDER "/Ti.png", EEL_ABSENT_COLOUR), 0);
    eel_amounts_close(amounts);
}

TEST(of_a_series_all_pictures_are_shown)
{
    made_run run = {.axes = 3, .size = {2, 2, 2}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {all, none, all, none, all, none, all, none, none, all, none, all, none, all, none, all};
    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_ok(eel_amounts_draw_element(amounts, 0, FOLDER "/O.png"));

    assert_true(pixels_of_colour(FOLDER "/O.png", colour_of(100, 0, 100)) > 1000);
    assert_true(pixels_of_colour(FOLDER "/O.png", colour_of(0, 0, 100)) > 1000);
    eel_amounts_close(amounts);
}

TEST(values_below_nothing_have_another_colour_than_nothing)
{
    made_run run = {.axes = 2, .size = {2, 2}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers more = {12, 1, 120, 10, EEL_AMOUNT_QUANTIFIED}, less = {-2, 1, -20, 10, EEL_AMOUNT_QUANTIFIED};
    const layers pixels[] = {more, less, all, none, all, none, all, none};
    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_ok(eel_amounts_draw_element(amounts, 1, FOLDER "/Ti.png"));
    assert_ok(eel_amounts_draw_element(amounts, 0, FOLDER "/O.png"));

    assert_true(pixels_of_colour(FOLDER "/Ti.png", colour_of(-20, -20, 0)) > 1000);
    assert_true(pixels_of_colour(FOLDER "/Ti.png", colour_of(0, -20, 0)) > 1000);
    assert_true(pixels_of_colour(FOLDER "/O.png", colour_of(120, 0, 150)) > 1000);
    eel_amounts_close(amounts);
}

TEST(a_number_of_fewer_than_half_of_the_pixels_says_so)
{
    made_run run = {.axes = 1, .size = {3}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers one[] = {all, none, bent, none, bent, none}, two[] = {all, none, all, none, bent, none};
    char words[64];

    eel_amounts *amounts = amounts_of(&run, one);
    assert_true(eel_amounts_few(amounts, 0, words, sizeof words));
    assert_string_equal(words, "1 of 3 pixels");
    assert_false(eel_amounts_few(amounts, 1, words, sizeof words)); /* has no number */
    eel_amounts_close(amounts);

    amounts = amounts_of(&run, two);
    assert_false(eel_amounts_few(amounts, 0, words, sizeof words));
    eel_amounts_close(amounts);
}

/* ---- files ---- */

TEST(the_table_has_the_states_in_words)
{
    made_run run = {.axes = 0, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {bent, none};
    eel_amounts *amounts = amounts_of(&run, pixels);
    char line[2][256];

    assert_ok(eel_result_write_csv(&amounts->layers, FOLDER "/quantify.csv"));
    eel_amounts_close(amounts);

    FILE *table = fopen(FOLDER "/quantify.csv", "r");
    assert_non_null(fgets(line[0], sizeof line[0], table));
    assert_non_null(fgets(line[1], sizeof line[1], table));
    fclose(table);
    assert_string_equal(line[1], "value,,,,,no power law,,,,,not found\n");
}

static double number_in(hid_t file, const char *group, const char *name)
{
    hid_t attribute = H5Aopen_by_name(file, group, name, H5P_DEFAULT, H5P_DEFAULT);
    double value = NAN;

    assert_true(attribute >= 0);
    H5Aread(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attribute);
    return value;
}

/* The file says 200 keV and no angles. */
TEST(the_hspy_file_has_the_beam_and_the_angles_that_were_used)
{
    static const char tem[] = "/Experiments/atomic per cent/metadata/Acquisition_instrument/TEM";
    static const char eels[] = "/Experiments/atomic per cent/metadata/Acquisition_instrument/TEM/Detector/EELS";
    made_run run = {.axes = 0, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {bent, none};
    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_ok(eel_amounts_write_hspy(amounts, FOLDER "/quantify.hspy"));
    eel_amounts_close(amounts);

    hid_t file = H5Fopen(FOLDER "/quantify.hspy", H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(number_in(file, tem, "beam_energy") == 100);
    assert_true(number_in(file, tem, "convergence_angle") == 0);
    assert_true(number_in(file, eels, "collection_angle") == 33);
    H5Fclose(file);
}

TEST(a_tiff_of_too_many_pages_is_neither_written_nor_named_nor_left_of_an_earlier_run)
{
    made_run run = {.axes = 3, .size = {2, 2, 2}, .units = "nm", .elements = "O", .low_ev = 100,
                    .high_ev = 900};
    int there, named;

    export_amounts(&run, &there, &named);
    assert_true(there && named);

    run.size[0] = EEL_RESULT_PAGES_MAX / (EEL_ELEMENTS * EEL_LAYERS) + 1;
    export_amounts(&run, &there, &named);
    assert_false(there || named);
}

TEST(a_line_and_a_single_spectrum_have_a_picture)
{
    made_run run = {.axes = 1, .size = {7}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    int there, named;

    for (run.axes = 1; run.axes >= 0; run.axes--) {
        unlink(FOLDER "/overview.png");
        export_amounts(&run, &there, &named);
        assert_int_equal(access(FOLDER "/overview.png", F_OK), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(per_cent_are_of_all_atoms_together_and_not_the_mean_of_the_pixels),
        cmocka_unit_test(the_error_of_per_cent_is_the_root_mean_square_of_the_pixels_that_have_some),
        cmocka_unit_test(a_pixel_with_too_little_in_it_is_not_complete_but_its_densities_count_as_such),
        cmocka_unit_test(what_was_not_found_is_drawn_as_nothing_and_what_has_no_number_is_grey),
        cmocka_unit_test(of_a_series_all_pictures_are_shown),
        cmocka_unit_test(values_below_nothing_have_another_colour_than_nothing),
        cmocka_unit_test(a_number_of_fewer_than_half_of_the_pixels_says_so),
        cmocka_unit_test(the_table_has_the_states_in_words),
        cmocka_unit_test(the_hspy_file_has_the_beam_and_the_angles_that_were_used),
        cmocka_unit_test(
            a_tiff_of_too_many_pages_is_neither_written_nor_named_nor_left_of_an_earlier_run),
        cmocka_unit_test(a_line_and_a_single_spectrum_have_a_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
