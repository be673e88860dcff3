/*
 * dectris - a DECTRIS detector's SIMPLON stream: images, projected to spectra as they arrive.
 *
 * The detector hands each message to one of those who are connected, in turn. So what a second
 * program takes is missing here, and seen by the numbers of the images: every other one. Messages
 * carry the number of their series: those of one that is over or was before are left over from an
 * abort and thrown away. So are those of a series whose start did not come here: whoever read its
 * beginning is gone, or a second program took it, or it was on before anybody was connected. Such a series
 * is no scan, however much comes of it.
 */
#include "live/frames.h"
#include "live/peer.h"
#include "live/rejects.h"
#include "live/socket.h"
#include "base/mem.h"
#include "io/format.h"
#include "io/store.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STRIDES_SURE 6 /* jumps of one length until it is another program that takes the others */

typedef enum {
    SERIES_NONE,
    SERIES_ARMED,   /* its start came */
    SERIES_ON,      /* and an image */
    SERIES_OVER,
    SERIES_UNKNOWN, /* its images come, and its start did not: they are of no scan */
} series_state;

typedef struct {
    const eel_live_how *how;
    eel_peer peer;
    eel_rejects rejects;
    zmq_msg_t parts[EEL_SIMPLON_PARTS_MAX]; /* of the message */
    int count;
    int again;            /* the message is looked at once more: its scan was told first */
    char words[EEL_WORDS_MAX], later[EEL_WORDS_MAX];

    /* the series that is on, or the last that was */
    series_state state;
    uint64_t series;
    eel_simplon start;    /* its announcement */
    eel_image_info scan;
    eel_frames frames;
    uint64_t next, missing; /* image that is expected; numbers that were passed over … */
    uint64_t late;          /* … and images with such a number, or one that came before */
    uint64_t stride;        /* between the last two images … */
    int strides;            /* … and how often in a row */
} dectris;

/* ---- a scan begins ---- */

static void set_nav(eel_image_info *info, int i, const char *name, uint64_t size)
{
    info->nav[i] = (eel_nav_axis){.size = size, .scale = 1};
    snprintf(info->nav[i].name, sizeof info->nav[i].name, "%s", name);
}

static void describe(dectris *d, uint32_t channels)
{
    const eel_simplon *start = &d->start;
    eel_image_info *info = &d->scan;
    char title[sizeof start->detector + 32];

    *info = (eel_image_info){.collection_mrad = NAN, .convergence_mrad = NAN, .exposure_s = NAN,
                             .beam_kev = start->beam_ev > 0 ? start->beam_ev / 1000 : NAN,
                             .type = EEL_IMAGE_F32, .pixels = start->images,
                             .axis = {start->first_ev, start->step_ev, channels}};
    snprintf(info->path, sizeof info->path, "dectris %.1000s", d->how->address);
    snprintf(info->format, sizeof info->format, "dectris");
    snprintf(title, sizeof title, "series %ju %s", (uintmax_t)d->series, start->detector);
    eel_text_copy(info->title, sizeof info->title, title, strlen(title));
    if (start->scan_rows) {
        info->nav_count = 2;
        set_nav(info, 0, "y", start->scan_rows);
        set_nav(info, 1, "x", start->scan_columns);
        info->pixels = start->scan_rows * start->scan_columns;
    }
}

/* Numbers of images are counted from the one that is expected first. */
static void expect_image(dectris *d, uint64_t number)
{
    d->next = number;
    d->missing = d->late = d->stride = 0;
    d->strides = 0;
}

/* With the first image of a series: now its size is known. */
static int begin_scan(dectris *d, const eel_simplon *m, eel_live_event *event)
{
    int code = eel_frames_begin(&d->frames, &m->image, d->start.saturation, d->how);
    if (code != EEL_OK)
        return code;
    describe(d, m->image.columns);
    d->state = SERIES_ON;
    expect_image(d, 0);
    d->again = 1;
    *event = (eel_live_event){.kind = EEL_LIVE_SCAN, .scan = &d->scan};
    return EEL_OK;
}

/* ---- messages ---- */

static int others_take(const dectris *d)
{
    return d->strides >= STRIDES_SURE;
}

/* Numbers that are passed over, and whether they are so in a regular way. */
static void count_gaps(dectris *d, uint64_t number)
{
    uint64_t stride = number - d->next + 1;

    if (number < d->next) {
        d->late++;
        return;
    }
    d->missing += number - d->next;
    if (!others_take(d)) {
        d->strides = stride == d->stride && stride > 1 ? d->strides + 1 : 0;
        d->stride = stride;
        if (others_take(d))
            snprintf(d->later, sizeof d->later, "only one image in %ju of series %ju comes here: another "
                     "program is connected to %.500s and takes the others; end it", (uintmax_t)stride,
                     (uintmax_t)d->series, d->how->address);
    }
    d->next = number + 1;
}

