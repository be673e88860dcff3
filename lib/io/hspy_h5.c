#include "io/hspy_h5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "io/format.h"

#define TEXTS_MAX 1024 /* of one list */

void eel_h5_quiet(void)
{
    /* Every file is closed by whoever opened it. HDF5's own closing at exit crashes when a disk was
     * full. The first call of all decides. */
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

hid_t eel_h5_group(hid_t from, const char *path)
{
    hid_t group = -1, at = from;

    while (*path) {
        char name[256];
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= sizeof name || at < 0)
            break;
        memcpy(name, path, length);
        name[length] = 0;
        path += length + (path[length] == '/');
        hid_t next = H5Lexists(at, name, H5P_DEFAULT) > 0 ? H5Gopen2(at, name, H5P_DEFAULT) : -1;
        if (at != from)
            H5Gclose(at);
        group = at = next;
        if (next < 0)
            return -1;
    }
    return group;
}

static int simple_count(hid_t space)
{
    hssize_t n = H5Sget_simple_extent_npoints(space);
    return n > 0 && n <= TEXTS_MAX ? (int)n : 0;
}

/* Texts of an attribute or a data set, `read` telling which. */
static void read_texts(hid_t object, hid_t type, hid_t space, int is_attribute, eel_h5_each each,
                       void *context)
{
    int n = simple_count(space);
    size_t width = H5Tget_size(type);
    hid_t memory = -1;

    if (n == 0 || H5Tget_class(type) != H5T_STRING || (width > EEL_H5_TEXT_MAX))
        return;
    if (H5Tis_variable_str(type) > 0) {
        char **texts = calloc((size_t)n, sizeof *texts);
        memory = H5Tcopy(H5T_C_S1);
        H5Tset_size(memory, H5T_VARIABLE);
        H5Tset_cset(memory, H5Tget_cset(type));
        int ok = texts && (is_attribute ? H5Aread(object, memory, texts)
                                        : H5Dread(object, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                                  texts)) >= 0;
        for (int i = 0; ok && i < n; i++)
            each(texts[i] ? texts[i] : "", context);
        if (ok)
            H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts);
        free(texts);
    } else {
        char *texts = calloc((size_t)n, width + 1), *one = calloc(1, width + 1);
        memory = H5Tcopy(type);
        int ok = texts && one && (is_attribute ? H5Aread(object, memory, texts)
                                               : H5Dread(object, memory, H5S_ALL, H5S_ALL,
                                                         H5P_DEFAULT, texts)) >= 0;
        for (int i = 0; ok && i < n; i++) {
            memcpy(one, texts + (size_t)i * width, width);
            each(one, context);
        }
        free(texts);
        free(one);
    }
    if (memory >= 0)
        H5Tclose(memory);
}

void eel_h5_texts(hid_t from, const char *attribute, const char *dataset, eel_h5_each each,
                  void *context)
{
    if (attribute && from >= 0 && H5Aexists(from, attribute) > 0) {
        hid_t a = H5Aopen(from, attribute, H5P_DEFAULT);
        hid_t type = a < 0 ? -1 : H5Aget_type(a), space = a < 0 ? -1 : H5Aget_space(a);
        if (type >= 0 && space >= 0)
            read_texts(a, type, space, 1, each, context);
        if (space >= 0)
            H5Sclose(space);
        if (type >= 0)
            H5Tclose(type);
        if (a >= 0)
            H5Aclose(a);
    }
    if (dataset && from >= 0 && H5Lexists(from, dataset, H5P_DEFAULT) > 0) {
        hid_t d = H5Dopen2(from, dataset, H5P_DEFAULT);
        hid_t type = d < 0 ? -1 : H5Dget_type(d), space = d < 0 ? -1 : H5Dget_space(d);
        if (type >= 0 && space >= 0)
            read_texts(d, type, space, 0, each, context);
        if (space >= 0)
            H5Sclose(space);
        if (type >= 0)
            H5Tclose(type);
        if (d >= 0)
            H5Dclose(d);
    }
}

typedef struct {
    char *out;
    size_t size;
    int done;
} first_text;

static void keep_first(const char *text, void *context)
{
    first_text *keep = context;
    if (!keep->done)
        eel_text_copy(keep->out, keep->size, text, strlen(text));
    keep->done = 1;
}

void eel_h5_text(hid_t from, const char *attribute, char *out, size_t size)
{
    first_text keep = {.out = out, .size = size};
    *out = 0;
    eel_h5_texts(from, attribute, NULL, keep_first, &keep);
    if (strcmp(out, "_None_") == 0 || strcmp(out, "<undefined>") == 0)
        *out = 0;
}

int eel_h5_has(hid_t from, const char *attribute)
{
    return from >= 0 && H5Aexists(from, attribute) > 0;
}

