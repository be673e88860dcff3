/* HyperSpy files: written piece by piece, read back, any axis order, several signals, damage. */
#include "image_test.h"

#include <hdf5.h>
#include <sys/stat.h>
#include "io/boxes.h"
#include "io/hspy_write.h"
#include "io/image_write.h"

#define X 5
#define Y 3
#define E 7

static eel_hspy_signal small_image(eel_image_type type)
{
    eel_hspy_signal s = eel_hspy_signal_named("a/b µm", "EELS");

    eel_hspy_signal_axis(&s, 1, "y", "nm", Y, 3, 0.5);
    eel_hspy_signal_axis(&s, 1, "x", "nm", X, 4, 0.25);
    eel_hspy_signal_axis(&s, 0, "Energy loss", "eV", E, 200, 0.1);
    s.type = type;
    s.beam_kev = 80;
    s.exposure_s = 0.5;
    strcpy(s.elements, "Ti O");
    return s;
}

TEST(a_run_of_positions_is_taken_apart_into_boxes_in_order)
{
    const uint64_t sizes[] = {3, 4, 5};

    for (uint64_t first = 0; first < 60; first++) {
        for (uint64_t rows = 1; rows <= 60 - first; rows++) {
            uint64_t at = first, left = rows, start[3], count[3];
            while (left > 0) {
                uint64_t n = eel_box(sizes, 3, at, left, start, count);
                assert_true(n >= 1 && n <= left && n == count[0] * count[1] * count[2]);
                assert_int_equal((start[0] * 4 + start[1]) * 5 + start[2], at);
                assert_true(start[0] + count[0] <= 3 && start[1] + count[1] <= 4 &&
                            start[2] + count[2] <= 5);
                at += n;
                left -= n;
            }
        }
    }
}

TEST(what_is_written_reads_back_in_every_type)
{
    const char *path = temporary("types.hspy");
    unsigned char bytes[X * Y * E * 8], got[sizeof bytes];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 31 % 120); /* no NAN in any type */
    for (int t = 0; t < EEL_IMAGE_TYPES; t++) {
        eel_hspy_signal s = small_image((eel_image_type)t);
        size_t row = E * eel_image_type_size(s.type);
        eel_hspy_file *file;
        eel_image *image;
        assert_ok(eel_hspy_create(&file, path));
        assert_ok(eel_hspy_begin(file, &s));
        for (uint64_t first = 0; first < X * Y; first += 4) /* runs that cross rows */
            assert_ok(eel_hspy_write(file, first, first + 4 > X * Y ? X * Y - first : 4,
                                     bytes + first * row));
        assert_ok(eel_hspy_close(file, 1));
        assert_ok(eel_image_open(&image, path, NULL));
        assert_int_equal(eel_image_info_of(image)->type, t);
        for (uint32_t rows = 1; rows <= X * Y; rows++) {
            memset(got, 0, sizeof got);
            for (uint64_t first = 0; first < X * Y; first += rows)
                assert_ok(eel_image_read(image, first,
                                         first + rows > X * Y ? (uint32_t)(X * Y - first) : rows,
                                         got + first * row));
            assert_memory_equal(got, bytes, X * Y * row);
        }
        eel_image_close(image);
    }
    unlink(path);
}

TEST(axes_and_metadata_read_back)
{
    const char *path = temporary("meta.hspy");
    eel_hspy_signal s = small_image(EEL_IMAGE_U16);
    eel_hspy_file *file;
    eel_image *image;

    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 1));
    assert_ok(eel_image_open(&image, path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->title, "a/b µm");
    assert_string_equal(info->elements, "Ti O");
    assert_int_equal(info->nav_count, 2);
    assert_string_equal(info->nav[0].name, "y");
    assert_string_equal(info->nav[1].units, "nm");
    assert_true(info->nav[1].size == X && info->nav[1].offset == 4 && info->nav[1].scale == 0.25);
    assert_true(info->axis.start_ev == 200 && info->axis.step_ev == 0.1 && info->axis.n == E);
    assert_true(info->beam_kev == 80 && info->exposure_s == 0.5 && isnan(info->collection_mrad));
    eel_image_close(image);
    unlink(path);
}

