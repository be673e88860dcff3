#include "tap/tap.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/packed.h"
#include "flow/wire.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

typedef struct {
    eel_tap_frame frame;       /* points into what follows */
    msgpack_unpacked unpacked; /* which points into the message */
    zmq_msg_t message;
    char *texts;               /* run, store, description, each with its zero */
    float *spectra;            /* mean, recent, recent_p: aligned copies */
} letter;

struct eel_tap_watch {
    void *context, *socket;
    int fd;
    letter letters[2]; /* one is in the caller's hands, the other takes what comes */
    int taking;
};

int eel_tap_watch_open(eel_tap_watch **watch, const char *endpoint)
{
    int64_t bytes_max = EEL_TAP_BYTES_MAX;
    int yes = 1, linger = 0;
    size_t size = sizeof(int);
    eel_tap_watch *w = eel_alloc(1, sizeof *w);

    if (!w)
        return EEL_ENOMEM;
    for (int i = 0; i < 2; i++) {
        msgpack_unpacked_init(&w->letters[i].unpacked);
        zmq_msg_init(&w->letters[i].message);
    }
    w->context = zmq_ctx_new();
    w->socket = w->context ? zmq_socket(w->context, ZMQ_SUB) : NULL;
    if (!w->socket || zmq_setsockopt(w->socket, ZMQ_CONFLATE, &yes, sizeof yes) ||
        zmq_setsockopt(w->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_setsockopt(w->socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) ||
        zmq_setsockopt(w->socket, ZMQ_SUBSCRIBE, "", 0) || zmq_connect(w->socket, endpoint) ||
        zmq_getsockopt(w->socket, ZMQ_FD, &w->fd, &size)) {
        int code = eel_fail(EEL_EARGS, "--tap: cannot connect to '%s': %s", endpoint,
                            zmq_strerror(errno));
        eel_tap_watch_close(w);
        return code;
    }
    *watch = w;
    return EEL_OK;
}

int eel_tap_watch_fd(const eel_tap_watch *watch)
{
    return watch->fd;
}

/* ---- unpacking: every take_ returns 1, or 0 for what is missing, of another type or too large ---- */

static const msgpack_object *find(const msgpack_object *map, const char *key,
                                  msgpack_object_type type)
{
    size_t bytes = strlen(key);

    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *entry = &map->via.map.ptr[i];
        if (entry->key.type == MSGPACK_OBJECT_STR && entry->key.via.str.size == bytes &&
            !memcmp(entry->key.via.str.ptr, key, bytes))
            return entry->val.type == type ? &entry->val : NULL;
    }
    return NULL;
}

static int take_count(const msgpack_object *map, const char *key, uint64_t max, uint64_t *value)
{
    const msgpack_object *o = find(map, key, MSGPACK_OBJECT_POSITIVE_INTEGER);

    if (!o || o->via.u64 > max)
        return 0;
    *value = o->via.u64;
    return 1;
}

static int take_u32(const msgpack_object *map, const char *key, uint32_t max, uint32_t *value)
{
    uint64_t wide = 0;
    int ok = take_count(map, key, max, &wide);

    *value = (uint32_t)wide;
    return ok;
}

static int take_real(const msgpack_object *map, const char *key, double *value)
{
    const msgpack_object *o = find(map, key, MSGPACK_OBJECT_FLOAT64);

    *value = o ? o->via.f64 : NAN;
    return isfinite(*value);
}

static int take_bytes(const msgpack_object *map, const char *key, size_t size, const void **bytes)
{
    const msgpack_object *o = find(map, key, MSGPACK_OBJECT_BIN);

    if (!o || o->via.bin.size != size)
        return 0;
    *bytes = o->via.bin.ptr;
    return 1;
}

static int take_text(const msgpack_object *map, const char *key, size_t max, char **room,
                     const char **text)
{
    const msgpack_object *o = find(map, key, MSGPACK_OBJECT_STR);

    if (!o || o->via.str.size > max || memchr(o->via.str.ptr, 0, o->via.str.size))
        return 0;
    memcpy(*room, o->via.str.ptr, o->via.str.size);
    (*room)[o->via.str.size] = 0;
    *text = *room;
    *room += o->via.str.size + 1;
    return 1;
}

static int take_head(letter *l, const msgpack_object *map)
{
    eel_tap_frame *f = &l->frame;
    const msgpack_object *ended = find(map, "ended", MSGPACK_OBJECT_BOOLEAN);
    char *room = l->texts;
    uint64_t version;

    f->ended = ended && ended->via.boolean;
    return ended && take_count(map, "v", UINT64_MAX, &version) && version == 1 &&
           take_count(map, "number", UINT64_MAX, &f->number) && take_real(map, "time", &f->time_s) &&
           take_text(map, "run", EEL_TAP_TEXT_MAX, &room, &f->run) &&
           take_text(map, "store", EEL_TAP_TEXT_MAX, &room, &f->store) &&
           take_text(map, "description", EEL_TAP_DESCRIPTION_MAX, &room, &f->description);
}

