/* round_trip: what is written here is read back by the readers here: values, shapes, axes, units. */
#include "image_test.h"
#include "made_run.h"

#include "io/image_write.h"

#define FOLDER EEL_BINARY_DIR "/made/round_trip"

enum { E = 9, PIXELS_MAX = 2 * 3 * 2 * 4 };

/* ---- spectra ---- */

static eel_image_info made_info(int axes, eel_image_type type)
{
    static const char *const names[] = {"q", "time", "y", "x"}, *const units[] = {"1/nm", "s", "µm", "nm"};
    static const uint64_t sizes[] = {2, 3, 2, 4};
    eel_image_info info = {
        .path = "made up", .nav_count = axes, .pixels = 1, .axis = {-12.5, 0.15, E}, .type = type,
        .title = "Probe µ", .beam_kev = 120, .collection_mrad = 12.5, .convergence_mrad = 8.25,
        .exposure_s = 0.125, .elements = "Ti O",
    };

    for (int a = 0; a < axes; a++) {
        int k = 4 - axes + a;
        info.nav[a] = (eel_nav_axis){.size = sizes[k], .offset = 1.5 - k, .scale = 0.3 + k};
        strcpy(info.nav[a].name, names[k]);
        strcpy(info.nav[a].units, units[k]);
        info.pixels *= sizes[k];
    }
    return info;
}

/* Different at every place; within what every type holds. */
static const void *made_values(const eel_image_info *info)
{
    static unsigned char bytes[PIXELS_MAX * E * 8];

    memset(bytes, 0, sizeof bytes);
    for (size_t i = 0; i < info->pixels * E; i++) {
        if (info->type == EEL_IMAGE_F32)
            ((float *)bytes)[i] = i % 50 == 7 ? NAN : (float)i / 3 - 20;
        else if (info->type == EEL_IMAGE_F64)
            ((double *)bytes)[i] = i % 50 == 7 ? NAN : (double)i / 3 - 20;
        else
            for (size_t b = 0, n = eel_image_type_size(info->type); b < n; b++)
                bytes[i * n + b] = (unsigned char)((i * 37 + b * 11) % 251);
    }
    return bytes;
}

static void write_image(const char *path, const eel_image_info *info, const void *values)
{
    const unsigned char *bytes = values;
    size_t row = info->axis.n * eel_image_type_size(info->type);
    eel_image_writer *writer;

    assert_ok(eel_image_create(&writer, path, info));
    for (uint64_t first = 0; first < info->pixels; first += 5) {
        uint64_t left = info->pixels - first;
        assert_ok(eel_image_write(writer, first, left < 5 ? (uint32_t)left : 5, bytes + first * row));
    }
    assert_ok(eel_image_finish(writer, 1));
}

static void assert_shape(const eel_image_info *got, const eel_image_info *want)
{
    assert_int_equal(got->type, want->type);
    assert_int_equal(got->pixels, want->pixels);
    assert_int_equal(got->nav_count, want->nav_count);
    for (int a = 0; a < want->nav_count; a++)
        assert_int_equal(got->nav[a].size, want->nav[a].size);
    assert_int_equal(got->axis.n, want->axis.n);
    assert_true(got->axis.start_ev == want->axis.start_ev && got->axis.step_ev == want->axis.step_ev);
}

static void assert_metadata(const eel_image_info *got, const eel_image_info *want)
{
    assert_string_equal(got->title, want->title);
    assert_true(got->beam_kev == want->beam_kev && got->exposure_s == want->exposure_s);
    assert_true(got->collection_mrad == want->collection_mrad &&
                got->convergence_mrad == want->convergence_mrad);
}

static void assert_axes(const eel_image_info *got, const eel_image_info *want)
{
    for (int a = 0; a < want->nav_count; a++) {
        assert_string_equal(got->nav[a].name, want->nav[a].name);
        assert_string_equal(got->nav[a].units, want->nav[a].units);
        assert_true(got->nav[a].offset == want->nav[a].offset &&
                    got->nav[a].scale == want->nav[a].scale);
    }
}

