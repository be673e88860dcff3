/* Arrays that lie in files as they are: NumPy, ripple, TIFF stacks, Nion Swift's ndata. */
#include <math.h>
#include "image_test.h"
#include "raw_make.h"

enum { T = 2, Y = 3, X = 4, E = 20, N = Y * X * E };

static eel_image *opened(const char *axis, const char *axes)
{
    eel_image *image = NULL;
    assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.axis = axis, .axes = axes}));
    return image;
}

/* Value i of the file is i; the energy lies first or last in it. */
static void assert_image(eel_image *image, int energy_first, double start, double step)
{
    const eel_image_info *info = eel_image_info_of(image);
    double *all = read_all(image, 5);

    assert_int_equal(info->axis.n, E);
    assert_true(fabs(info->axis.start_ev - start) < 1e-9 && fabs(info->axis.step_ev - step) < 1e-9);
    assert_int_equal(info->nav_count, 2);
    assert_int_equal(info->nav[0].size, Y);
    assert_int_equal(info->nav[1].size, X);
    for (int p = 0; p < Y * X; p++)
        for (int e = 0; e < E; e++)
            assert_true(all[p * E + e] == (energy_first ? e * Y * X + p : p * E + e));
    free(all);
    eel_image_close(image);
}

static void write_npy(const char *header, const void *values, size_t n)
{
    unsigned char bytes[8192];
    size_t length = npy_bytes(bytes, header, values, n);

    write_bytes(temporary("array.npy"), bytes, length);
}

TEST(a_numpy_array_is_read_with_the_axis_that_is_stated)
{
    uint16_t values[N], big[N];

    counts(values, N);
    for (int i = 0; i < N; i++)
        big[i] = __builtin_bswap16(values[i]);
    write_npy("{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4, 20), }\n", values,
              sizeof values);
    assert_image(opened("400:0.5", NULL), 0, 400, 0.5);
    write_npy("{'descr': '>u2', 'fortran_order': False, 'shape': (20, 3, 4), }\n", big, sizeof big);
    eel_image *image = opened("400:0.5", "E,rows,columns");
    assert_string_equal(eel_image_info_of(image)->nav[0].name, "rows");
    assert_image(image, 1, 400, 0.5);
    unlink(test_path);
}

/* A run's description tells how its file was opened, for those who look into it again. */
TEST(a_file_is_opened_again_as_it_was)
{
    static const char header[] = "{'descr': '<u2', 'fortran_order': False, 'shape': (20, 3, 4), }\n";
    eel_image_options said = {.axis = "400:0.5", .axes = "E,y,x", .select = "y=2"};
    static eel_image_info then;
    eel_image *image = NULL;
    uint16_t values[N], row[E];

    counts(values, N);
    write_npy(header, values, sizeof values);
    assert_ok(eel_image_open_as(&image, test_path, &said));
    char *json = eel_image_info_to_json(eel_image_info_of(image));
    eel_image_close(image);
    assert_ok(eel_image_info_from_json(&then, json));
    free(json);
    assert_ok(eel_image_open_again(&image, &then));
    assert_true(eel_image_info_of(image)->axis.start_ev == 400 && eel_image_info_of(image)->pixels == X);
    assert_ok(eel_image_read(image, 1, 1, row));
    for (int e = 0; e < E; e++)
        assert_int_equal(row[e], e * Y * X + 2 * X + 1);
    eel_image_close(image);
    write_npy("{'descr': '<u2', 'fortran_order': False, 'shape': (10, 3, 4), }\n", values, sizeof values / 2);
    assert_fails(EEL_EFORMAT, eel_image_open_again(&image, &then));
    unlink(test_path);
}