double eel_h5_number(hid_t from, const char *attribute, double otherwise)
{
    double value = otherwise;

    if (!eel_h5_has(from, attribute))
        return otherwise;
    hid_t a = H5Aopen(from, attribute, H5P_DEFAULT);
    if (a < 0)
        return otherwise;
    hid_t type = H5Aget_type(a), space = H5Aget_space(a);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1) {
        signed char flag;
        if (class == H5T_INTEGER || class == H5T_FLOAT) {
            if (H5Aread(a, H5T_NATIVE_DOUBLE, &value) < 0)
                value = otherwise;
        } else if (class == H5T_ENUM && H5Tget_size(type) == 1) { /* how h5py stores yes and no */
            if (H5Aread(a, type, &flag) >= 0)
                value = flag;
        }
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    H5Aclose(a);
    return value;
}

static hid_t make_attribute(hid_t to, const char *name, hid_t stored, hid_t space)
{
    if (H5Aexists(to, name) > 0)
        H5Adelete(to, name);
    return H5Acreate2(to, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
}

static int put(hid_t to, const char *name, hid_t stored, hid_t memory, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t a = make_attribute(to, name, stored, space);
    int ok = a >= 0 && H5Awrite(a, memory, value) >= 0;

    if (a >= 0)
        H5Aclose(a);
    H5Sclose(space);
    return ok ? 0 : -1;
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int eel_h5_put_text(hid_t to, const char *attribute, const char *text)
{
    hid_t type = text_type();
    int status = put(to, attribute, type, type, &text);
    H5Tclose(type);
    return status;
}

int eel_h5_put_number(hid_t to, const char *attribute, double value)
{
    return put(to, attribute, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

int eel_h5_put_size(hid_t to, const char *attribute, uint64_t value)
{
    return put(to, attribute, H5T_STD_I64LE, H5T_NATIVE_UINT64, &value);
}

int eel_h5_put_integer(hid_t to, const char *attribute, int64_t value)
{
    return put(to, attribute, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

int eel_h5_put_flag(hid_t to, const char *attribute, int value)
{
    signed char no = 0, yes = 1, flag = value != 0;
    hid_t type = H5Tenum_create(H5T_STD_I8LE);

    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    int status = put(to, attribute, type, type, &flag);
    H5Tclose(type);
    return status;
}

int eel_h5_put_list(hid_t to, const char *attribute, const char *const *texts, size_t n)
{
    hid_t type = text_type(), space = H5Screate_simple(1, (hsize_t[]){n}, NULL);
    hid_t a = make_attribute(to, attribute, type, space);
    int ok = a >= 0 && H5Awrite(a, type, texts) >= 0;

    if (a >= 0)
        H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
    return ok ? 0 : -1;
}

/* Takes `space`. */
static int put_dataset(hid_t to, const char *name, hid_t space, hid_t stored, hid_t memory, const void *values)
{
    hid_t make = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(make, 0); /* as in hspy_write.c */
    if (H5Lexists(to, name, H5P_DEFAULT) > 0)
        H5Ldelete(to, name, H5P_DEFAULT);
    hid_t d = H5Dcreate2(to, name, stored, space, H5P_DEFAULT, make, H5P_DEFAULT);
    H5Pclose(make);
    int ok = d >= 0 && H5Dwrite(d, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;

    if (d >= 0)
        H5Dclose(d);
    H5Sclose(space);
    return ok ? 0 : -1;
}

static int put_texts(hid_t to, const char *name, hid_t space, const char *const *texts)
{
    hid_t type = text_type();
    int status = put_dataset(to, name, space, type, type, texts);

    H5Tclose(type);
    return status;
}

int eel_h5_put_array(hid_t to, const char *dataset, int dims, const hsize_t *size, int real, const void *values)
{
    return put_dataset(to, dataset, H5Screate_simple(dims, size, NULL), real ? H5T_IEEE_F64LE : H5T_STD_I64LE,
                       real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, values);
}

int eel_h5_put_texts(hid_t to, const char *dataset, const char *const *texts, size_t n)
{
    return put_texts(to, dataset, H5Screate_simple(1, (hsize_t[]){n}, NULL), texts);
}

int eel_h5_put_words(hid_t to, const char *dataset, const char *text)
{
    return put_texts(to, dataset, H5Screate(H5S_SCALAR), &text);
}

hid_t eel_h5_native(eel_image_type type)
{
    switch (type) {
    case EEL_IMAGE_U8: return H5T_NATIVE_UINT8;
    case EEL_IMAGE_I8: return H5T_NATIVE_INT8;
    case EEL_IMAGE_U16: return H5T_NATIVE_UINT16;
    case EEL_IMAGE_I16: return H5T_NATIVE_INT16;
    case EEL_IMAGE_U32: return H5T_NATIVE_UINT32;
    case EEL_IMAGE_I32: return H5T_NATIVE_INT32;
    case EEL_IMAGE_U64: return H5T_NATIVE_UINT64;
    case EEL_IMAGE_I64: return H5T_NATIVE_INT64;
    case EEL_IMAGE_F32: return H5T_NATIVE_FLOAT;
    case EEL_IMAGE_F64: case EEL_IMAGE_TYPES: break;
    }
    return H5T_NATIVE_DOUBLE;
}
