#include "io/hspy_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/replace.h"
#include "io/boxes.h"
#include "io/format.h"
#include "io/hspy_h5.h"

#define CHUNK_BYTES   ((uint64_t)1 << 20) /* that HyperSpy aims at, too */
#define CACHE_BYTES   ((size_t)32 << 20)
#define CACHE_SLOTS   1009
#define DEFLATE_LEVEL 1 /* counts shrink nearly as well as at 4 and three times as fast */
#define ELEMENTS_MAX  128

struct eel_hspy_file {
    hid_t file, experiments, data; /* data: of the signal begun last */
    eel_hspy_signal signal;
    int navigation_axes;
    uint64_t rows;
    int failed;
    uint32_t left; /* of the metadata of signals that are kept as they were */
    eel_replace replace;
};

eel_hspy_signal eel_hspy_signal_named(const char *title, const char *signal_type)
{
    eel_hspy_signal signal = {
        .type = EEL_IMAGE_F32,
        .beam_kev = NAN, .collection_mrad = NAN, .convergence_mrad = NAN, .exposure_s = NAN,
    };
    eel_text_copy(signal.title, sizeof signal.title, title, strlen(title));
    snprintf(signal.signal_type, sizeof signal.signal_type, "%s", signal_type);
    return signal;
}

void eel_hspy_signal_axis(eel_hspy_signal *signal, int navigate, const char *name,
                          const char *units, uint64_t size, double offset, double scale)
{
    if (signal->axis_count == EEL_HSPY_AXES_MAX)
        return; /* eel_hspy_begin refuses a signal that is full */
    eel_hspy_axis *axis = &signal->axes[signal->axis_count++];
    *axis = (eel_hspy_axis){.size = size, .offset = offset, .scale = scale, .navigate = navigate};
    snprintf(axis->name, sizeof axis->name, "%s", name);
    snprintf(axis->units, sizeof axis->units, "%s", units);
}

void eel_hspy_signal_optics(eel_hspy_signal *signal, const eel_image_info *info)
{
    signal->beam_kev = info->beam_kev;
    signal->collection_mrad = info->collection_mrad;
    signal->convergence_mrad = info->convergence_mrad;
}

eel_hspy_signal eel_hspy_signal_like(const eel_image_info *info)
{
    eel_hspy_signal signal = eel_hspy_signal_named(info->title, "EELS");

    for (int k = 0; k < info->nav_count; k++)
        eel_hspy_signal_axis(&signal, 1, info->nav[k].name, info->nav[k].units, info->nav[k].size,
                             info->nav[k].offset, info->nav[k].scale);
    eel_hspy_signal_axis(&signal, 0, "Energy loss", "eV", info->axis.n, info->axis.start_ev,
                         info->axis.step_ev);
    signal.type = info->type;
    eel_hspy_signal_optics(&signal, info);
    signal.exposure_s = info->exposure_s;
    snprintf(signal.elements, sizeof signal.elements, "%s", info->elements);
    return signal;
}

static int failed(eel_hspy_file *file, const char *what)
{
    file->failed = 1;
    return eel_fail(EEL_EIO, "%s: %s cannot be written (disk full?)", file->replace.path, what);
}

int eel_hspy_create(eel_hspy_file **made, const char *path)
{
    eel_hspy_file *file = calloc(1, sizeof *file);

    if (!file)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    int code = eel_replace_begin(&file->replace, path);
    if (code != EEL_OK) {
        free(file);
        return code;
    }
    eel_h5_quiet();
    file->data = file->experiments = -1;
    file->file = H5Fcreate(file->replace.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file->file < 0) { /* its first bytes had no room: it may be there, and empty */
        code = eel_replace_end(&file->replace, eel_fail(EEL_EIO, "%s: cannot be written (disk full?)", path));
        free(file);
        return code;
    }
    file->experiments = H5Gcreate2(file->file, "Experiments", H5P_DEFAULT, H5P_DEFAULT,
                                   H5P_DEFAULT);
    if (file->experiments < 0 || eel_h5_put_text(file->file, "file_format", "HyperSpy") ||
        eel_h5_put_text(file->file, "file_format_version", "3.1")) {
        code = failed(file, "its header");
        eel_hspy_close(file, 0);
        return code;
    }
    *made = file;
    return EEL_OK;
}

