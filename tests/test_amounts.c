/* amounts: the files of quantification name each other rightly. */
#include "test.h"
#include "made_run.h"
#include "eels/elements.h"
#include "io/amounts.h"

#include <jansson.h>
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
        cmocka_unit_test(
            a_tiff_of_too_many_pages_is_neither_written_nor_named_nor_left_of_an_earlier_run),
        cmocka_unit_test(a_line_and_a_single_spectrum_have_a_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
