/* Data sets of HDF5 files as signals: what they are, and reading rows of one. */
#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/mem.h"
#include "io/boxes.h"
#include "io/hspy_h5.h"
#include "io/planes.h"

#define CHUNK_BYTES_MAX ((size_t)1 << 30)
#define DEPTH_MAX       16
#define AXIS_MAX        EEL_CHANNELS_MAX /* values of an axis */

/* ---- what a data set is ---- */

static void read_type(eel_candidate *c, hid_t data)
{
    static const eel_image_type integers[2][4] = {
        {EEL_IMAGE_U8, EEL_IMAGE_U16, EEL_IMAGE_U32, EEL_IMAGE_U64},
        {EEL_IMAGE_I8, EEL_IMAGE_I16, EEL_IMAGE_I32, EEL_IMAGE_I64},
    };
    hid_t type = H5Dget_type(data);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);

    if (class == H5T_INTEGER && (size == 1 || size == 2 || size == 4 || size == 8))
        c->type = integers[H5Tget_sign(type) == H5T_SGN_2][size == 1 ? 0 : size == 2 ? 1
                                                          : size == 4 ? 2 : 3];
    else if (class == H5T_FLOAT && size <= 8)
        c->type = size <= 4 ? EEL_IMAGE_F32 : EEL_IMAGE_F64;
    else
        eel_candidate_refuse(c, "its values are %s, expected numbers",
                             class == H5T_COMPOUND ? "complex or RGB"
                             : class == H5T_ENUM   ? "yes/no"
                             : class == H5T_VLEN   ? "lists of different lengths"
                                                   : "no plain numbers");
    if (type >= 0)
        H5Tclose(type);
}

/* Refuses what is compressed by a filter that is not there: "lzf", "blosc" and such. */
static void check_filters(eel_candidate *c, hid_t plist)
{
    int count = H5Pget_nfilters(plist);

    for (int i = 0; i < count; i++) {
        char name[32] = "";
        size_t values = 0;
        unsigned flags, info;
        H5Z_filter_t filter = H5Pget_filter2(plist, (unsigned)i, &flags, &values, NULL, sizeof name, name, &info);
        if (filter < 0 || H5Zfilter_avail(filter) <= 0)
            eel_candidate_refuse(c, "it is compressed with %s (filter %d), which this HDF5 cannot read; save it with gzip",
                                 *name ? name : "an unknown filter", filter);
    }
}

/* Layouts that would lead to other files or to a huge chunk in memory are not followed. */
static void check_layout(eel_candidate *c, hid_t data)
{
    hid_t plist = H5Dget_create_plist(data);
    hsize_t chunk[H5S_MAX_RANK];
    size_t bytes = eel_image_type_size(c->type);

    if (plist < 0) {
        eel_candidate_refuse(c, "its layout cannot be read");
        return;
    }
    H5D_layout_t layout = H5Pget_layout(plist);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(plist) > 0)
        eel_candidate_refuse(c, "its values lie in other files");
    int rank = layout == H5D_CHUNKED ? H5Pget_chunk(plist, H5S_MAX_RANK, chunk) : 0;
    for (int d = 0; d < rank; d++) {
        if (__builtin_mul_overflow(bytes, (size_t)chunk[d], &bytes) || bytes > CHUNK_BYTES_MAX)
            eel_candidate_refuse(c, "its chunks are larger than %zu bytes", CHUNK_BYTES_MAX);
    }
    check_filters(c, plist);
    H5Pclose(plist);
}

static void read_shape(eel_candidate *c, hid_t data)
{
    hsize_t size[H5S_MAX_RANK];
    hid_t space = H5Dget_space(data);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    uint64_t values = 1;

    if (rank < 1 || rank > EEL_DIMS_MAX) {
        eel_candidate_refuse(c, "it has %d dimensions, expected 1 to %d", rank, EEL_DIMS_MAX);
    } else {
        H5Sget_simple_extent_dims(space, size, NULL);
        c->dims = rank;
        for (int d = 0; d < rank; d++) {
            c->size[d] = size[d];
            if (size[d] == 0 || __builtin_mul_overflow(values, (uint64_t)size[d], &values))
                eel_candidate_refuse(c, "its dimension %d is %ju", d, (uintmax_t)size[d]);
        }
    }
    if (space >= 0)
        H5Sclose(space);
}

