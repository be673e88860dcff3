/*
 * dm_keep - the tags of a DigitalMicrograph file as `original_metadata` of a HyperSpy file.
 *
 * Names and shapes are those that HyperSpy gives them: groups are groups, numbers and texts attributes, arrays
 * data sets `_list_NAME`, structures `_tuple_NAME`; what has no name is TagGroup0, TagGroup1 …, Data0, Data1 …;
 * of the images there is the one that was read, as ImageList.TagGroup0, without its values.
 */
#include "io/dm_tags.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/format.h"
#include "io/hspy_h5.h"
#include "io/planes.h"

#define TAGS_MAX  65536u            /* of a file */
#define ARRAY_MAX ((uint64_t)1 << 20) /* bytes of an array or a text: what is larger are pictures */
#define BYTES_MAX ((uint64_t)16 << 20) /* of all of them */
#define LABEL_MAX 256

typedef struct {
    const eel_dm_tags *tags;
    const char *path;
    int list, image, data; /* tags: of all images, of the one that is kept, of its values, which are not */
    uint32_t count;
    uint64_t bytes;
    uint32_t *left;
} keeper;

/* The bytes of a tag's values, malloc'ed, with room for a zero behind them; NULL when they are too many. */
static unsigned char *values_of(keeper *k, const eel_dm_tag *tag)
{
    uint64_t bytes;

    if (__builtin_mul_overflow(tag->count, tag->value_bytes, &bytes) || bytes > ARRAY_MAX ||
        bytes > BYTES_MAX - k->bytes)
        return NULL;
    unsigned char *values = malloc(bytes + 2);
    if (values && eel_read_at(k->tags->fd, k->path, values, bytes, tag->offset) != EEL_OK) {
        free(values);
        return NULL;
    }
    k->bytes += bytes;
    return values;
}

static int put_number(const keeper *k, const eel_dm_tag *tag, hid_t to, const char *name)
{
    unsigned char bytes[8];

    if (tag->type == EEL_DM_BOOL)
        return eel_h5_put_flag(to, name, tag->number != 0);
    if (eel_dm_is_real(tag->type))
        return eel_h5_put_number(to, name, tag->number);
    if (eel_read_at(k->tags->fd, k->path, bytes, tag->value_bytes, tag->offset) != EEL_OK)
        return -1;
    return eel_h5_put_integer(to, name, eel_dm_integer(bytes, tag->type, k->tags->swap));
}

static int is_text(const eel_dm_tag *tag)
{
    return tag->kind == EEL_DM_ARRAY && tag->type == EEL_DM_U16;
}

static int put_text(const keeper *k, const eel_dm_tag *tag, unsigned char *values, hid_t to, const char *name)
{
    char *text = malloc(3 * tag->count + 1);

    if (text)
        eel_dm_utf8(text, (uint16_t *)(void *)values, tag->count, k->tags->swap);
    int bad = !text || eel_h5_put_text(to, name, text);
    free(text);
    return bad;
}

/* `count` times `fields` values of the types; whole numbers unless one of them is none. */
static int put_values(const keeper *k, const eel_dm_tag *tag, const unsigned char *values, hid_t to, const char *name)
{
    int is_array = tag->kind == EEL_DM_ARRAY, swap = k->tags->swap, real = 0;
    const unsigned char *types = is_array ? &tag->type : (const unsigned char *)k->tags->names + tag->field_types;
    uint32_t fields = is_array ? 1 : tag->fields;
    hsize_t size[2] = {tag->count, fields};
    union {
        double real;
        int64_t whole;
    } *out = malloc(tag->count * fields * sizeof *out);

    if (!out)
        return -1;
    for (uint32_t f = 0; f < fields; f++)
        real |= eel_dm_is_real(types[f]);
    for (size_t i = 0; i < tag->count * fields; i++) {
        int type = types[i % fields];
        if (real)
            out[i].real = eel_dm_real(values, (uint64_t)type, swap);
        else
            out[i].whole = eel_dm_integer(values, (uint64_t)type, swap);
        values += eel_dm_type_bytes((uint64_t)type);
    }
    int bad = eel_h5_put_array(to, name, is_array || tag->single ? 1 : 2, tag->single ? size + 1 : size, real, out);
    free(out);
    return bad;
}

