/*
 * watch - files that appear in a folder, each a scan of its own: for programs that can only save.
 *
 * A file is taken when whoever wrote it closes it or moves it into the folder, as inotify tells;
 * where it does not, as on network drives, when its size has not changed for a while. It also has
 * to be readable as a whole: one that is not is looked at again when it changes. One that is written to
 * while it is read is a scan that ends there, so that no map is of two, and is taken again. Files that were
 * there before are passed over. The files wait on the disk, so nothing can be lost.
 */
#include "live/source.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 100000 /* that are known in the folder */
#define LOOK_S    1.0    /* between two looks at the folder when nothing is told */
#define STABLE_S  5.0    /* of a size, where nobody tells that the file was closed */

typedef struct {
    char *name;
    off_t bytes;
    struct timespec changed;
    double since_s; /* it looks as it does */
    int closed;     /* since it changed, as inotify told */
    int done;       /* taken or refused as it is now */
} known;

typedef struct {
    const char *folder;
    const eel_live_how *how;
    int events;           /* inotify */
    known *files;
    uint32_t count, room;
    double looked_s;
    void *file;           /* state of the replay that reads the one that was taken, or NULL */
    struct stat taken;    /* as it was then */
    int said_where;
    char path[EEL_PATH_MAX], words[EEL_WORDS_MAX];
} watch;

extern const eel_source eel_source_replay;

/* ---- what is in the folder ---- */

static known *find(watch *w, const char *name)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (strcmp(w->files[i].name, name) == 0)
            return &w->files[i];
    }
    return NULL;
}

static int add(watch *w, const char *name, known **file)
{
    if (w->count == FILES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %d files", w->folder, FILES_MAX);
    if (w->count == w->room) {
        uint32_t room = w->room ? 2 * w->room : 64;
        known *more = realloc(w->files, room * sizeof *more);
        if (!more)
            return eel_fail(EEL_ENOMEM, "%s: no memory for its files", w->folder);
        w->files = more;
        w->room = room;
    }
    known made = {.name = strdup(name), .bytes = -1};
    if (!made.name)
        return eel_fail(EEL_ENOMEM, "%s: no memory for its files", w->folder);
    w->files[w->count] = made;
    *file = &w->files[w->count++];
    return EEL_OK;
}

/* Names under which programs write what is not whole. */
static int is_temporary(const char *name)
{
    static const char *const endings[] = {"~", ".tmp", ".part", ".partial", ".swp"};
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (length >= n && strcmp(name + length - n, endings[i]) == 0)
            return 1;
    }
    return name[0] == '.';
}

static int is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int look_at(watch *w, const char *name, int before)
{
    struct stat info;
    char path[EEL_PATH_MAX];
    known *file = find(w, name);
    int code = EEL_OK;

    if (is_temporary(name) ||
        snprintf(path, sizeof path, "%s/%s", w->folder, name) >= (int)sizeof path ||
        stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return EEL_OK;
    if (!file)
        code = add(w, name, &file);
    if (code != EEL_OK)
        return code;
    if (file->bytes != info.st_size || !is_same_time(file->changed, info.st_mtim)) {
        file->bytes = info.st_size;
        file->changed = info.st_mtim;
        file->since_s = eel_clock_s();
        file->closed = 0;
        file->done = before;
    }
    return EEL_OK;
}

static int look(watch *w, int before)
{
    DIR *folder = opendir(w->folder);
    int code = folder ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", w->folder, strerror(errno));

    for (struct dirent *entry; code == EEL_OK && (entry = readdir(folder));)
        code = look_at(w, entry->d_name, before);
    if (folder)
        closedir(folder);
    w->looked_s = eel_clock_s();
    return code;
}

/* What inotify tells: which files were closed, or moved here. */
static int read_events(watch *w)
{
    _Alignas(struct inotify_event) char buffer[16384];
    int code = EEL_OK;

    for (ssize_t n; code == EEL_OK && (n = read(w->events, buffer, sizeof buffer)) > 0;) {
        for (char *at = buffer; at < buffer + n && code == EEL_OK;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            at += sizeof *event + event->len;
            if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF))
                return eel_fail(EEL_EIO, "%s: the folder is gone", w->folder);
            if (!event->len || is_temporary(event->name))
                continue;
            code = look_at(w, event->name, 0);
            known *file = code == EEL_OK ? find(w, event->name) : NULL;
            if (file)
                file->closed = 1;
        }
    }
    return code;
}

/* ---- the file that is read ---- */

static int is_due(const known *file, double now_s)
{
    return !file->done && file->bytes != 0 && (file->closed || now_s - file->since_s >= STABLE_S);
}

