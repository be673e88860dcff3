#include "tap/tap.h"
#include "base/err.h"
#include "base/mem.h"
#include "curve/listen.h"
#include "flow/wire.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#define QUEUE_MAX 2   /* messages that wait for one viewer; the next are dropped */
#define LINGER_MS 500 /* for the last message of a run */

struct eel_tap {
    void *context, *socket;
    eel_listening at;
    int viewers;
    int owed; /* a viewer has come and seen nothing yet */
    msgpack_sbuffer packed;
};

int eel_tap_open(eel_tap **tap, const char *endpoint)
{
    int linger = LINGER_MS, queue = QUEUE_MAX, yes = 1;
    eel_tap *t = eel_alloc(1, sizeof *t);

    if (!t)
        return EEL_ENOMEM;
    msgpack_sbuffer_init(&t->packed);
    t->context = zmq_ctx_new();
    t->socket = t->context ? zmq_socket(t->context, ZMQ_XPUB) : NULL;
    int code = EEL_OK;
    if (!t->socket || zmq_setsockopt(t->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_setsockopt(t->socket, ZMQ_SNDHWM, &queue, sizeof queue) ||
        zmq_setsockopt(t->socket, ZMQ_XPUB_VERBOSER, &yes, sizeof yes)) /* tells of each viewer */
        code = eel_fail(EEL_ENET, "--tap: no ZeroMQ socket: %s", zmq_strerror(errno));
    else if ((code = eel_listen(&t->at, t->socket, endpoint)) != EEL_OK)
        code = eel_fail_in(code, "--tap");
    if (code != EEL_OK) {
        eel_tap_close(t);
        return code;
    }
    *tap = t;
    return EEL_OK;
}

int eel_tap_wanted(eel_tap *tap, int is_news)
{
    unsigned char word[64];
    int size;

    /* XPUB hands up a 1 for each subscription and a 0 when it ends. */
    while ((size = zmq_recv(tap->socket, word, sizeof word, ZMQ_DONTWAIT)) >= 0) {
        if (size > 0 && word[0] <= 1) {
            tap->viewers += word[0] ? 1 : -1;
            tap->owed |= word[0];
        }
    }
    return tap->viewers > 0 && (is_news || tap->owed);
}

/* ---- packing: proto/tap.md ---- */

static void pack_text(msgpack_packer *pk, const char *key, const char *text)
{
    eel_pack_text(pk, key);
    eel_pack_text(pk, text);
}

static void pack_count(msgpack_packer *pk, const char *key, uint64_t value)
{
    eel_pack_text(pk, key);
    msgpack_pack_uint64(pk, value);
}

static void pack_real(msgpack_packer *pk, const char *key, double value)
{
    eel_pack_text(pk, key);
    msgpack_pack_double(pk, value);
}

static void pack_bytes(msgpack_packer *pk, const char *key, const void *bytes, size_t size)
{
    eel_pack_text(pk, key);
    msgpack_pack_bin(pk, size);
    msgpack_pack_bin_body(pk, bytes, size);
}

static void pack_pixels(msgpack_packer *pk, const eel_tap_frame *f)
{
    pack_count(pk, "pixels", f->pixels);
    eel_pack_text(pk, "counts");
    msgpack_pack_map(pk, EEL_PIXEL_STATES);
    for (int s = 0; s < EEL_PIXEL_STATES; s++)
        pack_count(pk, eel_pixel_state_name((eel_pixel_state)s), f->counts[s]);
}

static void pack_maps(msgpack_packer *pk, const eel_tap_frame *f)
{
    size_t cells = (size_t)f->cell_rows * f->cell_columns;

    pack_count(pk, "picture", f->picture);
    pack_count(pk, "pictures", f->pictures);
    pack_count(pk, "rows", f->rows);
    pack_count(pk, "columns", f->columns);
    pack_count(pk, "step", f->step);
    pack_count(pk, "cell_rows", f->cell_rows);
    pack_count(pk, "cell_columns", f->cell_columns);
    pack_count(pk, "classes", f->classes);
    pack_bytes(pk, "states", f->states, cells);
    pack_bytes(pk, "p", f->p, f->classes * cells);
}

static void pack_spectra(msgpack_packer *pk, const eel_tap_frame *f)
{
    pack_count(pk, "channels", f->channels);
    pack_real(pk, "start_ev", f->start_ev);
    pack_real(pk, "step_ev", f->step_ev);
    pack_count(pk, "mean_pixels", f->mean_pixels);
    pack_bytes(pk, "mean", f->mean, f->channels * sizeof *f->mean);
    pack_count(pk, "recent_first", f->recent_first);
    pack_count(pk, "recent_pixels", f->recent_pixels);
    pack_bytes(pk, "recent", f->recent, f->channels * sizeof *f->recent);
    pack_bytes(pk, "recent_p", f->recent_p, f->classes * sizeof *f->recent_p);
}

int eel_tap_publish(eel_tap *tap, const eel_tap_frame *frame)
{
    msgpack_packer packer, *pk = &packer;

    msgpack_sbuffer_clear(&tap->packed);
    msgpack_packer_init(pk, &tap->packed, msgpack_sbuffer_write);
    msgpack_pack_map(pk, 28);
    pack_count(pk, "v", 1);
    pack_count(pk, "number", frame->number);
    pack_real(pk, "time", frame->time_s);
    eel_pack_text(pk, "ended");
    frame->ended ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
    pack_text(pk, "run", frame->run);
    pack_text(pk, "store", frame->store);
    pack_text(pk, "description", frame->description);
    pack_pixels(pk, frame);
    pack_maps(pk, frame);
    pack_spectra(pk, frame);
    if (!tap->packed.data)
        return eel_fail(EEL_ENOMEM, "--tap: no memory for a message");
    zmq_send(tap->socket, tap->packed.data, tap->packed.size, ZMQ_DONTWAIT); /* XPUB never waits */
    tap->owed = 0;
    return EEL_OK;
}

void eel_tap_close(eel_tap *tap)
{
    if (!tap)
        return;
    msgpack_sbuffer_destroy(&tap->packed);
    eel_listen_end(&tap->at);
    if (tap->socket)
        zmq_close(tap->socket);
    if (tap->context)
        zmq_ctx_term(tap->context);
    eel_free(tap);
}
