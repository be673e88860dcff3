/*
 * emd - spectra in EMD files of the Berkeley kind (ncempy, py4DSTEM, Prismatic, HyperSpy).
 *
 * Signals are data sets beside an attribute `emd_group_type` (1, or "array" from version 1.0 on);
 * dim1, dim2 … (dim0 … from 1.0 on) hold the values of the dimensions, or the first two of them,
 * with attributes `name` and `units` ("[n_m]"). The energy is the dimension whose unit is one.
 * Where it is the first, the file is in HyperSpy's order, everything reversed; else pixel axes are
 * as stored.
 */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"

/* 1: of a kind that holds data. */
static int is_data_group(hid_t group)
{
    char kind[32];

    eel_h5_text(group, "emd_group_type", kind, sizeof kind);
    return eel_h5_number(group, "emd_group_type", 0) == 1 || strcmp(kind, "array") == 0;
}

static int has_attribute_below(hid_t group, int depth)
{
    char name[256];
    int found = eel_h5_has(group, "emd_group_type");

    for (hsize_t i = 0; !found && depth > 0 && i < 64 && eel_h5_member(group, i, name); i++) {
        H5O_info_t object;
        if (!*name || H5Oget_info_by_name1(group, name, &object, H5P_DEFAULT) < 0 ||
            object.type != H5O_TYPE_GROUP)
            continue;
        hid_t next = H5Gopen2(group, name, H5P_DEFAULT);
        found = next >= 0 && has_attribute_below(next, depth - 1);
        if (next >= 0)
            H5Gclose(next);
    }
    return found;
}

static int is_mine(hid_t file)
{
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    int found = root >= 0 && has_attribute_below(root, 4);

    if (root >= 0)
        H5Gclose(root);
    return found;
}

/* "dim2" of dimension 1, "dim1" where they are counted from 0. */
static void dim_name(hid_t group, int d, char name[16])
{
    int from_zero = H5Lexists(group, "dim0", H5P_DEFAULT) > 0;
    snprintf(name, 16, "dim%d", d + !from_zero);
}

static void dim_text(hid_t group, int d, const char *attribute, char out[32])
{
    char name[16];

    *out = 0;
    dim_name(group, d, name);
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0)
        return;
    hid_t dim = H5Dopen2(group, name, H5P_DEFAULT);
    eel_h5_text(dim, attribute, out, 32);
    if (dim >= 0)
        H5Dclose(dim);
}

/* "[n_m]" is nm. */
static void dim_units(hid_t group, int d, char out[32])
{
    char raw[32];
    size_t n = 0;

    dim_text(group, d, "units", raw);
    for (const char *c = raw; *c; c++) {
        if (!strchr("[]_", *c))
            out[n++] = *c;
    }
    out[n] = 0;
}

static void describe(hid_t group, const char *title, eel_candidate *c)
{
    char units[EEL_DIMS_MAX][32], kind[32], name[16];
    double offset = 0, scale = 1;

    eel_text_copy(c->name, sizeof c->name, title, strlen(title));
    if (strcmp(c->name, "__unnamed__") == 0)
        c->name[0] = 0;
    eel_h5_text(group, "signal_type", kind, sizeof kind);
    int xray = strncmp(kind, "EDS", 3) == 0, eels = strncmp(kind, "EELS", 4) == 0;
    c->prefix = xray ? "EDS " : "";
    if (xray)
        eel_candidate_refuse(c, "its metadata say %s, expected EELS", kind);
    for (int d = 0; d < c->dims; d++)
        dim_units(group, d, units[d]);
    int energy = c->dims > 0 ? eel_candidate_find_energy(c, units, eels) : -1;
    if (energy < 0)
        return;
    for (int d = 0; d < c->dims && energy == 0; d++)
        c->order[d] = c->dims - 1 - d;
    dim_name(group, energy, name);
    if (!eel_h5_line(group, name, c->size[energy], &offset, &scale) && !c->stated->has_axis)
        eel_candidate_refuse(c, "its energy axis is not uniform");
    eel_candidate_energy(c, energy, offset, scale, units[energy], eels);
}

static int visit(eel_h5_file *file, hid_t group, const char *path)
{
    static const char *const begins[] = {"data", "counted_datacube", "diffractionslice",
                                         "realslice"};
    const char *slash = strrchr(path, '/');
    char name[256], dataset[EEL_H5_PATH_MAX];

    if (!is_data_group(group))
        return EEL_OK;
    for (hsize_t i = 0; eel_h5_member(group, i, name); i++) {
        H5O_info_t object;
        int is_data = 0;
        for (size_t b = 0; b < sizeof begins / sizeof *begins; b++)
            is_data |= strncmp(name, begins[b], strlen(begins[b])) == 0;
        if (!is_data || H5Oget_info_by_name1(group, name, &object, H5P_DEFAULT) < 0 ||
            object.type != H5O_TYPE_DATASET)
            continue;
        snprintf(dataset, sizeof dataset, "%.255s%s%.250s", path, *path ? "/" : "", name);
        eel_candidate *c = eel_h5_add(file, dataset);
        if (!c)
            return EEL_ELIMIT;
        describe(group, slash ? slash + 1 : path, c);
    }
    return EEL_OK;
}

static int list(eel_h5_file *file)
{
    return eel_h5_walk(file, visit);
}

static void detail(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX])
{
    hid_t group = eel_h5_parent(file->file, dataset);
    hid_t microscope = eel_h5_group(file->file, "microscope");

    for (int k = 0; k < info->nav_count; k++) {
        eel_nav_axis *n = &info->nav[k];
        char name[16];
        dim_name(group, axis_of[k], name);
        dim_text(group, axis_of[k], "name", n->name);
        dim_units(group, axis_of[k], n->units);
        if (!eel_h5_line(group, name, n->size, &n->offset, &n->scale) || n->scale == 0) {
            n->offset = 0;
            n->scale = 1;
        }
    }
    double volts = eel_h5_number(microscope, "high tension", NAN);
    double radians = eel_h5_number(microscope, "convergence angle", NAN);
    info->beam_kev = volts > 0 && isfinite(volts) ? volts / 1000 : NAN;
    info->convergence_mrad = radians > 0 && isfinite(radians) ? radians * 1000 : NAN;
    if (microscope >= 0)
        H5Gclose(microscope);
    if (group >= 0)
        H5Gclose(group);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_emd = {
    .about = {"emd", ".emd .h5", "EMD, Berkeley"}, .h5 = &layout, EEL_H5_FUNCTIONS,
};
