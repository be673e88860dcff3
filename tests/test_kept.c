/* kept: what files say of themselves beyond axes and optics, and what of it a .hspy made of them has. */
#include "image_test.h"

#include "dm_make.h"
#include "h5_make.h"
#include "io/hspy_write.h"
#include "io/image_write.h"

#define SIGNAL "Experiments/a/"

static char from[256], to[256];

static int set_up(void **state)
{
    (void)state;
    strcpy(from, temporary("from.hspy"));
    strcpy(to, temporary("to.hspy"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(from);
    unlink(to);
    return 0;
}

/* Closing it closes what was opened in it. */
static hid_t opened(const char *path, unsigned how)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t file = H5Fopen(path, how, access);

    H5Pclose(access);
    assert_true(file >= 0);
    return file;
}

/* A file of two rows of three pixels, open so that a test adds to what it says. */
static hid_t made_hspy(void)
{
    eel_hspy_signal s = eel_hspy_signal_named("a", "EELS");
    eel_hspy_file *file;

    eel_hspy_signal_axis(&s, 1, "y", "nm", 2, 0, 1);
    eel_hspy_signal_axis(&s, 1, "x", "nm", 3, 0, 1);
    eel_hspy_signal_axis(&s, 0, "Energy loss", "eV", 5, 200, 0.5);
    s.beam_kev = 80;
    assert_ok(eel_hspy_create(&file, from));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 1));
    return opened(from, H5F_ACC_RDWR);
}

/* Converts `from`, and opens what came of it. */
static hid_t converted(const eel_image_options *options, const char *words_expected)
{
    char words[320], block[4096];
    eel_image *image;
    eel_image_writer *writer;

    assert_ok(eel_image_open_as(&image, from, options));
    const eel_image_info *info = eel_image_info_of(image);
    assert_ok(eel_image_create_like(&writer, to, image));
    for (uint64_t p = 0; p < info->pixels; p++) {
        assert_ok(eel_image_read(image, p, 1, block));
        assert_ok(eel_image_write(writer, p, 1, block));
    }
    eel_image_left_out(writer, words, sizeof words);
    assert_string_equal(words, words_expected);
    assert_ok(eel_image_finish(writer, 1));
    eel_image_close(image);
    return opened(to, H5F_ACC_RDONLY);
}

static int is_there(hid_t file, const char *path)
{
    return H5Oexists_by_name(file, path, H5P_DEFAULT) > 0;
}

static int has(hid_t file, const char *group, const char *attribute)
{
    return is_there(file, group) && H5Aexists_by_name(file, group, attribute, H5P_DEFAULT) > 0;
}

