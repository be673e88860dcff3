#include "ingest/leftover.h"
#include "base/err.h"
#include "base/log.h"
#include "base/replace.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/gather.h"

typedef struct {
    int (*act)(eel_leftover *, void *);
    void *with;
    uint64_t *unreadable;
} caller;

/* ---- where its results go ---- */

static int name_note(char path[EEL_PATH_MAX], const char *folder, uint64_t number)
{
    if (snprintf(path, EEL_PATH_MAX, "%s/scan-%04ju.folder", folder, (uintmax_t)number) < EEL_PATH_MAX)
        return EEL_OK;
    return eel_fail(EEL_ELIMIT, "%s: the path is too long", folder);
}

int eel_leftover_note(const char *folder, uint64_t number, const char *results)
{
    char path[EEL_PATH_MAX];
    int code = name_note(path, folder, number);

    return code == EEL_OK ? eel_replace_text(path, results) : code;
}

void eel_leftover_forget(const char *folder, uint64_t number)
{
    char path[EEL_PATH_MAX];

    if (name_note(path, folder, number) == EEL_OK)
        unlink(path);
}

/* What the note DIR/scan-0001.folder says, if there is one. */
static void read_note(eel_leftover *left, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(left->folder, 1, sizeof left->folder - 1, file) : 0;
    left->folder[length] = 0;
    if (file)
        fclose(file);
    if (length && access(left->folder, F_OK)) /* nothing is there to go on with */
        left->folder[0] = 0;
}

uint64_t eel_leftover_own(const eel_leftover *left, const char *results)
{
    size_t length = results ? strlen(results) : 0;

    if (!length || strncmp(left->folder, results, length) || strncmp(left->folder + length, "/scan-", 6))
        return 0;
    return strtoull(left->folder + length + 6, NULL, 10);
}

/* ---- one after the other ---- */

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

/* What cannot be read is in nobody's way, unless somebody has just made it. `why`: the words of the failure. */
static int pass_over(const caller *c, const char *path, const char *why)
{
    int empty = 0, code = eel_spool_remove_empty(path, &empty);

    if (empty) {
        eel_log("%s: is empty, nothing had come of its scan: removed", path);
    } else if (code == EEL_OK) {
        eel_log("%s; passed over until it is deleted", why);
        ++*c->unreadable;
    }
    return EEL_OK;
}

static int each(const char *path, void *with)
{
    const caller *c = with;
    char note[EEL_PATH_MAX]; /* scan-0001.spool has scan-0001.folder beside it, one letter longer */
    int stem = (int)(strlen(path) - strlen(".spool"));
    eel_leftover *left = calloc(1, sizeof *left);
    char *header = NULL;

    if (snprintf(note, sizeof note, "%.*s.folder", stem, path) >= (int)sizeof note) {
        free(left);
        return eel_fail(EEL_ELIMIT, "%s: the path is too long", path);
    }
    if (!left)
        return eel_fail(EEL_ENOMEM, "%s: no memory", path);
    int code = eel_spool_open(&left->scan.spool, path, &header);
    eel_spool *spool = left->scan.spool;
    left->path = path;
    if (code == EEL_OK)
        code = parse(&left->scan, path, header);
    if (code == EEL_ECANCEL || code == EEL_EFORMAT || code == EEL_EIO) {
        char why[EEL_WORDS_MAX];
        snprintf(why, sizeof why, "%s", eel_words());
        eel_spool_close(spool);
        free(left);
        free(header);
        return code == EEL_ECANCEL ? EEL_OK : pass_over(c, path, why);
    }
    size_t row = eel_live_row_bytes(&left->scan);
    if (code == EEL_OK && !(left->rows = malloc(left->scan.block_rows * row)))
        code = eel_fail(EEL_ENOMEM, "%s: no memory", path);
    if (code == EEL_OK) {
        eel_spool_rows(spool, row);
        read_note(left, note);
        code = c->act(left, c->with);
    }
    if (left->mapped) {
        unlink(note);
        eel_spool_remove(spool);
    } else {
        eel_spool_close(spool);
    }
    free(left->rows);
    free(left);
    free(header);
    return code;
}

int eel_leftover_each(const char *folder, int (*act)(eel_leftover *, void *with), void *with,
                      uint64_t *unreadable)
{
    return eel_spool_each(folder, each, &(caller){act, with, unreadable});
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

int eel_leftover_next(eel_leftover *left, uint64_t *first, uint32_t *rows, eel_pixel_state *why)
{
    size_t row = eel_live_row_bytes(&left->scan);
    uint64_t place;

    return eel_spool_next(left->scan.spool, first, rows, &place, left->scan.block_rows, why) &&
           (*why != EEL_VALUE || eel_spool_read(left->scan.spool, place, left->rows, *rows * row) == EEL_OK);
}
