#include "flow/link.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_MAX ((int64_t)264 << 20) /* the largest block and its header */
#define PROBE_FIRST_S     0.002
#define PROBE_IDLE_S      1.0
#define STANDSTILL_MS     5000
#define EVENTS_FAILED                                                                              \
    (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* --- opening and closing ---------------------------------------------------------------------- */

static void set_int(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static int set_options(eel_link *link)
{
    int64_t limit = MESSAGE_BYTES_MAX;

    zmq_setsockopt(link->socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    set_int(link->socket, ZMQ_LINGER, 0);
    set_int(link->socket, ZMQ_SNDHWM, 0); /* windows bound what is under way, not the queues */
    set_int(link->socket, ZMQ_RCVHWM, 0);
    set_int(link->socket, ZMQ_IPV6, 1);
    if (eel_is_tcp(strchr(link->where, ':') + 1)) { /* ipc: the system tells when a peer has gone */
        set_int(link->socket, ZMQ_HEARTBEAT_IVL, 1000);
        set_int(link->socket, ZMQ_HEARTBEAT_TIMEOUT, 3000);
        set_int(link->socket, ZMQ_HEARTBEAT_TTL, 3000);
    }
    /* While its output is blocked ZeroMQ sends no heartbeat. A tcp peer that takes nothing for so
     * long is not slow, since its ZeroMQ always reads: it stands still, or its cable is out. */
    set_int(link->socket, ZMQ_TCP_MAXRT, STANDSTILL_MS);
    if (link->binds) {
        set_int(link->socket, ZMQ_ROUTER_MANDATORY, 1);
        set_int(link->socket, ZMQ_ROUTER_HANDOVER, 1);
        return EEL_OK;
    }
    set_int(link->socket, ZMQ_RECONNECT_IVL, 20);
    set_int(link->socket, ZMQ_RECONNECT_IVL_MAX, 1000);
    set_int(link->socket, ZMQ_CONNECT_TIMEOUT, 2000);
    return zmq_setsockopt(link->socket, ZMQ_ROUTING_ID, link->self->instance, EEL_RUN_BYTES);
}

static int watch(eel_link *link, void *context)
{
    char endpoint[64];
    int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED;

    if (eel_is_tcp(strchr(link->where, ':') + 1))
        events |= EVENTS_FAILED;

    snprintf(endpoint, sizeof endpoint, "inproc://monitor-%p", (void *)link);
    link->monitor = zmq_socket(context, ZMQ_PAIR);
    if (link->monitor)
        set_int(link->monitor, ZMQ_RCVHWM, 0); /* a full queue would stop ZeroMQ's own thread */
    if (!link->monitor || zmq_socket_monitor(link->socket, endpoint, events) ||
        zmq_connect(link->monitor, endpoint))
        return eel_fail(EEL_ENET, "socket monitor: %s", zmq_strerror(errno));
    set_int(link->monitor, ZMQ_LINGER, 0);
    return EEL_OK;
}

int eel_link_open(eel_link *link, void *context, const eel_identity *self, eel_role role,
                  const char *option, const char *where)
{
    const char *colon = strchr(where, ':');

    *link = (eel_link){.self = self, .role = role, .option = option, .where = where};
    msgpack_sbuffer_init(&link->packed);
    link->binds = !strncmp(where, "bind:", 5);
    if (!link->binds && strncmp(where, "connect:", 8) != 0)
        return eel_fail(EEL_EARGS, "%s: '%s' is neither bind:ENDPOINT nor connect:ENDPOINT", option,
                        where);
    link->socket = zmq_socket(context, link->binds ? ZMQ_ROUTER : ZMQ_DEALER);
    if (!link->socket || set_options(link))
        return eel_fail(EEL_ENET, "%s: %s", option, zmq_strerror(errno));
    int code = eel_security_apply(self->security, link->socket, link->binds, option, colon + 1);
    if (code == EEL_OK)
        code = watch(link, context);
    if (code != EEL_OK)
        return code;
    if (link->binds) {
        code = eel_listen(&link->at, link->socket, colon + 1);
        if (code != EEL_OK)
            return eel_fail_in(code, "%s", option);
    } else {
        if (zmq_connect(link->socket, colon + 1))
            return eel_fail(errno == EINVAL || errno == EPROTONOSUPPORT ? EEL_EARGS : EEL_ENET,
                            "%s: cannot connect to '%s': %s", option, colon + 1, zmq_strerror(errno));
        link->peers[0] = calloc(1, sizeof *link->peers[0]);
        if (!link->peers[0])
            return eel_fail(EEL_ENOMEM, "%s: no memory", option);
        link->peer_count = 1;
    }
    link->probe_step_s = PROBE_IDLE_S;
    return EEL_OK;
}

void eel_link_close(eel_link *link, int linger_ms)
{
    eel_listen_end(&link->at);
    if (link->socket) {
        zmq_socket_monitor(link->socket, NULL, 0); /* first: it blocks when its reader is gone */
        set_int(link->socket, ZMQ_LINGER, linger_ms);
        zmq_close(link->socket);
    }
    if (link->monitor)
        zmq_close(link->monitor);
    while (link->peer_count > 0)
        eel_link_forget(link, link->peer_count - 1);
    if (link->self)
        msgpack_sbuffer_destroy(&link->packed);
    *link = (eel_link){0};
}

/* --- receiving -------------------------------------------------------------------------------- */

/* Reads all frames of one message; those that are too many are thrown away. Returns how many there
 * were, or 0 when no message waits. */
static int read_frames(void *socket, zmq_msg_t *frames, int room)
{
    int count = 0, more = 1;

    while (more) {
        zmq_msg_t excess, *frame = count < room ? &frames[count] : &excess;
        if (frame == &excess)
            zmq_msg_init(&excess);
        if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
            more = 0;
        } else {
            more = zmq_msg_more(frame);
            count++;
        }
        if (frame == &excess)
            zmq_msg_close(&excess);
    }
    return count;
}

static eel_peer *find_peer(const eel_link *link, const unsigned char *instance)
{
    for (int i = 0; i < link->peer_count; i++) {
        if (!link->binds || !memcmp(link->peers[i]->instance, instance, EEL_RUN_BYTES))
            return link->peers[i];
    }
    return NULL;
}

static void drop(eel_link *link, const char *why)
{
    if (link->dropped++ == 0)
        eel_log("a message was dropped (the first of its kind is told): %s", why);
}

static void hex(const unsigned char *id, char text[2 * EEL_RUN_BYTES + 1])
{
    for (int i = 0; i < EEL_RUN_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
}

/* Of another run: a newcomer is told that it is wrong here, everything else is dropped. */
static int is_foreign(eel_link *link, const eel_letter *letter)
{
    char theirs[2 * EEL_RUN_BYTES + 1], ours[2 * EEL_RUN_BYTES + 1];

    if (!memcmp(letter->message.run, link->self->run, EEL_RUN_BYTES))
        return 0;
    hex(letter->message.run, theirs);
    hex(link->self->run, ours);
    if (letter->message.type == EEL_HELLO && link->binds)
        eel_link_refuse(link, letter, "it is of run %s, this is run %s", theirs, ours);
    else
        drop(link, "it is of another run");
    return 1;
}

static int is_usable(eel_link *link, eel_letter *letter, zmq_msg_t *frames, int count)
{
    int first = link->binds ? 1 : 0; /* ROUTER's routing frame */

    if (count <= first || count > first + 3 ||
        (link->binds && zmq_msg_size(&frames[0]) != EEL_RUN_BYTES)) {
        drop(link, "wrong number of frames, or a peer without an instance");
        return 0;
    }
    if (link->binds)
        memcpy(letter->instance, zmq_msg_data(&frames[0]), EEL_RUN_BYTES);
    zmq_msg_move(&letter->header, &frames[first]);
    zmq_msg_move(&letter->body, &frames[first + 1]);
    zmq_msg_move(&letter->side, &frames[first + 2]);
    if (eel_message_unpack(&letter->message, zmq_msg_data(&letter->header),
                           zmq_msg_size(&letter->header)) != EEL_OK) {
        drop(link, eel_words());
        return 0;
    }
    if (letter->message.type != EEL_BLOCK && count > first + 1) {
        drop(link, "frames after a header that wants none");
        return 0;
    }
    letter->peer = find_peer(link, letter->instance);
    return !is_foreign(link, letter);
}

int eel_link_receive(eel_link *link, eel_letter *letter)
{
    for (;;) {
        zmq_msg_t frames[4];
        for (int i = 0; i < 4; i++)
            zmq_msg_init(&frames[i]);
        zmq_msg_init(&letter->header);
        zmq_msg_init(&letter->body);
        zmq_msg_init(&letter->side);
        int count = read_frames(link->socket, frames, 4);
        int usable = count && is_usable(link, letter, frames, count);
        for (int i = 0; i < 4; i++)
            zmq_msg_close(&frames[i]);
        if (usable)
            return 1;
        eel_letter_close(letter);
        if (!count)
            return 0;
    }
}

void eel_letter_close(eel_letter *letter)
{
    zmq_msg_close(&letter->header);
    zmq_msg_close(&letter->body);
    zmq_msg_close(&letter->side);
}

/* --- sending ---------------------------------------------------------------------------------- */

static int send_route(eel_link *link, const unsigned char *instance)
{
    if (!link->binds)
        return 1;
    return zmq_send(link->socket, instance, EEL_RUN_BYTES, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
}

static int send_header(eel_link *link, const unsigned char *instance, eel_message *message,
                       int flags)
{
    memcpy(message->instance, link->self->instance, EEL_RUN_BYTES);
    msgpack_sbuffer_clear(&link->packed);
    if (eel_message_pack(message, &link->packed) != EEL_OK || !send_route(link, instance))
        return 0;
    return zmq_send(link->socket, link->packed.data, link->packed.size, flags | ZMQ_DONTWAIT) >= 0;
}

static int sent(eel_link *link, eel_peer *peer, int ok)
{
    if (!ok && link->binds)
        peer->gone = 1;
    return ok;
}

int eel_link_send(eel_link *link, eel_peer *peer, eel_message *message)
{
    memcpy(message->run, link->self->run, EEL_RUN_BYTES);
    return sent(link, peer, send_header(link, peer->instance, message, 0));
}

int eel_link_send_copy(eel_link *link, eel_peer *peer, zmq_msg_t *header, zmq_msg_t *body,
                       zmq_msg_t *side)
{
    zmq_msg_t *frames[] = {header, body, side};
    int count = side && zmq_msg_size(side) ? 3 : body ? 2 : 1;
    int ok = send_route(link, peer->instance);

    for (int i = 0; ok && i < count; i++) {
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, frames[i]);
        ok = zmq_msg_send(&copy, link->socket, (i + 1 < count ? ZMQ_SNDMORE : 0) | ZMQ_DONTWAIT) >=
             0;
        zmq_msg_close(&copy);
    }
    return sent(link, peer, ok);
}

void eel_link_tell(eel_link *link, eel_message *message, int all)
{
    for (int i = 0; i < link->peer_count; i++) {
        eel_peer *peer = link->peers[i];
        if (peer->joined || (all && (peer->greeted || link->connected)))
            eel_link_send(link, peer, message);
    }
}

/* --- who is there ----------------------------------------------------------------------------- */

/* A connection that came to nothing. The gate has named a key that is not on its list; here it is
 * someone without the key of this end, or who speaks something else. The first is told. */
static void turned_away(eel_link *link, int event)
{
    if (!link->binds && event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        link->barred = 1;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || link->strange++ > 0)
        return;
    const char *endpoint = strchr(link->where, ':') + 1;
    if (link->binds)
        eel_log("refused a peer at %s: it does not prove that it knows the key of this run (the "
                "first is told)", endpoint);
    else
        eel_log("%s does not answer as the run would: another key, or no eelstream (the first is "
                "told)", endpoint);
}

static void handle_event(eel_link *link, int event, double now_s)
{
    if (event & EVENTS_FAILED)
        turned_away(link, event);
    if (link->binds) {
        if (event == ZMQ_EVENT_DISCONNECTED) {
            link->probe_s = now_s; /* the event does not say who: ask all, now and soon again */
            link->probe_step_s = PROBE_FIRST_S;
        }
        return;
    }
    link->connected = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    link->hello_due = link->connected;
    link->met |= link->connected;
    link->peers[0]->joined = 0;
}

static void read_monitor(eel_link *link, double now_s)
{
    for (;;) {
        zmq_msg_t frames[2];
        uint16_t event = 0;
        zmq_msg_init(&frames[0]);
        zmq_msg_init(&frames[1]);
        int count = read_frames(link->monitor, frames, 2);
        if (count && zmq_msg_size(&frames[0]) >= sizeof event)
            memcpy(&event, zmq_msg_data(&frames[0]), sizeof event);
        zmq_msg_close(&frames[0]);
        zmq_msg_close(&frames[1]);
        if (!count)
            return;
        if (event)
            handle_event(link, event, now_s);
    }
}

int eel_link_tend(eel_link *link, double now_s)
{
    eel_message probe = {.type = EEL_PROBE};

    read_monitor(link, now_s);
    if (link->barred)
        return eel_fail(EEL_ENET, "%s: %s refuses this process: its key %s is not on the list there",
                        link->option, strchr(link->where, ':') + 1,
                        link->self->security->own.public_key);
    if (!link->binds || now_s < link->probe_s)
        return EEL_OK;
    eel_link_tell(link, &probe, 1);
    link->probe_s = now_s + link->probe_step_s;
    link->probe_step_s *= 2;
    if (link->probe_step_s > PROBE_IDLE_S)
        link->probe_step_s = PROBE_IDLE_S;
    return EEL_OK;
}

int eel_link_endpoint(const eel_link *link, char *endpoint, size_t size)
{
    if (zmq_getsockopt(link->socket, ZMQ_LAST_ENDPOINT, endpoint, &size))
        return eel_fail(EEL_ENET, "%s: %s", link->option, zmq_strerror(errno));
    return EEL_OK;
}

void eel_link_refuse(eel_link *link, const eel_letter *letter, const char *format, ...)
{
    char text[EEL_WORDS_MAX];
    const char *name = letter->message.name[0] ? letter->message.name : "a peer";
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    eel_message error = {
        .type = EEL_ERROR, .code = EEL_ENET, .refused = 1, .text = {text, strlen(text)}};
    memcpy(error.run, letter->message.run, EEL_RUN_BYTES);
    memcpy(error.stage, link->self->name, EEL_NAME_MAX);
    eel_log("refused %s: %s", name, text);
    send_header(link, letter->instance, &error, 0);
}

eel_peer *eel_link_greeted(eel_link *link, const eel_letter *letter)
{
    const eel_message *message = &letter->message;
    eel_peer *peer = letter->peer;

    if (message->role == link->role) {
        eel_link_refuse(link, letter, "both ends of this link %s blocks",
                        link->role == EEL_CUSTODIAN ? "send" : "receive");
        return NULL;
    }
    if (!peer) {
        peer = link->peer_count < EEL_PEERS_MAX ? calloc(1, sizeof *peer) : NULL;
        if (!peer) {
            eel_link_refuse(link, letter, "%d peers are here already", link->peer_count);
            return NULL;
        }
        memcpy(peer->instance, letter->instance, EEL_RUN_BYTES);
        link->peers[link->peer_count++] = peer;
        link->met = 1;
    }
    memcpy(peer->name, message->name, EEL_NAME_MAX);
    return peer;
}

void eel_link_forget(eel_link *link, int i)
{
    eel_mapping_close(link->peers[i]->mapping);
    free(link->peers[i]);
    link->peers[i] = link->peers[--link->peer_count];
}

int eel_link_joined(const eel_link *link)
{
    int count = 0;

    for (int i = 0; i < link->peer_count; i++)
        count += link->peers[i]->joined && !link->peers[i]->gone;
    return count;
}
