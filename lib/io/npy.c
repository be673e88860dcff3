/*
 * A NumPy array says nothing of its axes: the last one is taken as the energy unless --axes says
 * otherwise, and --axis must state the energies.
 */
#include "io/npy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/raw.h"

static int probe(const unsigned char *head, size_t n)
{
    return n >= 10 && memcmp(head, "\x93NUMPY", 6) == 0;
}

/* What follows 'key': in the header's Python dictionary. */
static const char *value_of(const char *text, const char *key)
{
    char quoted[32];

    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(text, quoted);
    at = at ? strchr(at, ':') : NULL;
    return at ? at + 1 + strspn(at + 1, " ") : NULL;
}

static void read_type(eel_candidate *c, const char *descr, int *swap)
{
    static const struct { const char *code; eel_image_type type; } types[] = {
        {"u1", EEL_IMAGE_U8}, {"i1", EEL_IMAGE_I8}, {"u2", EEL_IMAGE_U16}, {"i2", EEL_IMAGE_I16},
        {"u4", EEL_IMAGE_U32}, {"i4", EEL_IMAGE_I32}, {"u8", EEL_IMAGE_U64}, {"i8", EEL_IMAGE_I64},
        {"f4", EEL_IMAGE_F32}, {"f8", EEL_IMAGE_F64},
    };

    *swap = descr[0] == '\'' && descr[1] == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (*descr == '\'' && strchr("<>|=", descr[1]) && strncmp(descr + 2, types[i].code, 2) == 0 &&
            descr[4] == '\'') {
            c->type = types[i].type;
            return;
        }
    }
    int length = *descr == '\'' ? (int)strcspn(descr + 2, "'\n") : 0;
    if (*descr == '[' || descr[2] == 'c' || descr[2] == 'b')
        eel_candidate_refuse(c, "its values are %s, expected integers or float32, float64",
                             *descr == '['     ? "records"
                             : descr[2] == 'c' ? "complex"
                                               : "yes/no");
    else
        eel_candidate_refuse(c, "its values are of type %.*s, expected integers or float32, float64",
                             length < 16 ? length : 16, descr + 2);
}

static void refuse_shape(eel_candidate *c, const char *shape)
{
    eel_candidate_refuse(c, "its shape is %.40s, expected 1 to %d dimensions", shape, EEL_DIMS_MAX);
    c->dims = 0;
}

/* "(3, 4, 20)", or "(3L, 4L, 20L)" as Python 2 wrote it. */
static void read_shape(eel_candidate *c, const char *shape)
{
    const char *at = shape + 1;
    uint64_t values = 1;

    while (isdigit((unsigned char)*at)) {
        char *end;
        uint64_t size = strtoull(at, &end, 10);
        if (c->dims == EEL_DIMS_MAX || size == 0 ||
            __builtin_mul_overflow(values, size, &values)) {
            refuse_shape(c, shape);
            return;
        }
        c->size[c->dims++] = size;
        end += *end == 'L';
        at = end + strspn(end, ", ");
    }
    if (*at != ')')
        refuse_shape(c, shape);
    else if (c->dims == 0)
        eel_candidate_refuse(c, "it is a single number");
}

int eel_npy_header(eel_candidate *c, const char *path, const unsigned char *head, size_t n,
                   size_t *bytes, int *swap, int *fortran)
{
    char text[EEL_PROBE_BYTES] = ""; /* zeros behind what is there: a value may be cut off */
    size_t start = n >= 8 && head[6] > 1 ? 12 : 10, length = 0;

    if (n > start && probe(head, n))
        length = start == 10 ? (size_t)head[8] | (size_t)head[9] << 8
                             : (size_t)head[8] | (size_t)head[9] << 8 | (size_t)head[10] << 16 |
                                   (size_t)head[11] << 24;
    if (length == 0 || length >= sizeof text || start + length > n)
        return eel_fail(EEL_EFORMAT, "%s: NumPy header of %zu bytes, expected at most %zu, whole",
                        path, length, sizeof text - 1);
    memcpy(text, head + start, length);
    text[length] = 0;
    const char *descr = value_of(text, "descr"), *shape = value_of(text, "shape");
    const char *order = value_of(text, "fortran_order");
    if (!descr || !shape || !order || *shape != '(')
        return eel_fail(EEL_EFORMAT, "%s: its NumPy header names no descr, shape or fortran_order",
                        path);
    read_type(c, descr, swap);
    read_shape(c, shape);
    *fortran = strncmp(order, "True", 4) == 0;
    for (int d = 0; *fortran && d < c->dims / 2; d++) {
        uint64_t size = c->size[d];
        c->size[d] = c->size[c->dims - 1 - d];
        c->size[c->dims - 1 - d] = size;
    }
    *bytes = start + length;
    return EEL_OK;
}

static int describe(eel_raw *raw, eel_image_info *info, const eel_stated *stated)
{
    unsigned char head[EEL_PROBE_BYTES];
    const char *slash = strrchr(raw->path, '/'), *name = slash ? slash + 1 : raw->path;
    eel_stated turned = *stated;
    eel_candidate c;
    size_t bytes = 0;
    int swap = 0, fortran = 0, axis_of[EEL_NAV_MAX];
    ssize_t n = eel_read_some(raw->fd, head, sizeof head);

    eel_candidate_init(&c, &turned);
    eel_text_copy(c.name, sizeof c.name, name, strlen(name));
    int code = eel_npy_header(&c, raw->path, head, n > 0 ? (size_t)n : 0, &bytes, &swap, &fortran);
    if (code != EEL_OK)
        return code;
    for (int d = 0; fortran && d < stated->dims; d++)
        memcpy(turned.name[d], stated->name[stated->dims - 1 - d], sizeof turned.name[d]);
    if (fortran)
        turned.energy = stated->dims - 1 - stated->energy;
    for (int d = 0; fortran && d < c.dims; d++)
        c.order[d] = c.dims - 1 - d;
    if (c.dims > 0)
        code = eel_raw_axes(&c, raw->path, fortran ? 0 : c.dims - 1);
    if (code == EEL_OK)
        code = eel_raw_array(raw, info, &c, bytes, UINT64_MAX, swap, axis_of);
    return code == EEL_OK && fortran ? eel_raw_turned(raw, info) : code;
}

static int open_file(void **state, eel_image_info *info, const char *path, const eel_stated *stated)
{
    eel_raw *raw = NULL;
    int code = eel_raw_open(&raw, path);

    if (code == EEL_OK)
        code = describe(raw, info, stated);
    if (code == EEL_OK)
        *state = raw;
    else
        eel_raw_close(raw);
    return code;
}

const eel_format eel_format_npy = {
    .about = {"npy", ".npy", "NumPy array, with --axis"}, .nameless = 1, .probe = probe,
    .open = open_file, .read = eel_raw_read, .close = eel_raw_close,
};
