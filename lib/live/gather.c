#include "live/gather.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/store.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LISTEN_MS 50
#define SETTLE_S  0.25 /* of frames say how fast they come */
#define BLOCK_S   0.01 /* of frames make a block … */
#define FLUSH_S   0.1  /* … which goes on when it has waited for so long */
#define OPEN_BLOCK_S 0.25 /* the same of a scan of unknown length: its blocks are limited */
#define OPEN_FLUSH_S 1.0

struct eel_gather {
    eel_gather_how how;
    pthread_t thread;
    atomic_int cancelled;
    uint64_t scans, number; /* that have begun; of the next */

    /* the scan that is on, or NULL */
    eel_live_scan *scan;
    int settled;         /* it is in the ring, with its block_rows */
    int announced;       /* the source said its shape */
    size_t row_bytes;
    uint64_t frames_before; /* since the source said SCAN, of scans before this one */
    uint64_t next;       /* pixel that is expected */
    uint64_t left_out;   /* frames that came twice or belong to no pixel */
    uint64_t late;       /* frames of a scan that was over already */
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

static int put_words(eel_gather *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int put_words(eel_gather *g, const char *format, ...)
{
    char words[EEL_WORDS_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    char *copy = strdup(words);
    return copy ? eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_WORDS, .data = copy})
                : eel_fail(EEL_ENOMEM, "no memory for words");
}

/* ---- the shape ---- */

static void set_nav(eel_image_info *info, int i, const char *name, uint64_t size)
{
    info->nav[i] = (eel_nav_axis){.size = size, .scale = 1};
    snprintf(info->nav[i].name, sizeof info->nav[i].name, "%s", name);
}

static void shape_as_user_says(eel_image_info *info, const eel_live_how *user)
{
    info->nav_count = 2;
    set_nav(info, 0, "y", user->rows);
    set_nav(info, 1, "x", user->columns);
    info->pixels = user->rows * user->columns;
}

static void shape_open(eel_live_scan *scan, uint64_t pixels)
{
    eel_image_info *info = &scan->image;

    if (scan->columns) {
        info->nav_count = 2;
        set_nav(info, 0, "y", (pixels + scan->columns - 1) / scan->columns);
        set_nav(info, 1, "x", scan->columns);
        info->pixels = info->nav[0].size * scan->columns;
    } else {
        info->nav_count = 1;
        set_nav(info, 0, "pixel", pixels);
        info->pixels = pixels;
    }
}

static uint64_t frames_per_row(const eel_gather *g)
{
    return g->scan->columns + (g->scan->columns ? g->how.user->flyback : 0);
}

/* What the source announced against what the user says. */
static int check_shape(eel_gather *g, const eel_image_info *from)
{
    const eel_live_how *user = g->how.user;
    const eel_image_info *info = &g->scan->image;
    uint64_t frames = user->rows * frames_per_row(g);

    if (!user->rows)
        return EEL_OK;
    if (from->nav_count == 0 && from->pixels && from->pixels != frames)
        return put_words(g, "the source announces %ju frames, --scan %jux%ju with --flyback %ju needs "
                         "%ju", (uintmax_t)from->pixels, (uintmax_t)user->rows,
                         (uintmax_t)user->columns, (uintmax_t)user->flyback, (uintmax_t)frames);
    if (from->nav_count && (info->pixels != user->rows * user->columns ||
                            info->nav[info->nav_count - 1].size != user->columns))
        return put_words(g, "the source announces %ju pixels in rows of %ju, --scan says %jux%ju: "
                         "mapped as announced", (uintmax_t)info->pixels,
                         (uintmax_t)info->nav[info->nav_count - 1].size, (uintmax_t)user->rows,
                         (uintmax_t)user->columns);
    return EEL_OK;
}

static int settle_shape(eel_gather *g, const eel_image_info *from)
{
    eel_live_scan *scan = g->scan;
    const eel_live_how *user = g->how.user;

    g->announced = from->nav_count > 0;
    if (!g->announced && user->rows)
        shape_as_user_says(&scan->image, user);
    else if (!g->announced && from->pixels && !user->columns)
        shape_open(scan, from->pixels), g->announced = 1;
    else if (!g->announced)
        scan->open = 1;
    scan->columns = scan->open ? user->columns
                    : scan->image.nav_count > 1 ? scan->image.nav[scan->image.nav_count - 1].size : 0;
    if (scan->open)
        scan->image.pixels = UINT64_MAX; /* until the blocks are known */
    else if (scan->image.pixels < 1 || scan->image.pixels > EEL_STORE_PIXELS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: a scan of %ju pixels, expected 1 to %ju", scan->image.path,
                        (uintmax_t)scan->image.pixels, (uintmax_t)EEL_STORE_PIXELS_MAX);
    return check_shape(g, from);
}

static int settle_energies(eel_gather *g)
{
    eel_axis *axis = &g->scan->image.axis;
    const eel_axis *user = &g->how.user->axis;

    if (axis->n < 1 || axis->n > EEL_CHANNELS_MAX || g->scan->image.type >= EEL_IMAGE_TYPES)
        return eel_fail(EEL_ELIMIT, "%s: spectra of %u channels, expected 1 to %u",
                        g->scan->image.path, axis->n, EEL_CHANNELS_MAX);
    if (user->step_ev > 0) {
        axis->start_ev = user->start_ev;
        axis->step_ev = user->step_ev;
    }
    return axis->step_ev > 0
               ? EEL_OK
               : eel_fail(EEL_EARGS, "--axis: missing, and %s does not say its energies; give those "
                          "of its %u channels as FIRST:STEP in eV", g->scan->image.path, axis->n);
}

static int begin_scan(eel_gather *g, const eel_image_info *from, int shifted)
{
    g->scan = calloc(1, sizeof *g->scan);
    if (!g->scan)
        return eel_fail(EEL_ENOMEM, "no memory for a scan");
    g->scan->image = *from;
    g->scan->shifted = shifted;
    g->settled = 0;
    g->next = g->first = g->left_out = g->frames_before = 0;
    g->count = 0;
    g->heard_s = eel_clock_s();
    int code = settle_shape(g, from);
    if (code == EEL_OK)
        code = settle_energies(g);
    g->row_bytes = eel_live_row_bytes(g->scan);
    size_t rows = code == EEL_OK ? EEL_LIVE_BLOCK_BYTES / g->row_bytes : 1;
    g->rows_max = rows < 1 ? 1 : rows > EEL_LIVE_BLOCK_ROWS ? EEL_LIVE_BLOCK_ROWS : (uint32_t)rows;
    return code;
}

/* ---- blocks ---- */

static int put_absence(eel_gather *g, uint64_t first, uint64_t end, eel_pixel_state why)
{
    if (first >= end)
        return EEL_OK;
    return eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_ABSENT, .first = first,
                                                  .rows = end - first, .why = why});
}

