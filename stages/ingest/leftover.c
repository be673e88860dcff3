#include "ingest/leftover.h"
#include "base/err.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/gather.h"

typedef struct {
    int (*act)(eel_leftover *, void *);
    void *with;
} caller;

static int parse(eel_live_scan *scan, const char *path, const char *header)
{
    json_error_t error;
    json_int_t number, block_rows, columns;
    const char *began;
    int open, shifted = 0;
    json_t *image, *root = json_loads(header, 0, &error);
    int bad = !root || json_unpack_ex(root, &error, 0, "{s:I, s:I, s:I, s:b, s?b, s:s, s:o}", "scan",
                                      &number, "block_rows", &block_rows, "columns", &columns,
                                      "open", &open, "shifted", &shifted, "began", &began, "image", &image);
    char *text = bad ? NULL : json_dumps(image, JSON_COMPACT);
    int code = text ? eel_image_info_from_json(&scan->image, text)
                    : eel_fail(EEL_EFORMAT, "no scan is described: %s", error.text);

    if (code == EEL_OK && (number < 1 || block_rows < 1 || block_rows > EEL_LIVE_BLOCK_ROWS ||
                           columns < 0))
        code = eel_fail(EEL_EFORMAT, "a scan number %jd with blocks of %jd pixels", (intmax_t)number,
                        (intmax_t)block_rows);
    if (code == EEL_OK) {
        scan->number = (uint64_t)number;
        scan->block_rows = (uint32_t)block_rows;
        scan->columns = (uint64_t)columns;
        scan->open = open;
        scan->shifted = shifted;
        scan->again = 1;
        snprintf(scan->began, sizeof scan->began, "%s", began);
    }
    free(text);
    json_decref(root);
    return code == EEL_OK ? code : eel_fail_in(code, "%s", path);
}

static int each(const char *path, void *with)
{
    const caller *c = with;
    eel_leftover *left = calloc(1, sizeof *left);
    char *header = NULL;

    if (!left)
        return eel_fail(EEL_ENOMEM, "%s: no memory", path);
    int code = eel_spool_open(&left->scan.spool, path, &header);
    if (code == EEL_ECANCEL) {
        free(left);
        return EEL_OK;
    }
    eel_spool *spool = left->scan.spool;
    if (code == EEL_OK)
        code = parse(&left->scan, path, header);
    size_t row = eel_live_row_bytes(&left->scan);
    if (code == EEL_OK && !(left->rows = malloc(left->scan.block_rows * row)))
        code = eel_fail(EEL_ENOMEM, "%s: no memory", path);
    if (code == EEL_OK) {
        eel_spool_rows(spool, row);
        code = c->act(left, c->with);
    }
    if (left->mapped)
        eel_spool_remove(spool);
    else
        eel_spool_close(spool);
    free(left->rows);
    free(left);
    free(header);
    return code;
}

int eel_leftover_each(const char *folder, int (*act)(eel_leftover *, void *with), void *with)
{
    return eel_spool_each(folder, each, &(caller){act, with});
}

static int raise_number(const char *path, void *with)
{
    uint64_t *number = with;
    const char *name = strrchr(path, '/');
    unsigned long long value = name ? strtoull(name + sizeof "scan-", NULL, 10) : 0;

    if (value >= *number)
        *number = value + 1;
    return EEL_OK;
}

int eel_leftover_after(const char *folder, uint64_t *number)
{
    return eel_spool_each(folder, raise_number, number);
}

int eel_leftover_next(eel_leftover *left, uint64_t *first, uint32_t *rows)
{
    size_t row = eel_live_row_bytes(&left->scan);
    uint64_t place;

    return eel_spool_next(left->scan.spool, first, rows, &place, left->scan.block_rows) &&
           eel_spool_read(left->scan.spool, place, left->rows, *rows * row) == EEL_OK;
}
