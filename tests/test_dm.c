/* DigitalMicrograph files: both versions, byte orders and axis orders, which signal, and damage. */
#include "image_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "dm_make.h"
#include "io/planes.h"

#define X 3
#define Y 2
#define E 5

/* Energies e, pixel p: value 100 e + p. dims fastest first, `energy` which of them. */
static void fill(float *values, const uint64_t size[3], int energy)
{
    for (uint64_t i = 0; i < size[0] * size[1] * size[2]; i++) {
        uint64_t at[3] = {i % size[0], i / size[0] % size[1], i / size[0] / size[1]};
        uint64_t pixel = energy == 0 ? at[1] + at[2] * size[1]
                       : energy == 1 ? at[0] + at[2] * size[0]
                                     : at[0] + at[1] * size[0];
        values[i] = (float)(100 * at[energy] + pixel);
    }
}

static dm_description spectrum_image(const float *values, int energy)
{
    dm_description file = {.version = 4, .images = 1};
    dm_image *image = &file.image[0];

    *image = (dm_image){.name = "SI", .data_type = 2, .dims = 3, .values = values,
                        .value_bytes = X * Y * E * sizeof *values, .signal = "EELS",
                        .format = "Spectrum image", .voltage = 200e3};
    for (int d = 0, nav = 0; d < 3; d++) {
        image->size[d] = d == energy ? E : nav++ == 0 ? X : Y;
        image->scale[d] = d == energy ? 0.5 : 2;
        image->origin[d] = d == energy ? -200 : 1;
        image->units[d] = d == energy ? "eV" : "nm";
    }
    return file;
}

static void opens_with_values(const dm_description *file)
{
    const char *path = temporary("si.dm");
    eel_image *image;

    dm_make(path, file);
    assert_ok(eel_image_open(&image, path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, file->version == 3 ? "dm3" : "dm4");
    assert_int_equal(info->nav_count, 2);
    assert_int_equal(info->nav[0].size, Y);
    assert_int_equal(info->nav[1].size, X);
    assert_string_equal(info->nav[1].units, "nm");
    assert_true(info->nav[1].scale == 2 && info->nav[1].offset == -2);
    assert_true(info->axis.start_ev == 100 && info->axis.step_ev == 0.5 && info->axis.n == E);
    assert_true(info->beam_kev == 200);
    assert_true(isnan(info->exposure_s));
    for (uint32_t rows = 1; rows <= X * Y; rows++) {
        double *all = read_all(image, rows);
        for (int p = 0; p < X * Y; p++) {
            for (int e = 0; e < E; e++)
                assert_true(all[p * E + e] == 100 * e + p);
        }
        free(all);
    }
    eel_image_close(image);
    unlink(path);
}

TEST(versions_byte_orders_and_axis_orders_give_the_same_spectra)
{
    float values[X * Y * E];

    for (int energy = 0; energy < 3; energy++) {
        dm_description file = spectrum_image(values, energy);
        fill(values, file.image[0].size, energy);
        for (file.version = 3; file.version <= 4; file.version++) {
            for (file.big_endian = 0; file.big_endian <= 1; file.big_endian++)
                opens_with_values(&file);
        }
    }
}

TEST(every_type_of_number_is_read_as_stored)
{
    static const struct { int data_type; eel_image_type type; } types[] = {
        {1, EEL_IMAGE_I16}, {6, EEL_IMAGE_U8},   {7, EEL_IMAGE_I32},  {9, EEL_IMAGE_I8},
        {10, EEL_IMAGE_U16}, {11, EEL_IMAGE_U32}, {12, EEL_IMAGE_F64}, {39, EEL_IMAGE_I64},
        {40, EEL_IMAGE_U64},
    };
    unsigned char bytes[3 * 8];
    const char *path = temporary("types.dm3");

    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        size_t size = eel_image_type_size(types[t].type);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)(i % size == 0 ? 250 - i : 0);
        for (int big = 0; big <= 1; big++) {
            dm_description file = {.version = 3, .big_endian = big, .images = 1};
            unsigned char got[sizeof bytes];
            eel_image *image;
            file.image[0] = (dm_image){.name = "S", .data_type = types[t].data_type, .dims = 1,
                                       .size = {3}, .scale = {1}, .units = {"eV"},
                                       .values = bytes, .value_bytes = 3 * size};
            dm_make(path, &file);
            assert_ok(eel_image_open(&image, path, NULL));
            assert_int_equal(eel_image_info_of(image)->type, types[t].type);
            assert_ok(eel_image_read(image, 0, 1, got));
            assert_memory_equal(got, bytes, 3 * size);
            eel_image_close(image);
        }
    }
    unlink(path);
}