TEST(rows_come_in_any_order_and_the_rest_is_the_fill_value)
{
    const char *path = temporary("fill.hspy");
    eel_hspy_signal s = small_image(EEL_IMAGE_F32);
    float values[2 * E], got[X * Y * E];
    eel_hspy_file *file;
    eel_image *image;

    for (int i = 0; i < 2 * E; i++)
        values[i] = (float)i;
    s.fill = NAN;
    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_write(file, 12, 2, values));
    assert_ok(eel_hspy_write(file, 4, 2, values));
    assert_fails(EEL_EARGS, eel_hspy_write(file, X * Y - 1, 2, values));
    assert_ok(eel_hspy_close(file, 1));
    assert_ok(eel_image_open(&image, path, NULL));
    assert_ok(eel_image_read(image, 0, X * Y, got));

    assert_memory_equal(got + 4 * E, values, sizeof values);
    assert_memory_equal(got + 12 * E, values, sizeof values);
    assert_true(isnan(got[0]) && isnan(got[6 * E]) && isnan(got[X * Y * E - 1]));
    eel_image_close(image);
    unlink(path);
}

TEST(several_signals_fit_into_a_file_and_names_may_repeat)
{
    const char *path = temporary("several.hspy");
    eel_hspy_signal maps = eel_hspy_signal_named("maps", ""), s = small_image(EEL_IMAGE_F32);
    float values[2 * Y * X] = {0};
    eel_hspy_file *file;
    eel_image *image;

    eel_hspy_signal_axis(&maps, 1, "element", "", 2, 0, 1);
    eel_hspy_signal_axis(&maps, 0, "y", "nm", Y, 0, 1);
    eel_hspy_signal_axis(&maps, 0, "x", "nm", X, 0, 1);
    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &maps));
    assert_ok(eel_hspy_write(file, 0, 2, values));
    assert_ok(eel_hspy_begin(file, &s));
    s.axes[2].offset = -0.3;
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 1));
    assert_ok(eel_image_open(&image, path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_int_equal(info->signal_count, 3);
    assert_true(info->axis.start_ev == 200);
    assert_string_equal(info->signals[1].kind, "low-loss spectrum image");
    assert_string_equal(info->signals[2].kind, "image stack");
    eel_image_close(image);
    unlink(path);
}

/* HDF5 lists "10" before "2": a number is no name. */
TEST(a_signal_is_opened_again_by_its_number_whatever_its_name)
{
    const char *path = temporary("numbers.hspy");
    eel_hspy_file *file;
    static eel_image_info then;
    eel_image *image;

    assert_ok(eel_hspy_create(&file, path));
    for (int i = 0; i < 12; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        eel_hspy_signal s = eel_hspy_signal_named(name, "EELS");
        eel_hspy_signal_axis(&s, 0, "Energy loss", "eV", E, 200 + i, 0.1);
        s.type = EEL_IMAGE_F32;
        assert_ok(eel_hspy_begin(file, &s));
    }
    assert_ok(eel_hspy_close(file, 1));
    assert_ok(eel_image_open(&image, path, "10"));
    then = *eel_image_info_of(image);
    assert_true(then.axis.start_ev == 210 && then.signal != 10);
    eel_image_close(image);
    assert_ok(eel_image_open_again(&image, &then));
    assert_true(eel_image_info_of(image)->axis.start_ev == 210);
    eel_image_close(image);
    unlink(path);
}

/* A FunctionalDataAxis of HyperSpy, for one, has neither offset nor scale. */
TEST(an_energy_axis_without_a_scale_is_refused)
{
    const char *path = temporary("bent.hspy");
    eel_hspy_signal s = small_image(EEL_IMAGE_F32);
    eel_hspy_file *file;
    eel_image *image;

    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 1));
    hid_t changed = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete_by_name(changed, "/Experiments/a-b µm/axis-2", "scale", H5P_DEFAULT) >= 0);
    H5Fclose(changed);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
    assert_words("has no scale");
    unlink(path);
}