/* `count` rows of the buffer, from row `from` on, as one piece of their own. */
static int put_rows(eel_gather *g, uint32_t from, uint32_t count)
{
    size_t bytes = count * g->row_bytes;
    char *data = eel_ring_buffer(g->how.ring, bytes);

    if (!data)
        return eel_fail(EEL_ENOMEM, "no memory for what arrives");
    memcpy(data, g->rows + from * g->row_bytes, bytes);
    return eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_DATA, .first = g->first + from,
                                                  .rows = count, .data = data, .bytes = bytes});
}

static uint32_t rows_to_boundary(const eel_gather *g, uint64_t pixel)
{
    return (uint32_t)(g->scan->block_rows - pixel % g->scan->block_rows);
}

/* Puts what was collected, cut at the boundaries of blocks; a block that is not whole stays, unless
 * `all` is to go. */
static int flush(eel_gather *g, int all)
{
    uint32_t done = 0;
    int code = EEL_OK;

    while (done < g->count && code == EEL_OK) {
        uint32_t rows = rows_to_boundary(g, g->first + done);
        if (rows > g->count - done && !all)
            break;
        rows = rows < g->count - done ? rows : g->count - done;
        code = put_rows(g, done, rows);
        done += rows;
    }
    memmove(g->rows, g->rows + done * g->row_bytes, (g->count - done) * g->row_bytes);
    g->first += done;
    g->count -= done;
    return code;
}

static uint32_t block_rows_for(const eel_gather *g, double now_s)
{
    double rate = g->count / fmax(now_s - g->since_s, 1e-6);
    double rows = rate * (g->scan->open ? OPEN_BLOCK_S : BLOCK_S);
    uint32_t power = 1;

    if (!g->scan->open) /* small blocks, but not more than that of them */
        rows = fmax(rows, 2.0 * (double)g->scan->image.pixels / EEL_LIVE_BLOCKS_MAX);
    while (2.0 * power <= rows && 2 * power <= g->rows_max)
        power *= 2;
    return 2.0 * power <= rows ? g->rows_max : power;
}

static void stamp(char began[32])
{
    struct timespec now;
    struct tm utc;
    char when[24] = "";

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(began, 32, "%s.%03dZ", when, (int)(now.tv_nsec / 1000000));
}

