#include "io/store_file.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the store is little-endian");

#define ROWS_MAX      65536     /* pixels looked at in one piece */
#define JSON_MAX      (8u << 20) /* bytes of store.json and end.json */

uint64_t eel_store_blocks(const eel_store_info *info)
{
    return (info->pixels + info->block_rows - 1) / info->block_rows;
}

size_t eel_store_record_bytes(const eel_store_info *info)
{
    return (1 + (size_t)info->sum_channels) * sizeof(float);
}

void eel_store_path(const eel_store *store, const char *name, char *path)
{
    snprintf(path, EEL_PATH_MAX, "%s/%s", store->folder, name); /* set_folder left room */
}

int eel_store_load(const eel_store *store, int fd, const char *name, void *to, size_t bytes,
                   uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pread(fd, (char *)to + done, bytes - done, (off_t)(offset + done));
        if (n == 0)
            return eel_fail(EEL_EFORMAT, "%s/%s: ends early, at byte %llu", store->folder, name,
                            (unsigned long long)(offset + done));
        if (n < 0 && errno != EINTR)
            return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return EEL_OK;
}

int eel_store_save(const eel_store *store, int fd, const char *name, const void *from,
                   size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pwrite(fd, (const char *)from + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno != EINTR)
            return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return EEL_OK;
}

/* ---- store.json ---- */

static int check_limits(const char *folder, const eel_store_info *info)
{
    if (info->pixels < 1 || info->pixels > EEL_STORE_PIXELS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: a store of %llu pixels, expected 1 to %llu", folder,
                        (unsigned long long)info->pixels, EEL_STORE_PIXELS_MAX);
    if (info->classes < 1 || info->classes > EEL_STORE_CLASSES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: a store of %u classes, expected 1 to %d", folder,
                        info->classes, EEL_STORE_CLASSES_MAX);
    if (info->block_rows < 1 || info->block_rows > EEL_STORE_BLOCK_ROWS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: blocks of %u pixels, expected 1 to %u", folder,
                        info->block_rows, EEL_STORE_BLOCK_ROWS_MAX);
    if (info->sum_channels > EEL_STORE_SUM_MAX)
        return eel_fail(EEL_ELIMIT, "%s: sums of %u channels, at most %u", folder,
                        info->sum_channels, EEL_STORE_SUM_MAX);
    return EEL_OK;
}

static int write_description(const eel_store *store)
{
    const eel_store_info *info = &store->info;
    char path[EEL_PATH_MAX];
    int code;
    json_t *description = json_loads(info->description, 0, NULL);

    if (!json_is_object(description)) {
        json_decref(description);
        return eel_fail(EEL_EFORMAT, "%s: the description of the run is no JSON object",
                        store->folder);
    }
    eel_store_path(store, "store.json", path);
    json_t *root = json_pack(
        "{s:s, s:i, s:s, s:I, s:i, s:i, s:{s:f, s:f, s:i}, s:o}", "format", "eelstream store",
        "version", 1, "run", info->run, "pixels", (json_int_t)info->pixels, "classes",
        (int)info->classes, "block_rows", (int)info->block_rows, "sum", "start_ev",
        info->sum_start_ev, "step_ev", info->sum_step_ev, "channels", (int)info->sum_channels,
        "description", description);
    if (root && store->room)
        json_object_set_new(root, "room", json_integer((json_int_t)store->room));
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;

    code = text ? eel_replace_text(path, text) : eel_fail(EEL_ENOMEM, "%s: no memory", path);
    free(text);
    json_decref(root);
    return code;
}

/* The whole text of a file, malloc'ed. */
static int read_text(char **text, const char *path)
{
    FILE *in = fopen(path, "r");
    char *buffer = malloc(JSON_MAX + 1);
    int code = EEL_OK;

    if (!in)
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else if (!buffer)
        code = eel_fail(EEL_ENOMEM, "%s: no memory", path);
    if (code == EEL_OK) {
        size_t n = fread(buffer, 1, JSON_MAX, in);
        buffer[n] = 0;
        if (ferror(in))
            code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
        else if (n == JSON_MAX)
            code = eel_fail(EEL_ELIMIT, "%s: larger than %u bytes", path, JSON_MAX);
    }
    if (in)
        fclose(in);
    if (code != EEL_OK) {
        free(buffer);
        return code;
    }
    *text = buffer;
    return EEL_OK;
}

