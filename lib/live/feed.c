/*
 * feed - spectra that any program sends: the project's own protocol, proto/feed.md.
 */
#include "live/source.h"
#include "live/companion.h"
#include "live/packed_map.h"
#include "live/rejects.h"
#include "live/socket.h"
#include "curve/listen.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/format.h"
#include "io/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HEADER_BYTES_MAX 4096          /* F2 */
#define PIXELS_BYTES_MAX (64u << 20)   /* F4 */
#define FRAME_BYTES_MAX  (1u << 30)    /* F8; what is larger ends the connection before anybody could say so */
#define QUEUE_MESSAGES   1000          /* in ZeroMQ, between two looks */
#define FRAMES_MAX       3             /* F2 */

typedef struct {
    void *context, *socket;
    eel_security security;   /* of who connects over tcp */
    eel_listening at;
    zmq_msg_t frame[FRAMES_MAX]; /* header, spectra, low loss; those not there are empty */
    int frames;              /* of the message that is looked at */
    int in_scan;
    int again;               /* the message is looked at once more: its scan was told first */
    int unannounced;         /* the scan that is on began with its pixels … */
    int taken;               /* … of which some came */
    eel_image_info scan;
    eel_companion companion;
    char broken[512];        /* why the last scan was none, until one begins; "" */
    char words[EEL_WORDS_MAX];
    eel_rejects rejects;
    int said_where;
} feed;

/* ---- keys of a header ---- */

static int take_count(const msgpack_object *map, const char *key, uint64_t low, uint64_t high,
                      uint64_t *value)
{
    const msgpack_object *o = eel_packed_find(map, key);

    if (!o || o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 < low || o->via.u64 > high)
        return eel_fail(EEL_EFORMAT, "'%s' is no whole number from %ju to %ju", key, (uintmax_t)low,
                        (uintmax_t)high);
    *value = o->via.u64;
    return EEL_OK;
}

static int to_real(const msgpack_object *o, double *value)
{
    *value = o->type == MSGPACK_OBJECT_POSITIVE_INTEGER   ? (double)o->via.u64
             : o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ? (double)o->via.i64
             : o->type == MSGPACK_OBJECT_FLOAT32 || o->type == MSGPACK_OBJECT_FLOAT64 ? o->via.f64
                                                                                      : NAN;
    return isfinite(*value);
}

/* "channels" and "dtype": what a spectrum is. */
static int take_kind(const msgpack_object *map, eel_image_info *info)
{
    const msgpack_object *dtype = eel_packed_find(map, "dtype");
    uint64_t channels = 0;
    int code = take_count(map, "channels", 1, EEL_CHANNELS_MAX, &channels), type = 0;

    if (code != EEL_OK)
        return code;
    while (type < EEL_IMAGE_TYPES && !eel_packed_says(dtype, eel_image_type_name((eel_image_type)type)))
        type++;
    if (type == EEL_IMAGE_TYPES)
        return eel_fail(EEL_EFORMAT, "'dtype' is none of uint8 to uint64, int8 to int64, float32, "
                        "float64");
    info->type = (eel_image_type)type;
    info->axis.n = (uint32_t)channels;
    return EEL_OK;
}

static int take_shape(const msgpack_object *o, eel_image_info *info)
{
    static const char *const names[2][2] = {{"pixel", ""}, {"y", "x"}};
    uint32_t count = o->type == MSGPACK_OBJECT_ARRAY ? o->via.array.size : 0;

    if (count < 1 || count > 2)
        return eel_fail(EEL_EFORMAT, "'shape' is not [rows, columns] or [pixels]");
    info->pixels = 1;
    info->nav_count = (int)count;
    for (uint32_t i = 0; i < count; i++) {
        const msgpack_object *size = &o->via.array.ptr[i];
        if (size->type != MSGPACK_OBJECT_POSITIVE_INTEGER || size->via.u64 < 1 ||
            size->via.u64 > UINT32_MAX)
            return eel_fail(EEL_EFORMAT, "'shape' holds what is no number of pixels");
        info->nav[i] = (eel_nav_axis){.size = size->via.u64, .scale = 1};
        snprintf(info->nav[i].name, sizeof info->nav[i].name, "%s", names[count - 1][i]);
        info->pixels *= size->via.u64;
    }
    if (info->pixels > EEL_STORE_PIXELS_MAX)
        return eel_fail(EEL_EFORMAT, "'shape' has %ju pixels, expected at most %llu", (uintmax_t)info->pixels,
                        EEL_STORE_PIXELS_MAX);
    return EEL_OK;
}