/* Survey image, low loss, core loss, a sum spectrum; the thumbnail first. */
static dm_description several_signals(void)
{
    dm_description file = {.version = 4, .images = 4};

    file.image[0] = (dm_image){.name = "thumbnail", .data_type = 23, .dims = 2, .size = {4, 4},
                               .scale = {1, 1}, .thumbnail = 1};
    file.image[1] = (dm_image){.name = "Survey", .data_type = 10, .dims = 2, .size = {8, 8},
                               .scale = {1, 1}, .units = {"nm", "nm"}};
    file.image[2] = (dm_image){.name = "EELS (low-loss)", .data_type = 2, .dims = 3,
                               .size = {3, 2, 10}, .scale = {1, 1, 1}, .origin = {0, 0, 5},
                               .units = {"nm", "nm", "eV"}, .signal = "EELS",
                               .format = "Spectrum image"};
    file.image[3] = (dm_image){.name = "EELS (high-loss)", .data_type = 2, .dims = 3,
                               .size = {3, 2, 10}, .scale = {1, 1, 1}, .origin = {0, 0, -400},
                               .units = {"nm", "nm", "eV"}, .signal = "EELS",
                               .format = "Spectrum image"};
    return file;
}

TEST(the_core_loss_spectrum_image_is_picked_and_the_others_are_listed)
{
    dm_description file = several_signals();
    const char *path = temporary("several.dm4");
    eel_image *image;

    dm_make(path, &file);
    assert_ok(eel_image_open(&image, path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_int_equal(info->signal_count, 3);
    assert_int_equal(info->signal, 2);
    assert_string_equal(info->title, "EELS (high-loss)");
    assert_string_equal(info->signals[0].kind, "image");
    assert_string_equal(info->signals[1].kind, "low-loss spectrum image");
    assert_string_equal(info->signals[2].kind, "spectrum image");
    assert_string_equal(info->signals[2].shape, "10 x 2 x 3");
    eel_image_close(image);
    unlink(path);
}

TEST(a_signal_is_chosen_by_name_or_number)
{
    dm_description file = several_signals();
    const char *path = temporary("several.dm4");
    eel_image *image;

    dm_make(path, &file);
    assert_ok(eel_image_open(&image, path, "EELS (low-loss)"));
    assert_true(eel_image_info_of(image)->axis.start_ev == -5);
    eel_image_close(image);
    assert_ok(eel_image_open(&image, path, "1"));
    assert_int_equal(eel_image_info_of(image)->signal, 1);
    eel_image_close(image);
    assert_fails(EEL_EARGS, eel_image_open(&image, path, "7"));
    assert_fails(EEL_EARGS, eel_image_open(&image, path, "EDS"));
    assert_words("no signal 'EDS'");
    assert_fails(EEL_EFORMAT, eel_image_open(&image, path, "Survey"));
    assert_words("no axis is in eV");
    file.image[3].name = file.image[2].name;
    dm_make(path, &file);
    assert_fails(EEL_EARGS, eel_image_open(&image, path, "EELS (low-loss)"));
    assert_words("by number");
    unlink(path);
}

static void energy_axis(const char *units, const char *signal, int code, double start_ev)
{
    dm_description file = {.version = 3, .images = 1};
    const char *path = temporary("axis.dm3");
    eel_image *image;

    file.image[0] = (dm_image){.name = "S", .data_type = 2, .dims = 1, .size = {10},
                               .scale = {0.5}, .origin = {-1}, .units = {units},
                               .signal = signal, .format = "Spectrum"};
    dm_make(path, &file);
    if (code != EEL_OK) {
        assert_fails(code, eel_image_open(&image, path, NULL));
    } else {
        assert_ok(eel_image_open(&image, path, NULL));
        assert_true(eel_image_info_of(image)->axis.start_ev == start_ev);
        eel_image_close(image);
    }
    unlink(path);
}

TEST(units_decide_whether_an_axis_is_one_of_energy)
{
    energy_axis("eV", "EELS", EEL_OK, 0.5);
    energy_axis("eV", NULL, EEL_OK, 0.5);
    energy_axis("keV", "EELS", EEL_OK, 500);
    energy_axis("", "EELS", EEL_OK, 0.5);
    energy_axis("", NULL, EEL_EFORMAT, 0);
    assert_words("without unit");
    energy_axis("nm", "EELS", EEL_EFORMAT, 0);
    assert_words("in nm");
    energy_axis("nm", "CL", EEL_EFORMAT, 0);
    energy_axis("eV", "CL", EEL_EFORMAT, 0);
    assert_words("its metadata say CL, expected EELS");
    energy_axis("keV", "X-ray", EEL_EFORMAT, 0);
    assert_words("X-ray");
}

TEST(nan_and_negative_counts_stay_as_they_are)
{
    float values[X * Y * E] = {NAN, -1, INFINITY}, got[E];
    dm_description file = spectrum_image(values, 0);
    const char *path = temporary("nan.dm4");
    eel_image *image;

    dm_make(path, &file);
    assert_ok(eel_image_open(&image, path, NULL));
    assert_ok(eel_image_read(image, 0, 1, got));

    assert_true(isnan(got[0]) && got[1] == -1 && isinf(got[2]));
    eel_image_close(image);
    unlink(path);
}

/* A file of 6 GiB, nearly all of it a hole; energy slowest or fastest. */
static void large(int energy)
{
    enum { SIDE = 1024, CHANNELS = 3072 };
    dm_description file = {.version = 4, .images = 1};
    const char *path = temporary("large.dm4");
    uint16_t *rows = malloc(2 * CHANNELS * sizeof *rows), planted = 4711;
    uint64_t pixels[] = {0, EEL_SLAB_BYTES / (2 * CHANNELS) - 1, SIDE * SIDE - 2};
    eel_image *image;

    file.image[0] = (dm_image){.name = "SI", .data_type = 10, .dims = 3, .signal = "EELS",
                               .format = "Spectrum image"};
    for (int d = 0; d < 3; d++) {
        file.image[0].size[d] = d == energy ? CHANNELS : SIDE;
        file.image[0].scale[d] = 1;
        file.image[0].units[d] = d == energy ? "eV" : "nm";
    }
    uint64_t offset = dm_make(path, &file);
    int fd = open(path, O_WRONLY);
    for (int i = 0; i < 3; i++) { /* two neighbours each, the middle ones on both sides of a slab */
        for (uint64_t p = pixels[i]; p < pixels[i] + 2; p++) {
            uint64_t at = energy == 0 ? p * CHANNELS + (CHANNELS - 1)
                                      : (uint64_t)(CHANNELS - 1) * SIDE * SIDE + p;
            assert_int_equal(pwrite(fd, &planted, 2, (off_t)(offset + 2 * at)), 2);
        }
    }
    close(fd);

    assert_ok(eel_image_open(&image, path, NULL));
    for (int i = 0; i < 3; i++) {
        assert_ok(eel_image_read(image, pixels[i], 2, rows));
        for (int c = 0; c < 2 * CHANNELS; c++)
            assert_int_equal(rows[c], c % CHANNELS == CHANNELS - 1 ? planted : 0);
    }
    eel_image_close(image);
    free(rows);
    unlink(path);
}

TEST(files_past_4_gib_are_read_with_energy_slowest)
{
    large(2);
}

TEST(files_past_4_gib_are_read_with_energy_fastest)
{
    large(0);
}

TEST(pixels_that_are_not_there_are_refused)
{
    float values[X * Y * E] = {0}, got[X * Y * E];
    dm_description file = spectrum_image(values, 0);
    const char *path = temporary("pixels.dm4");
    eel_image *image;

    dm_make(path, &file);
    assert_ok(eel_image_open(&image, path, NULL));
    assert_fails(EEL_EARGS, eel_image_read(image, X * Y, 1, got));
    assert_fails(EEL_EARGS, eel_image_read(image, 1, X * Y, got));
    assert_fails(EEL_EARGS, eel_image_read(image, UINT64_MAX, 2, got));
    assert_ok(eel_image_read(image, 0, X * Y, got));
    eel_image_close(image);
    unlink(path);
}

TEST(a_file_cut_anywhere_is_refused)
{
    float values[X * Y * E] = {0};
    const char *path = temporary("cut.dm");
    struct stat whole;
    eel_image *image;

    for (int version = 3; version <= 4; version++) {
        dm_description file = spectrum_image(values, 2);
        file.version = version;
        dm_make(path, &file);
        assert_int_equal(stat(path, &whole), 0);
        for (off_t length = whole.st_size - 1; length > 0; length--) {
            assert_int_equal(truncate(path, length), 0);
            assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
        }
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_byte_orders_and_axis_orders_give_the_same_spectra),
        cmocka_unit_test(every_type_of_number_is_read_as_stored),
        cmocka_unit_test(the_core_loss_spectrum_image_is_picked_and_the_others_are_listed),
        cmocka_unit_test(a_signal_is_chosen_by_name_or_number),
        cmocka_unit_test(units_decide_whether_an_axis_is_one_of_energy),
        cmocka_unit_test(nan_and_negative_counts_stay_as_they_are),
        cmocka_unit_test(files_past_4_gib_are_read_with_energy_slowest),
        cmocka_unit_test(files_past_4_gib_are_read_with_energy_fastest),
        cmocka_unit_test(pixels_that_are_not_there_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
