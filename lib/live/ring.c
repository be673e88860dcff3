#include "live/ring.h"
#include "base/err.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SPARES      16 /* buffers kept for the next pieces */
#define CONTROL_MAX 64 /* places for scans, ends and words when the spectra have taken all others */

struct eel_ring {
    eel_overrun overrun;
    size_t bytes_max;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    eel_piece pieces[EEL_RING_PIECES_MAX];
    uint32_t head, count;
    size_t bytes;         /* of the data that waits in memory */
    uint64_t spooled;     /* bytes on the disk, of all spools in the folder */
    const eel_live_scan *scan; /* that is being put … */
    int failed_to_spool;       /* … and it was said that its spool takes nothing */
    int thinning, over, code;
    char words[EEL_WORDS_MAX];
    void *spare[SPARES];
    size_t spare_bytes;
    int spares;
};

/* ---- the policy in words ---- */

static int parse_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;

    if (end == text || *text == '-' || (*end && (!unit || end[1])))
        return 0;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    *size = (uint64_t)value << shift;
    return value > 0 && *size >> shift == value;
}

static int parse_spool(eel_overrun *overrun, const char *text)
{
    const char *blank = strrchr(text, ' ');
    size_t length = blank ? (size_t)(blank - text) : 0;

    if (length == 0 || length >= sizeof overrun->folder - 64 ||
        !parse_size(blank + 1, &overrun->bytes_max))
        return 0;
    memcpy(overrun->folder, text, length);
    overrun->folder[length] = 0;
    return 1;
}

int eel_overrun_parse(eel_overrun *overrun, const char *text)
{
    eel_overrun o = {0};
    int good = 1;

    if (!strcmp(text, "drop-newest"))
        o.kind = EEL_DROP_NEWEST;
    else if (!strcmp(text, "drop-oldest"))
        o.kind = EEL_DROP_OLDEST;
    else if (!strncmp(text, "thin ", 5))
        o.kind = EEL_THIN, good = parse_size(text + 5, &o.keep) && o.keep >= 2 && o.keep <= EEL_THIN_MAX;
    else if (!strncmp(text, "spool ", 6))
        o.kind = EEL_SPOOL, good = parse_spool(&o, text + 6);
    else
        good = 0;
    if (!good)
        return eel_fail(EEL_EARGS, "--on-overrun: '%s', expected drop-newest, drop-oldest, 'thin K' "
                        "with K of 2 or more, or 'spool DIR MAX'", text);
    *overrun = o;
    return EEL_OK;
}

/* ---- the ring ---- */

size_t eel_live_spectrum_bytes(const eel_live_scan *scan)
{
    return (size_t)scan->image.axis.n * eel_image_type_size(scan->image.type);
}

size_t eel_live_row_bytes(const eel_live_scan *scan)
{
    return eel_live_spectrum_bytes(scan) + (scan->shifted ? sizeof(float) : 0);
}

static int count_bytes(const char *path, void *with)
{
    uint64_t *bytes = with;
    struct stat info;

    *bytes += stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    return EEL_OK;
}

