#include "io/h5_image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/mem.h"
#include "base/trial.h"
#include "io/hspy_h5.h"

#define CACHE_BYTES ((size_t)64 << 20) /* of chunks that are kept unpacked */
#define CACHE_SLOTS 12421              /* a prime well above the number of chunks kept */

int eel_h5_probe(const unsigned char *head, size_t n)
{
    return n >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* What an HDF5 file of no known layout has in its root, so that its owner recognises it. */
static int unknown(const char *path, hid_t file)
{
    char names[128] = "nothing", name[256], clean[32];
    size_t at = 0;

    for (hsize_t i = 0; i < 4 && at + 32 < sizeof names && eel_h5_member(file, i, name); i++) {
        eel_text_copy(clean, sizeof clean, name, strlen(name));
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", at ? ", " : "", clean);
    }
    return eel_fail(EEL_EFORMAT, "%s: is an HDF5 file of no known layout: holds %s", path, names);
}

static const eel_format *format_of(hid_t file)
{
    for (int i = 0; eel_formats[i]; i++) {
        if (eel_formats[i]->h5 && eel_formats[i]->h5->is_mine(file))
            return eel_formats[i];
    }
    return NULL;
}

static int open_data(eel_h5_file *file, const char *name)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, CACHE_SLOTS, CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
    file->data = H5Dopen2(file->file, name, access);
    H5Pclose(access);
    return file->data < 0 ? eel_fail(EEL_EFORMAT, "%s: its data cannot be opened", file->path)
                          : EEL_OK;
}

static int choose(eel_h5_file *file, eel_image_info *info)
{
    const eel_format *format = format_of(file->file);
    int axis_of[EEL_NAV_MAX];

    if (!format)
        return unknown(file->path, file->file);
    snprintf(info->format, sizeof info->format, "%s", format->about.name);
    int code = format->h5->list(file);
    if (code == EEL_OK)
        code = eel_pick(info, file->path, file->candidates, file->count, file->stated->signal);
    if (code == EEL_OK) {
        file->shape = file->candidates[info->signal];
        file->channels = info->axis.n;
        code = eel_pick_navigation(info, file->path, &file->shape, axis_of);
    }
    if (code == EEL_OK) {
        format->h5->detail(file, file->names[info->signal], info, axis_of);
        code = open_data(file, file->names[info->signal]);
    }
    return code;
}

static int try_open(void **state, eel_image_info *info, const char *path, const eel_stated *stated)
{
    eel_h5_file *file = eel_alloc(1, sizeof *file);

    if (!file)
        return EEL_ENOMEM;
    eel_h5_quiet();
    file->data = -1;
    file->stated = stated;
    snprintf(file->path, sizeof file->path, "%s", path);
    file->candidates = eel_alloc(EEL_SIGNALS_MAX, sizeof *file->candidates);
    file->names = eel_alloc(EEL_SIGNALS_MAX, sizeof *file->names);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    file->file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    int code = file->candidates && file->names ? EEL_OK : EEL_ENOMEM;
    if (code == EEL_OK && file->file < 0)
        code = eel_fail(EEL_EFORMAT, "%s: truncated or damaged HDF5 file (or still being written)",
                        path);
    if (code == EEL_OK)
        code = choose(file, info);
    eel_free(file->candidates);
    eel_free(file->names);
    file->candidates = NULL;
    file->names = NULL;
    if (code == EEL_OK)
        *state = file;
    else
        eel_h5_close(file);
    return code;
}

void eel_h5_close(void *state)
{
    eel_h5_file *file = state;
    if (!file)
        return;
    if (file->data >= 0)
        H5Dclose(file->data);
    if (file->file >= 0)
        H5Fclose(file->file);
    eel_free(file->scratch);
    eel_free(file->slab);
    eel_free(file);
}

/* ---- in a child first ---- */

typedef struct {
    const char *path;
    const eel_stated *stated;
} attempt;

static void open_and_read_ends(void *context)
{
    const attempt *a = context;
    eel_image_info *info = calloc(1, sizeof *info);
    void *state = NULL, *row = NULL;

    if (info && try_open(&state, info, a->path, a->stated) == EEL_OK)
        row = malloc(info->axis.n * eel_image_type_size(info->type));
    if (row) {
        eel_h5_read(state, 0, 1, row);
        eel_h5_read(state, info->pixels - 1, 1, row);
    }
}

int eel_h5_open(void **state, eel_image_info *info, const char *path, const eel_stated *stated)
{
    if (!eel_trial(open_and_read_ends, &(attempt){path, stated}))
        return eel_fail(EEL_EFORMAT, "%s: damaged HDF5 file: libhdf5 does not survive it", path);
    return try_open(state, info, path, stated);
}