/* A link may have led out of the file. */
static int is_elsewhere(hid_t file, hid_t data)
{
    char here[1024], there[1024];

    return H5Fget_name(file, here, sizeof here) <= 0 ||
           H5Fget_name(data, there, sizeof there) <= 0 || strcmp(here, there) != 0;
}

eel_candidate *eel_h5_add(eel_h5_file *file, const char *dataset)
{
    if (file->count == EEL_SIGNALS_MAX || strlen(dataset) >= EEL_H5_PATH_MAX) {
        eel_fail(EEL_ELIMIT, "%s: more than %d signals, or a name of more than %d bytes",
                 file->path, EEL_SIGNALS_MAX, EEL_H5_PATH_MAX - 1);
        return NULL;
    }
    eel_candidate *c = &file->candidates[file->count];
    eel_candidate_init(c, file->stated);
    strcpy(file->names[file->count++], dataset);
    hid_t data = H5Dopen2(file->file, dataset, H5P_DEFAULT);
    if (data < 0) {
        eel_candidate_refuse(c, "its data cannot be opened");
        return c;
    }
    if (is_elsewhere(file->file, data))
        eel_candidate_refuse(c, "its values lie in other files");
    read_type(c, data);
    read_shape(c, data);
    if (!*c->why_not)
        check_layout(c, data);
    H5Dclose(data);
    return c;
}

/* ---- finding one's way ---- */

int eel_h5_member(hid_t group, hsize_t i, char name[256])
{
    H5G_info_t info;

    if (H5Gget_info(group, &info) < 0 || i >= info.nlinks)
        return 0;
    ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, 256,
                                        H5P_DEFAULT);
    if (length <= 0 || length >= 256)
        strcpy(name, "");
    return 1;
}