/* What is to be said of a series when it is over. */
static void sum_up(dectris *d)
{
    if (d->missing && others_take(d))
        snprintf(d->later, sizeof d->later, "series %ju: %ju images did not come, for another program "
                 "is connected to %.500s and takes them", (uintmax_t)d->series,
                 (uintmax_t)d->missing, d->how->address);
    else if (d->missing && d->late)
        snprintf(d->later, sizeof d->later, "series %ju: %ju images between others did not come when it was their turn, "
                 "%ju came after later ones or twice", (uintmax_t)d->series, (uintmax_t)d->missing, (uintmax_t)d->late);
    else if (d->missing)
        snprintf(d->later, sizeof d->later, "series %ju: %ju images between others did not come",
                 (uintmax_t)d->series, (uintmax_t)d->missing);
}

static void end_scan(dectris *d, eel_live_event *event)
{
    *event = (eel_live_event){.kind = EEL_LIVE_END, .why = EEL_SOURCE_GAP, .words = d->words};
    sum_up(d);
    d->state = SERIES_OVER;
}

/* An image of a series whose start did not come here. */
static int take_unknown(dectris *d, const eel_simplon *m, eel_live_event *event)
{
    if (d->state == SERIES_ON) {
        snprintf(d->words, sizeof d->words, "series %ju is on, and its start did not come here",
                 (uintmax_t)m->series);
        end_scan(d, event);
        d->again = 1;
        return EEL_OK;
    }
    if (d->state != SERIES_UNKNOWN || d->series != m->series) {
        d->state = SERIES_UNKNOWN;
        d->series = m->series;
        expect_image(d, m->number);
    }
    count_gaps(d, m->number);
    return eel_fail(EEL_EFORMAT, "being of no scan: image %ju of series %ju, whose start did not come here",
                    (uintmax_t)m->number, (uintmax_t)m->series);
}

static int take_image(dectris *d, const eel_simplon *m, eel_live_event *event)
{
    const float *spectrum;
    int known = d->state != SERIES_NONE;

    if (known && (m->series < d->series || (m->series == d->series && d->state == SERIES_OVER)))
        return eel_fail(EEL_EFORMAT, "being left over: image %ju of series %ju, after series %ju %s",
                        (uintmax_t)m->number, (uintmax_t)m->series, (uintmax_t)d->series,
                        d->state == SERIES_OVER ? "ended" : "began");
    if (m->series != d->series || d->state == SERIES_NONE || d->state == SERIES_UNKNOWN)
        return take_unknown(d, m, event);
    if (d->state == SERIES_ARMED)
        return begin_scan(d, m, event);
    int code = eel_frames_spectrum(&d->frames, &m->image, &spectrum);
    if (code != EEL_OK)
        return eel_fail_in(code, "image %ju of series %ju", (uintmax_t)m->number,
                           (uintmax_t)m->series);
    count_gaps(d, m->number);
    *event = (eel_live_event){.kind = EEL_LIVE_FRAMES, .first = m->number, .count = 1,
                              .frames = spectrum};
    return EEL_OK;
}

static void say_later(dectris *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say_later(dectris *d, const char *format, ...)
{
    size_t used = strlen(d->later);
    va_list args;

    if (used && used + 2 < sizeof d->later)
        used += (size_t)snprintf(d->later + used, sizeof d->later - used, "; ");
    va_start(args, format);
    vsnprintf(d->later + used, sizeof d->later - used, format, args);
    va_end(args);
}

/* Images of a series come once: one whose user mistyped goes on as if he had said nothing. */
static void say_oddities(dectris *d, const eel_simplon *m)
{
    if (m->odd_shape)
        say_later(d, "series %ju: the \"shape\" of its header appendix is left out, for it is not [rows, columns] in "
                  "whole numbers from 1 to %llu pixels", (uintmax_t)m->series, EEL_STORE_PIXELS_MAX);
    if (m->odd_axis)
        say_later(d, "series %ju: the \"axis\" of its header appendix is left out, for it is not [first, step] in eV with "
                  "a step above 0", (uintmax_t)m->series);
}

static int take_start(dectris *d, const eel_simplon *m, eel_live_event *event)
{
    if (d->state == SERIES_ON) {
        snprintf(d->words, sizeof d->words, "series %ju was armed", (uintmax_t)m->series);
        end_scan(d, event);
        d->again = 1;
        return EEL_OK;
    }
    int code = eel_frames_mask(&d->frames, &m->mask);
    if (code == EEL_EFORMAT)
        say_later(d, "series %ju goes without its mask: %.600s", (uintmax_t)m->series, eel_words());
    else if (code != EEL_OK)
        return code;
    say_oddities(d, m);
    d->state = SERIES_ARMED;
    d->series = m->series;
    d->start = *m;
    d->start.mask = (eel_simplon_array){0}; /* its bytes go with the message */
    snprintf(d->words, sizeof d->words, "series %ju is armed: %ju images", (uintmax_t)m->series,
             (uintmax_t)m->images);
    *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = d->words};
    return EEL_OK;
}