static int take_pixels(letter *l, const msgpack_object *map)
{
    eel_tap_frame *f = &l->frame;
    const msgpack_object *counts = find(map, "counts", MSGPACK_OBJECT_MAP);
    int ok = counts && take_count(map, "pixels", UINT64_MAX, &f->pixels);

    for (int s = 0; ok && s < EEL_PIXEL_STATES; s++)
        ok = take_count(counts, eel_pixel_state_name((eel_pixel_state)s), f->pixels, &f->counts[s]);
    return ok;
}

static int take_maps(letter *l, const msgpack_object *map)
{
    eel_tap_frame *f = &l->frame;

    if (!take_count(map, "picture", UINT64_MAX, &f->picture) ||
        !take_count(map, "pictures", UINT64_MAX, &f->pictures) ||
        !take_count(map, "rows", UINT64_MAX, &f->rows) ||
        !take_count(map, "columns", UINT64_MAX, &f->columns) ||
        !take_u32(map, "step", UINT32_MAX, &f->step) ||
        !take_u32(map, "cell_rows", EEL_TAP_SIDE_MAX, &f->cell_rows) ||
        !take_u32(map, "cell_columns", EEL_TAP_SIDE_MAX, &f->cell_columns) ||
        !take_u32(map, "classes", EEL_TAP_CLASSES_MAX, &f->classes))
        return 0;
    size_t cells = (size_t)f->cell_rows * f->cell_columns;
    if (!f->step || !cells || !f->classes || f->rows > (uint64_t)f->cell_rows * f->step ||
        f->columns > (uint64_t)f->cell_columns * f->step || f->picture >= f->pictures ||
        !take_bytes(map, "states", cells, (const void **)&f->states) ||
        !take_bytes(map, "p", f->classes * cells, (const void **)&f->p))
        return 0;
    for (size_t i = 0; i < cells; i++) {
        if (f->states[i] >= EEL_PIXEL_STATES)
            return 0;
    }
    return 1;
}

static int take_spectra(letter *l, const msgpack_object *map)
{
    eel_tap_frame *f = &l->frame;
    const void *mean, *recent, *recent_p;

    if (!take_u32(map, "channels", EEL_TAP_CHANNELS_MAX, &f->channels) ||
        !take_real(map, "start_ev", &f->start_ev) || !take_real(map, "step_ev", &f->step_ev) ||
        !take_count(map, "mean_pixels", f->pixels, &f->mean_pixels) ||
        !take_count(map, "recent_first", UINT64_MAX, &f->recent_first) ||
        !take_count(map, "recent_pixels", f->pixels, &f->recent_pixels) ||
        !take_bytes(map, "mean", f->channels * sizeof(float), &mean) ||
        !take_bytes(map, "recent", f->channels * sizeof(float), &recent) ||
        !take_bytes(map, "recent_p", f->classes * sizeof(float), &recent_p))
        return 0;
    float *room = l->spectra;
    f->mean = memcpy(room, mean, f->channels * sizeof *room);
    f->recent = memcpy(room + f->channels, recent, f->channels * sizeof *room);
    f->recent_p = memcpy(room + 2 * f->channels, recent_p, f->classes * sizeof *room);
    return 1;
}

static int unpack(letter *l)
{
    const void *data = zmq_msg_data(&l->message);
    size_t size = zmq_msg_size(&l->message);

    if (!eel_packed_fits(data, size) ||
        msgpack_unpack_next(&l->unpacked, data, size, NULL) != MSGPACK_UNPACK_SUCCESS ||
        l->unpacked.data.type != MSGPACK_OBJECT_MAP)
        return 0;
    l->frame = (eel_tap_frame){0};
    free(l->texts);
    free(l->spectra);
    /* Copies are never longer than the message they come from, but for three zeros. */
    l->texts = malloc(size + 3);
    l->spectra = malloc(size);
    const msgpack_object *map = &l->unpacked.data;
    return l->texts && l->spectra && take_head(l, map) && take_pixels(l, map) &&
           take_maps(l, map) && take_spectra(l, map);
}

const eel_tap_frame *eel_tap_watch_next(eel_tap_watch *watch)
{
    letter *taking = &watch->letters[watch->taking];

    while (zmq_msg_recv(&taking->message, watch->socket, ZMQ_DONTWAIT) >= 0) {
        if (unpack(taking)) {
            watch->taking = !watch->taking;
            return &taking->frame;
        }
    }
    return NULL;
}

void eel_tap_watch_close(eel_tap_watch *watch)
{
    if (!watch)
        return;
    for (int i = 0; i < 2; i++) {
        msgpack_unpacked_destroy(&watch->letters[i].unpacked);
        zmq_msg_close(&watch->letters[i].message);
        free(watch->letters[i].texts);
        free(watch->letters[i].spectra);
    }
    if (watch->socket)
        zmq_close(watch->socket);
    if (watch->context)
        zmq_ctx_term(watch->context);
    eel_free(watch);
}