static int take_axis(const msgpack_object *o, eel_axis *axis)
{
    if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2 ||
        !to_real(&o->via.array.ptr[0], &axis->start_ev) ||
        !to_real(&o->via.array.ptr[1], &axis->step_ev) || !(axis->step_ev > 0))
        return eel_fail(EEL_EFORMAT, "'axis' is not [first, step] in eV with a step above 0");
    return EEL_OK;
}

static void new_info(eel_image_info *info, const eel_image_info *like)
{
    *info = (eel_image_info){.beam_kev = NAN, .collection_mrad = NAN, .convergence_mrad = NAN,
                             .exposure_s = NAN};
    snprintf(info->path, sizeof info->path, "%s", like->path);
    snprintf(info->format, sizeof info->format, "feed");
}

/* F10 */
static int take_low_loss(feed *f, const msgpack_object *map)
{
    eel_image_info kind = {0};

    if (!map) {
        f->companion.axis.n = 0;
        return EEL_OK;
    }
    const msgpack_object *axis = map->type == MSGPACK_OBJECT_MAP ? eel_packed_find(map, "axis") : NULL;
    if (!axis)
        return eel_fail(EEL_EFORMAT, "'low_loss' is no map with channels, dtype and axis");
    int code = take_kind(map, &kind);
    if (code == EEL_OK)
        code = take_axis(axis, &kind.axis);
    return code == EEL_OK ? eel_companion_begin(&f->companion, &kind.axis, kind.type) : code;
}

/* F3 */
static int take_scan(feed *f, const msgpack_object *map)
{
    const msgpack_object *shape = eel_packed_find(map, "shape"), *axis = eel_packed_find(map, "axis");
    const msgpack_object *title = eel_packed_find(map, "title"), *beam = eel_packed_find(map, "beam_kev");
    eel_image_info info;

    new_info(&info, &f->scan);
    int code = take_kind(map, &info);
    if (code == EEL_OK && shape)
        code = take_shape(shape, &info);
    if (code == EEL_OK && axis)
        code = take_axis(axis, &info.axis);
    if (code == EEL_OK && title && title->type == MSGPACK_OBJECT_STR)
        eel_text_copy(info.title, sizeof info.title, title->via.str.ptr, title->via.str.size);
    if (code == EEL_OK && beam && (!to_real(beam, &info.beam_kev) || info.beam_kev <= 0))
        code = eel_fail(EEL_EFORMAT, "'beam_kev' is no number above 0");
    if (code == EEL_OK)
        code = take_low_loss(f, eel_packed_find(map, "low_loss"));
    if (code == EEL_OK)
        f->scan = info;
    return code;
}

/* ---- one message ---- */

/* F8: what comes next is of a scan that nobody knows, and not of the one that is on. */
static void end_before_unknown(feed *f, eel_live_event *event)
{
    snprintf(f->words, sizeof f->words, "the announcement of a scan cannot be read: %.900s", eel_words());
    *event = (eel_live_event){.kind = EEL_LIVE_LOST, .words = f->words};
    f->in_scan = 0;
    snprintf(f->broken, sizeof f->broken, "%.511s", eel_words());
}

/* Numbers from 0 on, again: nobody announces a scan here. */
static int begins_anew(const feed *f, const msgpack_object *map)
{
    const msgpack_object *first = eel_packed_find(map, "first");

    return f->unannounced && f->taken && first && first->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
           first->via.u64 == 0;
}

