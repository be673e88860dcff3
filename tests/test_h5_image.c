/* Spectra in HDF5 files of other programs: NeXus, EMD, DigitalMicrograph 5, as these lay them out. */
#include <hdf5.h>
#include <math.h>
#include "image_test.h"

enum { T = 2, Y = 3, X = 4, E = 20 };

static hid_t group_of(hid_t file, const char *path)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t group = H5Lexists(file, path, H5P_DEFAULT) > 0
                      ? H5Gopen2(file, path, H5P_DEFAULT)
                      : H5Gcreate2(file, path, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Pclose(links);
    assert_true(group >= 0);
    return group;
}

static void put_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(a, type, text) >= 0);
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_number(hid_t object, const char *name, double value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t a = H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(a, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(a);
    H5Sclose(space);
}

/* A data set of uint16, chunked and compressed, in which value i is i. */
static void put_counts(hid_t group, const char *name, int dims, const hsize_t *size)
{
    hsize_t chunk[4], n = 1;
    uint16_t values[T * Y * X * E];

    for (int d = 0; d < dims; d++) {
        chunk[d] = size[d] > 3 ? 3 : size[d];
        n *= size[d];
    }
    for (hsize_t i = 0; i < n; i++)
        values[i] = (uint16_t)i;
    hid_t space = H5Screate_simple(dims, size, NULL), make = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(make, dims, chunk);
    H5Pset_deflate(make, 4);
    hid_t data = H5Dcreate2(group, name, H5T_STD_U16BE, space, H5P_DEFAULT, make, H5P_DEFAULT);
    assert_true(H5Dwrite(data, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(data);
    H5Pclose(make);
    H5Sclose(space);
}

static void put_axis(hid_t group, const char *name, hsize_t n, double first, double step,
                     const char *units, const char *label)
{
    double values[64];

    for (hsize_t i = 0; i < n; i++)
        values[i] = first + (double)i * step;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t data = H5Dcreate2(group, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT,
                            H5P_DEFAULT);
    assert_true(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    put_text(data, "units", units);
    if (label)
        put_text(data, "name", label);
    H5Dclose(data);
    H5Sclose(space);
}

static hid_t create(const char *name)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG); /* what is open in it goes with it */
    hid_t file = H5Fcreate(temporary(name), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    assert_true(file >= 0);
    return file;
}

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

/* (t, y, x, E), energies in keV, axes as one text or as the standard has it. */
static void write_nexus(const char *axes)
{
    hid_t file = create("series.nxs"), entry = group_of(file, "entry");
    hid_t group = group_of(file, "entry/series");

    put_text(entry, "NX_class", "NXentry");
    put_text(group, "NX_class", "NXdata");
    put_text(group, "signal", "counts");
    put_text(group, "axes", axes);
    put_counts(group, "counts", 4, (hsize_t[]){T, Y, X, E});
    put_axis(group, "t", T, 0, 5, "s", NULL);
    put_axis(group, "y", Y, 10, 2, "nm", NULL);
    put_axis(group, "x", X, 20, 3, "nm", NULL);
    put_axis(group, "Energy loss", E, 0.4, 0.001, "keV", NULL);
    H5Fclose(file);
}

TEST(a_series_of_spectrum_images_in_nexus_keeps_all_its_axes)
{
    eel_image *image;

    write_nexus("t:y:x:Energy loss");
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
    hid_t file = create("nxem.nxs"), entry = group_of(file, "entry1");
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

    write_nexus("t:y:x:Energy loss");
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

    write_nexus("t:y:x:Energy loss");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(EEL_EARGS, eel_image_open_as(&image, test_path,
                                                  &(eel_image_options){.select = wrong[i]}));
    unlink(test_path);
}

TEST(emd_files_in_hyperspy_s_order_are_reversed_others_are_as_stored)
{
    for (int reversed = 0; reversed <= 1; reversed++) {
        hid_t file = create("signal.emd"), group = group_of(file, "signals/scan");
        eel_image *image;

        put_number(group, "emd_group_type", 1);
        put_counts(group, "data", 3, reversed ? (hsize_t[]){E, X, Y} : (hsize_t[]){Y, X, E});
        put_axis(group, reversed ? "dim1" : "dim3", 2, 500, 0.5, "[eV]", "E");
        put_axis(group, "dim2", X, 20, 3, "[n_m]", "x");
        put_axis(group, reversed ? "dim3" : "dim1", Y, 10, 2, "[n_m]", "y");
        H5Fclose(file);
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
    hid_t file = create("scan.dm5"), image_group = group_of(file, "ImageList/[1]");
    hid_t data = group_of(file, "ImageList/[1]/ImageData");
    hid_t meta = group_of(file, "ImageList/[1]/ImageTags/Meta Data");
    hid_t optics = group_of(file, "ImageList/[1]/ImageTags/Microscope Info");
    const struct { double origin, scale; const char *units; } axes[] = {
        {4, 0.5, "nm"}, {2, 0.25, "nm"}, {-1000, 0.3, "eV"}}; /* x, y, energy */
    eel_image *image;

    put_text(image_group, "Name", "Scan");
    put_text(meta, "Signal", "EELS");
    put_number(optics, "Voltage", 200000);
    put_counts(data, "Data", 3, (hsize_t[]){E, Y, X});
    for (int d = 0; d < 3; d++) {
        char path[64];
        snprintf(path, sizeof path, "ImageList/[1]/ImageData/Calibrations/Dimension/[%d]", d);
        hid_t group = group_of(file, path);
        put_number(group, "Origin", axes[d].origin);
        put_number(group, "Scale", axes[d].scale);
        put_text(group, "Units", axes[d].units);
        H5Gclose(group);
    }
    H5Fclose(file);
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

TEST(a_sequence_in_nion_swift_s_hdf5_keeps_its_time_axis)
{
    hid_t file = create("scan.h5"), group = group_of(file, "/");
    eel_image *image;

    put_counts(group, "data", 4, (hsize_t[]){T, Y, X, E});
    hid_t data = H5Dopen2(file, "data", H5P_DEFAULT);
    put_text(data, "properties",
             "{\"title\": \"Scan\", \"is_sequence\": true, \"dimensional_calibrations\": ["
             "{\"offset\": 0, \"scale\": 0.1, \"units\": \"s\"}, "
             "{\"offset\": 1, \"scale\": 0.5, \"units\": \"nm\"}, "
             "{\"offset\": 2, \"scale\": 0.25, \"units\": \"nm\"}, "
             "{\"offset\": 400, \"scale\": 0.5, \"units\": \"eV\"}], "
             "\"metadata\": {\"hardware_source\": {\"exposure\": 0.02}}}");
    H5Fclose(file);
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
    hid_t file = create("bare.emd"), group = group_of(file, "data/scan");
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
    hid_t file = create("bent.nxs"), group = group_of(file, "scan");
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
TEST(links_in_circles_and_out_of_the_file_end_well)
{
    hid_t file = create("links.nxs"), a = group_of(file, "a"), b = group_of(file, "a/b");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_of_spectrum_images_in_nexus_keeps_all_its_axes),
        cmocka_unit_test(a_spectrum_image_of_nxem_is_read_where_it_lies),
        cmocka_unit_test(one_index_of_an_axis_is_selected_by_name_or_number),
        cmocka_unit_test(a_selection_that_is_not_there_is_refused),
        cmocka_unit_test(emd_files_in_hyperspy_s_order_are_reversed_others_are_as_stored),
        cmocka_unit_test(a_dm5_file_reads_like_a_dm4_file),
        cmocka_unit_test(a_sequence_in_nion_swift_s_hdf5_keeps_its_time_axis),
        cmocka_unit_test(an_axis_without_unit_is_refused_until_it_is_stated),
        cmocka_unit_test(energies_that_are_not_uniform_are_refused),
        cmocka_unit_test(links_in_circles_and_out_of_the_file_end_well),
    };
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