static int open_spool(eel_gather *g)
{
    eel_live_scan *scan = g->scan;
    char *image = eel_image_info_to_json(&scan->image), *header = NULL;
    int length = image ? asprintf(&header, "{\"scan\": %ju, \"block_rows\": %u, \"columns\": %ju, "
                                  "\"open\": %s, \"shifted\": %s, \"began\": \"%s\", \"image\": %s}",
                                  (uintmax_t)scan->number, scan->block_rows,
                                  (uintmax_t)scan->columns, scan->open ? "true" : "false",
                                  scan->shifted ? "true" : "false", scan->began, image) : -1;
    int code = length < 0 ? eel_fail(EEL_ENOMEM, "no memory for a scan")
                          : eel_spool_create(&scan->spool, g->how.overrun->folder, scan->number,
                                             header, g->row_bytes);

    free(image);
    if (length >= 0)
        free(header);
    return code;
}

/* The first frames say how fast they come: the scan is complete and goes into the ring. */
static int settle(eel_gather *g, double now_s)
{
    eel_live_scan *scan = g->scan;
    int code = EEL_OK;

    scan->block_rows = block_rows_for(g, now_s);
    if (g->how.overrun->kind == EEL_THIN && scan->columns && scan->columns < g->rows_max)
        scan->block_rows = (uint32_t)scan->columns; /* whole rows are kept or left out */
    if (scan->open)
        shape_open(scan, (uint64_t)EEL_LIVE_BLOCKS_MAX * scan->block_rows);
    scan->number = g->number++;
    stamp(scan->began);
    g->scans++;
    g->settled = 1;
    if (g->how.overrun->kind == EEL_SPOOL)
        code = open_spool(g);
    if (code == EEL_OK)
        code = eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_SCAN, .data = scan});
    if (code == EEL_OK)
        code = put_absence(g, 0, g->first, EEL_SOURCE_GAP);
    return code == EEL_OK ? flush(g, 0) : code;
}

static int end_scan(eel_gather *g, eel_pixel_state why, const char *words)
{
    eel_live_scan *scan = g->scan;
    int code = EEL_OK;

    if (!scan)
        return EEL_OK;
    if (g->next == 0) { /* nothing ever came of it */
        free(scan);
        g->scan = NULL;
        return words ? put_words(g, "a scan ended before its first pixel: %s", words) : EEL_OK;
    }
    if (!g->settled)
        code = settle(g, eel_clock_s());
    if (code == EEL_OK)
        code = flush(g, 1);
    uint64_t total = scan->image.pixels;
    if (scan->open)
        total = scan->columns ? (g->next + scan->columns - 1) / scan->columns * scan->columns
                              : g->next;
    if (code == EEL_OK)
        code = put_absence(g, g->next, total, why);
    if (code == EEL_OK && words && g->next < total)
        code = put_words(g, "scan %ju ended %ju pixels early: %s", (uintmax_t)scan->number,
                         (uintmax_t)(total - g->next), words);
    if (code == EEL_OK && g->left_out)
        code = put_words(g, "scan %ju: %ju frames were left out, they came twice or belong to no "
                         "pixel of it; is --scan right?", (uintmax_t)scan->number,
                         (uintmax_t)g->left_out);
    if (code == EEL_OK)
        code = eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_END, .rows = total});
    g->scan = NULL; /* the taker's, from now on */
    g->left_out = 0;
    return code;
}

/* ---- frames ---- */

/* Neighbouring pixels, the next ones or some after a gap. */
static int append(eel_gather *g, uint64_t pixel, uint64_t count, const char *rows)
{
    int code = EEL_OK;

    if (g->count && pixel != g->next) {
        if (!g->settled)
            code = settle(g, eel_clock_s());
        if (code == EEL_OK)
            code = flush(g, 1);
    }
    if (code == EEL_OK && g->settled)
        code = put_absence(g, g->next, pixel, EEL_SOURCE_GAP);
    while (count > 0 && code == EEL_OK) {
        uint64_t room = g->rows_max - g->count, piece = count < room ? count : room;
        if (g->count == 0) {
            g->first = pixel;
            g->since_s = eel_clock_s();
        }
        memcpy(g->rows + g->count * g->row_bytes, rows, piece * g->row_bytes);
        g->count += (uint32_t)piece;
        g->next = pixel += piece;
        rows += piece * g->row_bytes;
        count -= piece;
        if (g->settled)
            code = flush(g, 0);
        else if (g->count == g->rows_max)
            code = settle(g, eel_clock_s());
        if (code == EEL_OK && g->count == g->rows_max) /* from the middle of a block on */
            code = flush(g, 1);
    }
    return code;
}