/* F5: do these pixels begin a scan by themselves? */
static int begins_scan(feed *f, const msgpack_object *map, int *begins)
{
    eel_image_info info;
    int says = eel_packed_find(map, "channels") || eel_packed_find(map, "dtype");

    *begins = 0;
    if (!says && !f->in_scan && f->broken[0])
        return eel_fail(EEL_EFORMAT, "pixels of a scan whose announcement cannot be read: %s", f->broken);
    if (!says)
        return f->in_scan ? EEL_OK
                          : eel_fail(EEL_EFORMAT, "pixels without a scan, and without 'channels' and "
                                     "'dtype'");
    new_info(&info, &f->scan);
    int code = take_kind(map, &info);
    if (code == EEL_OK && (!f->in_scan || info.axis.n != f->scan.axis.n ||
                           info.type != f->scan.type || begins_anew(f, map))) {
        f->scan = info;
        f->companion.axis.n = 0;
        *begins = 1;
    }
    return code;
}

/* F2 */
static int check_frames(const feed *f, int least, int most)
{
    if (f->frames >= least && f->frames <= most)
        return EEL_OK;
    return least == most ? eel_fail(EEL_EFORMAT, "%d frames, expected %d", f->frames, most)
                         : eel_fail(EEL_EFORMAT, "%d frames, expected %d to %d", f->frames, least, most);
}

/* F4, F11 */
static int take_pixels(feed *f, const msgpack_object *map, eel_live_event *event)
{
    size_t bytes = zmq_msg_size(&f->frame[1]), low_loss = zmq_msg_size(&f->frame[2]);
    size_t row = f->scan.axis.n * eel_image_type_size(f->scan.type);
    const void *values = zmq_msg_data(&f->frame[1]);
    uint64_t first = 0;
    int code = check_frames(f, 2, f->companion.axis.n ? 3 : 2);

    if (code == EEL_OK)
        code = take_count(map, "first", 0, 1ull << 48, &first);
    if (code != EEL_OK)
        return code;
    if (bytes > PIXELS_BYTES_MAX)
        return eel_fail(EEL_EFORMAT, "%zu bytes of values in one message, expected at most %u (64 MiB): send them in "
                        "several", bytes, PIXELS_BYTES_MAX);
    if (bytes == 0 || bytes % row != 0)
        return eel_fail(EEL_EFORMAT, "%zu bytes of values, expected a multiple of %zu: %u %s a spectrum",
                        bytes, row, f->scan.axis.n, eel_image_type_name(f->scan.type));
    if (f->companion.axis.n)
        code = eel_companion_join(&f->companion, row, values, (uint32_t)(bytes / row),
                                  zmq_msg_data(&f->frame[2]), low_loss, &values);
    if (code != EEL_OK)
        return code;
    f->taken = 1;
    *event = (eel_live_event){.kind = EEL_LIVE_FRAMES, .first = first,
                              .count = (uint32_t)(bytes / row), .frames = values};
    return EEL_OK;
}

static int take_map(feed *f, const msgpack_object *map, eel_live_event *event)
{
    const msgpack_object *type = eel_packed_find(map, "t"), *aborted = eel_packed_find(map, "aborted");
    int begins = 0, code;

    if (eel_packed_says(type, "scan")) {
        code = check_frames(f, 1, 1);
        if (code == EEL_OK)
            code = take_scan(f, map);
        begins = code == EEL_OK;
        if (code != EEL_OK)
            end_before_unknown(f, event);
    } else if (eel_packed_says(type, "pixels")) {
        code = begins_scan(f, map, &begins);
        f->again = code == EEL_OK && begins;
        if (code == EEL_OK && !begins)
            code = take_pixels(f, map, event);
    } else if (eel_packed_says(type, "end")) {
        if (check_frames(f, 1, 1) != EEL_OK)
            return EEL_EFORMAT;
        int given_up = aborted && aborted->type == MSGPACK_OBJECT_BOOLEAN && aborted->via.boolean;
        *event = (eel_live_event){.kind = f->in_scan ? EEL_LIVE_END : EEL_LIVE_NOTHING,
                                  .why = given_up ? EEL_CANCELLED : EEL_SOURCE_GAP,
                                  .words = given_up ? "the feed gave it up" : "the feed ended it"};
        f->in_scan = 0;
        f->broken[0] = 0;
        return EEL_OK;
    } else {
        return eel_fail(EEL_EFORMAT, "'t' is none of scan, pixels, end");
    }
    if (begins) {
        f->in_scan = 1;
        f->broken[0] = 0;
        f->unannounced = eel_packed_says(type, "pixels");
        f->taken = 0;
        *event = (eel_live_event){.kind = EEL_LIVE_SCAN, .scan = &f->scan,
                                  .shifted = f->companion.axis.n > 0};
    }
    return code;
}