static int take_end(dectris *d, const eel_simplon *m, eel_live_event *event)
{
    if (m->series != d->series || (d->state != SERIES_ON && d->state != SERIES_ARMED))
        return eel_fail(EEL_EFORMAT, "being left over: the end of series %ju, which is not on",
                        (uintmax_t)m->series);
    snprintf(d->words, sizeof d->words, "the detector ended series %ju%s", (uintmax_t)m->series,
             d->state == SERIES_ON ? "" : " without an image");
    if (d->state == SERIES_ON) {
        end_scan(d, event);
    } else {
        d->state = SERIES_OVER;
        *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = d->words};
    }
    return EEL_OK;
}

static int read_message(dectris *d, eel_simplon *m)
{
    eel_simplon_part parts[EEL_SIMPLON_PARTS_MAX];

    if (d->count > EEL_SIMPLON_PARTS_MAX)
        return eel_fail(EEL_ELIMIT, "%d frames, expected at most %d", d->count, EEL_SIMPLON_PARTS_MAX);
    for (int i = 0; i < d->count; i++)
        parts[i] = (eel_simplon_part){zmq_msg_data(&d->parts[i]), zmq_msg_size(&d->parts[i])};
    if (!eel_simplon_is_cbor(parts[0].bytes, parts[0].size))
        return eel_simplon_from_parts(m, parts, d->count);
    return d->count == 1 ? eel_simplon_from_cbor(m, parts[0].bytes, parts[0].size, d->how->signal)
                         : eel_fail(EEL_EFORMAT, "CBOR in %d frames, expected one", d->count);
}

static int take_message(dectris *d, eel_live_event *event)
{
    eel_simplon m;
    int code = read_message(d, &m);

    d->again = 0;
    if (code != EEL_OK)
        return code;
    return m.kind == EEL_SIMPLON_START   ? take_start(d, &m, event)
           : m.kind == EEL_SIMPLON_IMAGE ? take_image(d, &m, event)
                                         : take_end(d, &m, event);
}

/* ---- the source ---- */

static int receive(dectris *d, int timeout_ms)
{
    d->count = eel_peer_wait(&d->peer, timeout_ms)
                   ? eel_socket_receive(d->peer.socket, d->parts, EEL_SIMPLON_PARTS_MAX)
                   : 0;
    return d->count > 0;
}

static int take_later(dectris *d, char words[EEL_WORDS_MAX])
{
    if (!*d->later)
        return 0;
    memcpy(words, d->later, sizeof d->later);
    *d->later = 0;
    return 1;
}

/* What is to be said before anything else is heard. */
static int say(dectris *d, eel_live_event *event)
{
    int due = 0;

    if (take_later(d, d->words)) {
        due = 1;
    } else if (eel_peer_news(&d->peer, d->words)) {
        size_t used = strlen(d->words);
        if (d->peer.connected && d->state == SERIES_NONE)
            snprintf(d->words + used, sizeof d->words - used, ": the detector can be armed");
        due = 1;
    } else {
        due = eel_rejects_due(&d->rejects, d->words);
    }
    if (due)
        *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = d->words};
    return due;
}

static int next_dectris(void *state, eel_live_event *event, int timeout_ms)
{
    dectris *d = state;

    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    if (!d->again && (say(d, event) || !receive(d, timeout_ms)))
        return EEL_OK;
    int code = take_message(d, event);
    if (code == EEL_EARGS || code == EEL_ENOMEM)
        return code;
    if (code != EEL_OK) {
        eel_rejects_add(&d->rejects, eel_words());
        d->again = 0;
        event->kind = EEL_LIVE_NOTHING;
    }
    return EEL_OK;
}

static int rest_of_dectris(void *state, char words[EEL_WORDS_MAX])
{
    dectris *d = state;

    return take_later(d, words) || eel_rejects_rest(&d->rejects, words);
}

static void close_dectris(void *state)
{
    dectris *d = state;

    if (!d)
        return;
    for (int i = 0; i < EEL_SIMPLON_PARTS_MAX; i++)
        zmq_msg_close(&d->parts[i]);
    eel_peer_close(&d->peer);
    eel_frames_release(&d->frames);
    eel_free(d);
}

static int open_dectris(void **state, const eel_live_how *how)
{
    dectris *d = eel_alloc(1, sizeof *d);

    if (!d)
        return EEL_ENOMEM;
    d->how = how;
    for (int i = 0; i < EEL_SIMPLON_PARTS_MAX; i++)
        zmq_msg_init(&d->parts[i]);
    int code = eel_peer_open(&d->peer, ZMQ_PULL, how->address, EEL_SIMPLON_BYTES_MAX);
    if (code != EEL_OK) {
        close_dectris(d);
        return code;
    }
    *state = d;
    return EEL_OK;
}

const eel_source eel_source_dectris = {
    .name = "dectris",
    .address = "ENDPOINT",
    .summary = "a DECTRIS detector's SIMPLON stream: tcp://HOST:31001, version 1: tcp://HOST:9999",
    .open = open_dectris,
    .next = next_dectris,
    .rest = rest_of_dectris,
    .close = close_dectris,
};
