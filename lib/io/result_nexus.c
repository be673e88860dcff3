/*
 * result_nexus - the maps as a NeXus file, which h5web, silx view, NeXpy and DAWN open at its
 * default plot, and h5py as plain HDF5.
 *
 *     /entry                NXentry    title, program_name
 *     /entry/maps           NXdata     probability (element, …, y, x), element, …, y, x
 *     /entry/pixel_states   NXdata     state (…, y, x)
 *     /entry/other_edges    NXdata     energy (…, y, x) of an edge of no known element; where the network tells
 *     /entry/energy_shift   NXdata     shift (…, y, x) that was added to the energies; where they were moved
 *     /entry/mean_spectrum  NXdata     counts (energy), energy in eV
 *     /entry/process        NXprocess  program, version; model, its checksum; input, what was selected of it
 *                           and added up, what its energies follow ("" where nothing)
 *
 * `signal`, `axes` and `AXIS_indices` say what belongs together, and `default` leads from the root
 * to the maps (NeXus manual, base class NXdata). The element axis is made of names, which NXdata
 * allows for an axis. Beside it stand `observable`, `found` and `threshold` per element. Probabilities
 * that do not exist are NaN.
 */
#include "io/result.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"
#include "io/boxes.h"
#include "io/hspy_h5.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DIMS_MAX      (EEL_NAV_MAX + 1)
#define CHUNK_VALUES  ((uint64_t)1 << 18)
#define DEFLATE_LEVEL 1

/* Names of the axes of the maps, slowest first: "element", "y", "x". */
typedef struct {
    int count;
    char name[DIMS_MAX][48];
} axis_names;

static axis_names name_axes(const eel_image_info *image)
{
    axis_names names = {.count = image->nav_count + 1, .name = {"element"}};

    for (int a = 0; a < image->nav_count; a++) {
        char *name = names.name[a + 1];
        int taken = 0;
        for (const char *s = image->nav[a].name; *s && strlen(name) + 1 < sizeof names.name[0]; s++)
            name[strlen(name)] = *s == '/' || *s == ' ' || (unsigned char)*s < 32 ? '_' : *s;
        for (int b = 0; b <= a; b++)
            taken |= strcmp(name, names.name[b]) == 0;
        if (!name[0] || name[0] == '.' || taken || strcmp(name, "probability") == 0 ||
            strcmp(name, "state") == 0 || strcmp(name, "energy") == 0 || strcmp(name, "shift") == 0)
            snprintf(name, sizeof names.name[0], "axis_%d", a);
    }
    return names;
}

/* ---- groups, attributes, small data sets; 0, or -1 when HDF5 failed ---- */

