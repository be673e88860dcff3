#include "h5_make.h"
#include "test.h"

hid_t group_of(hid_t file, const char *path)
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

void put_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text) + 1);
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(a, type, text) >= 0);
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
}

void put_number(hid_t object, const char *name, double value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t a = H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(a, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(a);
    H5Sclose(space);
}

void put_counts(hid_t group, const char *name, int dims, const hsize_t *size)
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

void put_axis(hid_t group, const char *name, hsize_t n, double first, double step,
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

hid_t h5_make_file(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG); /* what is open in it goes with it */
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    assert_true(file >= 0);
    return file;
}

void h5_make_nexus(const char *path, const char *axes)
{
    hid_t file = h5_make_file(path), entry = group_of(file, "entry");
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

void h5_make_emd(const char *path, int reversed)
{
    hid_t file = h5_make_file(path), group = group_of(file, "signals/scan");

    put_number(group, "emd_group_type", 1);
    put_counts(group, "data", 3, reversed ? (hsize_t[]){E, X, Y} : (hsize_t[]){Y, X, E});
    put_axis(group, reversed ? "dim1" : "dim3", 2, 500, 0.5, "[eV]", "E");
    put_axis(group, "dim2", X, 20, 3, "[n_m]", "x");
    put_axis(group, reversed ? "dim3" : "dim1", Y, 10, 2, "[n_m]", "y");
    H5Fclose(file);
}

void h5_make_dm5(const char *path)
{
    hid_t file = h5_make_file(path), image_group = group_of(file, "ImageList/[1]");
    hid_t data = group_of(file, "ImageList/[1]/ImageData");
    hid_t meta = group_of(file, "ImageList/[1]/ImageTags/Meta Data");
    hid_t optics = group_of(file, "ImageList/[1]/ImageTags/Microscope Info");
    const struct { double origin, scale; const char *units; } axes[] = {
        {4, 0.5, "nm"}, {2, 0.25, "nm"}, {-1000, 0.3, "eV"}}; /* x, y, energy */

    put_text(image_group, "Name", "Scan");
    put_text(meta, "Signal", "EELS");
    put_number(optics, "Voltage", 200000);
    put_counts(data, "Data", 3, (hsize_t[]){E, Y, X});
    for (int d = 0; d < 3; d++) {
        char axis[64];
        snprintf(axis, sizeof axis, "ImageList/[1]/ImageData/Calibrations/Dimension/[%d]", d);
        hid_t group = group_of(file, axis);
        put_number(group, "Origin", axes[d].origin);
        put_number(group, "Scale", axes[d].scale);
        put_text(group, "Units", axes[d].units);
        H5Gclose(group);
    }
    H5Fclose(file);
}

void h5_make_swift(const char *path)
{
    hid_t file = h5_make_file(path), group = group_of(file, "/");

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
}

/* Velox keeps JSON as bytes, a column of them for each moment of the scan. */
static void put_json(hid_t group, const char *name, const char *json)
{
    hsize_t size[] = {strlen(json) + 1, 1};
    hid_t space = H5Screate_simple(2, size, NULL);
    hid_t data = H5Dcreate2(group, name, H5T_NATIVE_UCHAR, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    assert_true(H5Dwrite(data, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, json) >= 0);
    H5Dclose(data);
    H5Sclose(space);
}

void h5_make_velox(const char *path)
{
    hid_t file = h5_make_file(path), eels = group_of(file, "Data/EelsSpectrumImage/0123456789abcdef");
    hid_t image = group_of(file, "Data/SpectrumImage/fedcba9876543210");

    put_counts(eels, "Data", 3, (hsize_t[]){X, E, Y});
    put_json(eels, "AcquisitionMetadata",
             "{\"Data\": {\"offset\": \"400\", \"dispersion\": \"0.5\", \"exposureTime\": \"0.02\"}}");
    put_json(eels, "Metadata", "{\"Optics\": {\"AccelerationVoltage\": \"300000\", \"BeamConvergence\": \"0.03\"}}");
    put_json(image, "Metadata", "{\"BinaryResult\": {\"PixelSize\": {\"width\": \"3e-9\", \"height\": \"2e-9\"}, "
                                "\"Offset\": {\"y\": \"1e-8\"}}}");
    H5Fclose(file);
}
