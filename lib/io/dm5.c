/*
 * dm5 - the images of a DigitalMicrograph 5 file: the tags of dm3 and dm4 (io/dm_image.c) as HDF5.
 *
 * /ImageList/[i]/ImageData/Data, slowest dimension first; tags are attributes of groups. The
 * calibrations ImageData/Calibrations/Dimension/[0], [1] … begin with the fastest dimension;
 * calibrated value = (channel - Origin) * Scale. Layout after nionswift-io (DM_IO), which reads and
 * writes such files, and the dm5 files of its tests.
 */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"

static int is_mine(hid_t file)
{
    return H5Lexists(file, "ImageList", H5P_DEFAULT) > 0;
}

typedef struct {
    double origin, scale;
    char units[32];
} calibration;

/* Of a dimension as stored, slowest first. */
static calibration calibration_of(hid_t image, const eel_candidate *c, int d)
{
    calibration found = {.scale = 1};
    char path[64];

    snprintf(path, sizeof path, "ImageData/Calibrations/Dimension/[%d]", c->dims - 1 - d);
    hid_t group = eel_h5_group(image, path);
    found.origin = eel_h5_number(group, "Origin", 0);
    found.scale = eel_h5_number(group, "Scale", 1);
    eel_h5_text(group, "Units", found.units, sizeof found.units);
    if (group >= 0)
        H5Gclose(group);
    return found;
}

static void tag_text(hid_t image, const char *path, const char *name, char *out, size_t size)
{
    hid_t group = eel_h5_group(image, path);
    eel_h5_text(group, name, out, size);
    if (group >= 0)
        H5Gclose(group);
}

static double tag_number(hid_t image, const char *path, const char *name)
{
    hid_t group = eel_h5_group(image, path);
    double value = eel_h5_number(group, name, NAN);
    if (group >= 0)
        H5Gclose(group);
    return value > 0 && isfinite(value) ? value : NAN;
}

static void describe(hid_t image, eel_candidate *c)
{
    char signal[32], format[32], units[EEL_DIMS_MAX][32];

    eel_h5_text(image, "Name", c->name, sizeof c->name);
    tag_text(image, "ImageTags/Meta Data", "Signal", signal, sizeof signal);
    tag_text(image, "ImageTags/Meta Data", "Format", format, sizeof format);
    int xray = strcmp(signal, "X-ray") == 0, light = strcmp(signal, "CL") == 0;
    c->prefix = xray ? "EDS " : light ? "CL " : "";
    if (xray)
        eel_candidate_refuse(c, "its metadata say X-ray, expected EELS");
    for (int d = 0; d < c->dims; d++)
        memcpy(units[d], calibration_of(image, c, d).units, sizeof units[d]);
    int eels = strcmp(signal, "EELS") == 0;
    int energy = c->dims > 0 ? eel_candidate_find_energy(c, units, eels) : -1;
    if (energy < 0)
        return;
    calibration e = calibration_of(image, c, energy);
    eel_candidate_energy(c, energy, 0.0 - e.origin * e.scale, e.scale, e.units, eels);
    if (light)
        eel_candidate_refuse(c, "its metadata say CL, expected EELS");
}

static int is_thumbnail(hid_t file, const char *name)
{
    char path[64];
    int found = 0;

    for (int k = 0; k < 16; k++) {
        snprintf(path, sizeof path, "Thumbnails/[%d]", k);
        hid_t group = eel_h5_group(file, path);
        double index = eel_h5_number(group, "ImageIndex", -1);
        if (group >= 0)
            H5Gclose(group);
        snprintf(path, sizeof path, "[%g]", index);
        found |= strcmp(path, name) == 0;
    }
    return found;
}

static int list(eel_h5_file *file)
{
    hid_t images = eel_h5_group(file->file, "ImageList");
    char name[256], path[EEL_H5_PATH_MAX];
    int code = EEL_OK;

    for (hsize_t i = 0; code == EEL_OK && images >= 0 && eel_h5_member(images, i, name); i++) {
        hid_t image = *name ? eel_h5_group(images, name) : -1;
        hid_t data = eel_h5_group(image, "ImageData");
        if (data >= 0 && H5Lexists(data, "Data", H5P_DEFAULT) > 0 &&
            !is_thumbnail(file->file, name)) {
            snprintf(path, sizeof path, "ImageList/%s/ImageData/Data", name);
            eel_candidate *c = eel_h5_add(file, path);
            code = c ? EEL_OK : EEL_ELIMIT;
            if (c)
                describe(image, c);
        }
        if (data >= 0)
            H5Gclose(data);
        if (image >= 0)
            H5Gclose(image);
    }
    if (images >= 0)
        H5Gclose(images);
    return code;
}

static void detail(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX])
{
    static const char *const names[] = {"x", "y", "z"}; /* from the fastest on */
    hid_t data = eel_h5_parent(file->file, dataset);
    char path[EEL_H5_PATH_MAX];

    if (data >= 0)
        H5Gclose(data);
    snprintf(path, sizeof path, "%s", dataset);
    *strstr(path, "/ImageData/") = 0;
    hid_t image = eel_h5_group(file->file, path);
    for (int k = 0; k < info->nav_count; k++) {
        calibration n = calibration_of(image, &file->shape, axis_of[k]);
        int from_fast = info->nav_count - 1 - k;
        info->nav[k].scale = isfinite(n.scale) && n.scale != 0 ? n.scale : 1;
        info->nav[k].offset = isfinite(n.origin) ? 0.0 - n.origin * info->nav[k].scale : 0;
        memcpy(info->nav[k].units, n.units, sizeof n.units);
        if (from_fast < 3)
            snprintf(info->nav[k].name, sizeof info->nav[k].name, "%s", names[from_fast]);
    }
    info->beam_kev = tag_number(image, "ImageTags/Microscope Info", "Voltage") / 1000;
    info->collection_mrad = tag_number(image, "ImageTags/EELS/Experimental Conditions",
                                       "Collection semi-angle (mrad)");
    info->convergence_mrad = tag_number(image, "ImageTags/EELS/Experimental Conditions",
                                        "Convergence semi-angle (mrad)");
    info->exposure_s = tag_number(image, "ImageTags/EELS/Acquisition", "Exposure (s)");
    if (image >= 0)
        H5Gclose(image);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_dm5 = {
    .about = {"dm5", ".dm5", "DigitalMicrograph 5, Gatan"}, .h5 = &layout, EEL_H5_FUNCTIONS,
};