/* Sums of neighbouring pixels, of what is left at the end of an axis; the places of the pixels stay. */
static void assert_binned(const char *select, const char *bin, int rows, int columns, const float *first_channel)
{
    eel_image_options said = {.axis = "400:0.5", .select = select, .bin = bin};
    static eel_image_info then;
    eel_image *image = NULL;
    float sums[T * Y * X * E];

    assert_ok(eel_image_open_as(&image, test_path, &said));
    then = *eel_image_info_of(image);
    assert_int_equal(then.pixels, rows * columns);
    assert_int_equal(then.type, EEL_IMAGE_F32);
    assert_int_equal(then.nav[then.nav_count - 1].size, columns);
    assert_ok(eel_image_read(image, 0, (uint32_t)then.pixels, sums));
    for (int p = 0; p < rows * columns; p++)
        assert_true(sums[p * E] == first_channel[p]);
    if (rows > 1) { /* the end of a line and the next */
        assert_ok(eel_image_read(image, (uint64_t)columns - 1, 2, sums));
        assert_true(sums[0] == first_channel[columns - 1] && sums[E] == first_channel[columns]);
    }
    eel_image_close(image);
    assert_ok(eel_image_open_again(&image, &then));
    eel_image_close(image);
}

TEST(pixels_are_added_up)
{
    uint16_t values[T * N];
    float all = 0;
    eel_image *image = NULL;

    for (int i = 0; i < T * N; i++)
        values[i] = (uint16_t)(i % E == 0 ? i / E : 0); /* the first channel: the pixel's number */
    write_npy("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3, 4, 20), }\n", values, sizeof values);
    for (int i = 0; i < T * Y * X; i++)
        all += (float)i;
    assert_binned("0=1", "2", 2, 2, (float[]){12 + 13 + 16 + 17, 14 + 15 + 18 + 19, 20 + 21, 22 + 23});
    assert_binned("0=0", "1=3", 3, 2, (float[]){0 + 1 + 2, 3, 4 + 5 + 6, 7, 8 + 9 + 10, 11});
    assert_binned(NULL, "0=2,1=3,2=2", 1, 2, (float[]){all / 2 - 12, all / 2 + 12});
    assert_binned(NULL, "2", 4, 2, (float[]){0 + 1 + 4 + 5, 2 + 3 + 6 + 7, 8 + 9, 10 + 11, 12 + 13 + 16 + 17,
                                             14 + 15 + 18 + 19, 20 + 21, 22 + 23});
    static const char *const wrong[] = {"0", "", "two", "2x", "3=2", "0=0", "0=2,q=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        eel_image_options said = {.axis = "400:0.5", .bin = wrong[i]};
        assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path, &said));
        assert_words("--bin");
    }
    unlink(test_path);
}

/* Missing pixels are no counts; a pixel of nothing else stays missing. */
TEST(what_is_no_number_is_left_out_of_sums)
{
    float values[N], sums[2 * E];
    eel_image *image = NULL;

    for (int i = 0; i < N; i++)
        values[i] = i / E == 0 || i / E == 2 || i / E == 3 ? NAN : 1;
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 20), }\n", values, sizeof values);
    assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "400:0.5", .bin = "1=2"}));
    assert_ok(eel_image_read(image, 0, 2, sums));
    assert_true(sums[0] == 1 && isnan(sums[E]));
    eel_image_close(image);
    unlink(test_path);
}

/* As Python 2 wrote them. */
TEST(long_numbers_in_the_shape_of_a_numpy_array_count)
{
    uint16_t values[N];

    counts(values, N);
    write_npy("{'descr': '<u2', 'fortran_order': False, 'shape': (3L, 4L, 20L), }\n", values, sizeof values);
    assert_image(opened("400:0.5", NULL), 0, 400, 0.5);
    unlink(test_path);
}

/* A NumPy array in Fortran order whose value at [p][e], [y][x][e] or [t][y][x][e] is 100 p + e, p
 * being the pixel's number; energy first or last. */
