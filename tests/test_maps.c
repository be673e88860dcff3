/* maps: the files made from a store say what is in it, and are what other programs read. */
#define FOLDER EEL_BINARY_DIR "/made/maps"
#include "maps_test.h"

#include <hdf5.h>
#include <tiffio.h>

/* Probability or NAN for every pixel of a class, as the store has it. */
static void expected_plane(const made_run *run, uint32_t class, float *plane)
{
    uint64_t pixels = made_pixels(run), from = pixels / 2;

    for (uint64_t p = 0; p < pixels; p++)
        plane[p] = p >= from && p < from + run->absent ? NAN : made_probability(run, class, p);
}

/* ---- TIFF ---- */

static TIFF *open_tiff(void)
{
    TIFFSetWarningHandler(NULL); /* ImageJ's own tags */
    TIFF *tiff = TIFFOpen(FOLDER "/maps.tif", "r");
    assert_non_null(tiff);
    return tiff;
}

TEST(tiff_pages_hold_the_maps_and_keep_nan)
{
    float want[ROWS * COLUMNS], got[ROWS * COLUMNS];
    uint32_t width, height;
    uint16_t bits, format;
    export_run(&image);

    TIFF *tiff = open_tiff();
    assert_int_equal(TIFFNumberOfDirectories(tiff), MADE_CLASSES);
    for (uint32_t c = 0; c < MADE_CLASSES; c++) {
        assert_true(TIFFSetDirectory(tiff, (uint16_t)c));
        TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
        TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
        TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
        TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format);
        assert_true(width == COLUMNS && height == ROWS && bits == 32);
        assert_int_equal(format, SAMPLEFORMAT_IEEEFP);
        assert_int_equal(TIFFReadRawStrip(tiff, 0, got, sizeof got), sizeof got);
        expected_plane(&image, c, want);
        assert_floats(got, want, ROWS * COLUMNS, 0);
    }
    TIFFClose(tiff);
}

TEST(tiff_is_laid_out_and_labelled_as_imagej_wants_it)
{
    char *description, *name;
    uint64_t first = 0;
    float pixels_per_nm;
    export_run(&image);

    TIFF *tiff = open_tiff();
    assert_true(TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &description));
    assert_memory_equal(description, "ImageJ=", 7);
    assert_non_null(strstr(description, "images=21\n"));
    assert_non_null(strstr(description, "unit=nm\n"));
    TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &pixels_per_nm);
    assert_true(fabs(pixels_per_nm - 1 / 1.5) < 1e-6);
    for (uint16_t c = 0; c < MADE_CLASSES; c++) {
        assert_true(TIFFSetDirectory(tiff, c));
        uint64_t at = TIFFGetStrileOffset(tiff, 0);
        if (c == 0)
            first = at;
        assert_int_equal(at, first + c * sizeof(float[ROWS * COLUMNS])); /* no gaps */
    }
    TIFFSetDirectory(tiff, SI);
    assert_true(TIFFGetField(tiff, TIFFTAG_PAGENAME, &name));
    assert_string_equal(name, "Si (not observable)");
    TIFFClose(tiff);
}

/* ---- HyperSpy ---- */

static void attribute_text(hid_t group, const char *name, char *words, size_t size)
{
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    if (H5Tis_variable_str(type)) {
        char *text = NULL;
        assert_true(H5Aread(attribute, type, &text) >= 0);
        snprintf(words, size, "%s", text);
        H5free_memory(text);
    } else {
        memset(words, 0, size);
        assert_true(H5Tget_size(type) < size);
        assert_true(H5Aread(attribute, type, words) >= 0);
    }
    H5Tclose(type);
    H5Aclose(attribute);
}

static double attribute_number(hid_t group, const char *name)
{
    double value = NAN;
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(attribute);
    return value;
}

TEST(a_scan_that_runs_backwards_keeps_its_pixel_size)
{
    made_run backwards = image;
    float pixels_per_nm = 0;
    backwards.backwards = 1;
    export_run(&backwards);

    TIFF *tiff = open_tiff();
    assert_true(TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &pixels_per_nm));
    assert_true(fabs(pixels_per_nm - 1 / 1.5) < 1e-6);
    TIFFClose(tiff);
}