/* Opens the first that is whole. One that cannot be read is named, and waits until it changes. */
static int take_file(watch *w, eel_live_event *event)
{
    double now_s = eel_clock_s();

    for (uint32_t i = 0; i < w->count; i++) {
        known *file = &w->files[i];
        if (!is_due(file, now_s) || look_at(w, file->name, 0) != EEL_OK || !is_due(file, now_s))
            continue; /* while it waited for another, it may have been written again */
        file->done = 1;
        file->closed = 0;
        snprintf(w->path, sizeof w->path, "%s/%.255s", w->folder, file->name);
        eel_live_how how = {.address = w->path, .signal = w->how->signal, .axis = w->how->axis,
                            .axis_words = w->how->axis_words, .axes = w->how->axes};
        if (stat(w->path, &w->taken) != 0)
            w->taken = (struct stat){0}; /* it is gone: opening says so */
        if (eel_source_replay.open(&w->file, &how) == EEL_OK)
            return eel_source_replay.next(w->file, event, 0);
        w->file = NULL;
        snprintf(w->words, sizeof w->words, "%.900s; it is tried again when it changes", eel_words());
        *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = w->words};
        return EEL_OK;
    }
    return EEL_OK;
}

static void close_file(watch *w)
{
    eel_source_replay.close(w->file);
    w->file = NULL;
}

/* One that was removed, or replaced under its name, is read to its end as it was. */
static int was_written_to(const watch *w)
{
    struct stat now;

    return stat(w->path, &now) == 0 && now.st_dev == w->taken.st_dev && now.st_ino == w->taken.st_ino &&
           (now.st_size != w->taken.st_size || !is_same_time(now.st_mtim, w->taken.st_mtim));
}

static int read_file(watch *w, eel_live_event *event, int timeout_ms)
{
    int code = eel_source_replay.next(w->file, event, timeout_ms);

    if (event->kind == EEL_LIVE_FRAMES && was_written_to(w)) /* before or after these were read */
        code = eel_fail(EEL_EFORMAT, "%.900s: was written to while it was read; it is taken again when it is whole",
                        w->path);
    if (code != EEL_OK) {
        snprintf(w->words, sizeof w->words, "%s", eel_words());
        *event = (eel_live_event){.kind = EEL_LIVE_END, .why = EEL_SOURCE_GAP, .words = w->words};
        close_file(w);
    } else if (event->kind == EEL_LIVE_OVER) {
        event->kind = EEL_LIVE_NOTHING;
        close_file(w);
    }
    return EEL_OK;
}

static int next_watch(void *state, eel_live_event *event, int timeout_ms)
{
    watch *w = state;
    struct pollfd fd = {.fd = w->events, .events = POLLIN};
    int code = EEL_OK;

    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    if (w->file)
        return read_file(w, event, timeout_ms);
    if (!w->said_where) {
        w->said_where = 1;
        snprintf(w->words, sizeof w->words, "waits for files; the %u that are there are passed over",
                 w->count);
        *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = w->words};
        return EEL_OK;
    }
    if (poll(&fd, 1, timeout_ms) > 0)
        code = read_events(w);
    if (code == EEL_OK && eel_clock_s() - w->looked_s > LOOK_S)
        code = look(w, 0);
    return code == EEL_OK ? take_file(w, event) : code;
}

static void close_watch(void *state)
{
    watch *w = state;

    if (!w)
        return;
    close_file(w);
    if (w->events >= 0)
        close(w->events);
    for (uint32_t i = 0; i < w->count; i++)
        free(w->files[i].name);
    free(w->files);
    eel_free(w);
}

static int open_watch(void **state, const eel_live_how *how)
{
    watch *w = eel_alloc(1, sizeof *w);

    if (!w)
        return EEL_ENOMEM;
    w->folder = how->address;
    w->how = how;
    w->events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int code = w->events < 0 || inotify_add_watch(w->events, w->folder,
                                                  IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF |
                                                      IN_MOVE_SELF | IN_ONLYDIR) < 0
                   ? eel_fail(EEL_EIO, "%s: cannot be watched: %s", w->folder, strerror(errno))
                   : look(w, 1);
    if (code != EEL_OK) {
        close_watch(w);
        return code;
    }
    *state = w;
    return EEL_OK;
}

const eel_source eel_source_watch = {
    .name = "watch",
    .address = "DIR",
    .summary = "files that appear in a folder",
    .patient = 1,
    .files = 1,
    .open = open_watch,
    .next = next_watch,
    .close = close_watch,
};
