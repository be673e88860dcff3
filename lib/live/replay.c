/*
 * replay - a file as a live source: its spectra come at --rate, whether anybody is ready or not.
 * For rehearsals and tests. Without a rate they come as fast as they can be read.
 */
#include "live/source.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define CHUNK_BYTES (1u << 20)
#define CHUNK_ROWS  256u
#define TOGETHER_S  0.001 /* what is due within it comes together */

typedef struct {
    eel_image *image;
    double rate, start_s;
    uint64_t sent;
    uint32_t rows_max;
    int begun, ended;
    int timer;  /* of the next spectrum */
    void *rows; /* (rows_max, channels) */
} replay;

static void close_replay(void *state)
{
    replay *r = state;

    if (!r)
        return;
    eel_image_close(r->image);
    if (r->timer >= 0)
        close(r->timer);
    eel_free(r->rows);
    eel_free(r);
}

static int open_replay(void **state, const eel_live_how *how)
{
    replay *r = eel_alloc(1, sizeof *r);

    if (!r)
        return EEL_ENOMEM;
    r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int code = r->timer < 0 ? eel_fail(EEL_EIO, "no timer: %s", strerror(errno)) : EEL_OK;
    if (code == EEL_OK)
        code = eel_image_open_as(&r->image, how->address, &(eel_image_options){
            .signal = how->signal, .axis = how->axis_words, .axes = how->axes});
    if (code == EEL_OK) {
        const eel_image_info *info = eel_image_info_of(r->image);
        size_t row = info->axis.n * eel_image_type_size(info->type);
        size_t rows = row ? CHUNK_BYTES / row : CHUNK_ROWS;
        r->rate = how->rate;
        r->rows_max = rows < 1 ? 1 : rows > CHUNK_ROWS ? CHUNK_ROWS : (uint32_t)rows;
        r->rows = eel_alloc(r->rows_max, row);
        code = r->rows ? EEL_OK : EEL_ENOMEM;
    }
    if (code != EEL_OK) {
        close_replay(r);
        return code;
    }
    *state = r;
    return EEL_OK;
}

/* How many spectra the detector would have read out by now, beyond those that were sent. */
static uint64_t due(const replay *r, double now_s)
{
    uint64_t left = eel_image_info_of(r->image)->pixels - r->sent;
    double read_out = r->rate > 0 ? floor((now_s - r->start_s) * r->rate) : INFINITY;
    double count = read_out - (double)r->sent;

    return count < 0 ? 0 : count > (double)left ? left : (uint64_t)count;
}

/* Waits for the timer of the next spectrum, at most so long. Returns how many are due. */
static uint64_t wait_due(const replay *r, int timeout_ms)
{
    double now_s = eel_clock_s();
    uint64_t count = due(r, now_s);

    if (count)
        return count;
    double wait_s = fmax(r->start_s + (double)(r->sent + 1) / r->rate - now_s, TOGETHER_S);
    struct itimerspec until = {.it_value = {(time_t)wait_s, (long)(1e9 * (wait_s - floor(wait_s)))}};
    struct pollfd timer = {.fd = r->timer, .events = POLLIN};

    timerfd_settime(r->timer, 0, &until, NULL);
    poll(&timer, 1, timeout_ms);
    return due(r, eel_clock_s());
}

static int next_replay(void *state, eel_live_event *event, int timeout_ms)
{
    replay *r = state;
    const eel_image_info *info = eel_image_info_of(r->image);

    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    if (!r->begun) {
        r->begun = 1;
        r->start_s = eel_clock_s();
        *event = (eel_live_event){.kind = EEL_LIVE_SCAN, .scan = info};
        return EEL_OK;
    }
    if (r->sent == info->pixels) {
        event->kind = r->ended ? EEL_LIVE_OVER : EEL_LIVE_END;
        event->why = EEL_SOURCE_GAP;
        r->ended = 1;
        return EEL_OK;
    }
    uint64_t count = wait_due(r, timeout_ms);
    if (count == 0)
        return EEL_OK;
    count = count < r->rows_max ? count : r->rows_max;
    int code = eel_image_read(r->image, r->sent, (uint32_t)count, r->rows);
    *event = (eel_live_event){.kind = EEL_LIVE_FRAMES, .first = r->sent, .count = (uint32_t)count,
                              .frames = r->rows};
    r->sent += count;
    return code;
}

const eel_source eel_source_replay = {
    .name = "replay",
    .address = "FILE",
    .summary = "any readable spectrum image, at --rate",
    .files = 1,
    .open = open_replay,
    .next = next_replay,
    .close = close_replay,
};