int eel_ring_new(eel_ring **ring, const eel_overrun *overrun, size_t bytes_max)
{
    eel_ring *made = calloc(1, sizeof *made);
    pthread_condattr_t attributes;

    if (!made)
        return eel_fail(EEL_ENOMEM, "no memory for what arrives");
    int code = overrun->kind == EEL_SPOOL ? eel_spool_each(overrun->folder, count_bytes, &made->spooled) : EEL_OK;
    if (code != EEL_OK) {
        free(made);
        return code;
    }
    made->overrun = *overrun;
    made->bytes_max = bytes_max;
    pthread_mutex_init(&made->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&made->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    *ring = made;
    return EEL_OK;
}

static eel_piece *at(eel_ring *ring, uint32_t i)
{
    return &ring->pieces[(ring->head + i) % EEL_RING_PIECES_MAX];
}

void eel_ring_free(eel_ring *ring)
{
    if (!ring)
        return;
    for (uint32_t i = 0; i < ring->count; i++) {
        if (at(ring, i)->kind == EEL_RING_SCAN)
            eel_spool_close(((eel_live_scan *)at(ring, i)->data)->spool);
        free(at(ring, i)->data);
    }
    for (int i = 0; i < ring->spares; i++)
        free(ring->spare[i]);
    pthread_cond_destroy(&ring->changed);
    pthread_mutex_destroy(&ring->lock);
    free(ring);
}

void *eel_ring_buffer(eel_ring *ring, size_t bytes)
{
    void *buffer = NULL;

    pthread_mutex_lock(&ring->lock);
    if (ring->spares && ring->spare_bytes == bytes)
        buffer = ring->spare[--ring->spares];
    pthread_mutex_unlock(&ring->lock);
    return buffer ? buffer : malloc(bytes);
}

/* With the lock held. Buffers of one scan are alike; those of another are not worth keeping. */
static void keep_buffer(eel_ring *ring, void *data, size_t bytes)
{
    if (ring->spare_bytes != bytes) {
        while (ring->spares)
            free(ring->spare[--ring->spares]);
        ring->spare_bytes = bytes;
    }
    if (data && ring->spares < SPARES)
        ring->spare[ring->spares++] = data;
    else
        free(data);
}

/* ---- putting; all with the lock held ---- */

static int append(eel_ring *ring, const eel_piece *piece)
{
    if (ring->count == EEL_RING_PIECES_MAX)
        return eel_fail(EEL_ELIMIT, "more than %d pieces wait to be mapped", EEL_RING_PIECES_MAX);
    *at(ring, ring->count++) = *piece;
    if (piece->kind == EEL_RING_DATA && piece->data)
        ring->bytes += piece->bytes;
    pthread_cond_broadcast(&ring->changed);
    return EEL_OK;
}

/* There are places for scans, ends and absences when spectra have taken all that they may. */
static int is_crowded(const eel_ring *ring)
{
    return ring->count >= EEL_RING_PIECES_MAX - CONTROL_MAX;
}

static int continues(const eel_piece *before, const eel_piece *piece)
{
    return before->kind == EEL_RING_ABSENT && before->first + before->rows == piece->first;
}

/* In a crowd the first reason stands for all, so that absences take no more places. */
static int put_absent(eel_ring *ring, const eel_piece *piece)
{
    eel_piece *last = ring->count ? at(ring, ring->count - 1) : NULL;

    if (!last || !continues(last, piece) || (last->why != piece->why && !is_crowded(ring)))
        return append(ring, piece);
    last->rows += piece->rows;
    return EEL_OK;
}

static int drop(eel_ring *ring, eel_piece *piece)
{
    eel_piece absent = {.kind = EEL_RING_ABSENT, .first = piece->first, .rows = piece->rows,
                        .why = EEL_OVERRUN};

    keep_buffer(ring, piece->data, piece->bytes);
    piece->data = NULL;
    return put_absent(ring, &absent);
}

/* Takes piece i out; those before it move up. */
static void cut(eel_ring *ring, uint32_t i)
{
    for (; i > 0; i--)
        *at(ring, i) = *at(ring, i - 1);
    ring->head = (ring->head + 1) % EEL_RING_PIECES_MAX;
    ring->count--;
}

/* The data that waits longest becomes an absence. Before it there are only absences, scans, ends. */
static int drop_oldest(eel_ring *ring)
{
    uint32_t i = 0;

    while (i < ring->count && (at(ring, i)->kind != EEL_RING_DATA || !at(ring, i)->data))
        i++;
    if (i == ring->count)
        return 0;
    eel_piece *oldest = at(ring, i);
    ring->bytes -= oldest->bytes;
    keep_buffer(ring, oldest->data, oldest->bytes);
    *oldest = (eel_piece){.kind = EEL_RING_ABSENT, .first = oldest->first, .rows = oldest->rows,
                          .why = EEL_OVERRUN};
    if (i > 0 && continues(at(ring, i - 1), oldest) && at(ring, i - 1)->why == EEL_OVERRUN) {
        oldest->first = at(ring, i - 1)->first;
        oldest->rows += at(ring, i - 1)->rows;
        cut(ring, i - 1);
    }
    return 1;
}

/* A source that waits would do so for ever for a block that is larger than the ring: it passes alone. */
static int has_room(const eel_ring *ring, size_t bytes)
{
    int alone = ring->overrun.kind == EEL_WAIT && ring->bytes == 0;

    return (alone || ring->bytes + bytes <= ring->bytes_max) && !is_crowded(ring);
}

/* Behind, blocks that are no multiples of K are left out, so that what stays is spread evenly. */
static int is_thinned(eel_ring *ring, const eel_piece *piece)
{
    if (ring->bytes > ring->bytes_max / 2)
        ring->thinning = 1;
    else if (ring->bytes < ring->bytes_max / 8)
        ring->thinning = 0;
    return ring->thinning && piece->first / ring->scan->block_rows % ring->overrun.keep != 0;
}

/* Blocks that wait on the disk only, and this is the next one: it waits there behind them. */
static int joins(const eel_ring *ring, const eel_piece *last, const eel_piece *piece)
{
    return last && last->kind == EEL_RING_DATA && !last->data && last->spool == ring->scan->spool &&
           last->first + last->rows == piece->first && last->rows % last->block_rows == 0 &&
           piece->rows <= last->block_rows;
}

/* Once for a scan: the pixels that follow will mostly fail for the same reason. */
static void say_failed_to_spool(eel_ring *ring)
{
    char words[EEL_WORDS_MAX];

    if (ring->failed_to_spool)
        return;
    snprintf(words, sizeof words, "%.900s; spectra that cannot be spooled are dropped", eel_words());
    eel_piece piece = {.kind = EEL_RING_WORDS, .data = strdup(words)};
    ring->failed_to_spool = piece.data && append(ring, &piece) == EEL_OK;
    if (!ring->failed_to_spool)
        free(piece.data);
}

/* What is on the disk needs no memory when there is none. */
static int put_spooled(eel_ring *ring, eel_piece *piece)
{
    eel_spool *spool = ring->scan->spool;
    uint64_t before = eel_spool_bytes(spool);
    eel_piece *last = ring->count ? at(ring, ring->count - 1) : NULL;
    int behind = joins(ring, last, piece);

    if (ring->spooled + piece->bytes > ring->overrun.bytes_max || (is_crowded(ring) && !behind))
        return drop(ring, piece);
    if (eel_spool_append(spool, piece->first, (uint32_t)piece->rows, piece->data, &piece->place)) {
        say_failed_to_spool(ring);
        return drop(ring, piece);
    }
    ring->spooled += eel_spool_bytes(spool) - before;
    piece->spool = spool;
    piece->block_rows = piece->rows;
    if (behind || !has_room(ring, piece->bytes)) {
        keep_buffer(ring, piece->data, piece->bytes);
        piece->data = NULL;
    }
    if (!behind)
        return append(ring, piece);
    last->rows += piece->rows;
    return EEL_OK;
}

static int put_data(eel_ring *ring, eel_piece *piece)
{
    while (ring->overrun.kind == EEL_WAIT && !has_room(ring, piece->bytes) && !ring->over)
        pthread_cond_wait(&ring->changed, &ring->lock);
    while (ring->overrun.kind == EEL_DROP_OLDEST && !has_room(ring, piece->bytes) &&
           drop_oldest(ring))
        ;
    if (ring->overrun.kind == EEL_SPOOL && ring->scan->spool)
        return put_spooled(ring, piece);
    if (!has_room(ring, piece->bytes) ||
        (ring->overrun.kind == EEL_THIN && is_thinned(ring, piece)))
        return drop(ring, piece);
    return append(ring, piece);
}

int eel_ring_put(eel_ring *ring, eel_piece *piece)
{
    pthread_mutex_lock(&ring->lock);
    if (piece->kind == EEL_RING_SCAN) {
        ring->scan = piece->data;
        ring->spooled += ring->scan->spool ? eel_spool_bytes(ring->scan->spool) : 0;
        ring->failed_to_spool = 0;
    }
    int code = piece->kind == EEL_RING_DATA     ? put_data(ring, piece)
               : piece->kind == EEL_RING_ABSENT ? put_absent(ring, piece)
                                                : append(ring, piece);
    pthread_mutex_unlock(&ring->lock);
    if (code != EEL_OK)
        free(piece->data);
    return code;
}

void eel_ring_finish(eel_ring *ring, int code)
{
    pthread_mutex_lock(&ring->lock);
    if (!ring->over && code != EEL_OK)
        snprintf(ring->words, sizeof ring->words, "%s", eel_words());
    if (!ring->over)
        ring->code = code;
    ring->over = 1;
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
}

/* ---- taking ---- */

static void wait_for_piece(eel_ring *ring, int timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!ring->count && !ring->over && timeout_ms > 0) {
        if (pthread_cond_timedwait(&ring->changed, &ring->lock, &until) == ETIMEDOUT)
            return;
    }
}