static int take_message(feed *f, eel_live_event *event)
{
    size_t size = zmq_msg_size(&f->frame[0]);
    msgpack_unpacked unpacked;

    msgpack_unpacked_init(&unpacked);
    const msgpack_object *map = size <= HEADER_BYTES_MAX
                                    ? eel_packed_map(&unpacked, zmq_msg_data(&f->frame[0]), size) : NULL;
    int code = map ? take_map(f, map, event)
                   : eel_fail(EEL_EFORMAT, "a first frame of %zu bytes that is no msgpack map", size);
    msgpack_unpacked_destroy(&unpacked);
    return code;
}

/* ---- the socket ---- */

static int say_where(feed *f, eel_live_event *event)
{
    char endpoint[512] = "";
    size_t size = sizeof endpoint;

    f->said_where = 1;
    zmq_getsockopt(f->socket, ZMQ_LAST_ENDPOINT, endpoint, &size);
    snprintf(f->words, sizeof f->words, "listens at %s", endpoint);
    *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = f->words};
    return EEL_OK;
}

static int next_feed(void *state, eel_live_event *event, int timeout_ms)
{
    feed *f = state;
    zmq_pollitem_t items[] = {{.socket = f->socket, .events = ZMQ_POLLIN},
                              {.socket = f->security.gate.socket, .events = ZMQ_POLLIN}};

    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    if (!f->said_where)
        return say_where(f, event);
    if (eel_rejects_due(&f->rejects, f->words)) {
        *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = f->words};
        return EEL_OK;
    }
    if (!f->again) {
        if (zmq_poll(items, f->security.gate.socket ? 2 : 1, timeout_ms) <= 0)
            return EEL_OK;
        eel_gate_serve(&f->security.gate);
        f->frames = eel_socket_receive(f->socket, f->frame, FRAMES_MAX);
        if (f->frames == 0)
            return EEL_OK;
    }
    f->again = 0;
    if (take_message(f, event) != EEL_OK) {
        eel_rejects_add(&f->rejects, eel_words());
        f->again = 0;
    }
    return EEL_OK;
}

static int rest_of_feed(void *state, char words[EEL_WORDS_MAX])
{
    feed *f = state;

    return eel_rejects_rest(&f->rejects, words);
}

static void close_feed(void *state)
{
    feed *f = state;

    if (!f)
        return;
    for (int i = 0; i < FRAMES_MAX; i++)
        zmq_msg_close(&f->frame[i]);
    eel_listen_end(&f->at);
    if (f->socket)
        zmq_close(f->socket);
    eel_security_close(&f->security);
    eel_socket_close(f->context, NULL);
    eel_companion_release(&f->companion);
    eel_free(f);
}

static int open_feed(void **state, const eel_live_how *how)
{
    feed *f = eel_alloc(1, sizeof *f);

    if (!f)
        return EEL_ENOMEM;
    for (int i = 0; i < FRAMES_MAX; i++)
        zmq_msg_init(&f->frame[i]);
    snprintf(f->scan.path, sizeof f->scan.path, "feed %.1000s", how->address);
    if (how->security)
        f->security = *how->security;
    f->security.gate = (eel_gate){0}; /* that one is another context's */
    int code = eel_socket_open(&f->context, &f->socket, ZMQ_PULL, how->address,
                               "tcp://ADDRESS:PORT", FRAME_BYTES_MAX, QUEUE_MESSAGES);
    if (code == EEL_OK)
        code = eel_security_open(&f->security, f->context);
    if (code == EEL_OK)
        code = eel_security_apply(&f->security, f->socket, 1, "feed", how->address);
    if (code == EEL_OK)
        code = eel_listen(&f->at, f->socket, how->address);
    if (code != EEL_OK) {
        close_feed(f);
        return code;
    }
    *state = f;
    return EEL_OK;
}

const eel_source eel_source_feed = {
    .name = "feed",
    .address = "ENDPOINT",
    .summary = "whatever program sends spectra, proto/feed.md",
    .open = open_feed,
    .next = next_feed,
    .rest = rest_of_feed,
    .close = close_feed,
};