static int is_full(const eel_gather *g)
{
    return g->scan && g->next == g->scan->image.pixels;
}

/* A scan that has all its pixels is over. Where the source knows of no scans, its frames go on. */
static int end_full(eel_gather *g)
{
    const eel_live_scan *scan = g->scan;
    uint64_t rows = scan->columns ? scan->image.pixels / scan->columns : 0;

    g->frames_per_scan = rows ? rows * frames_per_row(g) : scan->image.pixels;
    uint64_t before = g->frames_before + g->frames_per_scan;
    g->goes_on = !g->announced;
    g->like = scan->image;
    g->like.nav_count = 0;
    g->like.pixels = 0;
    g->like_shifted = scan->shifted;
    int code = end_scan(g, EEL_SOURCE_GAP, NULL);
    g->frames_before = before;
    return code;
}

/* Begins the scan that a frame belongs to, as the one before it. */
static int go_on(eel_gather *g, uint64_t frame)
{
    uint64_t before = g->frames_before;
    uint64_t missed = (frame - before) / g->frames_per_scan;

    g->goes_on = 0;
    int code = begin_scan(g, &g->like, g->like_shifted);
    g->frames_before = before + missed * g->frames_per_scan;
    if (code == EEL_OK && missed)
        code = put_words(g, "the frames of %ju whole scans did not come", (uintmax_t)missed);
    return code;
}

/* Neighbouring pixels of this scan, whatever came before them. */
static int take_pixels(eel_gather *g, uint64_t pixel, uint64_t count, const char *rows)
{
    if (pixel < g->next) {
        uint64_t known = g->next - pixel < count ? g->next - pixel : count;
        g->left_out += known;
        pixel += known;
        count -= known;
        rows += known * g->row_bytes;
    }
    if (pixel + count > g->scan->image.pixels || pixel + count < pixel) {
        uint64_t within = pixel < g->scan->image.pixels ? g->scan->image.pixels - pixel : 0;
        g->left_out += count - within;
        count = within;
    }
    return count ? append(g, pixel, count, rows) : EEL_OK;
}

/* The pixel of a frame, and how many frames from it on are neighbours in one row; 0 in the flyback,
 * with the number of frames that are left of it. */
static uint64_t place(const eel_gather *g, uint64_t frame, uint64_t *pixel, uint64_t *flyback)
{
    uint64_t per_row = frames_per_row(g), columns = g->scan->columns;

    *pixel = frame;
    *flyback = 0;
    if (per_row == columns)
        return UINT64_MAX;
    uint64_t in_row = frame % per_row;
    *pixel = frame / per_row * columns + in_row;
    if (in_row < columns)
        return columns - in_row;
    *flyback = per_row - in_row;
    return 0;
}

/* Frames of a scan that was given up, after a stall mostly: its pixels are absent for good, since they were
 * told so downstream. The next scan begins when the source says so. */
static int leave_late(eel_gather *g, uint64_t frame, uint64_t count)
{
    int first = g->late == 0;

    g->late += count;
    return first ? put_words(g, "frames from %ju on came when their scan was over: left out until the next one begins",
                             (uintmax_t)frame)
                 : EEL_OK;
}

static int count_late(eel_gather *g)
{
    uint64_t late = g->late;

    g->late = 0;
    return late ? put_words(g, "%ju frames came too late, when their scan was over", (uintmax_t)late) : EEL_OK;
}

static int take_frames(eel_gather *g, const eel_live_event *event)
{
    const char *rows = event->frames;
    uint64_t frame = event->first, left = event->count, pixel, flyback;
    int code = EEL_OK;

    while (left > 0 && code == EEL_OK) {
        uint64_t count = left;
        if (frame < g->frames_before) { /* the flyback of the last row of the scan before */
            count = g->frames_before - frame < left ? g->frames_before - frame : left;
        } else if (!g->scan) {
            if (!g->goes_on)
                return leave_late(g, frame, left);
            code = go_on(g, frame);
            continue;
        } else {
            count = place(g, frame - g->frames_before, &pixel, &flyback);
            count = count ? count : flyback;
            count = count < left ? count : left;
            if (!flyback && !g->announced && pixel >= g->scan->image.pixels) {
                code = end_full(g); /* the last pixels of this scan were lost */
                continue;
            }
            if (!flyback && !g->announced && count > g->scan->image.pixels - pixel)
                count = g->scan->image.pixels - pixel;
            if (!flyback)
                code = take_pixels(g, pixel, count, rows);
            g->heard_s = eel_clock_s();
            if (code == EEL_OK && is_full(g) && !g->announced)
                code = end_full(g);
        }
        frame += count;
        left -= count;
        rows += count * g->row_bytes;
    }
    return code;
}

