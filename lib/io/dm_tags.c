#include "io/dm_tags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "io/format.h"
#include "io/planes.h"

#define WINDOW_BYTES (64u << 10)
#define TEXT_MAX     1024 /* units of text that are looked at */

enum { STRUCTURE = 15, STRING = 18, ARRAY = 20, TAG_GROUP = 20, TAG_DATA = 21 };

typedef struct {
    eel_dm_tags *tags;
    const char *path;
    uint64_t at;                         /* next byte of the file */
    uint64_t window_at;                  /* file offset of window[0] */
    size_t window_filled;
    unsigned char window[WINDOW_BYTES];
} reader;

static int damaged(const reader *r, const char *what)
{
    return eel_fail(EEL_EFORMAT, "%s: damaged DigitalMicrograph file: %s at byte %ju", r->path,
                    what, (uintmax_t)r->at);
}

/* Makes the next n <= WINDOW_BYTES bytes available at *bytes and moves on. */
static int take(reader *r, size_t n, const unsigned char **bytes)
{
    if (n > r->tags->file_bytes || r->at > r->tags->file_bytes - n)
        return eel_fail(EEL_EFORMAT, "%s: truncated DigitalMicrograph file: its tags go on after "
                        "the end at byte %ju", r->path, (uintmax_t)r->tags->file_bytes);
    if (r->at < r->window_at || r->at + n > r->window_at + r->window_filled) {
        uint64_t left = r->tags->file_bytes - r->at;
        size_t want = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        r->window_filled = 0;
        int code = eel_read_at(r->tags->fd, r->path, r->window, want, r->at);
        if (code != EEL_OK)
            return code;
        r->window_at = r->at;
        r->window_filled = want;
    }
    *bytes = r->window + (r->at - r->window_at);
    r->at += n;
    return EEL_OK;
}

