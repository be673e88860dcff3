/*
 * ndata - Nion Swift's .ndata files: a zip archive of data.npy, stored uncompressed, and
 * metadata.json (io/swift.h). The array is read in place.
 */
#include "io/raw.h"

#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/npy.h"
#include "io/swift.h"
#include "io/zip_stored.h"

#define JSON_BYTES_MAX (64u << 20)

static int probe(const unsigned char *head, size_t n)
{
    return n >= 4 && memcmp(head, "PK\3\4", 4) == 0;
}

static int read_properties(const eel_raw *raw, json_t **properties)
{
    uint64_t offset, size;
    int code = eel_zip_stored(raw->fd, raw->path, "metadata.json", &offset, &size);

    if (code == EEL_OK && size > JSON_BYTES_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: metadata.json of %ju bytes, at most %u", raw->path,
                        (uintmax_t)size, JSON_BYTES_MAX);
    char *text = code == EEL_OK ? malloc(size + 1) : NULL;
    if (code == EEL_OK)
        code = text ? eel_read_at(raw->fd, raw->path, text, size, offset)
                    : eel_fail(EEL_ENOMEM, "%s: out of memory", raw->path);
    if (code == EEL_OK) {
        *properties = json_loadb(text, size, 0, NULL);
        if (!*properties)
            code = eel_fail(EEL_EFORMAT, "%s: its metadata.json is no JSON", raw->path);
    }
    free(text);
    return code;
}

static int describe(eel_raw *raw, eel_image_info *info, const eel_stated *stated)
{
    unsigned char head[EEL_PROBE_BYTES];
    uint64_t offset, size;
    eel_candidate c;
    size_t bytes = 0;
    int swap = 0, fortran = 0, axis_of[EEL_NAV_MAX];
    json_t *properties = NULL;
    int code = eel_zip_stored(raw->fd, raw->path, "data.npy", &offset, &size);

    if (code != EEL_OK)
        return code;
    size_t n = size < sizeof head ? (size_t)size : sizeof head;
    code = eel_read_at(raw->fd, raw->path, head, n, offset);
    eel_candidate_init(&c, stated);
    if (code == EEL_OK)
        code = eel_npy_header(&c, raw->path, head, n, &bytes, &swap, &fortran);
    if (code == EEL_OK)
        code = read_properties(raw, &properties);
    if (code == EEL_OK) {
        if (fortran && c.dims > 1)
            eel_candidate_refuse(&c, "it is in Fortran order, expected C order");
        eel_swift_describe(&c, properties);
        code = eel_raw_array(raw, info, &c, offset + bytes, size - bytes, swap, axis_of);
    }
    if (code == EEL_OK)
        eel_swift_detail(info, properties, axis_of);
    json_decref(properties);
    return code;
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

const eel_format eel_format_ndata = {
    .about = {"ndata", ".ndata .ndata1", "Nion Swift"}, .probe = probe, .open = open_file,
    .read = eel_raw_read, .close = eel_raw_close,
};