static int unpack_description(eel_store *store, const char *path, json_t *root)
{
    eel_store_info *info = &store->info;
    const char *format, *run;
    int version;
    json_int_t pixels, classes, block_rows, channels, room = 0;
    json_t *description;
    json_error_t error;

    if (json_unpack_ex(root, &error, 0, "{s:s, s:i, s:s, s:I, s:I, s:I, s:{s:F, s:F, s:I}, s:o, s?I}",
                       "format", &format, "version", &version, "run", &run, "pixels", &pixels,
                       "classes", &classes, "block_rows", &block_rows, "sum", "start_ev",
                       &info->sum_start_ev, "step_ev", &info->sum_step_ev, "channels", &channels,
                       "description", &description, "room", &room) != 0)
        return eel_fail(EEL_EFORMAT, "%s: not a store: %s", path, error.text);
    if (strcmp(format, "eelstream store") != 0 || version != 1)
        return eel_fail(EEL_EFORMAT, "%s: '%s' version %d, expected 'eelstream store' version 1",
                        path, format, version);
    if (pixels < 0 || classes < 0 || classes > EEL_STORE_CLASSES_MAX || block_rows < 0 ||
        block_rows > EEL_STORE_BLOCK_ROWS_MAX || room < 0 || channels < 0 || channels > EEL_STORE_SUM_MAX)
        return eel_fail(EEL_ELIMIT, "%s: a size is out of range", path);
    info->pixels = (uint64_t)pixels;
    store->room = (uint64_t)room;
    info->classes = (uint32_t)classes;
    info->block_rows = (uint32_t)block_rows;
    info->sum_channels = (uint32_t)channels;
    snprintf(info->run, sizeof info->run, "%s", run);
    info->description = json_dumps(description, JSON_COMPACT);
    if (!json_is_object(description) || !info->description)
        return eel_fail(EEL_EFORMAT, "%s: the description is no JSON object", path);
    return check_limits(store->folder, info);
}

static int read_description(eel_store *store)
{
    char path[EEL_PATH_MAX], *text = NULL;
    json_error_t error;

    eel_store_path(store, "store.json", path);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return eel_fail(EEL_EIO, "%s: holds no results, expected a folder that `eelstream map FILE -o "
                        "FOLDER` has made", store->folder);
    int code = read_text(&text, path);
    if (code != EEL_OK)
        return code;
    json_t *root = json_loads(text, 0, &error);
    free(text);
    code = root ? unpack_description(store, path, root)
                : eel_fail(EEL_EFORMAT, "%s: not JSON: line %d: %s", path, error.line, error.text);
    json_decref(root);
    return code;
}

/* ---- states, values, sums ---- */

static int open_one(const eel_store *store, const char *name, int flags, int *fd)
{
    char path[EEL_PATH_MAX];

    eel_store_path(store, name, path);
    *fd = open(path, flags | O_CLOEXEC, 0666);
    return *fd >= 0 ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
}

static int open_all(eel_store *store, int flags)
{
    int code = open_one(store, "states", flags, &store->states);

    if (code == EEL_OK && store->writing && flock(store->states, LOCK_EX | LOCK_NB) != 0)
        code = errno == EWOULDBLOCK
                   ? eel_fail(EEL_EIO, "%s: another run is writing here", store->folder)
                   : eel_fail(EEL_EIO, "%s/states: %s", store->folder, strerror(errno));
    if (code == EEL_OK)
        code = open_one(store, "values", flags, &store->values);
    if (code == EEL_OK)
        code = open_one(store, "sums", flags, &store->sums);
    return code;
}

/* Empties a file and gives it its length, with room on the disk where the file system can: a
 * full disk shows now and not in the middle of a scan. */
