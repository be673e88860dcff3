/*
 * gather_state - private to gather: what its files share, in the order in which a frame meets them. gather.c listens
 * and finds a frame's pixel, gather_scan.c begins and ends scans, gather_shape.c settles what they look like,
 * gather_block.c puts pixels into the ring.
 */
#ifndef EEL_LIVE_GATHER_STATE_H
#define EEL_LIVE_GATHER_STATE_H

#include "base/err.h"
#include "live/gather.h"

#include <pthread.h>
#include <stdatomic.h>

#define GATHER_GAPS_MAX 64 /* of a scan that are remembered */

struct eel_gather {
    eel_gather_how how;
    pthread_t thread;
    atomic_int cancelled;
    uint64_t scans, number; /* that have begun; of the next */

    /* the scan that is on, or NULL */
    eel_live_scan *scan;
    int settled;         /* it is in the ring, with its block_rows … */
    int unput;           /* … or was refused there: it goes on, and nothing else of it is put */
    int announced;       /* the source said its shape */
    uint64_t flyback;    /* frames at the end of each of its rows */
    size_t row_bytes;
    uint64_t frames_before; /* since the source said SCAN, of scans before this one */
    uint64_t next;       /* pixel that is expected */
    uint64_t left_out;   /* frames that came twice or belong to no pixel */
    uint64_t passed;     /* frames that came when pixels after them had come */
    struct {
        uint64_t first, end;
    } gaps[GATHER_GAPS_MAX]; /* the last ones: what comes of them is too late, not there twice */
    uint64_t gap_count;  /* of all */
    uint64_t late;       /* frames of a scan that was over already */
    int refused;         /* why the scan that is on, of which `scan` knows nothing, cannot be mapped, or EEL_OK … */
    char why[EEL_WORDS_MAX]; /* … in words, "" when they are in the ring */
    double heard_s;
    eel_image_info like; /* what the next scan is like if frames go on without a new SCAN … */
    int like_shifted;
    int goes_on;         /* … which they may */
    uint64_t frames_per_scan;

    /* the block that is being filled */
    char *rows;          /* (rows_max, channels) or NULL */
    uint32_t rows_max, count;
    uint64_t first;
    double since_s;      /* its first row came */
};

/* ---- gather_scan.c ---- */

/* The scan is on, or refused. */
int gather_begin(eel_gather *g, const eel_image_info *from, int shifted);

/* The scan that begins cannot be mapped, for this code and the words that are there. */
int gather_refuse(eel_gather *g, int code);

/* Says in the ring that scan `number` cannot be mapped, for this code and these words; 0: one of which nothing came. */
int gather_put_refused(eel_gather *g, uint64_t number, int code, const char *words);

/* The first frames say how fast they come: the scan is complete and goes into the ring, unless its spool cannot be
 * made: that costs it alone. */
int gather_settle(eel_gather *g, double now_s);

/* Its pixels that did not come are absent because of `why`. words: NULL, or why it ends early. */
int gather_end(eel_gather *g, eel_pixel_state why, const char *words);

/* ---- gather_shape.c ---- */

int gather_settle_shape(eel_gather *g, const eel_image_info *from);
int gather_settle_energies(eel_gather *g);
void gather_shape_open(eel_live_scan *scan, uint64_t pixels); /* as long as it turns out to be */
uint64_t gather_frames_per_row(const eel_gather *g);          /* flyback included; 0: there are no rows */

/* ---- gather_block.c ---- */

int gather_words(eel_gather *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
int gather_absence(eel_gather *g, uint64_t first, uint64_t end, eel_pixel_state why);

/* Puts what was collected, cut at the boundaries of blocks; a block that is not whole stays, unless
 * `all` is to go. */
int gather_flush(eel_gather *g, int all);

/* Of the scan; of an open one that is not settled, with the largest blocks there can be. */
uint64_t gather_pixels_max(const eel_gather *g);

/* Pixels in a block, by the rate of those that came. */
uint32_t gather_block_rows(const eel_gather *g, double now_s);

#endif