static int put_array(keeper *k, const eel_dm_tag *tag, hid_t to, const char *name)
{
    char label[LABEL_MAX + 16];

    if (!tag->count || (tag->kind == EEL_DM_STRUCTURES && !tag->fields)) {
        snprintf(label, sizeof label, "_%s_empty_%s", tag->single ? "tuple" : "list", name);
        return eel_h5_put_text(to, label, "_None_");
    }
    unsigned char *values = values_of(k, tag);
    if (!values)
        return -1;
    snprintf(label, sizeof label, "_%s_%s", tag->single ? "tuple" : "list", name);
    int bad = is_text(tag) ? put_text(k, tag, values, to, name) : put_values(k, tag, values, to, label);
    free(values);
    return bad;
}

/* As it is where it is UTF-8, as HyperSpy takes it; else it is Latin-1. */
static void copy_name(char name[LABEL_MAX], const char *own)
{
    size_t n = strlen(own), at = 0;
    int one = 1;

    while (at < n && (one = eel_utf8_sequence((const unsigned char *)own + at, n - at)) > 0)
        at += (size_t)one;
    if (one > 0 && n < LABEL_MAX)
        memcpy(name, own, n + 1);
    else
        eel_text_copy(name, LABEL_MAX, own, n);
}

/* What HyperSpy calls a tag, as far as HDF5 takes it: no '/' where it is more than an attribute. `unnamed` counts the
 * groups and the values that have none. */
static void name_of(const keeper *k, const eel_dm_tag *tag, int unnamed[2], char name[LABEL_MAX])
{
    const char *own = k->tags->names + tag->name;
    int is_group = tag->kind == EEL_DM_GROUP;

    if (*own)
        copy_name(name, own);
    else
        snprintf(name, LABEL_MAX, "%s%d", is_group ? "TagGroup" : "Data", unnamed[is_group]++);
    for (char *c = name; *c; c++) {
        if (*c == '/' && tag->kind != EEL_DM_NUMBER && !is_text(tag))
            *c = '-';
    }
    if (!*name || strcmp(name, ".") == 0)
        strcpy(name, "_");
}

static void put_group(keeper *k, int group, hid_t to);

static void put_tag(keeper *k, int index, hid_t to, const char *name)
{
    const eel_dm_tag *tag = &k->tags->tags[index];
    int bad = 0;

    if (++k->count > TAGS_MAX) {
        ++*k->left;
        return;
    }
    if (tag->kind == EEL_DM_GROUP) {
        if (H5Lexists(to, name, H5P_DEFAULT) > 0) /* of several with one name the last counts */
            H5Ldelete(to, name, H5P_DEFAULT);
        hid_t inner = H5Gcreate2(to, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        bad = inner < 0;
        if (!bad)
            put_group(k, index, inner);
        if (!bad)
            H5Gclose(inner);
    } else if (tag->kind == EEL_DM_NUMBER) {
        bad = put_number(k, tag, to, name);
    } else {
        bad = tag->kind == EEL_DM_OTHER || put_array(k, tag, to, name);
    }
    *k->left += bad != 0;
}

static void put_group(keeper *k, int group, hid_t to)
{
    int unnamed[2] = {0, 0};
    char name[LABEL_MAX];

    for (int i = k->tags->tags[group].child; i >= 0; i = k->tags->tags[i].next) {
        if (group == k->list && i != k->image)
            continue;
        name_of(k, &k->tags->tags[i], unnamed, name);
        if (i != k->data)
            put_tag(k, i, to, name);
    }
}

void eel_dm_keep(int fd, const char *path, int image, int64_t group, uint32_t *left)
{
    eel_dm_tags tags;
    hid_t to = H5Gcreate2(group, "original_metadata", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    if (to >= 0 && eel_dm_tags_read(&tags, fd, path) == EEL_OK) {
        keeper k = {.tags = &tags, .path = path, .list = eel_dm_find(&tags, 0, "ImageList"), .image = image,
                    .left = left};
        k.data = image < (int)tags.tag_count ? eel_dm_find(&tags, image, "ImageData:Data") : -1;
        put_group(&k, 0, to);
        eel_dm_tags_release(&tags);
    } else {
        ++*left;
    }
    if (to >= 0)
        H5Gclose(to);
}
