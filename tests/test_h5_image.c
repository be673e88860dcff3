/* Spectra in HDF5 files of other programs: NeXus, EMD, DigitalMicrograph 5, as these lay them out. */
#include <math.h>
#include "h5_make.h"
#include "image_test.h"

static void assert_energy(const eel_image_info *info, double start, double step)
{
    assert_int_equal(info->axis.n, E);
    assert_true(fabs(info->axis.start_ev - start) < 1e-9);
    assert_true(fabs(info->axis.step_ev - step) < 1e-9);
}

static void assert_axis(const eel_nav_axis *axis, const char *name, uint64_t size, double offset,
                        double scale, const char *units)
{
    assert_string_equal(axis->name, name);
    assert_string_equal(axis->units, units);
    assert_int_equal(axis->size, size);
    assert_true(fabs(axis->offset - offset) < 1e-9 && fabs(axis->scale - scale) < 1e-9);
}

TEST(a_series_of_spectrum_images_in_nexus_keeps_all_its_axes)
{
    eel_image *image;

    h5_make_nexus(temporary("series.nxs"), "t:y:x:Energy loss");
    assert_ok(eel_image_open(&image, test_path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "nexus");
    assert_int_equal(info->nav_count, 3);
    assert_axis(&info->nav[0], "t", T, 0, 5, "s");
    assert_axis(&info->nav[1], "y", Y, 10, 2, "nm");
    assert_axis(&info->nav[2], "x", X, 20, 3, "nm");
    assert_energy(info, 400, 1);
    double *all = read_all(image, 5);
    for (int i = 0; i < T * Y * X * E; i++)
        assert_true(all[i] == i);
    free(all);
    eel_image_close(image);
    unlink(test_path);
}

/* As NXem has it: ENTRY/measurement/eventID/spectrumID/spectrum_2d, an NXdata of `intensity` over axis_j,
 * axis_i and axis_energy (NeXus definitions of FAIRmat, NXem and NXspectrum), beside a picture. */
static void write_nxem(void)
{
    static const char axes[3][16] = {"axis_j", "axis_i", "axis_energy"};
    hid_t file = h5_make_file(temporary("nxem.nxs")), entry = group_of(file, "entry1");
    hid_t group = group_of(file, "entry1/measurement/event1/spectrum1/spectrum_2d");
    hid_t image = group_of(file, "entry1/measurement/event1/image1/image_2d");
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, (hsize_t[]){3}, NULL);

    put_text(entry, "NX_class", "NXentry");
    put_text(group_of(file, "entry1/measurement"), "NX_class", "NXem_measurement");
    put_text(group_of(file, "entry1/measurement/event1"), "NX_class", "NXem_event_data");
    put_text(group_of(file, "entry1/measurement/event1/spectrum1"), "NX_class", "NXspectrum");
    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "intensity");
    H5Tset_size(type, sizeof axes[0]);
    hid_t list = H5Acreate2(group, "axes", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(list, type, axes) >= 0);
    put_number(group, "axis_energy_indices", 2);
    put_number(group, "axis_i_indices", 1);
    put_number(group, "axis_j_indices", 0);
    put_counts(group, "intensity", 3, (hsize_t[]){Y, X, E});
    put_axis(group, "axis_j", Y, 10, 2, "nm", NULL);
    put_axis(group, "axis_i", X, 20, 3, "nm", NULL);
    put_axis(group, "axis_energy", E, 400, 0.5, "eV", NULL);
    put_text(group_of(file, "entry1/measurement/event1/image1"), "NX_class", "NXimage");
    put_text(image, "NX_class", "NXdata");
    put_text(image, "signal", "real");
    put_text(image, "axes", "axis_j:axis_i");
    put_counts(image, "real", 2, (hsize_t[]){Y, X});
    put_axis(image, "axis_j", Y, 10, 2, "nm", NULL);
    put_axis(image, "axis_i", X, 20, 3, "nm", NULL);
    H5Fclose(file);
}

TEST(a_spectrum_image_of_nxem_is_read_where_it_lies)
{
    eel_image *image;

    write_nxem();
    assert_ok(eel_image_open(&image, test_path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "nexus");
    assert_int_equal(info->nav_count, 2);
    assert_axis(&info->nav[0], "axis_j", Y, 10, 2, "nm");
    assert_axis(&info->nav[1], "axis_i", X, 20, 3, "nm");
    assert_energy(info, 400, 0.5);
    double *all = read_all(image, 5);
    for (int i = 0; i < Y * X * E; i++)
        assert_true(all[i] == i);
    free(all);
    eel_image_close(image);
    unlink(test_path);
}

TEST(one_index_of_an_axis_is_selected_by_name_or_number)
{
    const char *const wanted[] = {"t=1", "0=1", "x=2,t=1"};

    h5_make_nexus(temporary("series.nxs"), "t:y:x:Energy loss");
    for (int s = 0; s < 3; s++) {
        eel_image *image;
        assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.select = wanted[s]}));
        const eel_image_info *info = eel_image_info_of(image);
        int by_x = s == 2;
        assert_int_equal(info->nav_count, by_x ? 1 : 2);
        assert_string_equal(info->nav[0].name, "y");
        assert_int_equal(info->pixels, by_x ? Y : Y * X);
        double *all = read_all(image, 5);
        for (int p = 0; p < (int)info->pixels; p++) {
            int pixel = by_x ? Y * X + p * X + 2 : Y * X + p;
            for (int e = 0; e < E; e++)
                assert_true(all[p * E + e] == pixel * E + e);
        }
        free(all);
        eel_image_close(image);
    }
    unlink(test_path);
}