static void write_fortran(const char *shape, const int *size, int dims, int energy_first)
{
    static uint16_t values[T * N];
    char header[128];
    int n = 1, place, stride, channels = 0;

    for (int d = 0; d < dims; d++)
        n *= size[d];
    for (int i = 0; i < n; i++) {
        int at[4], left = i, pixel = 0;
        place = 0;
        stride = 1;
        for (int d = dims - 1; d >= 0; d--) {
            at[d] = left % size[d];
            left /= size[d];
        }
        for (int d = 0; d < dims; d++) {
            place += at[d] * stride;
            stride *= size[d];
            if (d == (energy_first ? 0 : dims - 1))
                channels = at[d];
            else
                pixel = pixel * size[d] + at[d];
        }
        values[place] = (uint16_t)(100 * pixel + channels);
    }
    snprintf(header, sizeof header, "{'descr': '<u2', 'fortran_order': True, 'shape': %s, }\n", shape);
    write_npy(header, values, (size_t)n * sizeof *values);
}

static void assert_fortran(const char *axes, int nav_count, int pixels)
{
    eel_image *image = opened("400:0.5", axes);
    const eel_image_info *info = eel_image_info_of(image);
    double *all = read_all(image, 5);

    assert_int_equal(info->nav_count, nav_count);
    assert_int_equal(info->pixels, pixels);
    assert_int_equal(info->nav[nav_count - 1].size, nav_count > 1 ? X : Y * X);
    for (int p = 0; p < pixels; p++)
        for (int e = 0; e < E; e++)
            assert_true(all[p * E + e] == 100 * p + e);
    free(all);
    eel_image_close(image);
}

TEST(a_numpy_array_in_fortran_order_gives_the_same_pixels)
{
    write_fortran("(12, 20)", (int[]){Y * X, E}, 2, 0);
    assert_fortran(NULL, 1, Y * X);
    write_fortran("(3, 4, 20)", (int[]){Y, X, E}, 3, 0);
    assert_fortran(NULL, 2, Y * X);
    write_fortran("(20, 3, 4)", (int[]){E, Y, X}, 3, 1);
    assert_fortran("Eyx", 2, Y * X);
    write_fortran("(2, 3, 4, 20)", (int[]){T, Y, X, E}, 4, 0);
    assert_fortran("tyxE", 3, T * Y * X);
    unlink(test_path);
}

TEST(a_numpy_array_in_fortran_order_with_its_energy_between_the_pixels_is_refused)
{
    eel_image *image;

    write_fortran("(3, 20, 4)", (int[]){Y, E, X}, 3, 0);

    assert_fails(EEL_EFORMAT,
                 eel_image_open_as(&image, test_path,
                                   &(eel_image_options){.axis = "400:0.5", .axes = "yEx"}));
    assert_non_null(strstr(eel_words(), "ascontiguousarray"));
    unlink(test_path);
}

TEST(numpy_arrays_that_are_no_spectra_are_refused)
{
    static const struct { const char *header, *words; } bad[] = {
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (3, 4), }\n", "complex"},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': (3, 4), }\n", "yes/no"},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }\n",
         "of type f2, expected integers or float32, float64"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }\n", "records"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", "single number"},
        {"{'descr': '<u2', 'fortran_order': False, 'shape': (30, 4, 20), }\n", "bytes of values"},
        {"{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999, 99999999999), }\n",
         "shape"},
        {"{'descr': '<u2', 'fortran_order': False, 'shape': (0, 20), }\n", "shape"},
        {"{'descr': '<u2', 'fortran_order': False, 'shape': (3, x, 20), }\n", "its shape is (3, x, 20)"},
        {"{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4, 20", "its shape is (3, 4, 20"},
        {"{'fortran_order': False, 'shape': (3, 4, 20), 'descr': '", "of type"},
        {"{'descr': '<u2'}\n", "names no"},
        {"{'descr': ", "names no"},
    };
    uint16_t values[N];

    counts(values, N);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        eel_image *image;
        write_npy(bad[i].header, values, sizeof values);
        assert_fails(EEL_EFORMAT, eel_image_open_as(&image, test_path,
                                                    &(eel_image_options){.axis = "400:0.5"}));
        if (!strstr(eel_words(), bad[i].words))
            fail_msg("'%s', expected '%s' in it", eel_words(), bad[i].words);
    }
    unlink(test_path);
}

