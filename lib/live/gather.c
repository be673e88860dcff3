#include "live/gather_state.h"
#include "base/clock.h"
#include "base/err.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTEN_MS    50
#define SETTLE_S     0.25 /* of frames say how fast they come */
#define FLUSH_S      0.1  /* a block goes on when it has waited for so long, */
#define OPEN_FLUSH_S 0.25 /* in a scan of unknown length */

/* Is a scan on, or may another one begin? */
static int wants_more(const eel_gather *g)
{
    return !atomic_load(&g->cancelled) && (g->scan || !g->how.scans || g->scans < g->how.scans);
}

/* ---- frames ---- */

/* The pixels before this one did not come; those downstream will hear so, and take no other word. */
static void note_gap(eel_gather *g, uint64_t pixel)
{
    if (pixel == g->next)
        return;
    g->gaps[g->gap_count % GATHER_GAPS_MAX].first = g->next;
    g->gaps[g->gap_count++ % GATHER_GAPS_MAX].end = pixel;
}

/* How many of these pixels, which are before the next one, have not come before. */
static uint64_t count_passed(const eel_gather *g, uint64_t pixel, uint64_t count)
{
    uint64_t passed = 0, oldest = g->gap_count > GATHER_GAPS_MAX ? g->gap_count - GATHER_GAPS_MAX : 0;

    for (uint64_t i = oldest; i < g->gap_count; i++) {
        uint64_t first = g->gaps[i % GATHER_GAPS_MAX].first, end = g->gaps[i % GATHER_GAPS_MAX].end;
        first = first > pixel ? first : pixel;
        end = end < pixel + count ? end : pixel + count;
        passed += end > first ? end - first : 0;
    }
    return passed;
}

/* Neighbouring pixels, the next ones or some after a gap. */
static int append(eel_gather *g, uint64_t pixel, uint64_t count, const char *rows)
{
    int code = EEL_OK;

    note_gap(g, pixel);
    if (g->count && pixel != g->next) {
        if (!g->settled)
            code = gather_settle(g, eel_clock_s());
        if (code == EEL_OK)
            code = gather_flush(g, 1);
    }
    if (code == EEL_OK && g->settled)
        code = gather_absence(g, g->next, pixel, EEL_SOURCE_GAP);
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
            code = gather_flush(g, 0);
        else if (g->count == g->rows_max)
            code = gather_settle(g, eel_clock_s());
        if (code == EEL_OK && g->count == g->rows_max) /* from the middle of a block on */
            code = gather_flush(g, 1);
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
    int code = EEL_OK;

    if (scan->open)
        code = gather_words(g, "scan %ju has %ju pixels, as many as there is room for when its length is not known "
                         "(--scan says it): what follows is not of it", (uintmax_t)scan->number,
                         (uintmax_t)scan->image.pixels);
    g->frames_per_scan = rows ? rows * gather_frames_per_row(g) : scan->image.pixels;
    uint64_t before = g->frames_before + g->frames_per_scan;
    g->goes_on = !g->announced;
    g->like = scan->image;
    g->like.nav_count = 0;
    g->like.pixels = 0;
    g->like_shifted = scan->shifted;
    if (code == EEL_OK)
        code = gather_end(g, EEL_SOURCE_GAP, NULL);
    g->frames_before = before;
    return code;
}

/* Begins the scan that a frame belongs to, as the one before it. */
static int go_on(eel_gather *g, uint64_t frame)
{
    uint64_t before = g->frames_before;
    uint64_t missed = (frame - before) / g->frames_per_scan;

    g->goes_on = 0;
    int code = gather_begin(g, &g->like, g->like_shifted);
    g->frames_before = before + missed * g->frames_per_scan;
    if (code == EEL_OK && missed)
        code = gather_words(g, "the frames of %ju whole scans did not come", (uintmax_t)missed);
    return code;
}

/* Neighbouring pixels of this scan, whatever came before them. */
static int take_pixels(eel_gather *g, uint64_t pixel, uint64_t count, const char *rows)
{
    if (pixel < g->next) {
        uint64_t known = g->next - pixel < count ? g->next - pixel : count;
        uint64_t passed = count_passed(g, pixel, known);
        g->passed += passed;
        g->left_out += known - passed;
        pixel += known;
        count -= known;
        rows += known * g->row_bytes;
    }
    uint64_t pixels = gather_pixels_max(g);
    if (pixel + count > pixels || pixel + count < pixel) {
        uint64_t within = pixel < pixels ? pixels - pixel : 0;
        g->left_out += count - within;
        count = within;
    }
    return count ? append(g, pixel, count, rows) : EEL_OK;
}

/* The pixel of a frame, and how many frames from it on are neighbours in one row; 0 in the flyback,
 * with the number of frames that are left of it. */
static uint64_t place(const eel_gather *g, uint64_t frame, uint64_t *pixel, uint64_t *flyback)
{
    uint64_t per_row = gather_frames_per_row(g), columns = g->scan->columns;

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
    return first ? gather_words(g, "frames from %ju on came when their scan was over: left out until the next one begins",
                             (uintmax_t)frame)
                 : EEL_OK;
}