static void assert_values(eel_image *image, const void *want, uint32_t rows)
{
    const eel_image_info *info = eel_image_info_of(image);
    static unsigned char got[PIXELS_MAX * E * 8];
    size_t row = info->axis.n * eel_image_type_size(info->type);

    memset(got, 1, sizeof got);
    for (uint64_t first = 0; first < info->pixels; first += rows) {
        uint64_t left = info->pixels - first;
        assert_ok(eel_image_read(image, first, left < rows ? (uint32_t)left : rows,
                                 got + first * row));
    }
    assert_memory_equal(got, want, info->pixels * row);
}

TEST(spectra_of_every_shape_and_type_read_back_equal_from_hspy)
{
    const char *path = temporary("a.hspy");

    for (int axes = 0; axes <= 4; axes++) {
        for (int type = 0; type < EEL_IMAGE_TYPES; type++) {
            eel_image_info info = made_info(axes, (eel_image_type)type);
            const void *values = made_values(&info);
            eel_image *image;
            write_image(path, &info, values);
            assert_ok(eel_image_open(&image, path, NULL));
            assert_shape(eel_image_info_of(image), &info);
            assert_axes(eel_image_info_of(image), &info);
            assert_metadata(eel_image_info_of(image), &info);
            assert_string_equal(eel_image_info_of(image)->elements, info.elements);
            assert_values(image, values, 3);
            eel_image_close(image);
        }
    }
    unlink(path);
}

TEST(spectra_of_every_shape_and_type_read_back_equal_from_npy_with_the_axis_stated)
{
    const char *path = temporary("a.npy");

    for (int axes = 0; axes <= 4; axes++) {
        for (int type = 0; type < EEL_IMAGE_TYPES; type++) {
            eel_image_info info = made_info(axes, (eel_image_type)type);
            const void *values = made_values(&info);
            eel_image *image;
            write_image(path, &info, values);
            assert_ok(eel_image_open_as(&image, path, &(eel_image_options){.axis = "-12.5:0.15"}));
            assert_shape(eel_image_info_of(image), &info);
            assert_values(image, values, 3);
            eel_image_close(image);
        }
    }
    unlink(path);
}

TEST(a_spectrum_reads_back_equal_from_msa)
{
    const char *path = temporary("a.msa");
    eel_image_info info = made_info(0, EEL_IMAGE_F64);
    const void *values = made_values(&info);
    eel_image *image;

    write_image(path, &info, values);
    assert_ok(eel_image_open(&image, path, NULL));

    assert_shape(eel_image_info_of(image), &info);
    assert_metadata(eel_image_info_of(image), &info);
    double *got = read_all(image, 1);
    for (int c = 0; c < E; c++)
        assert_true(got[c] == ((const double *)values)[c] || (isnan(got[c]) && c == 7));
    free(got);
    eel_image_close(image);
    unlink(path);
}

/* ---- maps ---- */

static const made_run picture = {
    .axes = 2, .size = {6, 7}, .units = "nm", .elements = "O Ti Mn", .absent = 9,
    .low_ev = 300, .high_ev = 900,
}, series = {
    .axes = 4, .size = {2, 3, 4, 5}, .units = "µm", .elements = "O Ti", .absent = 13,
    .low_ev = 300, .high_ev = 900,
};

static eel_image_info export_run(const made_run *run)
{
    eel_result *result;

    make_run(run, FOLDER "/store");
    assert_ok(eel_result_open(&result, FOLDER "/store"));
    assert_ok(eel_result_export(result, FOLDER));
    eel_image_info image = result->about.image;
    eel_result_close(result);
    return image;
}

static void assert_probability(const made_run *run, uint32_t class, uint64_t pixel, double got)
{
    uint64_t from = made_pixels(run) / 2;
    float want = pixel >= from && pixel < from + run->absent ? NAN
                                                             : made_probability(run, class, pixel);

    if (!((float)got == want || (isnan(got) && isnan(want))))
        fail_msg("class %u, pixel %ju: %g, expected %g", class, (uintmax_t)pixel, got, (double)want);
}