static int allocate(const eel_store *store, int fd, const char *name, uint64_t bytes)
{
    if (ftruncate(fd, 0) != 0 || ftruncate(fd, (off_t)bytes) != 0)
        return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
    if (bytes && fallocate(fd, 0, 0, (off_t)bytes) != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
        return eel_fail(EEL_EIO, "%s/%s: no room for %llu bytes: %s", store->folder, name,
                        (unsigned long long)bytes, strerror(errno));
    if (fsync(fd) != 0)
        return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
    return EEL_OK;
}

static int check_length(const eel_store *store, int fd, const char *name, uint64_t bytes)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
    if ((uint64_t)st.st_size != bytes && !(store->room && (uint64_t)st.st_size > bytes))
        return eel_fail(EEL_EFORMAT, "%s/%s: %llu bytes, expected %llu", store->folder, name,
                        (unsigned long long)st.st_size, (unsigned long long)bytes);
    return EEL_OK;
}

static int each_file(const eel_store *store,
                     int (*act)(const eel_store *, int fd, const char *name, uint64_t bytes))
{
    const eel_store_info *info = &store->info;
    int code = act(store, store->states, "states", info->pixels);

    if (code == EEL_OK)
        code = act(store, store->values, "values", info->pixels * info->classes * sizeof(float));
    if (code == EEL_OK)
        code = act(store, store->sums, "sums",
                   eel_store_blocks(info) * eel_store_record_bytes(info));
    return code;
}

static int cut(const eel_store *store, int fd, const char *name, uint64_t bytes)
{
    return ftruncate(fd, (off_t)bytes) == 0 && fsync(fd) == 0 /* before store.json no longer allows for more */
               ? EEL_OK
               : eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(errno));
}

static int allocate_scratch(eel_store *store)
{
    store->rows_max = store->info.pixels < ROWS_MAX ? (uint32_t)store->info.pixels : ROWS_MAX;
    store->row_states = eel_alloc(store->rows_max, 1);
    store->row_values = eel_alloc((size_t)store->rows_max * store->info.classes, sizeof(float));
    store->record = eel_alloc(1, eel_store_record_bytes(&store->info));
    return store->row_states && store->row_values && store->record ? EEL_OK : EEL_ENOMEM;
}

/* ---- the whole ---- */

static int make_folders(const char *folder)
{
    char path[EEL_PATH_MAX];

    snprintf(path, sizeof path, "%s", folder);
    for (char *end = path + 1;; end++) {
        if (*end != '/' && *end != 0)
            continue;
        char kept = *end;
        *end = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
        *end = kept;
        if (!kept)
            return EEL_OK;
    }
}

static int remove_old(const eel_store *store, const char *name)
{
    char path[EEL_PATH_MAX];

    eel_store_path(store, name, path);
    if (unlink(path) != 0 && errno != ENOENT)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    return EEL_OK;
}

/* In the order of proto/store.md, S9. */
static int make_files(const eel_store *store)
{
    int code = remove_old(store, "store.json");

    if (code == EEL_OK)
        code = remove_old(store, "end.json");
    if (code == EEL_OK)
        code = eel_sync_folder(store->folder);
    if (code == EEL_OK)
        code = each_file(store, allocate);
    return code == EEL_OK ? write_description(store) : code;
}

/* What could not be made whole does not keep what room it got. */
static void discard(const eel_store *store)
{
    static const char *const names[] = {"values", "sums", "states"};
    char path[EEL_PATH_MAX];

    for (int i = 0; i < 3; i++) {
        eel_store_path(store, names[i], path);
        unlink(path);
    }
    rmdir(store->folder);
}

/* No other run is writing, and none has been. */
static int is_ours_alone(const eel_store *store)
{
    char path[EEL_PATH_MAX];

    eel_store_path(store, "store.json", path);
    return store->states >= 0 && flock(store->states, LOCK_EX | LOCK_NB) == 0 && access(path, F_OK) != 0;
}

static int set_folder(eel_store *store, const char *folder)
{
    store->states = store->values = store->sums = -1;
    if (!folder[0] || strlen(folder) + 64 > EEL_PATH_MAX)
        return eel_fail(EEL_EARGS, "store: a folder name of %zu bytes", strlen(folder));
    strcpy(store->folder, folder);
    return EEL_OK;
}

