/*
 * nexus - spectra in NeXus files: every group of class NXdata is a signal, those of NXem included.
 *
 * Attribute `signal` names the data set, `axes` the data sets with the values of the dimensions
 * ("." for none), in their order or where `<axis>_indices` say. In older files `axes` is one text
 * with colons or commas, and the signal may be a data set marked by its own attribute `signal` = 1.
 * The energy is the dimension whose values are in eV. (NeXus manual, NXdata.)
 */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"

static int is_class(hid_t group, const char *class)
{
    char name[32];
    eel_h5_text(group, "NX_class", name, sizeof name);
    return class ? strcmp(name, class) == 0 : *name != 0;
}

static int is_mine(hid_t file)
{
    char name[256];
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    int found = root >= 0 && is_class(root, NULL);

    for (hsize_t i = 0; !found && root >= 0 && i < 64 && eel_h5_member(root, i, name); i++) {
        hid_t group = *name ? eel_h5_group(root, name) : -1;
        found = group >= 0 && is_class(group, NULL);
        if (group >= 0)
            H5Gclose(group);
    }
    if (root >= 0)
        H5Gclose(root);
    return found;
}

typedef struct {
    char name[EEL_DIMS_MAX][64]; /* of the data sets; "" for none */
    int count;
} axis_names;

/* One name, which may have blanks in it, or several in a text: "[y,x,.]", "y:x". */
static void add_names(const char *text, void *context)
{
    axis_names *axes = context;

    for (const char *at = text + strspn(text, "[ "); *at && axes->count < EEL_DIMS_MAX;) {
        size_t n = strcspn(at, ":,]");
        snprintf(axes->name[axes->count], sizeof axes->name[0], "%.*s", n < 63 ? (int)n : 63, at);
        if (strcmp(axes->name[axes->count], ".") == 0)
            axes->name[axes->count][0] = 0;
        axes->count += n > 0;
        at += n + strspn(at + n, ":,] ");
    }
}

static int find_signal(hid_t group, char name[256])
{
    eel_h5_text(group, "signal", name, 256);
    if (*name)
        return H5Lexists(group, name, H5P_DEFAULT) > 0;
    for (hsize_t i = 0; eel_h5_member(group, i, name); i++) {
        H5O_info_t object;
        if (!*name || H5Oget_info_by_name1(group, name, &object, H5P_DEFAULT) < 0 ||
            object.type != H5O_TYPE_DATASET)
            continue;
        hid_t data = H5Dopen2(group, name, H5P_DEFAULT);
        char marked[8] = "";
        double number = eel_h5_number(data, "signal", 0);
        eel_h5_text(data, "signal", marked, sizeof marked);
        if (data >= 0)
            H5Dclose(data);
        if (number == 1 || strcmp(marked, "1") == 0)
            return 1;
    }
    return 0;
}

/* The names of axes by dimension. */
static axis_names find_axes(hid_t group, const char *signal, int dims)
{
    axis_names listed = {.count = 0}, placed = {.count = dims};
    char key[80];

    eel_h5_texts(group, "axes", NULL, add_names, &listed);
    if (listed.count == 0) {
        hid_t data = H5Dopen2(group, signal, H5P_DEFAULT);
        eel_h5_texts(data, "axes", NULL, add_names, &listed);
        if (data >= 0)
            H5Dclose(data);
    }
    for (int i = 0; i < listed.count; i++) {
        snprintf(key, sizeof key, "%s_indices", listed.name[i]);
        double index = *listed.name[i] ? eel_h5_number(group, key, i) : i;
        int d = index >= 0 && index < dims ? (int)index : i;
        if (d < dims && !*placed.name[d])
            memcpy(placed.name[d], listed.name[i], sizeof placed.name[d]);
    }
    return placed;
}