static void assert_axis(const eel_nav_axis *got, const eel_nav_axis *want, double tolerance)
{
    assert_int_equal(got->size, want->size);
    assert_string_equal(got->units, want->units);
    assert_true(fabs(got->scale / want->scale - 1) <= tolerance);
    assert_true(fabs(got->offset / want->offset - 1) <= tolerance);
}

/* As spectra they have the elements for channels; so many axes, from the fastest on, have units and places. */
static void check_maps(const made_run *run, const char *file, const eel_image_options *options,
                       int known, double tolerance)
{
    eel_image_info want = export_run(run);
    eel_image *image;

    assert_ok(eel_image_open_as(&image, file, options));
    const eel_image_info *got = eel_image_info_of(image);
    double *values = read_all(image, 4);

    assert_int_equal(got->type, EEL_IMAGE_F32);
    assert_int_equal(got->axis.n, MADE_CLASSES);
    assert_int_equal(got->pixels, made_pixels(run));
    assert_int_equal(got->nav_count, want.nav_count);
    for (int a = 0; a < want.nav_count; a++) {
        assert_int_equal(got->nav[a].size, want.nav[a].size);
        assert_string_equal(got->nav[a].name, want.nav[a].name);
        if (a >= want.nav_count - known)
            assert_axis(&got->nav[a], &want.nav[a], tolerance);
    }
    for (uint64_t i = 0; i < got->pixels * MADE_CLASSES; i++)
        assert_probability(run, (uint32_t)(i % MADE_CLASSES), i / MADE_CLASSES, values[i]);
    free(values);
    eel_image_close(image);
}

TEST(maps_read_back_equal_from_tiff)
{
    static const char *const file = FOLDER "/maps.tif";

    /* An ImageJ file has a pixel's size and place, the former in 32 bits. */
    check_maps(&picture, file, &(eel_image_options){.axes = "Eyx", .axis = "0:1"}, 2, 1e-6);
    check_maps(&series, file, &(eel_image_options){.axes = "t,z,E,y,x", .axis = "0:1"}, 2, 1e-6);
}

TEST(maps_read_back_equal_from_hspy)
{
    static const char *const file = FOLDER "/maps.hspy";
    const eel_image_options options = {.signal = "Element maps", .axis = "0:1"};

    check_maps(&picture, file, &options, 2, 0);
    check_maps(&series, file, &options, 4, 0);
}

TEST(maps_read_back_equal_from_nexus)
{
    static const char *const file = FOLDER "/maps.nxs";
    const eel_image_options options = {.signal = "maps", .axis = "0:1"};

    check_maps(&picture, file, &options, 2, 0);
    check_maps(&series, file, &options, 4, 0);
}

TEST(the_mean_spectrum_reads_back_equal_from_nexus)
{
    eel_result *result;
    eel_image *image;

    export_run(&picture);
    assert_ok(eel_image_open(&image, FOLDER "/maps.nxs", NULL));
    double *got = read_all(image, 1);
    assert_ok(eel_result_open(&result, FOLDER "/store"));
    const eel_store_info *store = eel_store_info_of(result->store);

    assert_string_equal(eel_image_info_of(image)->title, "mean_spectrum");
    assert_int_equal(eel_image_info_of(image)->axis.n, store->sum_channels);
    assert_true(eel_image_info_of(image)->axis.start_ev == store->sum_start_ev);
    for (uint32_t c = 0; c < store->sum_channels; c++)
        assert_true((float)got[c] == (float)result->mean[c] || (isnan(got[c]) && isnan(result->mean[c])));
    free(got);
    eel_result_close(result);
    eel_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_of_every_shape_and_type_read_back_equal_from_hspy),
        cmocka_unit_test(spectra_of_every_shape_and_type_read_back_equal_from_npy_with_the_axis_stated),
        cmocka_unit_test(a_spectrum_reads_back_equal_from_msa),
        cmocka_unit_test(maps_read_back_equal_from_tiff),
        cmocka_unit_test(maps_read_back_equal_from_hspy),
        cmocka_unit_test(maps_read_back_equal_from_nexus),
        cmocka_unit_test(the_mean_spectrum_reads_back_equal_from_nexus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
