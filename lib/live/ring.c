#include "live/ring.h"
#include "live/losses.h"
#include "live/pieces.h"
#include "base/err.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SPARES 16 /* buffers kept for the next pieces */

struct eel_ring {
    eel_overrun overrun;
    size_t bytes_max;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    eel_pieces pieces;
    size_t bytes;         /* of the data that waits in memory */
    uint64_t spooled;     /* bytes on the disk, of all spools in the folder */
    eel_live_scan *scan;  /* that is being put, or NULL … */
    int failed_to_spool;  /* … it was said that its spool takes nothing … */
    eel_loss lost;        /* … what found no place in the list */
    eel_losses losses;
    int thinning, over, code;
    char words[EEL_WORDS_MAX];
    void *spare[SPARES];
    size_t spare_bytes;
    int spares;
};

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

static void let_go(eel_live_scan *scan)
{
    if (scan)
        eel_spool_close(scan->spool);
    free(scan);
}

void eel_ring_free(eel_ring *ring)
{
    if (!ring)
        return;
    if (ring->lost == EEL_LOST_WHOLE)
        let_go(ring->scan);
    eel_pieces_release(&ring->pieces);
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
    int code = eel_pieces_add(&ring->pieces, piece);

    if (code != EEL_OK)
        return code;
    if (piece->kind == EEL_RING_DATA && piece->data)
        ring->bytes += piece->bytes;
    pthread_cond_broadcast(&ring->changed);
    return EEL_OK;
}

/* For who goes on with the scan when this process is gone, and takes what is not noted for a gap of the source. */
static void note_absent(eel_ring *ring, uint64_t first, uint64_t rows, eel_pixel_state why)
{
    eel_spool *spool = ring->scan ? ring->scan->spool : NULL;
    uint64_t before = spool ? eel_spool_bytes(spool) : 0;

    if (spool && why != EEL_SOURCE_GAP && eel_spool_absence(spool, first, rows, why) == EEL_OK)
        ring->spooled += eel_spool_bytes(spool) - before;
}

