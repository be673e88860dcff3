#include "nn/h5.h"

#include "base/err.h"
#include "base/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIAL_BYTES_MAX ((size_t)64 << 20) /* of one dataset */

static void start(h5_file *file, const char *path, int writing)
{
    file->id = -1;
    file->code = EEL_OK;
    file->path = path;
    file->writing = writing;
    H5dont_atexit(); /* whoever opened a file closes it: the library's own closing crashes when a disk was full */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* words are ours, never printed by the library */
}

void h5_check(h5_file *file, int code)
{
    if (!file->code)
        file->code = code;
}

/* A plain file first: HDF5 does not say why it cannot make one. */
static int probe(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT, 0666);

    if (descriptor < 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    close(descriptor);
    return EEL_OK;
}

void h5_create(h5_file *file, const char *path)
{
    start(file, path, 0);
    h5_check(file, eel_replace_begin(&file->replace, path));
    if (file->code)
        return;
    file->writing = 1;
    h5_check(file, probe(file->replace.temporary));
    if (!file->code)
        file->id = H5Fcreate(file->replace.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (!file->code && file->id < 0)
        h5_check(file, eel_fail(EEL_EIO, "%s: cannot be made", file->replace.temporary));
}

static herr_t read_whole(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    hid_t data = H5Dopen2(group, name, H5P_DEFAULT), type, memory, space;
    void *buffer;

    (void)link;
    (void)context;
    if (data < 0) /* a group */
        return 0;
    type = H5Dget_type(data);
    memory = H5Tget_native_type(type, H5T_DIR_ASCEND);
    space = H5Dget_space(data);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(memory);
    if (count > 0 && size > 0 && (size_t)count <= TRIAL_BYTES_MAX / size &&
        (buffer = malloc((size_t)count * size))) {
        H5Dread(data, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
        free(buffer);
    }
    H5Sclose(space);
    H5Tclose(memory);
    H5Tclose(type);
    H5Dclose(data);
    return 0;
}

static void read_everything(void *path)
{
    hid_t id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);

    if (id >= 0) {
        H5Lvisit(id, H5_INDEX_NAME, H5_ITER_NATIVE, read_whole, NULL);
        H5Fclose(id);
    }
}

void h5_open(h5_file *file, const char *path)
{
    start(file, path, 0);
    if (access(path, R_OK) != 0) {
        h5_check(file, eel_fail(EEL_EIO, "%s: %s", path, strerror(errno)));
        return;
    }
    if (!eel_trial(read_everything, (void *)path)) {
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: damaged HDF5 file: libhdf5 does not survive it", path));
        return;
    }
    file->id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file->id < 0)
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: not an HDF5 file, or cut short", path));
}

int h5_close(h5_file *file)
{
    if (file->id >= 0 && H5Fclose(file->id) < 0)
        h5_check(file, eel_fail(EEL_EIO, "%s: cannot be written", file->path));
    file->id = -1;
    if (file->writing)
        file->code = eel_replace_end(&file->replace, file->code);
    file->writing = 0;
    return file->code;
}

static void write_array(h5_file *file, const char *name, hid_t stored, hid_t type, const void *data,
                        int rank, const size_t *dims)
{
    hsize_t lengths[H5_RANK_MAX];
    hid_t space, links, dataset = -1;

    if (file->code)
        return;
    for (int i = 0; i < rank; i++)
        lengths[i] = dims[i];
    space = rank ? H5Screate_simple(rank, lengths, NULL) : H5Screate(H5S_SCALAR);
    links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    dataset = H5Dcreate2(file->id, name, stored, space, links, H5P_DEFAULT, H5P_DEFAULT);
    if (dataset < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        h5_check(file, eel_fail(EEL_EIO, "%s: cannot write %s", file->path, name));
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Pclose(links);
    H5Sclose(space);
}

void h5_write_floats(h5_file *file, const char *name, const float *data, int rank,
                     const size_t *dims)
{
    write_array(file, name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, data, rank, dims);
}

void h5_write_reals(h5_file *file, const char *name, const double *data, size_t count)
{
    write_array(file, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, data, 1, &count);
}

void h5_write_whole(h5_file *file, const char *name, const uint64_t *data, size_t count)
{
    write_array(file, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, data, 1, &count);
}

static hid_t text_type(size_t size, H5T_cset_t characters)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, size);
    H5Tset_cset(type, characters);
    return type;
}

