#include "flow/shared.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE 64 /* bytes: a cache line; the first of the memory names its owner, that of a place its use */

typedef struct {
    uint64_t at, bytes; /* with the line before the payload */
} extent;

struct eel_shared {
    int file;
    char path[64];
    unsigned char *base;
    uint64_t bytes, uses;
    uint64_t touched; /* bytes from the beginning on whose pages are there */
    extent *used; /* in the order of their places */
    size_t count, room;
};

struct eel_mapping {
    const unsigned char *base;
    uint64_t bytes;
    uint64_t touched; /* as of the custodian's memory */
    int shares;
};

/* --- the custodian ---------------------------------------------------------------------------- */

eel_shared *eel_shared_open(const unsigned char instance[EEL_RUN_BYTES], uint64_t bytes)
{
    eel_shared *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->bytes = LINE + bytes;
    s->base = MAP_FAILED;
    s->file = memfd_create("eelstream", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->file >= 0 && ftruncate(s->file, (off_t)s->bytes) == 0 &&
        fcntl(s->file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        s->base = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->file, 0);
    if (s->base == MAP_FAILED) {
        eel_shared_close(s);
        return NULL;
    }
    memcpy(s->base, instance, EEL_RUN_BYTES);
    snprintf(s->path, sizeof s->path, "/proc/%ld/fd/%d", (long)getpid(), s->file);
    return s;
}

void eel_shared_close(eel_shared *shared)
{
    if (!shared)
        return;
    if (shared->base != MAP_FAILED)
        munmap(shared->base, shared->bytes);
    if (shared->file >= 0)
        close(shared->file);
    free(shared->used);
    free(shared);
}

eel_text eel_shared_path(const eel_shared *shared)
{
    return (eel_text){shared->path, strlen(shared->path)};
}

/* The first gap of that many bytes: where it begins, and before which of the used extents. */
static int find_gap(const eel_shared *s, uint64_t bytes, uint64_t *at, size_t *index)
{
    *at = LINE;
    for (*index = 0; *index < s->count; ++*index) {
        if (s->used[*index].at - *at >= bytes)
            return 1;
        *at = s->used[*index].at + s->used[*index].bytes;
    }
    return s->bytes - *at >= bytes;
}

static int grow(eel_shared *s)
{
    size_t room = s->room ? 2 * s->room : 16;
    extent *used = s->count < s->room ? s->used : realloc(s->used, room * sizeof *used);

    if (!used)
        return 0;
    s->room = s->count < s->room ? s->room : room;
    s->used = used;
    return 1;
}

int eel_shared_reserve(eel_shared *s, size_t bytes, eel_place *place)
{
    uint64_t whole = LINE + ((uint64_t)bytes + LINE - 1) / LINE * LINE, at;
    size_t index;

    if (bytes < EEL_SHARED_LEAST || !find_gap(s, whole, &at, &index) || !grow(s))
        return 0;
    memmove(s->used + index + 1, s->used + index, (s->count++ - index) * sizeof *s->used);
    s->used[index] = (extent){at, whole};
    if (at + whole > s->touched) {
        eel_touch(s->base + s->touched, at + whole - s->touched);
        s->touched = at + whole;
    }
    *place = (eel_place){.at = at + LINE, .use = ++s->uses};
    atomic_store_explicit((_Atomic uint64_t *)(s->base + at), place->use, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* the number is seen before any byte */
    return 1;
}

void *eel_shared_at(const eel_shared *shared, eel_place place)
{
    return shared->base + place.at;
}

void eel_shared_drop(eel_shared *s, eel_place place)
{
    for (size_t i = 0; place.use && i < s->count; i++) {
        if (s->used[i].at + LINE != place.at)
            continue;
        /* Whoever still reads there is late from now on, wherever what comes next begins. */
        atomic_store_explicit((_Atomic uint64_t *)(s->base + s->used[i].at), 0, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
        memmove(s->used + i, s->used + i + 1, (--s->count - i) * sizeof *s->used);
        return;
    }
}

/* --- a receiver ------------------------------------------------------------------------------- */

/* Maps what may be read without ever being cut short. */
static eel_mapping *map_file(int file)
{
    struct stat info;
    int seals = fcntl(file, F_GET_SEALS);
    eel_mapping *m = NULL;

    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(file, &info) != 0 || info.st_size < LINE)
        return NULL;
    void *base = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (base != MAP_FAILED && (m = malloc(sizeof *m)))
        *m = (eel_mapping){.base = base, .bytes = (uint64_t)info.st_size, .shares = 1};
    else if (base != MAP_FAILED)
        munmap(base, (size_t)info.st_size);
    return m;
}

eel_mapping *eel_mapping_open(eel_text path, const unsigned char instance[EEL_RUN_BYTES])
{
    char name[64];

    if (path.bytes >= sizeof name)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)path.bytes, path.at);
    int file = strncmp(name, "/proc/", 6) ? -1 : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    eel_mapping *m = file >= 0 ? map_file(file) : NULL;
    if (file >= 0)
        close(file);
    if (!m || !memcmp(m->base, instance, EEL_RUN_BYTES))
        return m;
    eel_mapping_close(m); /* another's: the path is of another machine */
    return NULL;
}

eel_mapping *eel_mapping_share(eel_mapping *mapping)
{
    mapping->shares++;
    return mapping;
}

void eel_mapping_close(eel_mapping *mapping)
{
    if (!mapping || --mapping->shares > 0)
        return;
    munmap((void *)mapping->base, mapping->bytes);
    free(mapping);
}

int eel_mapping_covers(const eel_mapping *mapping, eel_place place, size_t bytes)
{
    return mapping && place.at >= 2 * LINE && place.at % LINE == 0 && place.at <= mapping->bytes &&
           bytes <= mapping->bytes - place.at;
}

const void *eel_mapping_at(eel_mapping *m, eel_place place, size_t bytes)
{
    if (place.at + bytes > m->touched) {
        eel_touch_to_read(m->base + m->touched, place.at + bytes - m->touched);
        m->touched = place.at + bytes;
    }
    return m->base + place.at;
}

int eel_mapping_has(const eel_mapping *m, eel_place place)
{
    atomic_thread_fence(memory_order_acquire); /* the number is read after every byte */
    return atomic_load_explicit((const _Atomic uint64_t *)(m->base + place.at - LINE),
                                memory_order_relaxed) == place.use;
}

int eel_mapping_take(eel_mapping *m, eel_place place, void *data, size_t bytes)
{
    memcpy(data, eel_mapping_at(m, place, bytes), bytes);
    return eel_mapping_has(m, place);
}
