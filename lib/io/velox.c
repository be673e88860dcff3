/*
 * velox - EELS spectrum images in the EMD files of Velox (Thermo Fisher).
 *
 * /Data/EelsSpectrumImage/<id>/Data holds one energy range: (x, energy, y), or (x, energy) of a
 * line; AcquisitionMetadata beside it is JSON in bytes, one column per row of the scan, with
 * "offset" and "dispersion" in eV. The size of a pixel stands in the Metadata of /Data/SpectrumImage.
 * X-rays, which Velox keeps as streams of events, and images are listed and refused. Layout after
 * RosettaSciIO (rsciio/emd/_emd_velox.py) and its test file.
 */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"
#include "io/json_text.h"

#define JSON_BYTES_MAX (1u << 20)

static const char *const kinds[] = {"EelsSpectrumImage", "Spectrum", "SpectrumStream", "Image"};

static int is_mine(hid_t file)
{
    hid_t data = eel_h5_group(file, "Data");
    int found = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && data >= 0; i++)
        found |= H5Lexists(data, kinds[i], H5P_DEFAULT) > 0;
    if (data >= 0)
        H5Gclose(data);
    return found;
}

/* The first column of a data set of bytes as JSON; NULL when it is none. */
static json_t *read_json(hid_t group, const char *dataset)
{
    hsize_t size[H5S_MAX_RANK] = {0}, start[2] = {0}, count[2] = {1, 1};
    json_t *json = NULL;

    if (group < 0 || H5Lexists(group, dataset, H5P_DEFAULT) <= 0)
        return NULL;
    hid_t data = H5Dopen2(group, dataset, H5P_DEFAULT);
    hid_t space = data < 0 ? -1 : H5Dget_space(data);
    int rank = space < 0 ? 0 : H5Sget_simple_extent_ndims(space);
    if (rank >= 1 && rank <= 2 && H5Sget_simple_extent_dims(space, size, NULL) == rank &&
        size[0] > 0 && size[0] <= JSON_BYTES_MAX) {
        count[0] = size[0];
        char *text = calloc(1, size[0] + 1);
        hid_t memory = H5Screate_simple(1, count, NULL);
        if (text && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
            H5Dread(data, H5T_NATIVE_UCHAR, memory, space, H5P_DEFAULT, text) >= 0)
            json = json_loads(text, 0, NULL);
        H5Sclose(memory);
        free(text);
    }
    if (space >= 0)
        H5Sclose(space);
    if (data >= 0)
        H5Dclose(data);
    return json;
}

static void describe_eels(hid_t group, eel_candidate *c)
{
    json_t *acquisition = read_json(group, "AcquisitionMetadata");
    double offset = eel_json_number(acquisition, "Data/offset");
    double dispersion = eel_json_number(acquisition, "Data/dispersion");

    snprintf(c->name, sizeof c->name, "EELS from %.4g eV", offset);
    json_decref(acquisition);
    if (c->dims != 2 && c->dims != 3) {
        eel_candidate_refuse(c, "it has %d dimensions, expected 2 or 3", c->dims);
        return;
    }
    static const int image[3] = {2, 0, 1}; /* (x, energy, y) is read as (y, x, energy) */
    if (c->dims == 3)
        memcpy(c->order, image, sizeof image);
    eel_candidate_energy(c, 1, offset, dispersion, "eV", 1);
}

static int add(eel_h5_file *file, const char *kind, hid_t group, const char *id)
{
    char dataset[EEL_H5_PATH_MAX];

    snprintf(dataset, sizeof dataset, "Data/%s/%s/Data", kind, id);
    eel_candidate *c = eel_h5_add(file, dataset);
    if (!c)
        return EEL_ELIMIT;
    if (kind == kinds[0]) {
        describe_eels(group, c);
    } else {
        c->prefix = kind == kinds[3] ? "" : "EDS ";
        eel_candidate_refuse(c, "%s", kind == kinds[1]   ? "a spectrum of X-rays"
                                      : kind == kinds[2] ? "a stream of X-ray events"
                                                         : "no axis is in eV");
    }
    return EEL_OK;
}

static int list(eel_h5_file *file)
{
    int code = EEL_OK;

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && code == EEL_OK; k++) {
        char path[64], id[256];
        snprintf(path, sizeof path, "Data/%s", kinds[k]);
        hid_t all = eel_h5_group(file->file, path);
        for (hsize_t i = 0; all >= 0 && code == EEL_OK && eel_h5_member(all, i, id); i++) {
            hid_t group = *id ? eel_h5_group(all, id) : -1;
            if (group >= 0 && H5Lexists(group, "Data", H5P_DEFAULT) > 0)
                code = add(file, kinds[k], group, id);
            if (group >= 0)
                H5Gclose(group);
        }
        if (all >= 0)
            H5Gclose(all);
    }
    return code;
}

/* Metres as nm, or as what is near: half of it is at least 1. */
static void in_metres(eel_nav_axis *n, double scale, double offset)
{
    static const struct { double metres; const char *name; } units[] = {
        {1e-3, "mm"}, {1e-6, "µm"}, {1e-9, "nm"}, {1e-12, "pm"}};
    size_t i = 0;

    if (!(scale > 0) || !isfinite(scale))
        return;
    while (i < 3 && scale / 2 < units[i].metres)
        i++;
    n->scale = scale / units[i].metres;
    n->offset = isfinite(offset) ? offset / units[i].metres : 0;
    strcpy(n->units, units[i].name);
}

static void detail(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX])
{
    hid_t images = eel_h5_group(file->file, "Data/SpectrumImage"), parent;
    hid_t eels = eel_h5_parent(file->file, dataset);
    char id[256] = "";
    json_t *metadata = NULL, *own = read_json(eels, "Metadata");
    json_t *acquisition = read_json(eels, "AcquisitionMetadata");

    if (images >= 0 && eel_h5_member(images, 0, id) && *id) {
        parent = eel_h5_group(images, id);
        metadata = read_json(parent, "Metadata");
        if (parent >= 0)
            H5Gclose(parent);
    }
    for (int k = 0; k < info->nav_count; k++) {
        int is_y = axis_of[k] == 2;
        strcpy(info->nav[k].name, is_y ? "y" : "x");
        in_metres(&info->nav[k],
                  eel_json_number(metadata, is_y ? "BinaryResult/PixelSize/height"
                                                 : "BinaryResult/PixelSize/width"),
                  eel_json_number(metadata, is_y ? "BinaryResult/Offset/y"
                                                 : "BinaryResult/Offset/x"));
    }
    double volts = eel_json_number(own, "Optics/AccelerationVoltage");
    double radians = eel_json_number(own, "Optics/BeamConvergence");
    double exposure = eel_json_number(acquisition, "Data/exposureTime");
    info->beam_kev = volts > 0 ? volts / 1000 : NAN;
    info->convergence_mrad = radians > 0 ? radians * 1000 : NAN;
    info->exposure_s = exposure > 0 ? exposure : NAN;
    json_decref(metadata);
    json_decref(acquisition);
    json_decref(own);
    if (eels >= 0)
        H5Gclose(eels);
    if (images >= 0)
        H5Gclose(images);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_velox = {
    .about = {"velox", ".emd", "EMD, Velox: EELS spectrum images"}, .h5 = &layout,
    EEL_H5_FUNCTIONS,
};