void h5_write_text(h5_file *file, const char *name, const char *text)
{
    hid_t type = text_type(strlen(text) + 1, H5T_CSET_UTF8);

    write_array(file, name, type, type, text, 0, NULL);
    H5Tclose(type);
}

void h5_write_names(h5_file *file, const char *name, const char *names, size_t size, size_t count)
{
    hid_t type = text_type(size, H5T_CSET_UTF8);

    write_array(file, name, type, type, names, 1, &count);
    H5Tclose(type);
}

static void describe(char *words, size_t size, int rank, const hsize_t *lengths)
{
    size_t used = 0;

    words[0] = 0;
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(words + used, size - used, "%s%llu", i ? " x " : "",
                                 (unsigned long long)lengths[i]);
    if (rank == 0)
        snprintf(words, size, "one value");
}

static int check_lengths(h5_file *file, const char *name, hid_t dataset, int rank,
                         const size_t *dims)
{
    hsize_t found[H5S_MAX_RANK], expected[H5_RANK_MAX];
    char found_words[128], expected_words[128];
    hid_t space = H5Dget_space(dataset);
    int found_rank = H5Sget_simple_extent_ndims(space);
    int same = found_rank == rank;

    if (found_rank > 0)
        H5Sget_simple_extent_dims(space, found, NULL);
    H5Sclose(space);
    for (int i = 0; i < rank; i++) {
        expected[i] = dims[i];
        same = same && found[i] == expected[i];
    }
    if (same)
        return EEL_OK;
    if (found_rank < 0)
        return eel_fail(EEL_EFORMAT, "%s: %s has no shape", file->path, name);
    describe(found_words, sizeof found_words, found_rank, found);
    describe(expected_words, sizeof expected_words, rank, expected);
    return eel_fail(EEL_EFORMAT, "%s: %s is %s, expected %s", file->path, name, found_words,
                    expected_words);
}

/* The dataset, or -1 with the file's error set. */
static hid_t open_dataset(h5_file *file, const char *name, H5T_class_t kind, int rank,
                          const size_t *dims)
{
    static const char *const kinds[] = {[H5T_INTEGER] = "whole numbers", [H5T_FLOAT] = "numbers",
                                        [H5T_STRING] = "text"};
    hid_t dataset;

    if (file->code)
        return -1;
    dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (dataset < 0) {
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: has no %s", file->path, name));
        return -1;
    }
    hid_t type = H5Dget_type(dataset);
    if (H5Tget_class(type) != kind)
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s is not made of %s", file->path, name,
                                kinds[kind]));
    H5Tclose(type);
    if (!file->code)
        h5_check(file, check_lengths(file, name, dataset, rank, dims));
    if (file->code) {
        H5Dclose(dataset);
        return -1;
    }
    return dataset;
}

static void read_array(h5_file *file, const char *name, H5T_class_t kind, hid_t type, void *data,
                       int rank, const size_t *dims)
{
    hid_t dataset = open_dataset(file, name, kind, rank, dims);

    if (dataset < 0)
        return;
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s cannot be read", file->path, name));
    H5Dclose(dataset);
}

void h5_read_floats(h5_file *file, const char *name, float *data, int rank, const size_t *dims)
{
    size_t count = 1;

    read_array(file, name, H5T_FLOAT, H5T_NATIVE_FLOAT, data, rank, dims);
    for (int i = 0; i < rank; i++)
        count *= dims[i];
    for (size_t i = 0; i < count && !file->code; i++) {
        if (!isfinite(data[i]))
            h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s holds %f at place %zu, expected a finite "
                                    "number", file->path, name, data[i], i));
    }
}