TEST(a_file_that_does_not_state_its_axes_says_what_to_state)
{
    uint16_t values[N];
    eel_image *image;

    counts(values, N);
    write_npy("{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4, 20), }\n", values,
              sizeof values);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "--axis"));
    assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path,
                                              &(eel_image_options){.axis = "1:1", .axes = "xE"}));
    assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path,
                                              &(eel_image_options){.axis = "1:1", .axes = "tyx"}));
    unlink(test_path);
}

TEST(a_ripple_file_is_read_in_either_order)
{
    static const char *const orders[] = {"vector", "image"};
    uint16_t values[N + 2];

    counts(values + 2, N);
    for (int image_first = 0; image_first < 2; image_first++) {
        char text[512];
        snprintf(text, sizeof text, ";comment\r\nkey\tvalue\r\nwidth\t4\r\nheight\t3\r\ndepth\t20\r\n"
                 "offset\t4\r\ndata-type\tunsigned\r\ndata-length\t2\r\nbyte-order\tlittle-endian\r\n"
                 "record-by\t%s\r\nev-per-chan\t0.5\r\ndepth-origin\t400\r\nbeam-energy\t200\r\n"
                 "width-units\tnm\r\nwidth-scale\t2\r\nheight-name\t<undefined>\r\n", orders[image_first]);
        write_bytes(temporary("scan.raw"), values, sizeof values);
        write_text(temporary("scan.rpl"), text);
        eel_image *image = opened(NULL, NULL);
        const eel_image_info *info = eel_image_info_of(image);
        assert_true(info->beam_kev == 200 && info->nav[1].scale == 2);
        assert_string_equal(info->nav[1].units, "nm");
        assert_string_equal(info->nav[1].name, "x");
        assert_string_equal(info->nav[0].name, "y");
        assert_image(image, image_first, 400, 0.5);
    }
    write_text(temporary("scan.rpl"), "key\tvalue\nwidth\t4\nheight\t3\ndepth\t20\ndata-type\tunsigned\n"
               "data-length\t2\nrecord-by\tvector\ndepth-scale\t-0.5\ndepth-origin\t400\ndepth-units\teV\n");
    eel_image *falling, *contradicted;
    assert_fails(EEL_EFORMAT, eel_image_open_as(&contradicted, test_path, &(eel_image_options){.axis = "keV"}));
    assert_non_null(strstr(eel_words(), "its energies are in eV, --axis states another unit"));
    assert_fails(EEL_EFORMAT, eel_image_open_as(&falling, test_path, &(eel_image_options){0}));
    assert_non_null(strstr(eel_words(), "its energies fall, from 400 eV in steps of -0.5"));
    write_text(test_path, "key\tvalue\nwidth\t4\nheight\t3\ndepth\t20\ndata-type\tunsigned\n"
               "data-length\t2\nrecord-by\tdont-care\ndepth-scale\t0.5\ndepth-units\teV\n");
    assert_fails(EEL_EFORMAT, eel_image_open_as(&falling, test_path, &(eel_image_options){0}));
    assert_non_null(strstr(eel_words(), "its record-by is 'dont-care', expected vector or image"));
    unlink(test_path);
    unlink(temporary("scan.raw"));
    write_text(temporary("scan.rpl"), "key\tvalue\nwidth\t4\ndata-length\t2\nrecord-by\tvector\n");
    eel_image *image;
    assert_fails(EEL_EIO, eel_image_open(&image, test_path, NULL));
    unlink(test_path);
}