/* The first block of those that wait on the disk; the others stay. */
static void split(eel_piece *piece, eel_piece *rest)
{
    size_t row_bytes = piece->bytes / piece->block_rows;

    piece->rows = piece->block_rows;
    rest->first += piece->rows;
    rest->rows -= piece->rows;
    rest->place = eel_spool_after(piece->place, piece->bytes);
    if (rest->rows < rest->block_rows)
        rest->block_rows = rest->rows;
    rest->bytes = rest->block_rows * row_bytes;
}

/* With the lock held and a piece there. */
static void take_first(eel_ring *ring, eel_piece *piece)
{
    eel_piece *first = at(ring, 0);

    *piece = *first;
    if (piece->kind == EEL_RING_DATA && piece->rows > piece->block_rows && piece->spool) {
        split(piece, first);
        return;
    }
    ring->head = (ring->head + 1) % EEL_RING_PIECES_MAX;
    ring->count--;
    if (piece->kind == EEL_RING_DATA && piece->data)
        ring->bytes -= piece->bytes;
}

static void read_spooled(eel_ring *ring, eel_piece *piece)
{
    piece->data = eel_ring_buffer(ring, piece->bytes);
    if (!piece->data || eel_spool_read(piece->spool, piece->place, piece->data, piece->bytes) != EEL_OK) {
        free(piece->data);
        *piece = (eel_piece){.kind = EEL_RING_ABSENT, .first = piece->first, .rows = piece->rows,
                             .why = EEL_OVERRUN};
    }
}

