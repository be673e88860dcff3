/*
 * ring - between the thread that listens to a source and the flow: what arrived and waits.
 *
 *     eel_ring_new(&ring, &overrun, bytes_max);
 *     the one thread:   piece.data = eel_ring_buffer(ring, bytes); … eel_ring_put(ring, &piece);
 *     the other:        if (eel_ring_take(ring, &piece, 10)) … eel_ring_give_back(ring, &piece);
 *
 * It never holds more than bytes_max of spectra. What happens then is the user's choice, for it is
 * never the source that waits:
 *
 *   drop-newest     what arrives is dropped until there is room
 *   drop-oldest     what waits longest is dropped
 *   thin K          from half full on until it has nearly emptied, one block in K is kept; what
 *                   finds no room even so is dropped
 *   spool DIR MAX   everything is written to files in DIR, at most MAX bytes, and read from there
 *                   when its turn comes (spool.h); beyond MAX it is dropped. Neighbouring blocks that
 *                   are only there are one piece, so that a long wait takes no memory either. Where the
 *                   disk takes no more, a piece of words says so, once for a scan, and it is dropped. All
 *                   spools in DIR count, also those that stay there because their scans are not mapped
 *
 * Only a patient source waits (EEL_WAIT): for room, and for an empty ring where a block is larger than that.
 *
 * What is dropped becomes an absence with the reason `overrun`. Neighbouring absences with one
 * reason are one piece, so an overrun of any length takes no memory; those with different reasons are never
 * joined. The list of pieces, with the scans that wait, grows to EEL_PIECES_BYTES_MAX (pieces.h). Where it is full,
 * the rest of the scan that comes is one overrun, and the next ones are dropped as a whole (with a spool they wait
 * there, for another run) until some of it was taken. Words say so at once, before what waits, and the end is
 * EEL_ELIMIT then. Patient sources wait.
 */
#ifndef EEL_LIVE_RING_H
#define EEL_LIVE_RING_H

#include "base/pixel.h"
#include "io/image.h"
#include "live/spool.h"

#define EEL_THIN_MAX 1000000

typedef enum { EEL_WAIT, EEL_DROP_NEWEST, EEL_DROP_OLDEST, EEL_SPOOL, EEL_THIN } eel_overrun_kind;

typedef struct {
    eel_overrun_kind kind; /* EEL_WAIT: the source waits, as only patient ones can */
    uint64_t keep;         /* thin: one block in so many */
    char folder[EEL_PATH_MAX];
    uint64_t bytes_max;    /* of the spool */
} eel_overrun;

/* From "drop-newest", "drop-oldest", "thin K" or "spool DIR MAX", MAX with K, M, G or T. EEL_EARGS. */
int eel_overrun_parse(eel_overrun *overrun, const char *text);

/* A scan as it was settled from what the source, the user and the first frames say. */
typedef struct {
    eel_image_info image; /* pixels and nav are an upper limit when `open` */
    uint32_t block_rows;  /* pieces of pixels end at multiples of it */
    uint64_t columns;     /* of a row; 0 when unknown */
    int open;             /* its length is not known before its end */
    int shifted;          /* a spectrum is followed by its shift, see companion.h */
    uint64_t number;      /* which scan it is: scan-0001 …; not 0 */
    char began[32];       /* "2026-03-01T12:00:00.000Z" */
    int again;            /* it comes from the spool of an earlier process */
    eel_spool *spool;     /* or NULL */
} eel_live_scan;

/* Of one spectrum, and of it with its shift where it has one. */
size_t eel_live_spectrum_bytes(const eel_live_scan *scan);
size_t eel_live_row_bytes(const eel_live_scan *scan);

typedef enum {
    EEL_RING_SCAN, EEL_RING_DATA, EEL_RING_ABSENT, EEL_RING_END, EEL_RING_WORDS,
    EEL_RING_REFUSED /* between two scans: one that cannot be mapped, of which nothing else comes */
} eel_piece_kind;

typedef struct {
    eel_piece_kind kind;
    uint64_t first, rows; /* pixels; END: rows is the total; REFUSED: first is the number of the scan, 0: none */
    eel_pixel_state why;  /* ABSENT */
    int code;             /* REFUSED */
    void *data;           /* DATA: rows of eel_live_row_bytes; SCAN: the eel_live_scan; WORDS, REFUSED: text */
    size_t bytes;         /* of data, when it is DATA */
    eel_spool *spool;     /* where the data is as well, or instead; or NULL */
    uint64_t place;       /* in the spool; of its first record, of block_rows: more follow where rows are more */
    uint64_t block_rows;
} eel_piece;

typedef struct eel_ring eel_ring;

/* EEL_ENOMEM; EEL_EIO, EEL_ELIMIT where the spools that are there cannot be counted. */
int eel_ring_new(eel_ring **ring, const eel_overrun *overrun, size_t bytes_max);
void eel_ring_free(eel_ring *ring); /* NULL is fine */

/* Memory for the data of a piece; NULL when there is none. */
void *eel_ring_buffer(eel_ring *ring, size_t bytes);

/* Takes the piece and its data, also when it fails: EEL_ENOMEM. Waits for nothing,
 * unless the source is patient. */
int eel_ring_put(eel_ring *ring, eel_piece *piece);

/* Nothing follows; `code` with its words when the source failed. What found no place is a failure, too. */
void eel_ring_finish(eel_ring *ring, int code);

/* The next piece, waiting for one. 0 when none came in time; eel_ring_over then tells whether any
 * will. A piece of data from the spool that cannot be read comes as an absence. */
int eel_ring_take(eel_ring *ring, eel_piece *piece, int timeout_ms);
void eel_ring_give_back(eel_ring *ring, eel_piece *piece);

/* The taker is done with a scan whose END it has taken; the data of its SCAN piece is freed. The
 * spool stays, and counts, unless the scan is mapped. */
void eel_ring_release(eel_ring *ring, eel_live_scan *scan, int mapped);

/* A spool of so many bytes that was there before the ring is removed. */
void eel_ring_unspool(eel_ring *ring, uint64_t bytes);

/* All was taken and nothing follows. */
int eel_ring_over(eel_ring *ring);
int eel_ring_code(eel_ring *ring); /* how the source ended; sets the words of a failure */

#endif
