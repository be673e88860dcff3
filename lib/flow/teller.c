#include "flow/teller.h"
#include "flow/wire.h"
#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define INTERVAL_S  0.2
#define LINGER_MS   200
#define QUEUE_LIMIT 64

int eel_teller_open(eel_teller *teller, void *context, const char *endpoint, const char *stage,
                    const char *name)
{
    int linger = LINGER_MS, limit = QUEUE_LIMIT;

    *teller = (eel_teller){.stage = stage, .name = name};
    if (!endpoint)
        return EEL_OK;
    teller->socket = zmq_socket(context, ZMQ_PUSH);
    if (!teller->socket)
        return eel_fail(EEL_ENET, "--status: %s", zmq_strerror(errno));
    zmq_setsockopt(teller->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(teller->socket, ZMQ_SNDHWM, &limit, sizeof limit);
    if (zmq_connect(teller->socket, endpoint))
        return eel_fail(EEL_EARGS, "--status: cannot connect to '%s': %s", endpoint,
                        zmq_strerror(errno));
    eel_teller_say(teller, "start", "");
    return EEL_OK;
}

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

void eel_teller_say(eel_teller *teller, const char *state, const char *words)
{
    msgpack_sbuffer packed;
    msgpack_packer packer, *pk = &packer;

    if (!teller->socket)
        return;
    msgpack_sbuffer_init(&packed);
    msgpack_packer_init(pk, &packed, msgpack_sbuffer_write);
    msgpack_pack_map(pk, 14);
    pack_text(pk, "stage", teller->stage);
    pack_text(pk, "name", teller->name);
    pack_count(pk, "pid", (uint64_t)getpid());
    pack_text(pk, "state", state);
    pack_count(pk, "pixels", teller->pixels);
    pack_count(pk, "blocks", teller->blocks);
    pack_count(pk, "total", teller->total);
    pack_count(pk, "busy_us", (uint64_t)(1e6 * teller->busy_s));
    pack_count(pk, "starved_us", (uint64_t)(1e6 * teller->starved_s));
    pack_count(pk, "blocked_us", (uint64_t)(1e6 * teller->blocked_s));
    pack_count(pk, "credits", teller->credits);
    pack_text(pk, "words", words);
    pack_text(pk, "in_at", teller->in_at);
    pack_text(pk, "out_at", teller->out_at);
    zmq_send(teller->socket, packed.data, packed.size, ZMQ_DONTWAIT); /* lost if nobody listens */
    msgpack_sbuffer_destroy(&packed);
    teller->next_s = eel_clock_s() + INTERVAL_S;
}

void eel_teller_tick(eel_teller *teller, double now_s)
{
    if (now_s >= teller->next_s)
        eel_teller_say(teller, "run", "");
}

void eel_teller_close(eel_teller *teller)
{
    if (teller->socket)
        zmq_close(teller->socket);
    teller->socket = NULL;
}