static uint64_t big_endian(const unsigned char *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

static int take_big(reader *r, size_t n, uint64_t *value)
{
    const unsigned char *bytes = NULL;
    int code = take(r, n, &bytes);
    if (code == EEL_OK)
        *value = big_endian(bytes, n);
    return code;
}

/* A count or size: four bytes in version 3, eight in version 4. */
static int take_size(reader *r, uint64_t *value)
{
    return take_big(r, r->tags->version == 4 ? 8 : 4, value);
}

uint32_t eel_dm_type_bytes(uint64_t type)
{
    static const uint8_t bytes[] = {0, 0, 2, 4, 2, 4, 4, 8, 1, 1, 1, 8, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

int eel_dm_is_real(int type)
{
    return type == EEL_DM_F32 || type == EEL_DM_F64;
}

int64_t eel_dm_integer(const unsigned char *bytes, uint64_t type, int swap)
{
    int is_signed = type == EEL_DM_I8 || type == EEL_DM_I16 || type == EEL_DM_I32 || type == EEL_DM_I64;
    uint32_t n = eel_dm_type_bytes(type);
    uint64_t value = 0;

    for (uint32_t i = 0; i < n; i++) /* the most significant byte first */
        value = value << 8 | bytes[(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) != swap ? n - 1 - i : i];
    uint64_t sign = n ? (uint64_t)1 << (8 * n - 1) : 0;
    return (int64_t)(is_signed ? (value ^ sign) - sign : value);
}

double eel_dm_real(const unsigned char *bytes, uint64_t type, int swap)
{
    unsigned char b[8] = {0};
    uint32_t n = eel_dm_type_bytes(type);
    int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64; uint64_t u64;
    float f32; double f64;

    for (uint32_t i = 0; i < n; i++)
        b[i] = bytes[swap ? n - 1 - i : i];
    switch (type) {
    case 2: memcpy(&i16, b, 2); return i16;
    case 3: memcpy(&i32, b, 4); return i32;
    case 4: memcpy(&u16, b, 2); return u16;
    case 5: memcpy(&u32, b, 4); return u32;
    case 6: memcpy(&f32, b, 4); return (double)f32;
    case 7: memcpy(&f64, b, 8); return f64;
    case 9: return (signed char)b[0];
    case 11: memcpy(&i64, b, 8); return (double)i64;
    case 12: memcpy(&u64, b, 8); return (double)u64;
    default: return b[0];
    }
}

/* Keeps n bytes and a zero among the names; *at is where. */
static int add_name(reader *r, const char *bytes, size_t n, uint32_t *at)
{
    eel_dm_tags *t = r->tags;

    if (t->name_bytes + n + 1 > EEL_DM_NAMES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %u bytes of names", r->path, EEL_DM_NAMES_MAX);
    if (t->name_bytes + n + 1 > t->name_room) {
        uint32_t room = 2 * (t->name_bytes + (uint32_t)n + 1);
        char *more = realloc(t->names, room);
        if (!more)
            return eel_fail(EEL_ENOMEM, "%s: out of memory for names of tags", r->path);
        t->names = more;
        t->name_room = room;
    }
    *at = t->name_bytes;
    memcpy(t->names + *at, bytes, n);
    t->names[*at + n] = 0;
    t->name_bytes += (uint32_t)n + 1;
    return EEL_OK;
}

static int add_tag(reader *r, int parent, int *last, const char *name, size_t name_length,
                   int *index)
{
    eel_dm_tags *t = r->tags;
    uint32_t at = 0;

    if (t->tag_count == EEL_DM_TAGS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %u tags", r->path, EEL_DM_TAGS_MAX);
    if (t->tag_count == t->tag_room) {
        uint32_t room = t->tag_room ? 2 * t->tag_room : 256;
        eel_dm_tag *more = realloc(t->tags, room * sizeof *more);
        if (!more)
            return eel_fail(EEL_ENOMEM, "%s: out of memory for %u tags", r->path, room);
        t->tags = more;
        t->tag_room = room;
    }
    int code = add_name(r, name, name_length, &at);
    if (code != EEL_OK)
        return code;
    *index = (int)t->tag_count++;
    t->tags[*index] = (eel_dm_tag){.name = at, .child = -1, .next = -1};
    if (parent >= 0 && *last < 0)
        t->tags[parent].child = *index;
    else if (parent >= 0)
        t->tags[*last].next = *index;
    *last = *index;
    return EEL_OK;
}

/* Reads a structure's list of fields; *bytes is what one such structure takes. */
static int read_structure(reader *r, eel_dm_tag *tag, uint64_t *bytes)
{
    char types[EEL_DM_FIELDS_MAX];
    uint64_t fields, ignored, type;
    int code = take_size(r, &ignored); /* length of the structure's name: always 0 */

    if (code == EEL_OK)
        code = take_size(r, &fields);
    if (code != EEL_OK)
        return code;
    if (fields > EEL_DM_FIELDS_MAX)
        return damaged(r, "a structure with too many fields");
    *bytes = 0;
    for (uint64_t i = 0; i < fields; i++) {
        if ((code = take_size(r, &ignored)) != EEL_OK || (code = take_size(r, &type)) != EEL_OK)
            return code;
        if (!eel_dm_type_bytes(type))
            return damaged(r, "a structure with a field of unknown type");
        *bytes += eel_dm_type_bytes(type);
        types[i] = (char)type;
    }
    tag->kind = EEL_DM_STRUCTURES;
    tag->value_bytes = (uint32_t)*bytes;
    tag->fields = (uint16_t)fields;
    tag->count = 1;
    return add_name(r, types, fields, &tag->field_types);
}

/* Reads what follows the type ARRAY, down to the size of one element and their number. */
static int read_array(reader *r, int depth, eel_dm_tag *tag, uint64_t *bytes)
{
    uint64_t type, element, count;
    int code = take_size(r, &type);

    if (code != EEL_OK)
        return code;
    if (depth > 4)
        return damaged(r, "arrays nested too deeply");
    tag->kind = EEL_DM_OTHER;
    if (type == STRUCTURE)
        code = read_structure(r, tag, &element);
    else if (type == ARRAY)
        code = read_array(r, depth + 1, tag, &element);
    else if (type == STRING)
        code = take_size(r, &element);
    else if ((element = eel_dm_type_bytes(type)) == 0)
        return damaged(r, "an array of unknown type");
    if (code == EEL_OK)
        code = take_size(r, &count);
    if (code != EEL_OK)
        return code;
    if (__builtin_mul_overflow(element, count, bytes))
        return damaged(r, "an array of impossible size");
    tag->count = count;
    if (depth > 0 || (type != STRUCTURE && !eel_dm_type_bytes(type))) {
        tag->kind = EEL_DM_OTHER;
        tag->count = *bytes;
    } else if (type != STRUCTURE) {
        tag->kind = EEL_DM_ARRAY;
        tag->type = (uint8_t)type;
        tag->value_bytes = (uint32_t)element;
    }
    return EEL_OK;
}

static int read_data(reader *r, int index)
{
    const unsigned char *bytes = NULL;
    uint64_t infos, type, size = 0;
    eel_dm_tag tag = r->tags->tags[index];
    int code = take(r, 4, &bytes);

    if (code != EEL_OK)
        return code;
    if (memcmp(bytes, "%%%%", 4) != 0)
        return damaged(r, "a tag without its '%%%%' mark");
    if ((code = take_size(r, &infos)) != EEL_OK || (code = take_size(r, &type)) != EEL_OK)
        return code;
    if (eel_dm_type_bytes(type)) {
        if ((code = take(r, eel_dm_type_bytes(type), &bytes)) != EEL_OK)
            return code;
        tag.kind = EEL_DM_NUMBER;
        tag.type = (uint8_t)type;
        tag.value_bytes = eel_dm_type_bytes(type);
        tag.offset = r->at - tag.value_bytes;
        tag.number = eel_dm_real(bytes, type, r->tags->swap);
    } else {
        tag.kind = EEL_DM_OTHER;
        tag.single = type == STRUCTURE;
        if (type == STRUCTURE)
            code = read_structure(r, &tag, &size);
        else if (type == STRING)
            code = take_size(r, &size);
        else if (type == ARRAY)
            code = read_array(r, 0, &tag, &size);
        else
            return damaged(r, "a tag of unknown type");
        if (code != EEL_OK)
            return code;
        if (size > r->tags->file_bytes || r->at > r->tags->file_bytes - size)
            return eel_fail(EEL_EFORMAT, "%s: truncated DigitalMicrograph file: the tag '%s' needs "
                            "%ju bytes, the file has %ju left", r->path,
                            r->tags->names + tag.name, (uintmax_t)size,
                            (uintmax_t)(r->tags->file_bytes - r->at));
        tag.offset = r->at;
        if (tag.kind == EEL_DM_OTHER)
            tag.count = size;
        r->at += size;
    }
    r->tags->tags[index] = tag;
    return EEL_OK;
}

static int read_group(reader *r, int group, int depth)
{
    const unsigned char *bytes = NULL;
    uint64_t tags, id, name_length, ignored;
    int index, last = -1;
    int code = take(r, 2, &bytes); /* sorted, open */

    if (depth > EEL_DM_DEPTH_MAX)
        return eel_fail(EEL_ELIMIT, "%s: tags nested deeper than %d", r->path, EEL_DM_DEPTH_MAX);
    if (code == EEL_OK)
        code = take_size(r, &tags);
    for (uint64_t i = 0; code == EEL_OK && i < tags; i++) {
        if ((code = take_big(r, 1, &id)) != EEL_OK)
            return code;
        if (id == 0) /* some writers mark the end so */
            return EEL_OK;
        if ((code = take_big(r, 2, &name_length)) != EEL_OK ||
            (code = take(r, name_length, &bytes)) != EEL_OK ||
            (code = add_tag(r, group, &last, (const char *)bytes, name_length, &index)) != EEL_OK)
            return code;
        if (r->tags->version == 4 && (code = take_size(r, &ignored)) != EEL_OK)
            return code;
        if (id == TAG_GROUP)
            code = read_group(r, index, depth + 1);
        else if (id == TAG_DATA)
            code = read_data(r, index);
        else
            code = damaged(r, "neither a group nor a value");
    }
    return code;
}

static int read_header(reader *r)
{
    uint64_t version = 0, size = 0, little = 0;
    int code = take_big(r, 4, &version);

    if (code == EEL_OK && version != 3 && version != 4)
        code = eel_fail(EEL_EFORMAT, "%s: DigitalMicrograph version %ju, expected 3 or 4", r->path,
                        (uintmax_t)version);
    r->tags->version = (int)version;
    if (code == EEL_OK)
        code = take_size(r, &size);
    if (code == EEL_OK)
        code = take_big(r, 4, &little);
    if (code == EEL_OK && little > 1)
        code = damaged(r, "an unknown byte order");
    r->tags->swap = code == EEL_OK && little != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    return code;
}

int eel_dm_tags_read(eel_dm_tags *tags, int fd, const char *path)
{
    struct stat stat;
    int root, last = -1;

    *tags = (eel_dm_tags){.fd = fd};
    if (fstat(fd, &stat) != 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    tags->file_bytes = (uint64_t)stat.st_size;
    reader *r = calloc(1, sizeof *r);
    if (!r)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    r->tags = tags;
    r->path = path;
    int code = read_header(r);
    if (code == EEL_OK)
        code = add_tag(r, -1, &last, "", 0, &root);
    if (code == EEL_OK)
        code = read_group(r, root, 0);
    free(r);
    if (code != EEL_OK)
        eel_dm_tags_release(tags);
    return code;
}

void eel_dm_tags_release(eel_dm_tags *tags)
{
    free(tags->tags);
    free(tags->names);
    tags->tags = NULL;
    tags->names = NULL;
    tags->tag_count = 0;
}

int eel_dm_find(const eel_dm_tags *tags, int from, const char *path)
{
    while (from >= 0 && *path) {
        size_t length = strcspn(path, ":");
        int found = -1;
        for (int i = tags->tags[from].child; i >= 0; i = tags->tags[i].next) {
            const char *name = tags->names + tags->tags[i].name;
            if (strncmp(name, path, length) == 0 && name[length] == 0)
                found = i;
        }
        from = found;
        path += length + (path[length] == ':');
    }
    return from;
}

int eel_dm_child(const eel_dm_tags *tags, int from, int index)
{
    int child = from < 0 ? -1 : tags->tags[from].child;
    while (child >= 0 && index-- > 0)
        child = tags->tags[child].next;
    return child;
}

int eel_dm_children(const eel_dm_tags *tags, int from)
{
    int n = 0;
    for (int i = from < 0 ? -1 : tags->tags[from].child; i >= 0; i = tags->tags[i].next)
        n++;
    return n;
}

double eel_dm_number(const eel_dm_tags *tags, int from, const char *path, double otherwise)
{
    int tag = eel_dm_find(tags, from, path);
    return tag >= 0 && tags->tags[tag].kind == EEL_DM_NUMBER ? tags->tags[tag].number : otherwise;
}

/* UTF-16 units, surrogate pairs included, to UTF-8. */
static size_t to_utf8(char *out, const uint16_t *units, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n && units[i]; i++) {
        uint32_t c = units[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && (units[i + 1] & 0xfc00) == 0xdc00)
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
        else if (c >= 0xd800 && c < 0xe000)
            c = '?';
        if (c < 0x80) {
            out[at++] = (char)c;
        } else if (c < 0x800) {
            out[at++] = (char)(0xc0 | c >> 6);
            out[at++] = (char)(0x80 | (c & 0x3f));
        } else {
            if (c >= 0x10000)
                out[at++] = (char)(0xf0 | c >> 18);
            out[at++] = c >= 0x10000 ? (char)(0x80 | (c >> 12 & 0x3f)) : (char)(0xe0 | c >> 12);
            out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[at++] = (char)(0x80 | (c & 0x3f));
        }
    }
    return at;
}

void eel_dm_utf8(char *out, uint16_t *units, size_t n, int swap)
{
    for (size_t i = 0; swap && i < n; i++)
        units[i] = __builtin_bswap16(units[i]);
    out[to_utf8(out, units, n)] = 0;
}

void eel_dm_text(const eel_dm_tags *tags, int from, const char *path, char *out, size_t size)
{
    uint16_t units[TEXT_MAX];
    char text[3 * TEXT_MAX + 1];
    int found = eel_dm_find(tags, from, path);
    const eel_dm_tag *tag = found < 0 ? NULL : &tags->tags[found];

    *out = 0;
    if (!tag || tag->kind != EEL_DM_ARRAY || tag->value_bytes != 2 || tag->count == 0)
        return;
    size_t n = tag->count < TEXT_MAX ? (size_t)tag->count : TEXT_MAX;
    if (eel_read_at(tags->fd, "", units, 2 * n, tag->offset) != EEL_OK)
        return;
    eel_dm_utf8(text, units, n, tags->swap);
    eel_text_copy(out, size, text, strlen(text));
}