static int count_late(eel_gather *g)
{
    uint64_t late = g->late;

    g->late = 0;
    return late ? gather_words(g, "%ju frames came too late, when their scan was over", (uintmax_t)late) : EEL_OK;
}

/* Frames of a scan that cannot be mapped. With the first ones it is a scan, which has a number and is counted. */
static int leave_refused(eel_gather *g)
{
    if (!*g->why)
        return EEL_OK;
    int code = gather_put_refused(g, g->number++, g->refused, g->why);
    *g->why = 0;
    g->scans++;
    return code;
}

/* What came with the end of the last scan that is wanted. */
static int leave_beyond(eel_gather *g, uint64_t frame)
{
    if (atomic_load(&g->cancelled))
        return EEL_OK;
    return gather_words(g, "frames from %ju on are of no scan that is wanted (--scans): left out", (uintmax_t)frame);
}

/* Frames of the scan before: the flyback of its last row, or some that come twice. */
static int pass_over(eel_gather *g, uint64_t frame, uint64_t count)
{
    uint64_t flyback = g->frames_before - g->flyback;
    uint64_t twice = frame >= flyback ? 0 : flyback - frame < count ? flyback - frame : count;

    if (twice && !g->scan)
        return leave_late(g, frame, twice);
    g->left_out += twice;
    return EEL_OK;
}

/* How many of the frames may be taken before an open scan is settled, which says how long it can become: none that
 * come after a gap. */
static uint64_t until_settled(const eel_gather *g, uint64_t pixel, uint64_t count)
{
    uint64_t room = g->rows_max - g->count;

    if (!g->scan->open || g->settled)
        return count;
    if (g->next && pixel > g->next)
        return 0;
    return count < room ? count : room;
}

static int take_frames(eel_gather *g, const eel_live_event *event)
{
    const char *rows = event->frames;
    uint64_t frame = event->first, left = event->count, pixel, flyback;
    int code = EEL_OK;

    if (g->refused)
        return leave_refused(g);
    while (left > 0 && code == EEL_OK) {
        uint64_t count = left;
        if (frame < g->frames_before) {
            count = g->frames_before - frame < left ? g->frames_before - frame : left;
            code = pass_over(g, frame, count);
        } else if (!g->scan) {
            if (!g->goes_on)
                return leave_late(g, frame, left);
            if (!wants_more(g)) /* a message may hold spectra of several scans */
                return leave_beyond(g, frame);
            code = go_on(g, frame);
            continue;
        } else {
            count = place(g, frame - g->frames_before, &pixel, &flyback);
            count = count ? count : flyback;
            count = count < left ? count : left;
            if (!flyback && (count = until_settled(g, pixel, count)) == 0) {
                code = gather_settle(g, eel_clock_s());
                continue;
            }
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
    int code = gather_end(g, EEL_SOURCE_GAP, "the next one began");

    g->goes_on = 0;
    if (code == EEL_OK)
        code = count_late(g);
    if (code == EEL_OK && !wants_more(g))
        return EEL_OK;
    if (code == EEL_OK)
        code = gather_begin(g, event->scan, event->shifted);
    free(g->rows);
    g->rows = code == EEL_OK && !g->refused ? malloc((size_t)g->rows_max * g->row_bytes) : NULL;
    return code != EEL_OK || g->refused || g->rows ? code : eel_fail(EEL_ENOMEM, "no memory for what arrives");
}

/* It has no number, for nothing of it came. */
static int take_lost(eel_gather *g, const char *words)
{
    int code = gather_end(g, EEL_SOURCE_GAP, "the next one began, and its announcement cannot be read");

    g->goes_on = 0;
    return code == EEL_OK ? gather_put_refused(g, 0, EEL_EFORMAT, words) : code;
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
        return gather_end(g, event->why, event->words ? event->words : "the source ended it");
    case EEL_LIVE_LOST:
        return take_lost(g, event->words);
    case EEL_LIVE_WORDS:
        return gather_words(g, "%s", event->words);
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
        code = gather_settle(g, now_s);
    if (code != EEL_OK)
        return code;
    double flush_s = g->scan->open ? OPEN_FLUSH_S : FLUSH_S;
    if (g->settled && g->count && now_s - g->since_s >= flush_s)
        code = gather_flush(g, 1);
    if (code == EEL_OK && now_s - g->heard_s > g->how.stall_s) {
        snprintf(words, sizeof words, "nothing came for %g s", g->how.stall_s);
        code = gather_end(g, EEL_SOURCE_GAP, words);
    }
    return code;
}

static int say_rest(eel_gather *g)
{
    char words[EEL_WORDS_MAX];
    int code = EEL_OK;

    while (g->how.source->rest && code == EEL_OK && g->how.source->rest(g->how.state, words))
        code = gather_words(g, "%s", words);
    return code;
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
        code = gather_end(g, atomic_load(&g->cancelled) ? EEL_CANCELLED : EEL_SOURCE_GAP,
                        atomic_load(&g->cancelled) ? "stopped" : failed ? "the source failed"
                                                                       : "the source ended");
    if (code == EEL_OK)
        code = count_late(g);
    if (code == EEL_OK)
        code = say_rest(g);
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
    if (!gather->settled || gather->unput)
        free(gather->scan);
    free(gather->rows);
    free(gather);
}