static int walk(eel_h5_file *file, hid_t group, const char *path, int depth, int *groups,
                eel_h5_visit visit)
{
    char name[256], inner[EEL_H5_PATH_MAX];
    int code = visit(file, group, path);

    for (hsize_t i = 0; code == EEL_OK && depth < DEPTH_MAX && eel_h5_member(group, i, name); i++) {
        H5L_info_t link;
        H5O_info_t object;
        if (!*name || H5Lget_info(group, name, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD || strlen(path) > 255 ||
            H5Oget_info_by_name1(group, name, &object, H5P_DEFAULT) < 0 ||
            object.type != H5O_TYPE_GROUP)
            continue;
        if (++*groups > EEL_H5_GROUPS_MAX)
            return eel_fail(EEL_ELIMIT, "%s: more than %d groups", file->path, EEL_H5_GROUPS_MAX);
        hid_t next = H5Gopen2(group, name, H5P_DEFAULT);
        if (next < 0)
            continue;
        snprintf(inner, sizeof inner, "%.255s%s%.255s", path, *path ? "/" : "", name);
        code = walk(file, next, inner, depth + 1, groups, visit);
        H5Gclose(next);
    }
    return code;
}

int eel_h5_walk(eel_h5_file *file, eel_h5_visit visit)
{
    int groups = 0;
    hid_t root = H5Gopen2(file->file, "/", H5P_DEFAULT);

    if (root < 0)
        return eel_fail(EEL_EFORMAT, "%s: damaged HDF5 file: its root cannot be read", file->path);
    int code = walk(file, root, "", 0, &groups, visit);
    H5Gclose(root);
    return code;
}

hid_t eel_h5_parent(hid_t file, const char *dataset)
{
    char path[EEL_H5_PATH_MAX];

    snprintf(path, sizeof path, "%s", dataset);
    char *slash = strrchr(path, '/');
    if (!slash)
        return H5Gopen2(file, "/", H5P_DEFAULT);
    *slash = 0;
    return eel_h5_group(file, path);
}

/* Reads the numbers of an axis; the caller frees *values. */
static int axis_values(hid_t data, double **values, hsize_t *n)
{
    hid_t space = H5Dget_space(data), type = H5Dget_type(data);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    hssize_t points = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    int ok = points > 0 && points <= AXIS_MAX && H5Sget_simple_extent_ndims(space) <= 1 &&
             (class == H5T_INTEGER || class == H5T_FLOAT);

    *values = ok ? malloc((size_t)points * sizeof **values) : NULL;
    *n = (hsize_t)points;
    ok = *values && H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0;
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return ok;
}

int eel_h5_line(hid_t group, const char *dataset, uint64_t n, double *offset, double *scale)
{
    double *x = NULL, off = 0;
    hsize_t count = 0;

    if (group < 0 || H5Lexists(group, dataset, H5P_DEFAULT) <= 0)
        return 0;
    hid_t data = H5Dopen2(group, dataset, H5P_DEFAULT);
    int ok = data >= 0 && axis_values(data, &x, &count) && ((count == 2 && n > 0) || count == n || count == n + 1);
    if (ok) {
        *offset = x[0];
        *scale = count > 1 ? (x[count - 1] - x[0]) / (double)(count - 1) : 1;
        for (hsize_t i = 0; i < count; i++)
            off = fmax(off, fabs(x[i] - x[0] - (double)i * *scale));
        *offset += count > 2 && count == n + 1 ? *scale / 2 : 0; /* edges of bins */
        ok = isfinite(*offset) && isfinite(*scale) && off <= 0.25 * fabs(*scale);
    }
    free(x);
    if (data >= 0)
        H5Dclose(data);
    return ok;
}

/* ---- rows ---- */

/* out (pixels in c->order, channels) from in (count[], as stored). */
static void gather(char *out, const char *in, const eel_candidate *c, const hsize_t *count,
                   size_t size)
{
    size_t stride[EEL_DIMS_MAX], step = size;
    uint64_t at[EEL_DIMS_MAX] = {0};
    int axes[EEL_DIMS_MAX], n = 0;

    for (int d = c->dims - 1; d >= 0; step *= count[d], d--)
        stride[d] = step;
    for (int i = 0; i < c->dims; i++) {
        if (c->order[i] != c->energy)
            axes[n++] = c->order[i];
    }
    for (;;) {
        const char *from = in;
        for (int k = 0; k < n; k++)
            from += at[k] * stride[axes[k]];
        for (hsize_t e = 0; e < count[c->energy]; e++, out += size, from += stride[c->energy])
            memcpy(out, from, size);
        int k = n - 1;
        while (k >= 0 && ++at[k] == count[axes[k]])
            at[k--] = 0;
        if (k < 0)
            return;
    }
}

static int is_as_stored(const eel_candidate *c)
{
    for (int d = 0; d < c->dims; d++) {
        if (c->order[d] != d)
            return 0;
    }
    return 1;
}

static int make_scratch(eel_h5_file *file, size_t bytes)
{
    if (bytes <= file->scratch_bytes)
        return EEL_OK;
    eel_free(file->scratch);
    file->scratch_bytes = 0;
    file->scratch = eel_alloc(bytes, 1);
    if (!file->scratch)
        return EEL_ENOMEM;
    file->scratch_bytes = bytes;
    return EEL_OK;
}

/* One box of pixels; start and count are of all dimensions as stored. */
static int read_box(eel_h5_file *file, const hsize_t *start, const hsize_t *count, void *out)
{
    const eel_candidate *c = &file->shape;
    uint64_t outer = 1, inner = 1;
    size_t size = eel_image_type_size(c->type);

    for (int d = 0; d < c->dims; d++) {
        if (d != c->energy)
            *(d < c->energy ? &outer : &inner) *= count[d];
    }
    int direct = inner == 1 && is_as_stored(c);
    int code = direct ? EEL_OK : make_scratch(file, outer * inner * file->channels * size);
    if (code != EEL_OK)
        return code;
    hid_t space = H5Dget_space(file->data), memory = H5Screate_simple(c->dims, count, NULL);
    int ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
             H5Dread(file->data, eel_h5_native(c->type), memory, space, H5P_DEFAULT,
                     direct ? out : file->scratch) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    if (!ok)
        return eel_fail(EEL_EFORMAT, "%s: damaged HDF5 file: its values cannot be read",
                        file->path);
    if (!direct && is_as_stored(c))
        eel_planes_turn(out, file->scratch, outer, file->channels, inner, size);
    else if (!direct)
        gather(out, file->scratch, c, count, size);
    return EEL_OK;
}

static int read_rows(eel_h5_file *file, uint64_t first, uint64_t rows, void *spectra)
{
    const eel_candidate *c = &file->shape;
    size_t row_bytes = file->channels * eel_image_type_size(c->type);
    uint64_t sizes[EEL_DIMS_MAX], at[EEL_DIMS_MAX], n_at[EEL_DIMS_MAX];
    int axes = 0;

    for (int i = 0; i < c->dims; i++) {
        if (c->order[i] != c->energy)
            sizes[axes++] = c->size[c->order[i]];
    }
    for (uint64_t left = rows; left > 0;) {
        hsize_t start[EEL_DIMS_MAX], count[EEL_DIMS_MAX];
        uint64_t n = eel_box(sizes, axes, first, left, at, n_at);
        for (int i = 0, k = 0; i < c->dims; i++) {
            int d = c->order[i];
            start[d] = d == c->energy ? 0 : at[k];
            count[d] = d == c->energy ? file->channels : n_at[k];
            k += d != c->energy;
        }
        int code = read_box(file, start, count, spectra);
        if (code != EEL_OK)
            return code;
        spectra = (char *)spectra + n * row_bytes;
        first += n;
        left -= n;
    }
    return EEL_OK;
}

/* Where the energy is not the fastest dimension, a row touches many chunks or planes: many rows are
 * read at once and served from memory. */
static int load_slab(eel_h5_file *file, uint64_t first, size_t row_bytes)
{
    const eel_candidate *c = &file->shape;
    uint64_t pixels = 1, rows = row_bytes < EEL_SLAB_BYTES ? EEL_SLAB_BYTES / row_bytes : 1;

    for (int d = 0; d < c->dims; d++)
        pixels *= d == c->energy ? 1 : c->size[d];
    if (!file->slab)
        file->slab = eel_alloc(rows < pixels ? rows : pixels, row_bytes);
    if (!file->slab)
        return EEL_ENOMEM;
    file->slab_rows = 0;
    rows = pixels - first < rows ? pixels - first : rows;
    int code = read_rows(file, first, rows, file->slab);
    if (code == EEL_OK) {
        file->slab_first = first;
        file->slab_rows = rows;
    }
    return code;
}

int eel_h5_read(void *state, uint64_t first, uint32_t rows, void *spectra)
{
    eel_h5_file *file = state;
    const eel_candidate *c = &file->shape;
    size_t row_bytes = file->channels * eel_image_type_size(c->type);

    if (is_as_stored(c) && c->energy == c->dims - 1)
        return read_rows(file, first, rows, spectra);
    while (rows > 0) {
        if (first < file->slab_first || first >= file->slab_first + file->slab_rows) {
            int code = load_slab(file, first, row_bytes);
            if (code != EEL_OK)
                return code;
        }
        uint64_t skip = first - file->slab_first, n = file->slab_rows - skip;
        n = n < rows ? n : rows;
        memcpy(spectra, file->slab + skip * row_bytes, n * row_bytes);
        spectra = (char *)spectra + n * row_bytes;
        first += n;
        rows -= (uint32_t)n;
    }
    return EEL_OK;
}