TEST(tiff_stacks_are_read_with_the_energy_on_pages_or_columns_however_they_are_stored)
{
    for (int kind = PLAIN; kind <= SWAPPED; kind++) {
        tiff_make(temporary("stack.tif"), E, Y, X, (tiff_kind)kind, NULL);
        assert_image(opened("400:0.5", "Eyx"), 1, 400, 0.5);
        tiff_make(temporary("stack.tif"), Y, X, E, (tiff_kind)kind, NULL);
        eel_image *image = opened("400:0.5", "yxE");
        assert_string_equal(eel_image_info_of(image)->nav[0].name, "y");
        assert_image(image, 0, 400, 0.5);
    }
    unlink(test_path);
}

TEST(descriptions_of_imagej_and_tifffile_give_the_dimensions_of_pages)
{
    eel_image *image;

    tiff_make(temporary("stack.tif"), E, Y, X, PLAIN, "ImageJ=1.53t\nimages=20\nslices=20\nunit=nm\n");
    assert_image(opened("400:0.5", "Eyx"), 1, 400, 0.5);
    tiff_make(temporary("stack.tif"), E, Y, X, PLAIN, "ImageJ=1.53t\nimages=20\nchannels=10\nslices=2\nhyperstack=true\n");
    image = opened("400:0.5", "tEyx"); /* two slices of ten channels */
    assert_int_equal(eel_image_info_of(image)->axis.n, 10);
    assert_int_equal(eel_image_info_of(image)->pixels, 2 * Y * X);
    double *all = read_all(image, 5);
    assert_true(all[0] == 0 && all[1] == Y * X && all[Y * X * 10] == 10 * Y * X);
    free(all);
    eel_image_close(image);
    tiff_make(temporary("stack.tif"), 1, Y * X, E, PLAIN, "{\"shape\": [3, 4, 20]}");
    assert_image(opened("400:0.5", "yxE"), 0, 400, 0.5);
    unlink(test_path);
}

TEST(a_tiff_stack_that_does_not_fit_is_refused)
{
    eel_image *image;
    char bytes[200];

    tiff_make(temporary("stack.tif"), E, Y, X, PLAIN, NULL);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "--ax"));
    assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path,
                                              &(eel_image_options){.axis = "1:1", .axes = "xE"}));
    FILE *file = fopen(test_path, "rb");
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    write_bytes(test_path, bytes, sizeof bytes);
    int code = eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "1:1", .axes = "Eyx"});
    assert_true(code == EEL_EFORMAT || code == EEL_EARGS);
    unlink(test_path);
}

/* What is there of a stack that was cut short is not taken for the whole. */
TEST(a_tiff_stack_that_was_cut_short_is_refused)
{
    const eel_image_options options = {.axis = "400:0.5", .axes = "Eyx"};
    static unsigned char bytes[65536];
    eel_image *image;

    tiff_make(temporary("stack.tif"), E, Y, X, PLAIN, NULL);
    FILE *file = fopen(test_path, "rb");
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (int third = 1; third <= 2; third++) {
        write_bytes(test_path, bytes, (size_t)third * n / 3);
        assert_fails(EEL_EFORMAT, eel_image_open_as(&image, test_path, &options));
        assert_non_null(strstr(eel_words(), "truncated"));
    }
    tiff_make(test_path, 1, Y, X, PLAIN, "ImageJ=1.53t\nimages=20\nslices=20\n");
    assert_fails(EEL_EFORMAT, eel_image_open_as(&image, test_path, &options));
    assert_non_null(strstr(eel_words(), "truncated"));
    unlink(test_path);
}

/* ---- ndata ---- */