void h5_read_reals(h5_file *file, const char *name, double *data, size_t count)
{
    read_array(file, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, data, 1, &count);
    for (size_t i = 0; i < count && !file->code; i++) {
        if (!isfinite(data[i]))
            h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s holds %f at place %zu, expected a finite "
                                    "number", file->path, name, data[i], i));
    }
}

void h5_read_whole(h5_file *file, const char *name, uint64_t *data, size_t count)
{
    read_array(file, name, H5T_INTEGER, H5T_NATIVE_UINT64, data, 1, &count);
}

/* Bytes of each text of a dataset, 0 after an error; `characters` as they are stored, since HDF5
 * does not convert between ASCII and UTF-8. */
static size_t text_size(h5_file *file, const char *name, hid_t dataset, size_t max,
                        H5T_cset_t *characters)
{
    hid_t type = H5Dget_type(dataset);
    int variable = H5Tis_variable_str(type) != 0;
    size_t size = variable ? 0 : H5Tget_size(type);

    *characters = H5Tget_cset(type);
    H5Tclose(type);
    if (variable)
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s has texts of varying size, expected a fixed "
                                "size", file->path, name));
    else if (size > max)
        h5_check(file, eel_fail(EEL_ELIMIT, "%s: %s has %zu bytes, expected at most %zu",
                                file->path, name, size, max));
    return file->code ? 0 : size;
}

void h5_read_text(h5_file *file, const char *name, char **text, size_t max)
{
    hid_t dataset = open_dataset(file, name, H5T_STRING, 0, NULL);
    H5T_cset_t characters;
    size_t size;

    *text = NULL;
    if (dataset < 0)
        return;
    if ((size = text_size(file, name, dataset, max, &characters)) > 0) {
        hid_t type = text_type(size + 1, characters);
        *text = calloc(size + 1, 1);
        if (!*text)
            h5_check(file, eel_fail(EEL_ENOMEM, "%s: no memory for %s", file->path, name));
        else if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *text) < 0)
            h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s cannot be read", file->path, name));
        H5Tclose(type);
    }
    H5Dclose(dataset);
    if (file->code) {
        free(*text);
        *text = NULL;
    }
}

void h5_read_names(h5_file *file, const char *name, char *names, size_t size, size_t count)
{
    hid_t dataset = open_dataset(file, name, H5T_STRING, 1, &count);
    H5T_cset_t characters;

    if (dataset < 0)
        return;
    if (text_size(file, name, dataset, size, &characters) > 0) {
        hid_t type = text_type(size, characters);
        if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) < 0)
            h5_check(file, eel_fail(EEL_EFORMAT, "%s: %s cannot be read", file->path, name));
        H5Tclose(type);
        for (size_t i = 0; i < count; i++)
            names[i * size + size - 1] = 0;
    }
    H5Dclose(dataset);
}

void h5_read_format(h5_file *file, const char *expected)
{
    char *found = NULL;

    if (!file->code && !h5_has(file, "format"))
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: has no format, expected '%s'", file->path, expected));
    h5_read_text(file, "format", &found, 256);
    if (found && strcmp(found, expected) != 0)
        h5_check(file, eel_fail(EEL_EFORMAT, "%s: format is '%s', expected '%s'", file->path, found,
                                expected));
    free(found);
}

/* H5Lexists wants every group on the way to be there. */
int h5_has(const h5_file *file, const char *name)
{
    const char *slash = strchr(name, '/');
    char group[64];

    snprintf(group, sizeof group, "%.*s", slash ? (int)(slash - name) : 0, name);
    return !file->code && (!slash || H5Lexists(file->id, group, H5P_DEFAULT) > 0) &&
           H5Lexists(file->id, name, H5P_DEFAULT) > 0;
}
