/*
 * hspy - spectra from HyperSpy files (HDF5): /Experiments/<title>/{data, axis-0 …, metadata}.
 *
 * Of the axes exactly one must be a signal axis (`navigate` false; before version 2.1 the last one
 * of a signal recorded "by spectrum"), and it must be in eV.
 */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"

static int is_mine(hid_t file)
{
    return H5Lexists(file, "Experiments", H5P_DEFAULT) > 0;
}

static hid_t open_axis(hid_t experiment, int dimension)
{
    char name[32];
    snprintf(name, sizeof name, "axis-%d", dimension);
    hid_t axis = eel_h5_group(experiment, name);
    if (axis < 0) { /* as in the oldest files */
        snprintf(name, sizeof name, "coordinate-%d", dimension);
        axis = eel_h5_group(experiment, name);
    }
    return axis;
}

static void close_group(hid_t group)
{
    if (group >= 0)
        H5Gclose(group);
}

static hid_t open_metadata(hid_t experiment)
{
    hid_t metadata = eel_h5_group(experiment, "metadata");
    return metadata >= 0 ? metadata : eel_h5_group(experiment, "mapped_parameters");
}

/* Attributes of the Signal node; before version 1.2 they were the metadata's own. */
static void signal_text(hid_t metadata, const char *key, char *out, size_t size)
{
    hid_t signal = eel_h5_group(metadata, "Signal");
    eel_h5_text(signal, key, out, size);
    if (!*out)
        eel_h5_text(metadata, key, out, size);
    close_group(signal);
}

static void read_title(hid_t metadata, const char *group_name, eel_candidate *c)
{
    hid_t general = eel_h5_group(metadata, "General");
    eel_h5_text(general, "title", c->name, sizeof c->name);
    if (!*c->name)
        eel_text_copy(c->name, sizeof c->name, group_name, strlen(group_name));
    if (strcmp(c->name, "__unnamed__") == 0)
        c->name[0] = 0;
    close_group(general);
}

static void read_signal_axis(hid_t experiment, hid_t metadata, eel_candidate *c)
{
    char kind[32], record_by[32], units[EEL_DIMS_MAX][32] = {""};
    int energy = -1, signals = 0;

    signal_text(metadata, "signal_type", kind, sizeof kind);
    signal_text(metadata, "record_by", record_by, sizeof record_by);
    for (int d = 0; d < c->dims; d++) {
        hid_t axis = open_axis(experiment, d);
        int by_image = strcmp(record_by, "image") == 0;
        double navigate = eel_h5_number(axis, "navigate", d < c->dims - (by_image ? 2 : 1));
        if (navigate == 0) {
            energy = d;
            signals++;
        }
        eel_h5_text(axis, "units", units[d], sizeof units[d]);
        close_group(axis);
    }
    int eels = strncmp(kind, "EELS", 4) == 0, xray = strncmp(kind, "EDS", 3) == 0;
    c->prefix = xray ? "EDS " : strncmp(kind, "CL", 2) == 0 ? "CL " : "";
    if (xray)
        eel_candidate_refuse(c, "its metadata say %s, expected EELS", kind);
    if (signals == 2 && c->stated->has_axis) /* a stack of pictures: one per energy */
        energy = eel_candidate_find_energy(c, units, 0);
    else if (signals != 1) {
        eel_candidate_refuse(c, "it has %d signal axes, expected 1 in eV%s", signals,
                             signals == 2 ? "; pictures, one per energy, take --axis FIRST:STEP" : "");
        return;
    }
    if (energy < 0)
        return;
    hid_t axis = open_axis(experiment, energy);
    if (eel_h5_has(axis, "axis") || eel_h5_has(axis, "expression") ||
        (axis >= 0 && H5Lexists(axis, "axis", H5P_DEFAULT) > 0)) /* HyperSpy's DataAxis and FunctionalDataAxis */
        eel_candidate_refuse(c, "its energy axis is not uniform");
    else if (!eel_h5_has(axis, "scale") && !c->stated->has_axis)
        eel_candidate_refuse(c, "its energy axis has no scale, expected eV per channel (--axis FIRST:STEP states it)");
    eel_candidate_energy(c, energy, eel_h5_number(axis, "offset", 0),
                         eel_h5_number(axis, "scale", 1), units[energy], eels);
    close_group(axis);
}