TEST(a_dropped_file_leaves_the_older_one)
{
    const char *path = temporary("older.hspy");
    eel_hspy_signal s = small_image(EEL_IMAGE_F32);
    eel_hspy_file *file;

    write_text(path, "older");
    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 0));

    FILE *old = fopen(path, "r");
    char text[16] = "";
    assert_non_null(fgets(text, sizeof text, old));
    assert_string_equal(text, "older");
    fclose(old);
    unlink(path);
}

TEST(a_file_that_cannot_be_made_says_so)
{
    eel_hspy_file *file;

    assert_fails(EEL_EIO, eel_hspy_create(&file, "/nonexistent/out.hspy"));
    assert_words("/nonexistent/out.hspy");
}

static void put_number(hid_t to, const char *name, double value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t a = H5Acreate2(to, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(a);
    H5Sclose(space);
}

static void put_text(hid_t to, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hid_t a = H5Acreate2(to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, type, text);
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
}

/* A file as another program might write it: the energy is stored dimension `energy`. */
static void write_foreign(const char *path, int energy, const float *values)
{
    hsize_t size[3], chunk[3] = {2, 2, 2};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t all = H5Gcreate2(file, "Experiments", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t one = H5Gcreate2(all, "si", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    for (int d = 0, nav = 0; d < 3; d++) {
        char name[16];
        snprintf(name, sizeof name, "axis-%d", d);
        hid_t axis = H5Gcreate2(one, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        size[d] = d == energy ? E : nav++ == 0 ? Y : X;
        put_number(axis, "navigate", d != energy);
        put_number(axis, "scale", d == energy ? 0.2 : 1);
        put_number(axis, "offset", d == energy ? 0.45 : 0);
        put_text(axis, "units", d == energy ? "keV" : "nm");
        H5Gclose(axis);
    }
    hid_t space = H5Screate_simple(3, size, NULL), make = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(make, 3, chunk);
    H5Pset_deflate(make, 4);
    hid_t data = H5Dcreate2(one, "data", H5T_IEEE_F32BE, space, H5P_DEFAULT, make, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(data);
    H5Pclose(make);
    H5Sclose(space);
    H5Gclose(one);
    H5Gclose(all);
    H5Fclose(file);
}

TEST(any_axis_order_and_byte_order_gives_the_same_spectra)
{
    const char *path = temporary("order.hspy");

    for (int energy = 0; energy < 3; energy++) {
        float values[X * Y * E];
        uint64_t n[3] = {Y, X, E}, order[3] = {0, 1, 2};
        if (energy == 0)
            memcpy(order, (uint64_t[]){2, 0, 1}, sizeof order);
        if (energy == 1)
            memcpy(order, (uint64_t[]){0, 2, 1}, sizeof order);
        for (uint64_t i = 0; i < X * Y * E; i++) {
            uint64_t at[3], left = i;
            for (int d = 2; d >= 0; d--) {
                at[order[d]] = left % n[order[d]];
                left /= n[order[d]];
            }
            values[i] = (float)(1000 * at[2] + at[0] * X + at[1]);
        }
        write_foreign(path, energy, values);
        for (uint32_t rows = 1; rows <= X * Y; rows += 3) {
            eel_image *image;
            assert_ok(eel_image_open(&image, path, NULL));
            assert_true(fabs(eel_image_info_of(image)->axis.start_ev - 450) < 1e-9);
            double *all = read_all(image, rows);
            for (int p = 0; p < X * Y; p++)
                for (int e = 0; e < E; e++)
                    assert_true(all[p * E + e] == 1000 * e + p);
            free(all);
            eel_image_close(image);
        }
    }
    unlink(path);
}

static void convert(const char *from, const char *to)
{
    eel_image *image;
    eel_image_writer *writer;

    assert_ok(eel_image_open(&image, from, NULL));
    const eel_image_info *info = eel_image_info_of(image);
    char *block = malloc(info->pixels * info->axis.n * 8);
    assert_ok(eel_image_create(&writer, to, info));
    for (uint64_t p = 0; p < info->pixels; p++) {
        assert_ok(eel_image_read(image, p, 1, block));
        assert_ok(eel_image_write(writer, p, 1, block));
    }
    assert_ok(eel_image_finish(writer, 1));
    free(block);
    eel_image_close(image);
}

TEST(spectra_survive_the_way_through_hspy_and_msa)
{
    char msa[256], hspy[256], back[256];
    eel_image *image;

    strcpy(msa, temporary("a.txt"));
    strcpy(hspy, temporary("b.hspy"));
    strcpy(back, temporary("c.msa"));
    write_text(msa, "100.5 3\n101 -2\n101.5 nan\n102 1e-7\n");
    convert(msa, hspy);
    convert(hspy, back);
    assert_ok(eel_image_open(&image, back, NULL));

    double *all = read_all(image, 1);
    const eel_image_info *info = eel_image_info_of(image);
    assert_true(info->axis.start_ev == 100.5 && info->axis.step_ev == 0.5 && info->axis.n == 4);
    assert_true(all[0] == 3 && all[1] == -2 && isnan(all[2]) && all[3] == 1e-7);
    free(all);
    eel_image_close(image);
    unlink(msa);
    unlink(hspy);
    unlink(back);
}

TEST(npy_holds_the_values_behind_a_header)
{
    char hspy[256], npy[256], header[512] = "";
    eel_hspy_signal s = small_image(EEL_IMAGE_U16);
    uint16_t values[X * Y * E], got[X * Y * E];
    eel_hspy_file *file;

    for (int i = 0; i < X * Y * E; i++)
        values[i] = (uint16_t)(i * 257);
    strcpy(hspy, temporary("a.hspy"));
    strcpy(npy, temporary("b.npy"));
    assert_ok(eel_hspy_create(&file, hspy));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_write(file, 0, X * Y, values));
    assert_ok(eel_hspy_close(file, 1));
    convert(hspy, npy);

    FILE *in = fopen(npy, "rb");
    assert_int_equal(fread(header, 1, 128, in), 128);
    assert_int_equal(fread(got, sizeof *got, X * Y * E, in), X * Y * E);
    assert_int_equal(fgetc(in), EOF);
    assert_memory_equal(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_non_null(strstr(header + 10, "'shape': (3, 5, 7,)"));
    assert_memory_equal(got, values, sizeof got);
    fclose(in);
    unlink(hspy);
    unlink(npy);
}

TEST(a_file_cut_anywhere_is_refused)
{
    const char *path = temporary("cut.hspy");
    eel_hspy_signal s = small_image(EEL_IMAGE_F32);
    struct stat whole;
    eel_hspy_file *file;
    eel_image *image;

    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_close(file, 1));
    assert_int_equal(stat(path, &whole), 0);
    for (off_t length = whole.st_size - 1; length > 0; length -= 701) {
        assert_int_equal(truncate(path, length), 0);
        assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
    }
    unlink(path);
}

TEST(other_hdf5_files_say_what_they_hold)
{
    const char *path = temporary("other.hspy");
    eel_image *image;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "entry1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);

    assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
    assert_words("entry1");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_positions_is_taken_apart_into_boxes_in_order),
        cmocka_unit_test(what_is_written_reads_back_in_every_type),
        cmocka_unit_test(axes_and_metadata_read_back),
        cmocka_unit_test(rows_come_in_any_order_and_the_rest_is_the_fill_value),
        cmocka_unit_test(several_signals_fit_into_a_file_and_names_may_repeat),
        cmocka_unit_test(a_signal_is_opened_again_by_its_number_whatever_its_name),
        cmocka_unit_test(an_energy_axis_without_a_scale_is_refused),
        cmocka_unit_test(a_dropped_file_leaves_the_older_one),
        cmocka_unit_test(a_file_that_cannot_be_made_says_so),
        cmocka_unit_test(any_axis_order_and_byte_order_gives_the_same_spectra),
        cmocka_unit_test(spectra_survive_the_way_through_hspy_and_msa),
        cmocka_unit_test(npy_holds_the_values_behind_a_header),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(other_hdf5_files_say_what_they_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
