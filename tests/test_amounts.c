/* amounts: the files of quantification name each other rightly. */
#include "test.h"
#include "made_run.h"
#include "eels/elements.h"
#include "io/amounts.h"

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
                        json_pack("{s:[s,s], s:[s,s], s:[f,f]}", "elements", "O", "Ti", "shells", "K", "L23", "onsets_ev",
                                  532.0, 456.0));
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

TEST(a_pixel_whose_densities_add_up_to_nothing_is_not_complete_and_does_not_count)
{
    made_run run = {.axes = 1, .size = {3}, .units = "nm", .elements = "O", .low_ev = 100, .high_ev = 900};
    const layers pixels[] = {
        {3, 1, 75, 3, EEL_AMOUNT_QUANTIFIED},    {1, 1, 25, 3, EEL_AMOUNT_QUANTIFIED},
        {-5, 1, NAN, NAN, EEL_AMOUNT_QUANTIFIED}, {1, 1, NAN, NAN, EEL_AMOUNT_QUANTIFIED},
        {2, 1, NAN, NAN, EEL_AMOUNT_QUANTIFIED}, {NAN, NAN, NAN, NAN, EEL_AMOUNT_OVERLAP},
    };

    eel_amounts *amounts = amounts_of(&run, pixels);

    assert_int_equal(amounts->complete, 1);
    assert_float_equal(amounts->elements[0].percent, 75, 1e-4);
    assert_float_equal(amounts->elements[0].density, 0, 1e-6); /* of all three where it was quantified */
    eel_amounts_close(amounts);
}

/* ---- files ---- */

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
        cmocka_unit_test(a_pixel_whose_densities_add_up_to_nothing_is_not_complete_and_does_not_count),
        cmocka_unit_test(
            a_tiff_of_too_many_pages_is_neither_written_nor_named_nor_left_of_an_earlier_run),
        cmocka_unit_test(a_line_and_a_single_spectrum_have_a_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
