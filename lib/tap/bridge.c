#include "tap/bridge.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "curve/listen.h"

#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define ENVELOPE_MAX 4   /* frames before the question: who asks, its number, nothing */
#define PARTS_MAX    (2 + 2 * EEL_BRIDGE_ARRAYS_MAX)
#define QUEUE_MAX    2

typedef struct {
    zmq_msg_t envelope[ENVELOPE_MAX]; /* of its last question */
    int frames;                       /* 0: the place is free */
    int waits;
    uint64_t had;                     /* train */
    double asked_s;
} client;

struct eel_bridge {
    void *context, *socket;
    int fd;
    eel_listening at;
    client clients[EEL_BRIDGE_CLIENTS_MAX];

    /* the train that is being made */
    uint64_t train;
    char source[128];
    double time_s;
    msgpack_sbuffer properties;
    msgpack_packer packer;
    uint32_t property_count;
    zmq_msg_t parts[PARTS_MAX];
    int part_count, failed;
};

/* ---- opening and closing ---- */

int eel_bridge_open(eel_bridge **bridge, const char *endpoint)
{
    int linger = 500, queue = QUEUE_MAX;
    int64_t largest = 4096; /* nobody has more to ask */
    size_t size = sizeof(int);

    if (strncmp(endpoint, "tcp://127.0.0.1:", 16) != 0 && strncmp(endpoint, "ipc://", 6) != 0)
        return eel_fail(EEL_EARGS, "--karabo: '%s', expected tcp://127.0.0.1:PORT or ipc://PATH: its "
                        "protocol knows no passwords", endpoint);
    eel_bridge *b = eel_alloc(1, sizeof *b);
    if (!b)
        return EEL_ENOMEM;
    msgpack_sbuffer_init(&b->properties);
    msgpack_packer_init(&b->packer, &b->properties, msgpack_sbuffer_write);
    b->context = zmq_ctx_new();
    b->socket = b->context ? zmq_socket(b->context, ZMQ_ROUTER) : NULL;
    if (!b->socket || zmq_setsockopt(b->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_setsockopt(b->socket, ZMQ_SNDHWM, &queue, sizeof queue) ||
        zmq_setsockopt(b->socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest) ||
        zmq_getsockopt(b->socket, ZMQ_FD, &b->fd, &size)) {
        int code = eel_fail(EEL_ENOMEM, "--karabo: no ZeroMQ socket: %s", zmq_strerror(zmq_errno()));
        eel_bridge_close(b);
        return code;
    }
    if (eel_listen(&b->at, b->socket, endpoint) != EEL_OK) {
        int code = eel_fail(EEL_EARGS, "--karabo: %s", eel_words());
        eel_bridge_close(b);
        return code;
    }
    *bridge = b;
    return EEL_OK;
}

int eel_bridge_fd(const eel_bridge *bridge)
{
    return bridge->fd;
}

static void forget(client *c)
{
    for (int i = 0; i < c->frames; i++)
        zmq_msg_close(&c->envelope[i]);
    *c = (client){0};
}

static void drop_parts(eel_bridge *b)
{
    for (int i = 0; i < b->part_count; i++)
        zmq_msg_close(&b->parts[i]);
    b->part_count = 0;
}

void eel_bridge_close(eel_bridge *bridge)
{
    if (!bridge)
        return;
    for (int i = 0; i < EEL_BRIDGE_CLIENTS_MAX; i++)
        forget(&bridge->clients[i]);
    drop_parts(bridge);
    msgpack_sbuffer_destroy(&bridge->properties);
    eel_listen_end(&bridge->at);
    if (bridge->socket)
        zmq_close(bridge->socket);
    if (bridge->context)
        zmq_ctx_term(bridge->context);
    eel_free(bridge);
}

/* ---- who asks ---- */

static int is_same(zmq_msg_t *a, zmq_msg_t *b)
{
    return zmq_msg_size(a) == zmq_msg_size(b) &&
           !memcmp(zmq_msg_data(a), zmq_msg_data(b), zmq_msg_size(a));
}

/* Its place, or a free one, or that of whoever has not asked for longest. */
static client *place_of(eel_bridge *b, zmq_msg_t *who)
{
    client *place = &b->clients[0];

    for (int i = 0; i < EEL_BRIDGE_CLIENTS_MAX; i++) {
        client *c = &b->clients[i];
        if (c->frames && is_same(&c->envelope[0], who))
            return c;
        if (c->asked_s < place->asked_s)
            place = c;
    }
    forget(place);
    return place;
}

static void note(eel_bridge *b, zmq_msg_t *envelope, int frames)
{
    client *c = place_of(b, &envelope[0]);
    uint64_t had = c->had;

    forget(c);
    *c = (client){.frames = frames, .waits = 1, .had = had, .asked_s = eel_clock_s()};
    for (int i = 0; i < frames; i++) {
        zmq_msg_init(&c->envelope[i]);
        zmq_msg_move(&c->envelope[i], &envelope[i]);
    }
}

/* One question: frames up to an empty one, then "next". What is none is passed over. 0: none is there. */
static int hear(eel_bridge *b)
{
    zmq_msg_t frames[ENVELOPE_MAX + 1];
    int count = 0, more = 1, failed = 0;

    for (int i = 0; i <= ENVELOPE_MAX; i++)
        zmq_msg_init(&frames[i]);
    while (more && !failed) {
        zmq_msg_t *to = &frames[count < ENVELOPE_MAX ? count : ENVELOPE_MAX];
        failed = zmq_msg_recv(to, b->socket, count ? 0 : ZMQ_DONTWAIT) < 0;
        more = !failed && zmq_msg_more(to);
        count += !failed;
    }
    if (!failed && count >= 3 && count <= ENVELOPE_MAX + 1 && zmq_msg_size(&frames[count - 2]) == 0 &&
        zmq_msg_size(&frames[count - 1]) == 4 && !memcmp(zmq_msg_data(&frames[count - 1]), "next", 4))
        note(b, frames, count - 1);
    for (int i = 0; i <= ENVELOPE_MAX; i++)
        zmq_msg_close(&frames[i]);
    return !failed;
}

int eel_bridge_wanted(eel_bridge *bridge, uint64_t train)
{
    int wanted = 0;

    while (hear(bridge))
        ;
    for (int i = 0; i < EEL_BRIDGE_CLIENTS_MAX; i++)
        wanted |= bridge->clients[i].waits && bridge->clients[i].had < train;
    return wanted;
}

int eel_bridge_owes(const eel_bridge *bridge, uint64_t train, double within_s)
{
    double now_s = eel_clock_s();
    int owes = 0;

    for (int i = 0; i < EEL_BRIDGE_CLIENTS_MAX; i++) {
        const client *c = &bridge->clients[i];
        owes |= c->frames && c->had < train && now_s - c->asked_s < within_s;
    }
    return owes;
}

/* ---- a train ---- */

static void pack_text(msgpack_packer *pk, const char *text)
{
    size_t size = strlen(text);

    msgpack_pack_str(pk, size);
    msgpack_pack_str_body(pk, text, size);
}

static zmq_msg_t *new_part(eel_bridge *b, size_t size)
{
    if (b->part_count == PARTS_MAX || zmq_msg_init_size(&b->parts[b->part_count], size) != 0) {
        b->failed = 1;
        return NULL;
    }
    return &b->parts[b->part_count++];
}

static void put_part(eel_bridge *b, const msgpack_sbuffer *packed)
{
    zmq_msg_t *part = new_part(b, packed->size);

    if (part)
        memcpy(zmq_msg_data(part), packed->data, packed->size);
}

void eel_bridge_begin(eel_bridge *bridge, const char *source, uint64_t train, double time_s)
{
    drop_parts(bridge);
    new_part(bridge, 0); /* both are known when the properties are: eel_bridge_answer */
    new_part(bridge, 0);
    msgpack_sbuffer_clear(&bridge->properties);
    bridge->property_count = 0;
    bridge->failed = 0;
    bridge->train = train;
    bridge->time_s = time_s;
    snprintf(bridge->source, sizeof bridge->source, "%s", source);
}

void eel_bridge_text(eel_bridge *bridge, const char *key, const char *text)
{
    pack_text(&bridge->packer, key);
    pack_text(&bridge->packer, text);
    bridge->property_count++;
}

void eel_bridge_count(eel_bridge *bridge, const char *key, uint64_t count)
{
    pack_text(&bridge->packer, key);
    msgpack_pack_uint64(&bridge->packer, count);
    bridge->property_count++;
}

void eel_bridge_real(eel_bridge *bridge, const char *key, double value)
{
    pack_text(&bridge->packer, key);
    msgpack_pack_double(&bridge->packer, value);
    bridge->property_count++;
}

void *eel_bridge_array(eel_bridge *bridge, const char *key, const char *dtype, size_t value_bytes,
                       size_t rows, size_t columns)
{
    msgpack_sbuffer packed;
    msgpack_packer pk;

    msgpack_sbuffer_init(&packed);
    msgpack_packer_init(&pk, &packed, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 5);
    pack_text(&pk, "source"), pack_text(&pk, bridge->source);
    pack_text(&pk, "content"), pack_text(&pk, "array");
    pack_text(&pk, "path"), pack_text(&pk, key);
    pack_text(&pk, "dtype"), pack_text(&pk, dtype);
    pack_text(&pk, "shape");
    msgpack_pack_array(&pk, rows ? 2 : 1);
    if (rows)
        msgpack_pack_uint64(&pk, rows);
    msgpack_pack_uint64(&pk, columns);
    put_part(bridge, &packed);
    msgpack_sbuffer_destroy(&packed);
    zmq_msg_t *part = bridge->failed ? NULL : new_part(bridge, (rows ? rows : 1) * columns * value_bytes);
    return part ? zmq_msg_data(part) : NULL;
}

/* The first pair: whose properties, of when, and what they are. */
static void put_properties(eel_bridge *b)
{
    msgpack_sbuffer packed;
    msgpack_packer pk;
    char whole[32], parts[24];
    zmq_msg_t *values = &b->parts[1];

    msgpack_sbuffer_init(&packed);
    msgpack_packer_init(&pk, &packed, msgpack_sbuffer_write);
    snprintf(whole, sizeof whole, "%.0f", floor(b->time_s));
    snprintf(parts, sizeof parts, "%06.0f000000000000", floor(1e6 * (b->time_s - floor(b->time_s))));
    msgpack_pack_map(&pk, 3);
    pack_text(&pk, "source"), pack_text(&pk, b->source);
    pack_text(&pk, "content"), pack_text(&pk, "msgpack");
    pack_text(&pk, "metadata");
    msgpack_pack_map(&pk, 6);
    pack_text(&pk, "source"), pack_text(&pk, b->source);
    pack_text(&pk, "timestamp"), msgpack_pack_double(&pk, b->time_s);
    pack_text(&pk, "timestamp.sec"), pack_text(&pk, whole);
    pack_text(&pk, "timestamp.frac"), pack_text(&pk, parts);
    pack_text(&pk, "timestamp.tid"), msgpack_pack_uint64(&pk, b->train);
    pack_text(&pk, "ignored_keys"), msgpack_pack_array(&pk, 0);
    zmq_msg_close(&b->parts[0]);
    b->failed |= zmq_msg_init_size(&b->parts[0], packed.size) != 0;
    if (!b->failed)
        memcpy(zmq_msg_data(&b->parts[0]), packed.data, packed.size);
    msgpack_sbuffer_clear(&packed);
    msgpack_pack_map(&pk, b->property_count);
    zmq_msg_close(values);
    b->failed |= zmq_msg_init_size(values, packed.size + b->properties.size) != 0;
    if (!b->failed) {
        memcpy(zmq_msg_data(values), packed.data, packed.size);
        memcpy((char *)zmq_msg_data(values) + packed.size, b->properties.data, b->properties.size);
    }
    msgpack_sbuffer_destroy(&packed);
}

/* A client that does not take it in has gone, or will ask again. */
static void send_to(eel_bridge *b, client *c)
{
    c->waits = 0;
    c->had = b->train;
    for (int i = 0; i < c->frames; i++) {
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &c->envelope[i]);
        if (zmq_msg_send(&copy, b->socket, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&copy);
            return;
        }
    }
    for (int i = 0; i < b->part_count; i++) {
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &b->parts[i]);
        if (zmq_msg_send(&copy, b->socket, i + 1 < b->part_count ? ZMQ_SNDMORE : 0) < 0)
            zmq_msg_close(&copy);
    }
}

void eel_bridge_answer(eel_bridge *bridge)
{
    if (!bridge->failed)
        put_properties(bridge);
    for (int i = 0; i < EEL_BRIDGE_CLIENTS_MAX && !bridge->failed; i++) {
        if (bridge->clients[i].waits && bridge->clients[i].had < bridge->train)
            send_to(bridge, &bridge->clients[i]);
    }
    drop_parts(bridge);
}