int eel_store_file_create(eel_store *store, const char *folder, const eel_store_info *info)
{
    unsigned char id[16];
    int code = set_folder(store, folder);

    if (code == EEL_OK)
        code = check_limits(folder, info);
    if (code != EEL_OK)
        return code;
    store->writing = 1;
    store->info = *info;
    store->info.description = strdup(info->description);
    if (!store->info.description || getrandom(id, sizeof id, 0) != sizeof id)
        return eel_fail(EEL_ENOMEM, "%s: no memory", folder);
    for (int i = 0; i < 16; i++)
        snprintf(store->info.run + 2 * i, 3, "%02x", id[i]);

    code = make_folders(folder);
    if (code == EEL_OK)
        code = open_all(store, O_RDWR | O_CREAT);
    if (code != EEL_OK) {
        if (is_ours_alone(store))
            discard(store);
        return code;
    }
    code = make_files(store);
    if (code != EEL_OK)
        discard(store);
    return code == EEL_OK ? allocate_scratch(store) : code;
}

int eel_store_file_open(eel_store *store, const char *folder, int writing)
{
    char path[EEL_PATH_MAX];
    int code = set_folder(store, folder);

    store->writing = writing;
    if (code == EEL_OK)
        code = read_description(store);
    if (code == EEL_OK)
        code = open_all(store, writing ? O_RDWR : O_RDONLY);
    if (code == EEL_OK)
        code = each_file(store, check_length);
    eel_store_path(store, "end.json", path);
    if (code == EEL_OK && access(path, F_OK) == 0)
        code = read_text(&store->end, path);
    return code == EEL_OK ? allocate_scratch(store) : code;
}

int eel_store_file_reopen(eel_store *store)
{
    free(store->end);
    store->end = NULL;
    int code = remove_old(store, "end.json");
    return code == EEL_OK ? eel_sync_folder(store->folder) : code;
}

/* The slowest navigation axis gets shorter, and is what it will stay. */
static int trim_description(eel_store *store, uint64_t pixels)
{
    json_t *root = json_loads(store->info.description, 0, NULL);
    json_t *image = json_object_get(root, "image"), *axes = json_object_get(image, "navigation"), *axis;
    uint64_t others = 1;
    size_t i;

    json_array_foreach(axes, i, axis) {
        json_int_t size = json_integer_value(json_object_get(axis, "size"));
        others *= i > 0 && size > 0 ? (uint64_t)size : 1;
    }
    int fits = json_array_size(axes) > 0 && pixels > 0 && pixels % others == 0;
    if (fits) {
        json_object_set_new(json_array_get(axes, 0), "size",
                            json_integer((json_int_t)(pixels / others)));
        json_object_set_new(image, "pixels", json_integer((json_int_t)pixels));
        json_object_del(root, "open"); /* it is known now */
    }
    char *text = fits ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return eel_fail(EEL_EFORMAT, "%s: %llu pixels are no whole rows of the image described there",
                        store->folder, (unsigned long long)pixels);
    free((char *)store->info.description);
    store->info.description = text;
    return EEL_OK;
}

/* At any instant store.json allows the length that the files have: proto/store.md, S22. */
int eel_store_file_trim(eel_store *store, uint64_t pixels)
{
    int code = trim_description(store, pixels);

    store->room = store->info.pixels;
    store->info.pixels = pixels;
    if (code == EEL_OK)
        code = write_description(store);
    if (code == EEL_OK)
        code = each_file(store, cut);
    store->room = 0;
    return code == EEL_OK ? write_description(store) : code;
}

void eel_store_file_close(eel_store *store)
{
    if (store->states >= 0)
        close(store->states);
    if (store->values >= 0)
        close(store->values);
    if (store->sums >= 0)
        close(store->sums);
    free((char *)store->info.description);
    free(store->end);
    eel_free(store->row_states);
    eel_free(store->row_values);
    eel_free(store->record);
    eel_store_sums_close(store);
}
