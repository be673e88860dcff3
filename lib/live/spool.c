#include "live/spool.h"
#include "live/spool_claim.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK   0x4c4f5053u /* "SPOL" */
#define ABSENT 0x53424100u /* and the reason, an eel_pixel_state */

typedef struct {
    uint64_t first;
    uint32_t rows, mark;
} record;

_Static_assert(sizeof(record) == 16, "a record's head has no holes");

struct eel_spool {
    char path[EEL_PATH_MAX];
    eel_spool_folder *folder; /* in which it is claimed … */
    uint64_t number;          /* … under this one */
    int to, from;    /* open for who writes and for who reads, which may be two threads; or -1 */
    size_t row_bytes;
    uint64_t end;    /* where the next record goes */
    uint64_t cursor; /* of eel_spool_next */
    record last;     /* when it is an absence, which may grow */
};

static int save(const eel_spool *spool, const void *from, size_t bytes, uint64_t place)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pwrite(spool->to, (const char *)from + done, bytes - done,
                           (off_t)(place + done));
        if (n < 0 && errno != EINTR)
            return eel_fail(EEL_EIO, "%s: %s", spool->path, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return EEL_OK;
}

int eel_spool_read(eel_spool *spool, uint64_t place, void *data, size_t bytes)
{
    if (spool->from < 0)
        spool->from = open(spool->path, O_RDONLY | O_CLOEXEC);
    if (spool->from < 0)
        return eel_fail(EEL_EIO, "%s: %s", spool->path, strerror(errno));
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pread(spool->from, (char *)data + done, bytes - done, (off_t)(place + done));
        if (n == 0)
            return eel_fail(EEL_EFORMAT, "%s: ends early", spool->path);
        if (n < 0 && errno != EINTR)
            return eel_fail(EEL_EIO, "%s: %s", spool->path, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return EEL_OK;
}

uint64_t eel_spool_after(uint64_t place, size_t bytes)
{
    return place + bytes + sizeof(record);
}

static int new_spool(eel_spool **spool, const char *folder, uint64_t number, const char *path)
{
    eel_spool *made = calloc(1, sizeof *made);

    if (!made)
        return eel_fail(EEL_ENOMEM, "%s: no memory", path);
    snprintf(made->path, sizeof made->path, "%s", path);
    made->number = number;
    made->to = made->from = -1;
    int code = eel_spool_claim(&made->folder, folder, number);
    if (code != EEL_OK) {
        eel_spool_close(made);
        return code;
    }
    *spool = made;
    return EEL_OK;
}

int eel_spool_create(eel_spool **spool, const char *folder, uint64_t number, const char *header,
                     size_t row_bytes)
{
    char path[EEL_PATH_MAX];
    size_t length = strlen(header);
    eel_spool *made = NULL;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return eel_fail(EEL_EIO, "%s: %s", folder, strerror(errno));
    if (length >= EEL_SPOOL_HEADER_MAX ||
        snprintf(path, sizeof path, "%s/scan-%04ju.spool", folder, (uintmax_t)number) >=
            (int)sizeof path)
        return eel_fail(EEL_ELIMIT, "%s: the name or description of a scan is too long", folder);
    int code = new_spool(&made, folder, number, path);
    if (code != EEL_OK)
        return code;
    made->to = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (made->to < 0) {
        code = eel_fail(errno == EEXIST ? EEL_ECANCEL : EEL_EIO, "%s: %s", path, strerror(errno));
        eel_spool_close(made);
        return code;
    }
    made->row_bytes = row_bytes;
    code = save(made, header, length, 0);
    if (code == EEL_OK)
        code = save(made, "\n", 1, length);
    made->end = made->cursor = length + 1;
    if (code != EEL_OK)
        eel_spool_remove(made);
    else
        *spool = made;
    return code;
}

/* DIR/scan-NNNN.spool into DIR and NNNN. */
static uint64_t take_apart(const char *path, char folder[EEL_PATH_MAX])
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    snprintf(folder, EEL_PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    return strtoull(name + strcspn(name, "0123456789"), NULL, 10);
}

static int claim_left(eel_spool **spool, const char *path)
{
    char folder[EEL_PATH_MAX];
    uint64_t number = take_apart(path, folder);

    return new_spool(spool, folder, number, path);
}

int eel_spool_remove_empty(const char *path, int *empty)
{
    char folder[EEL_PATH_MAX];
    uint64_t number = take_apart(path, folder);
    eel_spool_folder *claim = NULL;
    struct stat info;
    int code = eel_spool_claim(&claim, folder, number);

    *empty = code == EEL_OK && stat(path, &info) == 0 && info.st_size == 0 && unlink(path) == 0;
    eel_spool_unclaim(claim, number);
    return code;
}

int eel_spool_open(eel_spool **spool, const char *path, char **header)
{
    char *text = calloc(1, EEL_SPOOL_HEADER_MAX + 1);
    eel_spool *made = NULL;
    struct stat info;

    if (!text)
        return eel_fail(EEL_ENOMEM, "%s: no memory", path);
    int code = claim_left(&made, path);
    if (code == EEL_OK)
        made->from = open(path, O_RDONLY | O_CLOEXEC);
    if (code == EEL_OK && (made->from < 0 || fstat(made->from, &info) != 0))
        code = eel_fail(errno == ENOENT ? EEL_ECANCEL : EEL_EIO, "%s: %s", path, strerror(errno));
    if (code == EEL_OK && pread(made->from, text, EEL_SPOOL_HEADER_MAX, 0) < 0)
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    char *line_end = strchr(text, '\n');
    if (code == EEL_OK && !line_end)
        code = eel_fail(EEL_EFORMAT, "%s: no scan is described in it", path);
    if (code != EEL_OK) {
        eel_spool_close(made);
        free(text);
        return code;
    }
    *line_end = 0;
    made->cursor = (uint64_t)(line_end - text) + 1;
    made->end = (uint64_t)info.st_size;
    *header = text;
    *spool = made;
    return EEL_OK;
}

void eel_spool_rows(eel_spool *spool, size_t row_bytes)
{
    spool->row_bytes = row_bytes;
}

void eel_spool_written(eel_spool *spool)
{
    if (spool && spool->to >= 0)
        close(spool->to);
    if (spool)
        spool->to = -1;
}

void eel_spool_close(eel_spool *spool)
{
    if (!spool)
        return;
    eel_spool_written(spool);
    if (spool->from >= 0)
        close(spool->from);
    eel_spool_unclaim(spool->folder, spool->number);
    free(spool);
}

void eel_spool_remove(eel_spool *spool)
{
    if (spool)
        unlink(spool->path);
    eel_spool_close(spool);
}

uint64_t eel_spool_bytes(const eel_spool *spool)
{
    return spool->end;
}

/* The head comes last: without it a block that was cut short is none. */
int eel_spool_append(eel_spool *spool, uint64_t first, uint32_t rows, const void *data,
                     uint64_t *place)
{
    record head = {first, rows, MARK};
    uint64_t from = spool->end + sizeof head;
    int code = save(spool, data, rows * spool->row_bytes, from);

    if (code == EEL_OK)
        code = save(spool, &head, sizeof head, spool->end);
    if (code != EEL_OK)
        return code;
    *place = from;
    spool->end = from + rows * spool->row_bytes;
    spool->last = head;
    return EEL_OK;
}

static int grows(const record *last, const record *next)
{
    return last->mark == next->mark && last->first + last->rows == next->first && next->rows <= UINT32_MAX - last->rows;
}

int eel_spool_absence(eel_spool *spool, uint64_t first, uint64_t rows, eel_pixel_state why)
{
    int code = EEL_OK;

    while (rows > 0 && code == EEL_OK) {
        record next = {first, rows < UINT32_MAX ? (uint32_t)rows : UINT32_MAX, ABSENT | (uint32_t)why};
        first += next.rows;
        rows -= next.rows;
        int joined = grows(&spool->last, &next);
        if (joined) {
            next.first = spool->last.first;
            next.rows += spool->last.rows;
        }
        code = save(spool, &next, sizeof next, spool->end - (joined ? sizeof next : 0));
        if (code != EEL_OK)
            break;
        spool->end += joined ? 0 : sizeof next;
        spool->last = next;
    }
    return code;
}

static int is_absence(const record *head)
{
    uint32_t why = head->mark & 0xff;

    return (head->mark & ~0xffu) == ABSENT && why > EEL_VALUE && why < EEL_PIXEL_STATES && head->rows > 0;
}

int eel_spool_next(eel_spool *spool, uint64_t *first, uint32_t *rows, uint64_t *place,
                   uint32_t rows_max, eel_pixel_state *why)
{
    record head;

    if (spool->cursor + sizeof head > spool->end ||
        eel_spool_read(spool, spool->cursor, &head, sizeof head) != EEL_OK)
        return 0;
    uint64_t from = spool->cursor + sizeof head, bytes = is_absence(&head) ? 0 : head.rows * spool->row_bytes;
    if (!is_absence(&head) && (head.mark != MARK || head.rows < 1 || head.rows > rows_max || from + bytes > spool->end))
        return 0;
    *first = head.first;
    *rows = head.rows;
    *place = from;
    *why = is_absence(&head) ? (eel_pixel_state)(head.mark & 0xff) : EEL_VALUE;
    spool->cursor = from + bytes;
    return 1;
}

static int is_spool(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 11 && !strncmp(entry->d_name, "scan-", 5) &&
           !strcmp(entry->d_name + length - 6, ".spool");
}

int eel_spool_each(const char *folder, int (*act)(const char *path, void *with), void *with)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_spool, versionsort), code = EEL_OK;

    if (count < 0)
        return errno == ENOENT ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", folder, strerror(errno));
    if (count > EEL_SPOOL_SCANS_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: %d scans are left over there, at most %d are gone on with",
                        folder, count, EEL_SPOOL_SCANS_MAX);
    for (int i = 0; i < count; i++) {
        char path[EEL_PATH_MAX];
        if (code == EEL_OK &&
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) < (int)sizeof path)
            code = act(path, with);
        free(entries[i]);
    }
    free(entries);
    return code;
}