TEST(a_selection_that_is_not_there_is_refused)
{
    const char *const wrong[] = {"t=2", "z=0", "9=0", "t", "t=", "t=x", "=1", "t=1x"};
    eel_image *image;

    h5_make_nexus(temporary("series.nxs"), "t:y:x:Energy loss");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path,
                                                  &(eel_image_options){.select = wrong[i]}));
    unlink(test_path);
}

TEST(emd_files_in_hyperspy_s_order_are_reversed_others_are_as_stored)
{
    for (int reversed = 0; reversed <= 1; reversed++) {
        eel_image *image;

        h5_make_emd(temporary("signal.emd"), reversed);
        assert_ok(eel_image_open(&image, test_path, NULL));
        const eel_image_info *info = eel_image_info_of(image);
        assert_string_equal(info->format, "emd");
        assert_string_equal(info->title, "scan");
        assert_int_equal(info->nav_count, 2);
        assert_axis(&info->nav[0], "y", Y, 10, 2, "nm");
        assert_axis(&info->nav[1], "x", X, 20, 3, "nm");
        assert_energy(info, 500, 0.5);
        double *all = read_all(image, 3);
        for (int y = 0; y < Y; y++)
            for (int x = 0; x < X; x++)
                for (int e = 0; e < E; e++)
                    assert_true(all[(y * X + x) * E + e] ==
                                (reversed ? (e * X + x) * Y + y : (y * X + x) * E + e));
        free(all);
        eel_image_close(image);
        unlink(test_path);
    }
}

TEST(a_dm5_file_reads_like_a_dm4_file)
{
    eel_image *image;

    h5_make_dm5(temporary("scan.dm5"));
    assert_ok(eel_image_open(&image, test_path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "dm5");
    assert_string_equal(info->title, "Scan");
    assert_axis(&info->nav[0], "y", Y, -0.5, 0.25, "nm");
    assert_axis(&info->nav[1], "x", X, -2, 0.5, "nm");
    assert_energy(info, 300, 0.3);
    assert_true(info->beam_kev == 200);
    double *all = read_all(image, 5);
    for (int p = 0; p < Y * X; p++)
        for (int e = 0; e < E; e++)
            assert_true(all[p * E + e] == e * Y * X + p);
    free(all);
    eel_image_close(image);
    unlink(test_path);
}

TEST(a_velox_file_is_turned_and_has_its_pixel_size_in_nm)
{
    eel_image *image;

    h5_make_velox(temporary("scan.emd"));
    assert_ok(eel_image_open(&image, test_path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "velox");
    assert_axis(&info->nav[0], "y", Y, 10, 2, "nm");
    assert_axis(&info->nav[1], "x", X, 0, 3, "nm");
    assert_energy(info, 400, 0.5);
    assert_true(info->beam_kev == 300 && info->exposure_s == 0.02);
    double *all = read_all(image, 5);
    for (int y = 0; y < Y; y++)
        for (int x = 0; x < X; x++)
            for (int e = 0; e < E; e++)
                assert_true(all[(y * X + x) * E + e] == (x * E + e) * Y + y);
    free(all);
    eel_image_close(image);
    unlink(test_path);
}

TEST(a_sequence_in_nion_swift_s_hdf5_keeps_its_time_axis)
{
    eel_image *image;

    h5_make_swift(temporary("scan.h5"));
    assert_ok(eel_image_open(&image, test_path, NULL));

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "swift");
    assert_int_equal(info->nav_count, 3);
    assert_axis(&info->nav[0], "t", T, 0, 0.1, "s");
    assert_axis(&info->nav[1], "y", Y, 1, 0.5, "nm");
    assert_axis(&info->nav[2], "x", X, 2, 0.25, "nm");
    assert_energy(info, 400, 0.5);
    assert_true(info->exposure_s == 0.02);
    eel_image_close(image);
    unlink(test_path);
}

TEST(an_axis_without_unit_is_refused_until_it_is_stated)
{
    hid_t file = h5_make_file(temporary("bare.emd")), group = group_of(file, "data/scan");
    eel_image *image;

    put_number(group, "emd_group_type", 1);
    put_counts(group, "data", 2, (hsize_t[]){X, E});
    put_axis(group, "dim1", X, 20, 3, "[n_m]", "x");
    put_axis(group, "dim2", 2, 0.4, 0.001, "", "E");
    H5Fclose(file);
    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "nm"}));

    assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "keV"}));
    assert_energy(eel_image_info_of(image), 400, 1);
    eel_image_close(image);
    assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "300:0.5"}));
    assert_energy(eel_image_info_of(image), 300, 0.5);
    eel_image_close(image);
    unlink(test_path);
}