static hid_t begin_group(hid_t in, const char *name, const char *class)
{
    hid_t group = H5Gcreate2(in, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    if (group >= 0 && eel_h5_put_text(group, "NX_class", class) == 0)
        return group;
    if (group >= 0)
        H5Gclose(group);
    return -1;
}

/* `values` (n) of a native type as a data set; `units` and `words`, its long name, or NULL. */
static int put_array(hid_t in, const char *name, hid_t type, const void *values, hsize_t n,
                     const char *units, const char *words)
{
    hid_t space = H5Screate_simple(1, &n, NULL), make = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(make, 0); /* the same maps are the same bytes, whenever they are written */
    hid_t data = H5Dcreate2(in, name, type, space, H5P_DEFAULT, make, H5P_DEFAULT);
    int bad = data < 0 || H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0;

    bad |= !bad && units && units[0] && eel_h5_put_text(data, "units", units);
    bad |= !bad && words && eel_h5_put_text(data, "long_name", words);
    if (data >= 0)
        H5Dclose(data);
    H5Pclose(make);
    H5Sclose(space);
    return bad ? -1 : 0;
}

/* The axes of an NXdata group, from `first` of the names on. */
static int put_axes(hid_t group, const axis_names *names, int first)
{
    const char *list[DIMS_MAX] = {0};
    char indices[64];
    int bad = 0, n = names->count - first;

    for (int i = 0; i < n; i++) {
        list[i] = names->name[first + i];
        snprintf(indices, sizeof indices, "%s_indices", list[i]);
        bad |= eel_h5_put_size(group, indices, (uint64_t)i);
    }
    return bad || (n > 0 && eel_h5_put_list(group, "axes", list, (size_t)n)) ? -1 : 0;
}

static int put_coordinates(hid_t group, const eel_image_info *image, const axis_names *names)
{
    int bad = 0;

    for (int a = 0; a < image->nav_count && !bad; a++) {
        const eel_nav_axis *axis = &image->nav[a];
        double *at = eel_alloc(axis->size, sizeof *at);
        for (uint64_t i = 0; at && i < axis->size; i++)
            at[i] = axis->offset + axis->scale * (double)i;
        bad = !at || put_array(group, names->name[a + 1], H5T_NATIVE_DOUBLE, at, axis->size,
                               axis->units, NULL);
        eel_free(at);
    }
    return bad ? -1 : 0;
}

/* ---- pictures ---- */

/* A data set over the navigation axes, with `classes` before them unless that is 0. */
static hid_t create_maps(hid_t group, const char *name, hid_t type, const eel_image_info *image,
                         uint64_t classes, const double *fill)
{
    hsize_t size[DIMS_MAX], chunk[DIMS_MAX];
    uint64_t room = CHUNK_VALUES;
    int dims = 0;

    if (classes)
        size[dims++] = classes;
    for (int a = 0; a < image->nav_count; a++)
        size[dims++] = image->nav[a].size;
    if (dims == 0)
        size[dims++] = 1;
    for (int d = dims - 1; d >= 0; d--) { /* pictures are chunks, or parts of one are */
        chunk[d] = d < dims - 2 ? 1 : size[d] < room ? size[d] : room > 0 ? room : 1;
        room /= chunk[d];
    }
    hid_t space = H5Screate_simple(dims, size, NULL), make = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(make, 0);
    H5Pset_chunk(make, dims, chunk);
    H5Pset_shuffle(make);
    H5Pset_deflate(make, DEFLATE_LEVEL);
    H5Pset_fill_value(make, H5T_NATIVE_DOUBLE, fill);
    hid_t data = H5Dcreate2(group, name, type, space, H5P_DEFAULT, make, H5P_DEFAULT);
    H5Pclose(make);
    H5Sclose(space);
    return data;
}

/* Picture `p` of a class, or of the states where `classes` is 0, into its place. */
static int write_picture(hid_t data, hid_t type, const eel_result *result, int has_classes,
                         uint32_t class, uint64_t p, const void *values)
{
    const eel_image_info *image = &result->about.image;
    hsize_t start[DIMS_MAX] = {0}, count[DIMS_MAX];
    uint64_t sizes[EEL_NAV_MAX], at[EEL_NAV_MAX], held[EEL_NAV_MAX];
    uint64_t pixels = result->rows * result->columns;
    int dims = 0;

    for (int a = 0; a < image->nav_count; a++)
        sizes[a] = image->nav[a].size;
    if (image->nav_count > 0)
        eel_box(sizes, image->nav_count, p * pixels, pixels, at, held);
    if (has_classes) {
        start[dims] = class;
        count[dims++] = 1;
    }
    for (int a = 0; a < image->nav_count; a++) {
        start[dims] = at[a];
        count[dims++] = held[a];
    }
    if (dims == 0)
        count[dims++] = 1;
    hid_t space = H5Dget_space(data), memory = H5Screate_simple(dims, count, NULL);
    int ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
             H5Dwrite(data, type, memory, space, H5P_DEFAULT, values) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    return ok ? 0 : -1;
}

/* What is known per class, along the element axis. */
static int put_classes(hid_t group, const eel_result *result)
{
    const char *names[EEL_STORE_CLASSES_MAX];
    float threshold[EEL_STORE_CLASSES_MAX];
    uint8_t observable[EEL_STORE_CLASSES_MAX], found[EEL_STORE_CLASSES_MAX];

    for (uint32_t c = 0; c < result->classes; c++) {
        names[c] = result->class[c].name;
        threshold[c] = result->class[c].threshold;
        observable[c] = (uint8_t)result->class[c].observable;
        found[c] = (uint8_t)result->class[c].found;
    }
    return eel_h5_put_texts(group, "element", names, result->classes) ||
           put_array(group, "threshold", H5T_NATIVE_FLOAT, threshold, result->classes, NULL,
                     "present from this probability on") ||
           put_array(group, "observable", H5T_NATIVE_UINT8, observable, result->classes, NULL,
                     "the edge lies in the recorded energies") ||
           put_array(group, "found", H5T_NATIVE_UINT8, found, result->classes, NULL,
                     "the element is in the image") ? -1 : 0;
}

static int write_maps(eel_result *result, hid_t entry, const axis_names *names)
{
    const eel_image_info *image = &result->about.image;
    double fill = NAN;
    hid_t group = begin_group(entry, "maps", "NXdata");
    if (group < 0)
        return -1;
    int bad = eel_h5_put_text(group, "signal", "probability") || put_axes(group, names, 0) ||
              put_classes(group, result) || put_coordinates(group, image, names);
    hid_t data = bad ? -1 : create_maps(group, "probability", H5T_NATIVE_FLOAT, image,
                                        result->classes, &fill);
    bad = data < 0 || eel_h5_put_text(data, "long_name", "probability of the element's edge") ||
          (image->nav_count > 1 && eel_h5_put_text(data, "interpretation", "image"));
    for (uint32_t c = 0; c < result->classes && !bad; c++) {
        for (uint64_t p = 0; p < result->planes && !bad; p++)
            bad = eel_result_plane(result, c, p) ||
                  write_picture(data, H5T_NATIVE_FLOAT, result, 1, c, p, result->plane);
    }
    if (data >= 0)
        H5Dclose(data);
    H5Gclose(group);
    return bad ? -1 : 0;
}

/* One number or state of each pixel, in an NXdata group of its own. units: or NULL; fill: of what is never written. */
typedef struct {
    const char *group, *signal, *units, *words;
    hid_t type;
    double fill;
} pixel_data;

/* The data set, its group in *group; -1 when HDF5 failed. */
static hid_t begin_pixels(const eel_result *result, hid_t entry, const axis_names *names,
                          const pixel_data *about, hid_t *group)
{
    *group = begin_group(entry, about->group, "NXdata");
    if (*group < 0 || eel_h5_put_text(*group, "signal", about->signal) || put_axes(*group, names, 1) ||
        put_coordinates(*group, &result->about.image, names))
        return -1;
    hid_t data = create_maps(*group, about->signal, about->type, &result->about.image, 0, &about->fill);
    if (data < 0 || (eel_h5_put_text(data, "long_name", about->words) == 0 &&
                     (!about->units || eel_h5_put_text(data, "units", about->units) == 0)))
        return data;
    H5Dclose(data);
    return -1;
}

static void end_pixels(hid_t group, hid_t data)
{
    if (data >= 0)
        H5Dclose(data);
    if (group >= 0)
        H5Gclose(group);
}

static int write_states(eel_result *result, hid_t entry, const axis_names *names)
{
    static const char words[] = "0 missing, 1 value, 2 poison, 3 overrun, 4 source-gap, 5 decode-error, "
                                "6 cancelled";
    uint64_t count = result->rows * result->columns;
    uint8_t *states = eel_alloc(count, 1);
    hid_t group = -1;
    hid_t data = !states ? -1 : begin_pixels(result, entry, names,
        &(pixel_data){"pixel_states", "state", NULL, words, H5T_NATIVE_UINT8, EEL_MISSING}, &group);
    int bad = data < 0;

    for (uint64_t p = 0; p < result->planes && !bad; p++)
        bad = eel_store_states(result->store, p * count, count, states) ||
              write_picture(data, H5T_NATIVE_UINT8, result, 0, 0, p, states);
    end_pixels(group, data);
    eel_free(states);
    return bad ? -1 : 0;
}

/* What the store keeps of each pixel beside its probabilities, in eV; nothing where it keeps none. */
static int write_column(eel_result *result, hid_t entry, const axis_names *names, uint32_t column,
                        const char *name, const char *signal, const char *words)
{
    hid_t group = -1;

    if (!column)
        return 0;
    hid_t data = begin_pixels(result, entry, names,
        &(pixel_data){name, signal, "eV", words, H5T_NATIVE_FLOAT, NAN}, &group);
    int bad = data < 0;
    for (uint64_t p = 0; p < result->planes && !bad; p++)
        bad = eel_result_plane(result, column, p) ||
              write_picture(data, H5T_NATIVE_FLOAT, result, 0, 0, p, result->plane);
    end_pixels(group, data);
    return bad ? -1 : 0;
}

/* ---- the rest ---- */

static int write_spectrum(const eel_result *result, hid_t entry)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    const char *axis = "energy";
    double *ev = eel_alloc(info->sum_channels, sizeof *ev);
    hid_t group = begin_group(entry, "mean_spectrum", "NXdata");
    int bad = !ev || group < 0;

    for (uint32_t i = 0; !bad && i < info->sum_channels; i++)
        ev[i] = info->sum_start_ev + i * info->sum_step_ev;
    bad = bad || eel_h5_put_text(group, "signal", "counts") ||
          eel_h5_put_list(group, "axes", &axis, 1) || eel_h5_put_size(group, "energy_indices", 0) ||
          put_array(group, "counts", H5T_NATIVE_FLOAT, result->mean, info->sum_channels, "counts",
                    "mean of all pixels that were read, on channels of 1 eV") ||
          put_array(group, "energy", H5T_NATIVE_DOUBLE, ev, info->sum_channels, "eV",
                    "energy loss");
    if (group >= 0)
        H5Gclose(group);
    eel_free(ev);
    return bad ? -1 : 0;
}