TEST(an_ndata_file_of_nion_swift_is_read_in_place)
{
    unsigned char zip[8192];
    size_t n = make_ndata(zip, "data.npy", 0);

    for (int exported = 0; exported < 2; exported++) {
        if (exported) /* by Swift, which then calls the calibrations otherwise */
            memcpy(memmem(zip, n, "\"dimensional_c", 14), "    \"spatial_c", 14);
        write_bytes(temporary("scan.ndata"), zip, n);
        eel_image *image = opened(NULL, NULL);
        const eel_image_info *info = eel_image_info_of(image);
        assert_string_equal(info->format, "ndata");
        assert_string_equal(info->title, "Scan");
        assert_string_equal(info->nav[0].name, "y");
        assert_true(info->nav[1].offset == 2 && info->nav[1].scale == 0.25 && info->beam_kev == 60);
        assert_image(image, 0, 400, 0.5);
    }
    unlink(test_path);
}

TEST(zip_archives_that_are_damaged_or_none_of_ours_are_refused)
{
    unsigned char zip[8192];
    size_t n = make_ndata(zip, "data.npy", 8);
    eel_image *image;

    write_bytes(temporary("bad.ndata"), zip, n);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "compressed"));
    n = make_ndata(zip, "other.xml", 0);
    write_bytes(test_path, zip, n);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "other.xml"));
    n = make_ndata(zip, "data.npy", 0);
    for (size_t cut = 4; cut < n; cut += 61) {
        write_bytes(test_path, zip, cut);
        assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    }
    for (size_t i = 4; i < n; i += 3) { /* any answer will do but a crash */
        unsigned char kept = zip[i];
        zip[i] ^= 0xff;
        write_bytes(test_path, zip, n);
        if (eel_image_open(&image, test_path, NULL) == EEL_OK) {
            free(read_all(image, 7));
            eel_image_close(image);
        }
        zip[i] = kept;
    }
    unlink(test_path);
}

TEST(values_of_an_ndata_file_lie_within_its_member)
{
    unsigned char zip[8192];
    size_t n = make_ndata(zip, "data.npy", 0), directory = 0;
    uint32_t header = 10u + zip[38 + 8]; /* of the array, behind that of the member and its name */
    eel_image *image;

    while (memcmp(zip + directory, "PK\1\2", 4) != 0)
        directory++;
    for (uint32_t values = 0; values <= 2; values += 2) {
        uint32_t size = header + values;
        memcpy(zip + directory + 20, &size, sizeof size);
        memcpy(zip + directory + 24, &size, sizeof size);
        write_bytes(temporary("scan.ndata"), zip, n);
        assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
        assert_non_null(strstr(eel_words(), "bytes of values, expected 480"));
    }
    unlink(test_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_numpy_array_is_read_with_the_axis_that_is_stated),
        cmocka_unit_test(a_file_is_opened_again_as_it_was),
        cmocka_unit_test(pixels_are_added_up),
        cmocka_unit_test(what_is_no_number_is_left_out_of_sums),
        cmocka_unit_test(long_numbers_in_the_shape_of_a_numpy_array_count),
        cmocka_unit_test(a_numpy_array_in_fortran_order_gives_the_same_pixels),
        cmocka_unit_test(a_numpy_array_in_fortran_order_with_its_energy_between_the_pixels_is_refused),
        cmocka_unit_test(numpy_arrays_that_are_no_spectra_are_refused),
        cmocka_unit_test(a_file_that_does_not_state_its_axes_says_what_to_state),
        cmocka_unit_test(a_ripple_file_is_read_in_either_order),
        cmocka_unit_test(tiff_stacks_are_read_with_the_energy_on_pages_or_columns_however_they_are_stored),
        cmocka_unit_test(descriptions_of_imagej_and_tifffile_give_the_dimensions_of_pages),
        cmocka_unit_test(a_tiff_stack_that_does_not_fit_is_refused),
        cmocka_unit_test(a_tiff_stack_that_was_cut_short_is_refused),
        cmocka_unit_test(an_ndata_file_of_nion_swift_is_read_in_place),
        cmocka_unit_test(values_of_an_ndata_file_lie_within_its_member),
        cmocka_unit_test(zip_archives_that_are_damaged_or_none_of_ours_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
