#include "io/zip_stored.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/err.h"
#include "io/format.h"
#include "io/planes.h"

#define END_BYTES       22 /* of the end record without its comment */
#define COMMENT_MAX     65535
#define LOCATOR_BYTES   20 /* before the end record, where numbers do not fit it */
#define LONG_END_BYTES  56
#define ENTRY_BYTES     46
#define LOCAL_BYTES     30
#define DIRECTORY_MAX   (1u << 20)
#define SIZE_ELSEWHERE  0xffffffffu

static uint32_t u16(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t u32(const unsigned char *at)
{
    return u16(at) | u16(at + 2) << 16;
}

static uint64_t u64(const unsigned char *at)
{
    return u32(at) | (uint64_t)u32(at + 4) << 32;
}

static int damaged(const char *path)
{
    return eel_fail(EEL_EFORMAT, "%s: truncated or damaged zip archive", path);
}

/* Of an archive of more than 4 GiB: where its directory is, from the record that the locator points to. */
static int read_long_end(int fd, const char *path, const unsigned char *locator, uint64_t *size, uint64_t *at)
{
    unsigned char record[LONG_END_BYTES];

    if (memcmp(locator, "PK\6\7", 4) != 0)
        return damaged(path);
    int code = eel_read_at(fd, path, record, sizeof record, u64(locator + 8));
    if (code == EEL_OK && memcmp(record, "PK\6\6", 4) != 0)
        code = damaged(path);
    *size = u64(record + 40);
    *at = u64(record + 48);
    return code;
}

/* Reads the central directory, malloc'ed, from what the end of the file says of it. */
static int read_directory(int fd, const char *path, uint64_t file_size, unsigned char **directory,
                          size_t *bytes)
{
    size_t n = file_size < END_BYTES + COMMENT_MAX ? (size_t)file_size : END_BYTES + COMMENT_MAX;
    unsigned char *tail = malloc(n), *end = NULL;
    int code = tail ? eel_read_at(fd, path, tail, n, file_size - n)
                    : eel_fail(EEL_ENOMEM, "%s: out of memory", path);

    for (size_t at = n; code == EEL_OK && !end && at >= END_BYTES; at--) {
        if (memcmp(tail + at - END_BYTES, "PK\5\6", 4) == 0)
            end = tail + at - END_BYTES;
    }
    if (code == EEL_OK && !end)
        code = damaged(path);
    uint64_t size = code == EEL_OK ? u32(end + 12) : 0, at = code == EEL_OK ? u32(end + 16) : 0;
    if (code == EEL_OK && (size == SIZE_ELSEWHERE || at == SIZE_ELSEWHERE))
        code = end - tail >= LOCATOR_BYTES ? read_long_end(fd, path, end - LOCATOR_BYTES, &size, &at) : damaged(path);
    free(tail);
    if (code == EEL_OK && (size > DIRECTORY_MAX || at > file_size || size > file_size - at))
        code = damaged(path);
    if (code != EEL_OK)
        return code;
    *bytes = (size_t)size;
    *directory = malloc(*bytes + 1);
    return *directory ? eel_read_at(fd, path, *directory, *bytes, at)
                      : eel_fail(EEL_ENOMEM, "%s: out of memory", path);
}

typedef struct {
    uint32_t method;
    uint64_t size, local;
} member;

/* Sizes that do not fit 32 bits stand in an extra field, in this order. */
static void read_long_sizes(member *m, const unsigned char *extra, size_t n, uint64_t packed)
{
    for (size_t at = 0; at + 4 <= n; at += 4 + u16(extra + at + 2)) {
        const unsigned char *value = extra + at + 4, *end = value + u16(extra + at + 2);
        if (u16(extra + at) != 1 || end > extra + n)
            continue;
        if (m->size == SIZE_ELSEWHERE && end - value >= 8) {
            m->size = u64(value);
            value += 8;
        }
        if (packed == SIZE_ELSEWHERE && end - value >= 8)
            value += 8;
        if (m->local == SIZE_ELSEWHERE && end - value >= 8)
            m->local = u64(value);
        return;
    }
}

static int find(const unsigned char *directory, size_t bytes, const char *path, const char *name,
                member *found)
{
    char first[64] = "nothing";
    size_t at = 0;

    for (int i = 0; i < EEL_ZIP_MEMBERS_MAX && at + ENTRY_BYTES <= bytes; i++) {
        const unsigned char *e = directory + at;
        size_t length = u16(e + 28), extra = u16(e + 30), comment = u16(e + 32);
        if (memcmp(e, "PK\1\2", 4) != 0 || at + ENTRY_BYTES + length + extra > bytes)
            return damaged(path);
        if (i == 0)
            eel_text_copy(first, sizeof first, (const char *)e + ENTRY_BYTES, length);
        if (length == strlen(name) && memcmp(e + ENTRY_BYTES, name, length) == 0) {
            *found = (member){u16(e + 10), u32(e + 24), u32(e + 42)};
            read_long_sizes(found, e + ENTRY_BYTES + length, extra, u32(e + 20));
            return EEL_OK;
        }
        at += ENTRY_BYTES + length + extra + comment;
    }
    return eel_fail(EEL_EFORMAT, "%s: is a zip archive with %s in it, expected %s", path, first,
                    name);
}

int eel_zip_stored(int fd, const char *path, const char *name, uint64_t *offset, uint64_t *size)
{
    unsigned char *directory = NULL, local[LOCAL_BYTES];
    size_t bytes = 0;
    struct stat about;
    member m = {0};

    if (fstat(fd, &about) != 0 || about.st_size < END_BYTES)
        return damaged(path);
    uint64_t file_size = (uint64_t)about.st_size;
    int code = read_directory(fd, path, file_size, &directory, &bytes);
    if (code == EEL_OK)
        code = find(directory, bytes, path, name, &m);
    free(directory);
    if (code != EEL_OK)
        return code;
    if (m.method != 0)
        return eel_fail(EEL_EFORMAT, "%s: %s in it is compressed, expected it stored", path, name);
    if (m.local > file_size - LOCAL_BYTES)
        return damaged(path);
    code = eel_read_at(fd, path, local, sizeof local, m.local);
    if (code != EEL_OK)
        return code;
    uint64_t start = m.local + LOCAL_BYTES + u16(local + 26) + u16(local + 28);
    if (memcmp(local, "PK\3\4", 4) != 0 || start > file_size || m.size > file_size - start)
        return damaged(path);
    *offset = start;
    *size = m.size;
    return EEL_OK;
}