TEST(hspy_holds_the_maps_on_the_axes_of_the_image)
{
    static float got[MADE_CLASSES][ROWS * COLUMNS];
    float want[ROWS * COLUMNS];
    hsize_t size[3] = {0};
    char words[64];
    export_run(&image);

    hid_t file = H5Fopen(FOLDER "/maps.hspy", H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t data = H5Dopen(file, "/Experiments/Element maps/data", H5P_DEFAULT);
    hid_t space = H5Dget_space(data);
    assert_int_equal(H5Sget_simple_extent_dims(space, size, NULL), 3);
    assert_true(size[0] == MADE_CLASSES && size[1] == ROWS && size[2] == COLUMNS);
    assert_true(H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (uint32_t c = 0; c < MADE_CLASSES; c++) {
        expected_plane(&image, c, want);
        assert_floats(got[c], want, ROWS * COLUMNS, 0);
    }
    hid_t element = H5Gopen(file, "/Experiments/Element maps/axis-0", H5P_DEFAULT);
    hid_t x = H5Gopen(file, "/Experiments/Element maps/axis-2", H5P_DEFAULT);
    attribute_text(element, "name", words, sizeof words);
    assert_string_equal(words, "Element");
    attribute_text(x, "units", words, sizeof words);
    assert_string_equal(words, "nm");
    assert_true(attribute_number(x, "scale") == 1.5 && attribute_number(x, "offset") == 3);
    H5Gclose(x);
    H5Gclose(element);
    H5Sclose(space);
    H5Dclose(data);
    H5Fclose(file);
}

TEST(hspy_holds_the_state_of_every_pixel)
{
    uint8_t got[ROWS * COLUMNS], from = ROWS * COLUMNS / 2;
    export_run(&image);

    hid_t file = H5Fopen(FOLDER "/maps.hspy", H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t data = H5Dopen(file, "/Experiments/Pixel states/data", H5P_DEFAULT);
    assert_true(H5Dread(data, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (int p = 0; p < ROWS * COLUMNS; p++)
        assert_int_equal(got[p], p >= from && p < from + 17 ? EEL_POISON : EEL_VALUE);
    H5Dclose(data);
    H5Fclose(file);
}

/* ---- NeXus ---- */

TEST(nexus_leads_from_its_root_to_the_maps_and_their_axes)
{
    static float got[MADE_CLASSES][ROWS * COLUMNS];
    float want[ROWS * COLUMNS];
    double x[COLUMNS];
    hsize_t size[3] = {0};
    char words[64];
    export_run(&image);

    hid_t file = H5Fopen(FOLDER "/maps.nxs", H5F_ACC_RDONLY, H5P_DEFAULT);
    attribute_text(file, "default", words, sizeof words);
    assert_string_equal(words, "entry");
    hid_t entry = H5Gopen(file, "entry", H5P_DEFAULT);
    attribute_text(entry, "default", words, sizeof words);
    assert_string_equal(words, "maps");
    hid_t maps = H5Gopen(entry, "maps", H5P_DEFAULT);
    attribute_text(maps, "NX_class", words, sizeof words);
    assert_string_equal(words, "NXdata");
    attribute_text(maps, "signal", words, sizeof words);
    assert_string_equal(words, "probability");
    hid_t data = H5Dopen(maps, words, H5P_DEFAULT), space = H5Dget_space(data);
    assert_int_equal(H5Sget_simple_extent_dims(space, size, NULL), 3);
    assert_true(size[0] == MADE_CLASSES && size[1] == ROWS && size[2] == COLUMNS);
    assert_true(H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (uint32_t c = 0; c < MADE_CLASSES; c++) {
        expected_plane(&image, c, want);
        assert_floats(got[c], want, ROWS * COLUMNS, 0);
    }
    hid_t axis = H5Dopen(maps, "x", H5P_DEFAULT);
    attribute_text(axis, "units", words, sizeof words);
    assert_string_equal(words, "nm");
    assert_true(H5Dread(axis, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0);
    assert_true(x[0] == 3 && x[COLUMNS - 1] == 3 + 1.5 * (COLUMNS - 1));
    assert_true(attribute_number(maps, "x_indices") == 2);
    H5Dclose(axis);
    H5Sclose(space);
    H5Dclose(data);
    H5Gclose(maps);
    H5Gclose(entry);
    H5Fclose(file);
}

TEST(nexus_keeps_every_navigation_axis)
{
    static const made_run series = {.axes = 3, .size = {5, 8, 9}, .units = "nm",
                                    .elements = "O Ti", .low_ev = 90, .high_ev = 1000};
    static float got[MADE_CLASSES][5 * 8 * 9];
    hsize_t size[4] = {0};
    export_run(&series);

    hid_t file = H5Fopen(FOLDER "/maps.nxs", H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t data = H5Dopen(file, "/entry/maps/probability", H5P_DEFAULT), space = H5Dget_space(data);
    assert_int_equal(H5Sget_simple_extent_dims(space, size, NULL), 4);
    assert_true(size[1] == 5 && size[2] == 8 && size[3] == 9);
    assert_true(H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (uint64_t p = 0; p < 5 * 8 * 9; p++)
        assert_true(got[TI][p] == made_probability(&series, TI, p));
    H5Sclose(space);
    H5Dclose(data);
    H5Fclose(file);
}

/* ---- tables ---- */

/* Line `number` of the table, from 0, cut at its commas; returns how many fields it has. */
static int csv_line(uint64_t number, char line[1024], char *field[64])
{
    FILE *in = fopen(FOLDER "/maps.csv", "r");
    int n = 0;
    assert_non_null(in);
    for (uint64_t i = 0; i <= number; i++)
        assert_non_null(fgets(line, 1024, in));
    fclose(in);
    line[strcspn(line, "\n")] = 0;
    for (char *rest = line; rest && n < 64; n++)
        field[n] = strsep(&rest, ",");
    return n;
}

TEST(csv_has_a_row_per_pixel_with_its_place_its_state_and_its_probabilities)
{
    char line[1024], *field[64];
    uint64_t pixel = 4 * COLUMNS + 7;
    export_run(&image);

    assert_int_equal(csv_line(0, line, field), 5 + MADE_COLUMNS);
    assert_string_equal(field[0], "y");
    assert_string_equal(field[3], "x_nm");
    assert_string_equal(field[4], "state");
    assert_string_equal(field[5 + TI], "Ti");
    assert_int_equal(csv_line(1 + pixel, line, field), 5 + MADE_COLUMNS);
    assert_string_equal(field[0], "4");
    assert_string_equal(field[1], "7");
    assert_true(atof(field[3]) == 3 + 1.5 * 7);
    assert_string_equal(field[4], "value");
    assert_true(fabs(atof(field[5 + TI]) - made_probability(&image, TI, pixel)) < 1e-5);
    assert_string_equal(field[5 + SI], "");
    csv_line(1 + ROWS * COLUMNS / 2, line, field);
    assert_string_equal(field[4], "poison");
    assert_string_equal(field[5 + TI], "");
}

TEST(csv_of_a_single_spectrum_is_one_row_of_probabilities)
{
    static const made_run single = {.axes = 0, .units = "", .elements = "O Ti", .low_ev = 300,
                                    .high_ev = 900};
    char line[1024], *field[64];
    export_run(&single);

    assert_int_equal(csv_line(0, line, field), 1 + MADE_COLUMNS);
    assert_string_equal(field[0], "state");
    csv_line(1, line, field);
    assert_true(fabs(atof(field[1 + O]) - 0.98) < 1e-5);
}

/* ---- which files ---- */

TEST(only_the_formats_that_were_chosen_are_there)
{
    eel_result *result = result_of(&image);
    assert_ok(eel_result_export(result, FOLDER));
    assert_true(is_there("maps.csv") && is_there("maps.tif") && is_there("O.png"));

    assert_ok(eel_result_formats(&result->formats, "nxs,csv"));
    assert_ok(eel_result_export(result, FOLDER));

    assert_true(is_there("maps.csv") && is_there("maps.nxs") && is_there("report.json"));
    assert_false(is_there("maps.hspy") || is_there("maps.tif") || is_there("O.png") ||
                 is_there("overview.png"));
    eel_result_close(result);
}

TEST(an_unknown_format_is_misuse)
{
    unsigned formats;

    assert_ok(eel_result_formats(&formats, EEL_RESULT_NAMES));
    assert_int_equal(formats, (1u << EEL_RESULT_FORMATS) - 1);
    const char *files[] = {EEL_RESULT_FILES};
    assert_int_equal(sizeof files / sizeof *files, EEL_RESULT_FORMATS);
    for (int f = 0; f < EEL_RESULT_FORMATS; f++)
        assert_string_equal(files[f], eel_result_format_list[f].file);
    formats = 7;
    assert_fails(EEL_EARGS, eel_result_formats(&formats, "nxs,doc"));
    assert_words("--formats: 'doc' is none, expected some of hspy, nxs");
    assert_fails(EEL_EARGS, eel_result_formats(&formats, ""));
    assert_int_equal(formats, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiff_pages_hold_the_maps_and_keep_nan),
        cmocka_unit_test(tiff_is_laid_out_and_labelled_as_imagej_wants_it),
        cmocka_unit_test(a_scan_that_runs_backwards_keeps_its_pixel_size),
        cmocka_unit_test(hspy_holds_the_maps_on_the_axes_of_the_image),
        cmocka_unit_test(hspy_holds_the_state_of_every_pixel),
        cmocka_unit_test(nexus_leads_from_its_root_to_the_maps_and_their_axes),
        cmocka_unit_test(nexus_keeps_every_navigation_axis),
        cmocka_unit_test(csv_has_a_row_per_pixel_with_its_place_its_state_and_its_probabilities),
        cmocka_unit_test(csv_of_a_single_spectrum_is_one_row_of_probabilities),
        cmocka_unit_test(only_the_formats_that_were_chosen_are_there),
        cmocka_unit_test(an_unknown_format_is_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