static double number(hid_t file, const char *group, const char *attribute)
{
    double value = NAN;
    hid_t a = H5Aopen_by_name(file, group, attribute, H5P_DEFAULT, H5P_DEFAULT);

    assert_true(a >= 0);
    assert_true(H5Aread(a, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(a);
    return value;
}

TEST(metadata_of_an_hspy_come_along_and_what_is_known_stands_above_them)
{
    hid_t file = made_hspy();
    hsize_t few[] = {3};
    put_text(group_of(file, SIGNAL "metadata/General"), "authors", "somebody");
    put_number(group_of(file, SIGNAL "metadata/Acquisition_instrument/TEM"), "camera_length", 60);
    put_number(group_of(file, SIGNAL "metadata/Signal"), "binned", 0);
    put_number(group_of(file, SIGNAL "original_metadata/stage/holder"), "tilt", 12.5);
    put_counts(group_of(file, SIGNAL "original_metadata/stage"), "places", 1, few);
    H5Fclose(file);

    file = converted(&(eel_image_options){.axis = "100:2"}, "");

    assert_true(has(file, SIGNAL "metadata/General", "authors"));
    assert_true(number(file, SIGNAL "metadata/Acquisition_instrument/TEM", "camera_length") == 60);
    assert_true(number(file, SIGNAL "metadata/Acquisition_instrument/TEM", "beam_energy") == 80);
    assert_true(number(file, SIGNAL "original_metadata/stage/holder", "tilt") == 12.5);
    assert_true(is_there(file, SIGNAL "original_metadata/stage/places"));
    assert_false(has(file, SIGNAL "metadata/Signal", "binned")); /* the axis says that */
    assert_true(number(file, SIGNAL "axis-2", "scale") == 2);
    H5Fclose(file);
}

TEST(noise_and_markers_of_all_pixels_are_not_those_of_pixels_that_were_selected_or_added_up)
{
    static const eel_image_options some[] = {{.select = "y=1"}, {.bin = "2"}};
    hid_t file = made_hspy();
    put_number(group_of(file, SIGNAL "metadata/Signal/Noise_properties"), "variance", 4);
    put_number(group_of(file, SIGNAL "metadata/Markers/point"), "x", 2);
    H5Fclose(file);

    for (int i = 0; i < 2; i++) {
        file = converted(&some[i], "");
        assert_false(is_there(file, SIGNAL "metadata/Signal/Noise_properties"));
        assert_false(is_there(file, SIGNAL "metadata/Markers"));
        H5Fclose(file);
    }
    file = converted(&(eel_image_options){0}, "");
    assert_true(number(file, SIGNAL "metadata/Signal/Noise_properties", "variance") == 4);
    assert_true(number(file, SIGNAL "metadata/Markers/point", "x") == 2);
    H5Fclose(file);
}

TEST(metadata_that_lead_elsewhere_or_are_no_end_stay_behind_and_the_words_say_so)
{
    hid_t file = made_hspy();
    hid_t original = group_of(file, SIGNAL "original_metadata");
    put_number(original, "tilt", 12.5);
    H5Lcreate_external("/etc/other.h5", "/secret", original, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(group_of(file, SIGNAL "metadata"), ".", group_of(file, SIGNAL "metadata/General"), "circle",
                   H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);

    file = converted(&(eel_image_options){0},
                     "; 2 parts of its metadata left out, too large or of no kind that is kept");

    assert_true(is_there(file, SIGNAL "original_metadata")); /* HyperSpy insists on it */
    assert_false(has(file, SIGNAL "original_metadata", "tilt"));
    assert_false(is_there(file, SIGNAL "metadata/General/circle"));
    assert_true(number(file, SIGNAL "metadata/Acquisition_instrument/TEM", "beam_energy") == 80);
    H5Fclose(file);
}

TEST(a_data_set_larger_than_metadata_are_stays_behind)
{
    hid_t file = made_hspy();
    hsize_t many[] = {40u << 20}; /* uint16 */
    hid_t space = H5Screate_simple(1, many, NULL);
    H5Dclose(H5Dcreate2(group_of(file, SIGNAL "original_metadata"), "movie", H5T_STD_U16LE, space, H5P_DEFAULT,
                        H5P_DEFAULT, H5P_DEFAULT)); /* nothing is written: it takes no room */
    H5Sclose(space);
    H5Fclose(file);

    file = converted(&(eel_image_options){0},
                     "; 1 part of its metadata left out, too large or of no kind that is kept");

    assert_false(is_there(file, SIGNAL "original_metadata/movie"));
    H5Fclose(file);
}

/* Two spectra as the second image, the first being a thumbnail. */
static void made_dm(int version, int big_endian)
{
    static const float values[2 * 5] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    dm_description file = {.version = version, .big_endian = big_endian, .images = 2, .extras = 1};
    dm_image *picture = &file.image[0], *spectra = &file.image[1];

    *picture = (dm_image){.name = "thumb", .data_type = 2, .dims = 2, .size = {2, 1}, .thumbnail = 1};
    *spectra = (dm_image){.name = "SI", .data_type = 2, .dims = 2, .size = {5, 2}, .scale = {0.5, 1},
                          .units = {"eV", "nm"}, .values = values, .value_bytes = sizeof values, .signal = "EELS",
                          .voltage = 200e3};
    dm_make(from, &file);
}

static void assert_array(hid_t file, const char *path, int n, const double *expected)
{
    double values[8];
    hid_t data = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(data);

    assert_true(data >= 0);
    assert_int_equal(H5Sget_simple_extent_npoints(space), n);
    assert_true(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    for (int i = 0; i < n; i++)
        assert_true(values[i] == expected[i]);
}

static void assert_text(hid_t file, const char *group, const char *attribute, const char *expected)
{
    char *text = NULL;
    hid_t a = H5Aopen_by_name(file, group, attribute, H5P_DEFAULT, H5P_DEFAULT), type = H5Aget_type(a);

    assert_true(a >= 0);
    assert_true(H5Aread(a, type, &text) >= 0);
    assert_string_equal(text, expected);
    H5free_memory(text);
}

#define FILM "; 1 part of its metadata left out, too large or of no kind that is kept"

TEST(tags_of_a_dm_file_are_the_original_metadata_that_hyperspy_makes_of_them)
{
    const char *extras = "Experiments/SI/original_metadata/Extras";

    for (int kind = 0; kind < 4; kind++) {
        made_dm(3 + kind / 2, kind % 2);
        int64_t when = 0;

        hid_t file = converted(&(eel_image_options){0}, FILM);

        hid_t a = H5Aopen_by_name(file, extras, "When/where", H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Aread(a, H5T_NATIVE_INT64, &when) >= 0);
        assert_int_equal(when, 133000000000000001);
        hid_t group = H5Gopen2(file, extras, H5P_DEFAULT);
        assert_true(has(file, extras, "On"));
        assert_array(group, "_list_Shorts", 3, (double[]){-3, 4, 300});
        assert_array(group, "_tuple_Place", 2, (double[]){0.5, -2});
        assert_array(group, "_list_Places", 2, (double[]){-3, 4});
        assert_text(file, extras, "_list_empty_Empty", "_None_");
        assert_text(file, extras, "µ units", "two\nlines");
        assert_false(is_there(group, "_list_Film"));
        H5Fclose(file);
    }
}

TEST(of_the_images_of_a_dm_file_the_tags_of_the_one_that_was_read_are_kept_without_its_values)
{
    const char *image = "Experiments/SI/original_metadata/ImageList/TagGroup0";
    made_dm(4, 0);

    hid_t file = converted(&(eel_image_options){0}, FILM);

    hid_t group = H5Gopen2(file, image, H5P_DEFAULT);
    assert_text(file, image, "Name", "SI");
    assert_true(number(group, "ImageTags/Microscope Info", "Voltage") == 200e3);
    assert_true(number(group, "ImageData/Dimensions", "Data0") == 5);
    assert_true(number(group, "ImageData/Calibrations/Dimension/TagGroup0", "Scale") == 0.5);
    assert_false(is_there(group, "ImageData/_list_Data"));
    assert_false(is_there(file, "Experiments/SI/original_metadata/ImageList/TagGroup1"));
    H5Fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(metadata_of_an_hspy_come_along_and_what_is_known_stands_above_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            noise_and_markers_of_all_pixels_are_not_those_of_pixels_that_were_selected_or_added_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            metadata_that_lead_elsewhere_or_are_no_end_stay_behind_and_the_words_say_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_data_set_larger_than_metadata_are_stays_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tags_of_a_dm_file_are_the_original_metadata_that_hyperspy_makes_of_them,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            of_the_images_of_a_dm_file_the_tags_of_the_one_that_was_read_are_kept_without_its_values, set_up,
            tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
