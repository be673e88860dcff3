/* maps: the files made from a store say what is in it, and are what other programs read. */
#include "test.h"
#include "made_run.h"
#include "base/mem.h"
#include "io/figure.h"

#include <hdf5.h>
#include <jansson.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#define FOLDER EEL_BINARY_DIR "/made/maps"
#define ROWS    12
#define COLUMNS 30
#define TI      7 /* the classes' places in the paper's Table 1 */
#define O       3
#define SI      15

static const made_run image = {
    .axes = 2, .size = {ROWS, COLUMNS}, .units = "nm", .elements = "O Ti Mn", .absent = 17,
    .low_ev = 300, .high_ev = 900,
};

static eel_result *result_of(const made_run *run)
{
    eel_result *result = NULL;

    make_run(run, FOLDER "/store");
    assert_ok(eel_result_open(&result, FOLDER "/store"));
    return result;
}

static void export_run(const made_run *run)
{
    eel_result *result = result_of(run);
    assert_ok(eel_result_export(result, FOLDER));
    eel_result_close(result);
}

static int is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    return access(path, F_OK) == 0;
}

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
        cmocka_unit_test(tiff_pages_hold_the_maps_and_keep_nan),
        cmocka_unit_test(tiff_is_laid_out_and_labelled_as_imagej_wants_it),
        cmocka_unit_test(a_scan_that_runs_backwards_keeps_its_pixel_size),
        cmocka_unit_test(a_scan_that_runs_backwards_is_drawn_in_its_proportions),
        cmocka_unit_test(a_line_scan_is_drawn_where_it_was),
        cmocka_unit_test(the_report_of_a_line_scan_has_its_places_too),
        cmocka_unit_test(hspy_holds_the_maps_on_the_axes_of_the_image),
        cmocka_unit_test(hspy_holds_the_state_of_every_pixel),
        cmocka_unit_test(nexus_leads_from_its_root_to_the_maps_and_their_axes),
        cmocka_unit_test(nexus_keeps_every_navigation_axis),
        cmocka_unit_test(csv_has_a_row_per_pixel_with_its_place_its_state_and_its_probabilities),
        cmocka_unit_test(csv_of_a_single_spectrum_is_one_row_of_probabilities),
        cmocka_unit_test(only_the_formats_that_were_chosen_are_there),
        cmocka_unit_test(an_unknown_format_is_misuse),
        cmocka_unit_test(every_found_element_has_a_picture_and_the_overview_is_a_slide),
        cmocka_unit_test(a_picture_of_an_earlier_result_does_not_stay),
        cmocka_unit_test(every_shape_of_run_has_its_pictures),
        cmocka_unit_test(noisy_pixels_are_no_element_and_a_small_particle_is),
        cmocka_unit_test(numbers_of_the_report_are_those_of_the_store),
        cmocka_unit_test(a_store_that_its_description_does_not_fit_is_refused),
        cmocka_unit_test(edges_of_other_elements_are_listed_by_energy),
        cmocka_unit_test(a_folder_that_cannot_be_written_leaves_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
