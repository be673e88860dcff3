/*
 * hspy_keep - the metadata of a HyperSpy file for another one: the groups `metadata` and `original_metadata` of the
 * signal as they are. hspy_write.c then writes what it knows over them; what would be wrong in the copy is taken away.
 */
#include "io/hspy_h5.h"

#include <stdio.h>
#include <string.h>
#include "base/trial.h"
#include "io/h5_image.h"

#define DEPTH_MAX   32
#define OBJECTS_MAX 20000u
#define BYTES_MAX   ((uint64_t)64 << 20) /* of all data sets of a group together */

typedef struct {
    uint32_t objects;
    uint64_t bytes;
} amount;

/* A data set whose values lie in this file, and are few. */
static int is_small(hid_t group, const char *name, amount *found)
{
    hid_t data = H5Dopen2(group, name, H5P_DEFAULT), make = data < 0 ? -1 : H5Dget_create_plist(data);
    hid_t space = data < 0 ? -1 : H5Dget_space(data), type = data < 0 ? -1 : H5Dget_type(data);
    int ok = 0;

    if (make >= 0 && space >= 0 && type >= 0) {
        hssize_t values = H5Sget_simple_extent_npoints(space);
        uint64_t bytes = 0;
        ok = H5Pget_layout(make) != H5D_VIRTUAL && H5Pget_external_count(make) == 0 && values >= 0 &&
             !__builtin_mul_overflow((uint64_t)values, H5Tget_size(type), &bytes) && bytes <= BYTES_MAX - found->bytes;
        found->bytes += ok ? bytes : 0;
    }
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (make >= 0)
        H5Pclose(make);
    if (data >= 0)
        H5Dclose(data);
    return ok;
}

/* Groups and small data sets by hard links only: nothing that leads elsewhere or in a circle. */
static int is_plain(hid_t group, int depth, amount *found)
{
    char name[256];

    for (hsize_t i = 0; eel_h5_member(group, i, name); i++) {
        H5L_info_t link;
        H5O_info_t object;
        if (!*name || ++found->objects > OBJECTS_MAX || H5Lget_info(group, name, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD ||
            H5Oget_info_by_name2(group, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
            return 0;
        if (object.type == H5O_TYPE_GROUP) {
            hid_t inner = depth < DEPTH_MAX ? H5Gopen2(group, name, H5P_DEFAULT) : -1;
            int ok = inner >= 0 && is_plain(inner, depth + 1, found);
            if (inner >= 0)
                H5Gclose(inner);
            if (!ok)
                return 0;
        } else if (object.type == H5O_TYPE_DATASET && !is_small(group, name, found)) {
            return 0;
        }
    }
    return 1;
}

static void copy(hid_t from, const char *name, hid_t to, const char *as, uint32_t *left)
{
    hid_t group = eel_h5_group(from, name);
    amount found = {0};

    if (group < 0)
        return;
    if (!is_plain(group, 0, &found) || H5Ocopy(from, name, to, as, H5P_DEFAULT, H5P_DEFAULT) < 0)
        ++*left;
    H5Gclose(group);
}

/* What holds no more of pixels that were selected or added up, and what HyperSpy has at the axes since 1.7. */
static void take_away(hid_t metadata, const eel_image_info *info)
{
    hid_t signal = eel_h5_group(metadata, "Signal");

    if (eel_h5_has(signal, "binned"))
        H5Adelete(signal, "binned");
    if (*info->select || *info->bin) {
        if (signal >= 0 && H5Lexists(signal, "Noise_properties", H5P_DEFAULT) > 0)
            H5Ldelete(signal, "Noise_properties", H5P_DEFAULT);
        if (metadata >= 0 && H5Lexists(metadata, "Markers", H5P_DEFAULT) > 0)
            H5Ldelete(metadata, "Markers", H5P_DEFAULT);
    }
    if (signal >= 0)
        H5Gclose(signal);
}

static void keep(eel_h5_file *file, const eel_image_info *info, hid_t to, uint32_t *left)
{
    char name[EEL_H5_PATH_MAX + 1];
    ssize_t length = H5Iget_name(file->data, name, sizeof name);
    hid_t from = length > 1 && length < (ssize_t)sizeof name ? eel_h5_parent(file->file, name + 1) : -1;

    if (from < 0)
        return;
    copy(from, "metadata", to, "metadata", left);
    copy(from, "original_metadata", to, "original_metadata", left);
    copy(from, "original_parameters", to, "original_metadata", left); /* before 1.2; its metadata are of another order */
    hid_t metadata = eel_h5_group(to, "metadata");
    take_away(metadata, info);
    if (metadata >= 0)
        H5Gclose(metadata);
    H5Gclose(from);
}

typedef struct {
    eel_h5_file *file;
    const eel_image_info *info;
} attempt;

static void keep_in_memory(void *context)
{
    const attempt *a = context;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    uint32_t left = 0;

    H5Pset_fapl_core(access, 1 << 20, 0);
    hid_t file = H5Fcreate("trial", H5F_ACC_TRUNC, access, H5P_DEFAULT);
    H5Pclose(access);
    if (file < 0)
        return;
    keep(a->file, a->info, file, &left);
    H5Fclose(file);
}

/* In a child first, as files are opened (h5_image.c): what lies in these groups was not looked at until now. */
void eel_hspy_keep(void *file, const eel_image_info *info, int64_t group, uint32_t *left)
{
    if (eel_trial(keep_in_memory, &(attempt){file, info}))
        keep(file, info, group, left);
    else
        ++*left;
}