static int write_process(const eel_result *result, hid_t entry)
{
    hid_t group = begin_group(entry, "process", "NXprocess");
    int bad = group < 0 || eel_h5_put_words(group, "program", "eelstream") ||
              eel_h5_put_words(group, "version", EEL_VERSION) ||
              eel_h5_put_words(group, "model", result->about.model) ||
              eel_h5_put_words(group, "model_sha256", result->about.model_sha256) ||
              eel_h5_put_words(group, "input", result->about.image.path) ||
              eel_h5_put_words(group, "select", result->about.image.select) ||
              eel_h5_put_words(group, "bin", result->about.image.bin) ||
              eel_h5_put_words(group, "alignment", result->about.aligned);

    if (group >= 0)
        H5Gclose(group);
    return bad ? -1 : 0;
}

static int write_file(eel_result *result, hid_t file)
{
    axis_names names = name_axes(&result->about.image);
    hid_t entry = begin_group(file, "entry", "NXentry");
    int bad = entry < 0 || eel_h5_put_text(file, "NX_class", "NXroot") ||
              eel_h5_put_text(file, "default", "entry") ||
              eel_h5_put_text(entry, "default", "maps") ||
              eel_h5_put_words(entry, "title", result->about.image.title) ||
              eel_h5_put_words(entry, "program_name", "eelstream " EEL_VERSION) ||
              write_maps(result, entry, &names) || write_states(result, entry, &names) ||
              write_column(result, entry, &names, result->other_column, "other_edges", "energy",
                           "where an edge of no known element begins; NaN: none seen") ||
              write_column(result, entry, &names, result->shift_column, "energy_shift", "shift",
                           "what was added to the energies; NaN: not measured") ||
              (result->mean_pixels > 0 && write_spectrum(result, entry)) ||
              write_process(result, entry);

    if (entry >= 0)
        H5Gclose(entry);
    return bad ? -1 : 0;
}

int eel_result_write_nexus(eel_result *result, const char *path)
{
    eel_replace file;
    int code = eel_replace_begin(&file, path);

    if (code != EEL_OK)
        return code;
    eel_h5_quiet();
    hid_t h5 = H5Fcreate(file.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    int bad = h5 < 0 || write_file(result, h5);
    bad |= h5 >= 0 && H5Fclose(h5) < 0;
    if (bad)
        code = eel_fail(EEL_EIO, "%s: cannot be written (disk full?)", path);
    return eel_replace_end(&file, code);
}