/* A name that HDF5 takes and that is not there yet. */
static void group_name(const eel_hspy_file *file, const char *title, char name[160])
{
    char base[140];

    snprintf(base, sizeof base, "%s", *title ? title : "__unnamed__");
    for (char *c = base; *c; c++) {
        if (*c == '/')
            *c = '-';
    }
    if (strcmp(base, ".") == 0)
        strcpy(base, "_");
    snprintf(name, 160, "%s", base);
    for (int i = 2; H5Lexists(file->experiments, name, H5P_DEFAULT) > 0; i++)
        snprintf(name, 160, "%s %d", base, i);
}

/* Metadata that were kept from another file may have the group already. */
static hid_t make_group(hid_t in, const char *name)
{
    hid_t there = eel_h5_group(in, name);

    return there >= 0 ? there : H5Gcreate2(in, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static int write_axis(hid_t group, int index, const eel_hspy_axis *axis, int binned)
{
    char name[16];
    snprintf(name, sizeof name, "axis-%d", index);
    hid_t g = make_group(group, name);

    if (g < 0)
        return -1;
    int bad = eel_h5_put_text(g, "_type", "UniformDataAxis") ||
              (*axis->name && eel_h5_put_text(g, "name", axis->name)) ||
              (*axis->units && eel_h5_put_text(g, "units", axis->units)) ||
              eel_h5_put_size(g, "size", axis->size) ||
              eel_h5_put_number(g, "offset", axis->offset) ||
              eel_h5_put_number(g, "scale", axis->scale) ||
              eel_h5_put_flag(g, "navigate", axis->navigate) ||
              eel_h5_put_flag(g, "is_binned", binned);
    H5Gclose(g);
    return bad ? -1 : 0;
}

static int write_elements(hid_t metadata, const char *elements)
{
    char copy[256], *state = NULL;
    const char *list[ELEMENTS_MAX];
    size_t n = 0;

    snprintf(copy, sizeof copy, "%s", elements);
    for (char *e = strtok_r(copy, " ", &state); e && n < ELEMENTS_MAX;
         e = strtok_r(NULL, " ", &state))
        list[n++] = e;
    if (n == 0)
        return 0;
    hid_t sample = make_group(metadata, "Sample");
    int bad = sample < 0 || eel_h5_put_texts(sample, "_list_elements", list, n);
    if (sample >= 0)
        H5Gclose(sample);
    return bad ? -1 : 0;
}

static int put_known(hid_t group, const char *name, double value)
{
    return isnan(value) ? 0 : eel_h5_put_number(group, name, value);
}

static int write_microscope(hid_t metadata, const eel_hspy_signal *s)
{
    if (isnan(s->beam_kev) && isnan(s->collection_mrad) && isnan(s->convergence_mrad) &&
        isnan(s->exposure_s))
        return 0;
    hid_t instrument = make_group(metadata, "Acquisition_instrument");
    hid_t tem = make_group(instrument, "TEM"), detector = make_group(tem, "Detector");
    hid_t eels = make_group(detector, "EELS");
    int bad = eels < 0 || put_known(tem, "beam_energy", s->beam_kev) ||
              put_known(tem, "convergence_angle", s->convergence_mrad) ||
              put_known(eels, "collection_angle", s->collection_mrad) ||
              put_known(eels, "exposure", s->exposure_s);
    hid_t all[] = {eels, detector, tem, instrument};
    for (int i = 0; i < 4; i++) {
        if (all[i] >= 0)
            H5Gclose(all[i]);
    }
    return bad ? -1 : 0;
}

static int write_metadata(hid_t group, const eel_hspy_signal *s, int signal_axes)
{
    hid_t metadata = make_group(group, "metadata");
    hid_t general = make_group(metadata, "General"), signal = make_group(metadata, "Signal");
    hid_t original = make_group(group, "original_metadata"); /* HyperSpy insists on it */
    int bad = metadata < 0 || general < 0 || signal < 0 || original < 0 ||
              eel_h5_put_text(general, "title", s->title) ||
              (s->notes && eel_h5_put_text(general, "notes", s->notes)) ||
              eel_h5_put_text(signal, "signal_type", s->signal_type) ||
              eel_h5_put_text(signal, "record_by",
                              signal_axes == 1 ? "spectrum" : signal_axes == 2 ? "image" : "") ||
              write_microscope(metadata, s) || write_elements(metadata, s->elements);
    hid_t all[] = {original, signal, general, metadata};
    for (int i = 0; i < 4; i++) {
        if (all[i] >= 0)
            H5Gclose(all[i]);
    }
    return bad ? -1 : 0;
}

/* Whole signals and as many neighbouring positions as make up a chunk, so that rows in order fill
 * one chunk after the other; of a signal larger than a chunk, a part. */
static void choose_chunks(const eel_hspy_signal *s, hsize_t *chunk)
{
    uint64_t room = CHUNK_BYTES / eel_image_type_size(s->type);

    for (int d = s->axis_count - 1; d >= 0; d--) {
        uint64_t size = s->axes[d].size;
        chunk[d] = size < room ? size : room > 0 ? room : 1;
        room = chunk[d] < size ? 1 : room / size;
    }
}

static hid_t create_data(hid_t group, const eel_hspy_signal *s)
{
    hsize_t size[EEL_HSPY_AXES_MAX], chunk[EEL_HSPY_AXES_MAX];
    hid_t native = eel_h5_native(s->type);

    for (int d = 0; d < s->axis_count; d++)
        size[d] = s->axes[d].size;
    choose_chunks(s, chunk);
    hid_t space = H5Screate_simple(s->axis_count, size, NULL);
    hid_t make = H5Pcreate(H5P_DATASET_CREATE), access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_obj_track_times(make, 0); /* the same maps are the same bytes, whenever they are written */
    H5Pset_chunk(make, s->axis_count, chunk);
    H5Pset_shuffle(make);
    H5Pset_deflate(make, DEFLATE_LEVEL);
    H5Pset_fill_value(make, H5T_NATIVE_DOUBLE, &s->fill);
    H5Pset_chunk_cache(access, CACHE_SLOTS, CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
    hid_t data = H5Dcreate2(group, "data", native, space, H5P_DEFAULT, make, access);
    H5Pclose(access);
    H5Pclose(make);
    H5Sclose(space);
    return data;
}

static int check_signal(const eel_hspy_file *file, const eel_hspy_signal *s, int *navigation,
                        uint64_t *rows)
{
    uint64_t values = 1;

    if (s->axis_count < 1 || s->axis_count >= EEL_HSPY_AXES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: a signal of %d axes, expected 1 to %d",
                        file->replace.path, s->axis_count, EEL_HSPY_AXES_MAX - 1);
    *navigation = 0;
    *rows = 1;
    for (int d = 0; d < s->axis_count; d++) {
        if (s->axes[d].size == 0 || __builtin_mul_overflow(values, s->axes[d].size, &values) ||
            values > INT64_MAX / 8)
            return eel_fail(EEL_ELIMIT, "%s: axis '%s' of %ju positions", file->replace.path,
                            s->axes[d].name, (uintmax_t)s->axes[d].size);
        if (s->axes[d].navigate) {
            if (*navigation < d)
                return eel_fail(EEL_EARGS, "%s: navigation axis '%s' after a signal axis",
                                file->replace.path, s->axes[d].name);
            ++*navigation;
            *rows *= s->axes[d].size;
        }
    }
    return EEL_OK;
}

int eel_hspy_begin(eel_hspy_file *file, const eel_hspy_signal *signal)
{
    char name[160];
    int code = check_signal(file, signal, &file->navigation_axes, &file->rows);

    if (code != EEL_OK)
        return code;
    if (file->data >= 0 && H5Dclose(file->data) < 0) {
        file->data = -1;
        return failed(file, "a signal");
    }
    file->data = -1;
    file->signal = *signal;
    group_name(file, signal->title, name);
    hid_t group = make_group(file->experiments, name);
    int eels = strncmp(signal->signal_type, "EELS", 4) == 0;
    if (group >= 0 && signal->like) /* first: what is written afterwards is right, whatever they say */
        eel_image_keep(signal->like, group, &file->left);
    int bad = group < 0 ||
              write_metadata(group, signal, signal->axis_count - file->navigation_axes);
    for (int d = 0; !bad && d < signal->axis_count; d++)
        bad = write_axis(group, d, &signal->axes[d], eels && !signal->axes[d].navigate);
    if (!bad)
        file->data = create_data(group, signal);
    if (group >= 0)
        H5Gclose(group);
    return bad || file->data < 0 ? failed(file, "a signal's header") : EEL_OK;
}

uint32_t eel_hspy_left(const eel_hspy_file *file)
{
    return file->left;
}

int eel_hspy_write(eel_hspy_file *file, uint64_t first, uint64_t rows, const void *values)
{
    const eel_hspy_signal *s = &file->signal;
    uint64_t sizes[EEL_HSPY_AXES_MAX], at[EEL_HSPY_AXES_MAX], n_at[EEL_HSPY_AXES_MAX];
    uint64_t row_values = 1;

    if (file->data < 0)
        return eel_fail(EEL_EARGS, "%s: no signal was begun", file->replace.path);
    if (first > file->rows || rows > file->rows - first)
        return eel_fail(EEL_EARGS, "%s: rows %ju to %ju of %ju", file->replace.path,
                        (uintmax_t)first, (uintmax_t)(first + rows), (uintmax_t)file->rows);
    for (int d = 0; d < s->axis_count; d++) {
        sizes[d] = s->axes[d].size;
        if (d >= file->navigation_axes)
            row_values *= sizes[d];
    }
    for (uint64_t left = rows; left > 0;) {
        hsize_t start[EEL_HSPY_AXES_MAX] = {0}, count[EEL_HSPY_AXES_MAX];
        uint64_t n = eel_box(sizes, file->navigation_axes, first, left, at, n_at);
        for (int d = 0; d < s->axis_count; d++) {
            start[d] = d < file->navigation_axes ? at[d] : 0;
            count[d] = d < file->navigation_axes ? n_at[d] : sizes[d];
        }
        hid_t space = H5Dget_space(file->data);
        hid_t memory = H5Screate_simple(s->axis_count, count, NULL);
        int ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                 H5Dwrite(file->data, eel_h5_native(s->type), memory, space, H5P_DEFAULT,
                          values) >= 0;
        H5Sclose(memory);
        H5Sclose(space);
        if (!ok)
            return failed(file, "values");
        values = (const char *)values + n * row_values * eel_image_type_size(s->type);
        first += n;
        left -= n;
    }
    return EEL_OK;
}

int eel_hspy_close(eel_hspy_file *file, int keep)
{
    int code = EEL_OK;

    if (!file)
        return EEL_OK;
    int bad = file->data >= 0 && H5Dclose(file->data) < 0;
    bad |= file->experiments >= 0 && H5Gclose(file->experiments) < 0;
    bad |= H5Fclose(file->file) < 0;
    if (keep && (bad || file->failed))
        code = failed(file, "its end");
    if (keep || code != EEL_OK) {
        code = eel_replace_end(&file->replace, code);
    } else {
        eel_replace_end(&file->replace, EEL_ECANCEL); /* removes it, says nothing */
    }
    free(file);
    return code;
}