/* One reason never stands for another: what the source left out is not what was dropped here. */
static int put_absent(eel_ring *ring, const eel_piece *piece)
{
    eel_piece *last = eel_pieces_last(&ring->pieces);

    note_absent(ring, piece->first, piece->rows, piece->why);
    if (!last || last->kind != EEL_RING_ABSENT || last->first + last->rows != piece->first || last->why != piece->why)
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

static int drop_oldest(eel_ring *ring)
{
    size_t bytes = 0;
    void *data = eel_pieces_drop_oldest(&ring->pieces, &bytes);

    if (!data)
        return 0;
    ring->bytes -= bytes;
    keep_buffer(ring, data, bytes);
    return 1;
}

/* The list takes no more of that scan, which is to be said before all that waits. */
static void lose(eel_ring *ring, eel_loss what, uint64_t number)
{
    eel_losses_add(&ring->losses, what, number);
    pthread_cond_broadcast(&ring->changed);
}

/* A source that waits would do so for ever for a block that is larger than the ring: it passes alone. */
static int has_room(const eel_ring *ring, size_t bytes)
{
    int alone = ring->overrun.kind == EEL_WAIT && ring->bytes == 0;

    return alone || ring->bytes + bytes <= ring->bytes_max;
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
    eel_piece *last = eel_pieces_last(&ring->pieces);
    int behind = joins(ring, last, piece);

    if (ring->spooled + piece->bytes > ring->overrun.bytes_max)
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

/* Where the list has no place for a scan, its spool has: another run finds it there. */
static int put_beside(eel_ring *ring, eel_piece *piece)
{
    eel_spool *spool = ring->scan->spool;
    uint64_t before = spool ? eel_spool_bytes(spool) : 0;

    if (spool && piece->kind == EEL_RING_DATA && ring->spooled + piece->bytes <= ring->overrun.bytes_max &&
        eel_spool_append(spool, piece->first, (uint32_t)piece->rows, piece->data, &piece->place) == EEL_OK)
        ring->spooled += eel_spool_bytes(spool) - before;
    else if (piece->kind != EEL_RING_END)
        note_absent(ring, piece->first, piece->rows, piece->kind == EEL_RING_DATA ? EEL_OVERRUN : piece->why);
    if (piece->kind == EEL_RING_DATA)
        keep_buffer(ring, piece->data, piece->bytes);
    if (piece->kind == EEL_RING_END)
        let_go(ring->scan);
    return EEL_OK;
}

static int put_scan(eel_ring *ring, eel_piece *piece)
{
    ring->scan = piece->data;
    ring->spooled += ring->scan->spool ? eel_spool_bytes(ring->scan->spool) : 0;
    ring->failed_to_spool = 0;
    ring->lost = EEL_LOST_NOTHING;
    if (!eel_pieces_full(&ring->pieces, EEL_RING_SCAN))
        return append(ring, piece);
    ring->lost = EEL_LOST_WHOLE;
    lose(ring, EEL_LOST_WHOLE, ring->scan->number);
    return EEL_OK;
}

static int put_refused(eel_ring *ring, eel_piece *piece)
{
    if (!eel_pieces_full(&ring->pieces, EEL_RING_REFUSED))
        return append(ring, piece);
    free(piece->data);
    if (piece->first) /* 0: it never got a number */
        lose(ring, EEL_LOST_WHOLE, piece->first);
    return EEL_OK;
}

/* Of a scan that is in the list. What the list has no place for is one absence at its end. */
static int put_pixels(eel_ring *ring, eel_piece *piece)
{
    if (ring->lost == EEL_LOST_NOTHING && ring->scan && eel_pieces_full(&ring->pieces, piece->kind)) {
        ring->lost = EEL_LOST_REST;
        lose(ring, EEL_LOST_REST, ring->scan->number);
    }
    if (ring->lost == EEL_LOST_REST)
        return drop(ring, piece);
    return piece->kind == EEL_RING_DATA ? put_data(ring, piece) : put_absent(ring, piece);
}

static int put_words(eel_ring *ring, eel_piece *piece)
{
    if (!eel_pieces_full(&ring->pieces, EEL_RING_WORDS))
        return append(ring, piece);
    free(piece->data); /* there are enough of them */
    return EEL_OK;
}

static int put_any(eel_ring *ring, eel_piece *piece)
{
    int waits = ring->overrun.kind == EEL_WAIT && piece->kind != EEL_RING_END;

    while (waits && eel_pieces_full(&ring->pieces, piece->kind) && !ring->over)
        pthread_cond_wait(&ring->changed, &ring->lock);
    if (piece->kind == EEL_RING_SCAN)
        return put_scan(ring, piece);
    if (piece->kind == EEL_RING_REFUSED)
        return put_refused(ring, piece);
    if (piece->kind == EEL_RING_WORDS)
        return put_words(ring, piece);
    if (ring->lost == EEL_LOST_WHOLE)
        return put_beside(ring, piece);
    return piece->kind == EEL_RING_END ? append(ring, piece) : put_pixels(ring, piece);
}

int eel_ring_put(eel_ring *ring, eel_piece *piece)
{
    pthread_mutex_lock(&ring->lock);
    int code = put_any(ring, piece);
    if (piece->kind == EEL_RING_END || (piece->kind == EEL_RING_SCAN && code != EEL_OK)) {
        if (ring->scan && ring->lost != EEL_LOST_WHOLE)
            eel_spool_written(ring->scan->spool);
        ring->scan = NULL; /* the taker's, from now on */
        ring->lost = EEL_LOST_NOTHING;
    }
    pthread_mutex_unlock(&ring->lock);
    if (code != EEL_OK && piece->kind == EEL_RING_SCAN)
        let_go(piece->data);
    else if (code != EEL_OK)
        free(piece->data);
    return code;
}

/* A run that did not map all that had come has not succeeded. */
static int how_it_ended(const eel_ring *ring, int code)
{
    if (code != EEL_OK || !ring->losses.count)
        return code;
    return eel_fail(EEL_ELIMIT, "%ju scans that had come are not mapped, or not as a whole: more than %u MiB of scans "
                    "and their pieces waited", (uintmax_t)ring->losses.count, EEL_PIECES_BYTES_MAX >> 20);
}

void eel_ring_finish(eel_ring *ring, int code)
{
    pthread_mutex_lock(&ring->lock);
    code = ring->over ? code : how_it_ended(ring, code);
    if (!ring->over && code != EEL_OK)
        snprintf(ring->words, sizeof ring->words, "%s", eel_words());
    if (!ring->over)
        ring->code = code;
    ring->over = 1;
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
}

/* ---- taking ---- */

static int has_some(const eel_ring *ring)
{
    return ring->pieces.count || eel_losses_due(&ring->losses);
}

static void wait_for_piece(eel_ring *ring, int timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!has_some(ring) && !ring->over && timeout_ms > 0) {
        if (pthread_cond_timedwait(&ring->changed, &ring->lock, &until) == ETIMEDOUT)
            return;
    }
}

/* The words about scans that found no place, before all that waits. 0 when there are none. */
static int take_losses(eel_ring *ring, eel_piece *piece)
{
    char words[EEL_WORDS_MAX];

    if (!eel_losses_take(&ring->losses, ring->overrun.kind == EEL_SPOOL, words))
        return 0;
    *piece = (eel_piece){.kind = EEL_RING_WORDS, .data = strdup(words)};
    return piece->data != NULL;
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
    int got = take_losses(ring, piece);
    if (!got && ring->pieces.count) {
        eel_pieces_take(&ring->pieces, piece);
        ring->bytes -= piece->kind == EEL_RING_DATA && piece->data ? piece->bytes : 0;
        pthread_cond_broadcast(&ring->changed);
        got = 1;
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
    int over = ring->over && !has_some(ring);
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