/* Its own attribute, or what stands in the brackets of its long name. */
static void read_units(hid_t group, const char *axis, char units[32])
{
    char label[64];

    *units = 0;
    if (!*axis || H5Lexists(group, axis, H5P_DEFAULT) <= 0)
        return;
    hid_t data = H5Dopen2(group, axis, H5P_DEFAULT);
    eel_h5_text(data, "units", units, 32);
    if (!*units)
        eel_h5_text(data, "unit", units, 32);
    eel_h5_text(data, "long_name", label, sizeof label);
    if (!*units && strchr(label, '(') && eel_unit_ev(label) > 0)
        eel_text_copy(units, 32, label, strlen(label));
    if (data >= 0)
        H5Dclose(data);
}

/* HyperSpy leaves its metadata beside the signal. */
static void hyperspy_kind(eel_h5_file *file, const char *path, char kind[32])
{
    char beside[EEL_H5_PATH_MAX + 64];
    axis_names found = {.count = 0};
    const char *slash = strrchr(path, '/');

    snprintf(beside, sizeof beside, "%.*s/auxiliary/hyperspy_metadata/Signal",
             slash ? (int)(slash - path) : 0, path);
    hid_t group = eel_h5_group(file->file, beside);
    eel_h5_texts(group, NULL, "signal_type", add_names, &found);
    snprintf(kind, 32, "%.31s", found.count ? found.name[0] : "");
    if (group >= 0)
        H5Gclose(group);
}

static void describe(eel_h5_file *file, hid_t group, const char *path, const char *signal,
                     eel_candidate *c)
{
    char units[EEL_DIMS_MAX][32], kind[32];
    const char *slash = strrchr(path, '/');
    double offset = 0, scale = 1;

    eel_text_copy(c->name, sizeof c->name, slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));
    hyperspy_kind(file, path, kind);
    int xray = strncmp(kind, "EDS", 3) == 0, eels = strncmp(kind, "EELS", 4) == 0;
    c->prefix = xray ? "EDS " : "";
    if (xray)
        eel_candidate_refuse(c, "its metadata say %s, expected EELS", kind);
    if (c->dims == 0)
        return;
    axis_names axes = find_axes(group, signal, c->dims);
    for (int d = 0; d < c->dims; d++)
        read_units(group, axes.name[d], units[d]);
    int energy = eel_candidate_find_energy(c, units, eels);
    if (energy < 0)
        return;
    if (!eel_h5_line(group, axes.name[energy], c->size[energy], &offset, &scale) &&
        !c->stated->has_axis)
        eel_candidate_refuse(c, "its energy axis is not uniform");
    eel_candidate_energy(c, energy, offset, scale, units[energy], eels);
}

static int visit(eel_h5_file *file, hid_t group, const char *path)
{
    char signal[256], dataset[EEL_H5_PATH_MAX];

    if (!is_class(group, "NXdata") || !find_signal(group, signal))
        return EEL_OK;
    snprintf(dataset, sizeof dataset, "%.255s%s%.250s", path, *path ? "/" : "", signal);
    eel_candidate *c = eel_h5_add(file, dataset);
    if (!c)
        return EEL_ELIMIT;
    describe(file, group, path, signal, c);
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
    const char *slash = strrchr(dataset, '/');
    axis_names axes = find_axes(group, slash ? slash + 1 : dataset, file->shape.dims);

    for (int k = 0; k < info->nav_count; k++) {
        eel_nav_axis *n = &info->nav[k];
        const char *name = axes.name[axis_of[k]];
        eel_text_copy(n->name, sizeof n->name, name, strlen(name));
        read_units(group, name, n->units);
        if (!*name || !eel_h5_line(group, name, n->size, &n->offset, &n->scale) || n->scale == 0) {
            n->offset = 0;
            n->scale = 1;
        }
    }
    if (group >= 0)
        H5Gclose(group);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_nexus = {
    .about = {"nexus", ".nxs .h5", "NeXus: NXdata, NXem"}, .h5 = &layout, EEL_H5_FUNCTIONS,
};