TEST(energies_that_are_not_uniform_are_refused)
{
    hid_t file = h5_make_file(temporary("bent.nxs")), group = group_of(file, "scan");
    double bent[E];
    hsize_t n = E;
    eel_image *image;

    for (int e = 0; e < E; e++)
        bent[e] = 400 + e * e;
    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "counts");
    put_text(group, "axes", "energy");
    put_counts(group, "counts", 1, &n);
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t data = H5Dcreate2(group, "energy", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT,
                            H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, bent);
    put_text(data, "units", "eV");
    H5Fclose(file);

    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "not uniform"));
    unlink(test_path);
}

/* Links that lead to each other, to nowhere and to other files. */
TEST(energies_at_the_edges_of_bins_are_moved_to_their_middle)
{
    hid_t file = h5_make_file(temporary("bins.nxs")), group = group_of(file, "scan");
    eel_image *image;

    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "counts");
    put_text(group, "axes", "energy");
    put_counts(group, "counts", 1, (hsize_t[]){E});
    put_axis(group, "energy", E + 1, 399.75, 0.5, "eV", NULL);
    H5Fclose(file);

    assert_ok(eel_image_open(&image, test_path, NULL));
    assert_energy(eel_image_info_of(image), 400, 0.5);
    eel_image_close(image);
    unlink(test_path);
}

TEST(an_energy_axis_of_one_value_is_none)
{
    hid_t file = h5_make_file(temporary("one.nxs")), group = group_of(file, "scan");
    eel_image *image;

    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "counts");
    put_text(group, "axes", "energy");
    put_counts(group, "counts", 1, (hsize_t[]){E});
    put_axis(group, "energy", 1, 400, 0, "eV", NULL);
    H5Fclose(file);

    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    unlink(test_path);
}

TEST(links_in_circles_and_out_of_the_file_end_well)
{
    hid_t file = h5_make_file(temporary("links.nxs")), a = group_of(file, "a"), b = group_of(file, "a/b");
    eel_image *image;

    put_text(a, "NX_class", "NXentry");
    put_text(b, "NX_class", "NXdata");
    put_text(b, "signal", "counts");
    put_text(b, "axes", "energy");
    H5Lcreate_hard(file, "a", b, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/x", b, "counts", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/a/nowhere", b, "energy", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);

    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    unlink(test_path);
}

TEST(values_that_are_compressed_by_a_filter_that_is_not_there_are_refused_with_its_number)
{
    hid_t file = h5_make_file(temporary("lzf.nxs")), group = group_of(file, "data");
    hid_t space = H5Screate_simple(1, (hsize_t[]){E}, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    eel_image *image;

    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "counts");
    put_text(group, "axes", "energy");
    put_axis(group, "energy", E, 400, 0.5, "eV", NULL);
    H5Pset_chunk(plist, 1, (hsize_t[]){E});
    H5Pset_filter(plist, 300, H5Z_FLAG_OPTIONAL, 0, NULL);
    H5Dclose(H5Dcreate2(group, "counts", H5T_NATIVE_UINT16, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    H5Pclose(plist);
    H5Sclose(space);
    H5Fclose(file);

    assert_fails(EEL_EFORMAT, eel_image_open(&image, test_path, NULL));
    assert_non_null(strstr(eel_words(), "(filter 300), which this HDF5 cannot read"));
    unlink(test_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_of_spectrum_images_in_nexus_keeps_all_its_axes),
        cmocka_unit_test(a_spectrum_image_of_nxem_is_read_where_it_lies),
        cmocka_unit_test(one_index_of_an_axis_is_selected_by_name_or_number),
        cmocka_unit_test(a_selection_that_is_not_there_is_refused),
        cmocka_unit_test(emd_files_in_hyperspy_s_order_are_reversed_others_are_as_stored),
        cmocka_unit_test(a_dm5_file_reads_like_a_dm4_file),
        cmocka_unit_test(a_velox_file_is_turned_and_has_its_pixel_size_in_nm),
        cmocka_unit_test(a_sequence_in_nion_swift_s_hdf5_keeps_its_time_axis),
        cmocka_unit_test(an_axis_without_unit_is_refused_until_it_is_stated),
        cmocka_unit_test(energies_that_are_not_uniform_are_refused),
        cmocka_unit_test(energies_at_the_edges_of_bins_are_moved_to_their_middle),
        cmocka_unit_test(an_energy_axis_of_one_value_is_none),
        cmocka_unit_test(links_in_circles_and_out_of_the_file_end_well),
        cmocka_unit_test(values_that_are_compressed_by_a_filter_that_is_not_there_are_refused_with_its_number),
    };
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