int eel_ring_take(eel_ring *ring, eel_piece *piece, int timeout_ms)
{
    pthread_mutex_lock(&ring->lock);
    wait_for_piece(ring, timeout_ms);
    int got = ring->count > 0;
    if (got) {
        take_first(ring, piece);
        pthread_cond_broadcast(&ring->changed);
    }
    pthread_mutex_unlock(&ring->lock);
    if (got && piece->kind == EEL_RING_DATA && !piece->data)
        read_spooled(ring, piece);
    return got;
}

void eel_ring_give_back(eel_ring *ring, eel_piece *piece)
{
    if (piece->kind == EEL_RING_DATA) {
        pthread_mutex_lock(&ring->lock);
        keep_buffer(ring, piece->data, piece->bytes);
        pthread_mutex_unlock(&ring->lock);
    } else {
        free(piece->data);
    }
    piece->data = NULL;
}

void eel_ring_unspool(eel_ring *ring, uint64_t bytes)
{
    pthread_mutex_lock(&ring->lock);
    ring->spooled -= bytes < ring->spooled ? bytes : ring->spooled;
    pthread_mutex_unlock(&ring->lock);
}

void eel_ring_release(eel_ring *ring, eel_live_scan *scan, int mapped)
{
    if (mapped && scan->spool)
        eel_ring_unspool(ring, eel_spool_bytes(scan->spool));
    if (mapped)
        eel_spool_remove(scan->spool);
    else
        eel_spool_close(scan->spool);
    free(scan);
}

int eel_ring_over(eel_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    int over = ring->over && !ring->count;
    pthread_mutex_unlock(&ring->lock);
    return over;
}

int eel_ring_code(eel_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    int code = ring->code;
    if (code != EEL_OK)
        eel_fail(code, "%s", ring->words);
    pthread_mutex_unlock(&ring->lock);
    return code;
}