static void describe(hid_t experiment, const char *group_name, eel_candidate *c)
{
    hid_t metadata = open_metadata(experiment);

    read_title(metadata, group_name, c);
    if (c->dims > 0)
        read_signal_axis(experiment, metadata, c);
    close_group(metadata);
}

static void add_element(const char *text, void *elements)
{
    eel_elements_add(elements, text);
}

static void read_metadata(hid_t experiment, eel_image_info *info)
{
    hid_t metadata = open_metadata(experiment);
    hid_t tem = eel_h5_group(metadata, "Acquisition_instrument/TEM");
    hid_t sample = eel_h5_group(metadata, "Sample");

    if (tem < 0)
        tem = eel_h5_group(metadata, "TEM"); /* before version 1.2 */
    hid_t eels = eel_h5_group(tem, "Detector/EELS");
    if (eels < 0)
        eels = eel_h5_group(tem, "EELS");
    info->beam_kev = eel_positive_or_nan(eel_h5_number(tem, "beam_energy", NAN));
    info->convergence_mrad = eel_positive_or_nan(eel_h5_number(tem, "convergence_angle", NAN));
    info->collection_mrad = eel_positive_or_nan(eel_h5_number(eels, "collection_angle", NAN));
    info->exposure_s = eel_positive_or_nan(eel_h5_number(eels, "exposure", NAN));
    if (isnan(info->exposure_s))
        info->exposure_s = eel_positive_or_nan(eel_h5_number(eels, "dwell_time", NAN));
    if (isnan(info->exposure_s))
        info->exposure_s = eel_positive_or_nan(eel_h5_number(tem, "dwell_time", NAN));
    eel_h5_texts(sample, "elements", "_list_elements", add_element, info->elements);
    close_group(eels);
    close_group(sample);
    close_group(tem);
    close_group(metadata);
}

static void read_axes(hid_t experiment, eel_image_info *info, const int axis_of[EEL_NAV_MAX])
{
    for (int k = 0; k < info->nav_count; k++) {
        hid_t axis = open_axis(experiment, axis_of[k]);
        double scale = eel_h5_number(axis, "scale", 1), offset = eel_h5_number(axis, "offset", 0);
        eel_h5_text(axis, "name", info->nav[k].name, sizeof info->nav[k].name);
        eel_h5_text(axis, "units", info->nav[k].units, sizeof info->nav[k].units);
        info->nav[k].scale = isfinite(scale) && scale != 0 ? scale : 1;
        info->nav[k].offset = isfinite(offset) ? offset + 0.0 : 0; /* no -0 */
        close_group(axis);
    }
}

/* Groups below /Experiments that hold data, in the order of their names. */
static int list(eel_h5_file *file)
{
    hid_t experiments = eel_h5_group(file->file, "Experiments");
    char name[256], path[EEL_H5_PATH_MAX];
    int code = experiments < 0 ? eel_fail(EEL_EFORMAT, "%s: damaged HDF5 file: /Experiments "
                                          "cannot be read", file->path) : EEL_OK;

    for (hsize_t i = 0; code == EEL_OK && eel_h5_member(experiments, i, name); i++) {
        H5L_info_t link;
        if (!*name || H5Lget_info(experiments, name, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD)
            continue;
        hid_t group = eel_h5_group(experiments, name);
        if (group >= 0 && H5Lexists(group, "data", H5P_DEFAULT) > 0) {
            snprintf(path, sizeof path, "Experiments/%s/data", name);
            eel_candidate *c = eel_h5_add(file, path);
            code = c ? EEL_OK : EEL_ELIMIT;
            if (c)
                describe(group, name, c);
        }
        close_group(group);
    }
    close_group(experiments);
    return code;
}

static void detail(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX])
{
    hid_t experiment = eel_h5_parent(file->file, dataset);

    read_axes(experiment, info, axis_of);
    read_metadata(experiment, info);
    close_group(experiment);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_hspy = {
    .about = {"hspy", ".hspy .hdf5", "HyperSpy"}, .h5 = &layout, .keep = eel_hspy_keep, EEL_H5_FUNCTIONS,
};