/* ---- listening ---- */

static int take_scan(eel_gather *g, const eel_live_event *event)
{
    int code = end_scan(g, EEL_SOURCE_GAP, "the next one began");

    g->goes_on = 0;
    if (code == EEL_OK)
        code = count_late(g);
    if (code == EEL_OK)
        code = begin_scan(g, event->scan, event->shifted);
    free(g->rows);
    g->rows = code == EEL_OK ? malloc((size_t)g->rows_max * g->row_bytes) : NULL;
    return code != EEL_OK || g->rows ? code : eel_fail(EEL_ENOMEM, "no memory for what arrives");
}

static int take(eel_gather *g, const eel_live_event *event)
{
    switch (event->kind) {
    case EEL_LIVE_SCAN:
        return take_scan(g, event);
    case EEL_LIVE_FRAMES:
        return take_frames(g, event);
    case EEL_LIVE_END:
        g->goes_on = 0;
        return end_scan(g, event->why, event->words ? event->words : "the source ended it");
    case EEL_LIVE_WORDS:
        return put_words(g, "%s", event->words);
    case EEL_LIVE_NOTHING:
    case EEL_LIVE_OVER:
        break;
    }
    return EEL_OK;
}

/* What is due by the clock. */
static int tick(eel_gather *g)
{
    double now_s = eel_clock_s();
    int code = EEL_OK;
    char words[64];

    if (!g->scan || g->next == 0)
        return EEL_OK;
    if (is_full(g))
        return end_full(g);
    if (!g->settled && now_s - g->since_s >= SETTLE_S)
        code = settle(g, now_s);
    double flush_s = g->scan->open ? OPEN_FLUSH_S : FLUSH_S;
    if (code == EEL_OK && g->settled && g->count && now_s - g->since_s >= flush_s)
        code = flush(g, 1);
    if (code == EEL_OK && now_s - g->heard_s > g->how.stall_s) {
        snprintf(words, sizeof words, "nothing came for %g s", g->how.stall_s);
        code = end_scan(g, EEL_SOURCE_GAP, words);
    }
    return code;
}

static int wants_more(const eel_gather *g)
{
    return !atomic_load(&g->cancelled) && (g->scan || !g->how.scans || g->scans < g->how.scans);
}

static void *listen(void *with)
{
    eel_gather *g = with;
    eel_live_event event = {0};
    int code = EEL_OK;

    while (code == EEL_OK && wants_more(g)) {
        code = g->how.source->next(g->how.state, &event, LISTEN_MS);
        if (code == EEL_OK && event.kind == EEL_LIVE_OVER)
            break;
        if (code == EEL_OK)
            code = take(g, &event);
        if (code == EEL_OK)
            code = tick(g);
    }
    int failed = code; /* what came before the failure is right and goes on */
    char words[EEL_WORDS_MAX];
    snprintf(words, sizeof words, "%s", eel_words());
    if (code != EEL_ENOMEM && code != EEL_EARGS && code != EEL_ELIMIT)
        code = end_scan(g, atomic_load(&g->cancelled) ? EEL_CANCELLED : EEL_SOURCE_GAP,
                        atomic_load(&g->cancelled) ? "stopped" : failed ? "the source failed"
                                                                       : "the source ended");
    if (code == EEL_OK)
        code = count_late(g);
    if (failed != EEL_OK)
        code = eel_fail(failed, "%s", words);
    eel_ring_finish(g->how.ring, code);
    return NULL;
}

int eel_gather_start(eel_gather **gather, const eel_gather_how *how)
{
    eel_gather *g = calloc(1, sizeof *g);
    sigset_t all, before;

    if (!g)
        return eel_fail(EEL_ENOMEM, "no memory to listen");
    g->how = *how;
    g->number = how->number;
    sigfillset(&all); /* signals are for the thread with the flow */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&g->thread, NULL, listen, g);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(g);
        return eel_fail(EEL_EIO, "no thread to listen: %s", strerror(failed));
    }
    *gather = g;
    return EEL_OK;
}

void eel_gather_cancel(eel_gather *gather)
{
    atomic_store(&gather->cancelled, 1);
}

void eel_gather_stop(eel_gather *gather)
{
    if (!gather)
        return;
    eel_gather_cancel(gather);
    eel_ring_finish(gather->how.ring, EEL_OK); /* a patient source may wait for room */
    pthread_join(gather->thread, NULL);
    if (!gather->settled)
        free(gather->scan);
    free(gather->rows);
    free(gather);
}
