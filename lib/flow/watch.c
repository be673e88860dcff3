#include "flow/watch.h"
#include "flow/wire.h"
#include "base/err.h"
#include "base/packed.h"
#include "curve/listen.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define STATUS_BYTES_MAX (64 << 10)
#define RELAY_QUEUE      256
#define RELAY_LINGER_MS  200

struct eel_watch {
    void *context, *socket;
    void *relay; /* NULL: nobody else listens */
    eel_listening at;
    int fd;
};

int eel_watch_open(eel_watch **watch, const char *endpoint)
{
    eel_watch *w = calloc(1, sizeof *w);
    int64_t bytes_max = STATUS_BYTES_MAX;
    int linger = 0;
    size_t size = sizeof(int);

    if (!w)
        return eel_fail(EEL_ENOMEM, "no memory to watch the stages");
    w->context = zmq_ctx_new();
    w->socket = w->context ? zmq_socket(w->context, ZMQ_PULL) : NULL;
    if (!w->socket || zmq_setsockopt(w->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_setsockopt(w->socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) ||
        zmq_getsockopt(w->socket, ZMQ_FD, &w->fd, &size)) {
        int code = eel_fail(EEL_ENET, "%s: %s", endpoint, zmq_strerror(zmq_errno()));
        eel_watch_close(w);
        return code;
    }
    int code = eel_listen(&w->at, w->socket, endpoint);
    if (code != EEL_OK) {
        eel_watch_close(w);
        return code;
    }
    *watch = w;
    return EEL_OK;
}

int eel_watch_fd(const eel_watch *watch)
{
    return watch->fd;
}

static void read_text(char *text, size_t size, const msgpack_object *value)
{
    if (value->type == MSGPACK_OBJECT_STR && value->via.str.size < size) {
        memcpy(text, value->via.str.ptr, value->via.str.size);
        text[value->via.str.size] = 0;
    }
}

static uint64_t number(const msgpack_object *value)
{
    return value->type == MSGPACK_OBJECT_POSITIVE_INTEGER ? value->via.u64 : 0;
}

static void read_entry(eel_status *status, const msgpack_object *key, const msgpack_object *value)
{
    char name[16] = "";

    read_text(name, sizeof name, key);
    if (!strcmp(name, "stage"))
        read_text(status->stage, sizeof status->stage, value);
    else if (!strcmp(name, "name"))
        read_text(status->name, sizeof status->name, value);
    else if (!strcmp(name, "state"))
        read_text(status->state, sizeof status->state, value);
    else if (!strcmp(name, "in_at"))
        read_text(status->in_at, sizeof status->in_at, value);
    else if (!strcmp(name, "out_at"))
        read_text(status->out_at, sizeof status->out_at, value);
    else if (!strcmp(name, "pid"))
        status->pid = (int64_t)number(value);
    else if (!strcmp(name, "pixels"))
        status->pixels = number(value);
    else if (!strcmp(name, "total"))
        status->total = number(value);
    else if (!strcmp(name, "busy_us"))
        status->busy_us = number(value);
    else if (!strcmp(name, "starved_us"))
        status->starved_us = number(value);
    else if (!strcmp(name, "blocked_us"))
        status->blocked_us = number(value);
    else if (!strcmp(name, "credits"))
        status->credits = number(value);
}

static int parse(eel_status *status, const void *data, size_t size)
{
    msgpack_unpacked unpacked;
    int is_status = 0;

    *status = (eel_status){0};
    msgpack_unpacked_init(&unpacked);
    if (eel_packed_fits(data, size) &&
        msgpack_unpack_next(&unpacked, data, size, NULL) == MSGPACK_UNPACK_SUCCESS &&
        unpacked.data.type == MSGPACK_OBJECT_MAP) {
        for (uint32_t i = 0; i < unpacked.data.via.map.size; i++)
            read_entry(status, &unpacked.data.via.map.ptr[i].key,
                       &unpacked.data.via.map.ptr[i].val);
        is_status = status->name[0] != 0;
    }
    msgpack_unpacked_destroy(&unpacked);
    return is_status;
}

int eel_watch_relay(eel_watch *watch, const char *endpoint)
{
    int linger = RELAY_LINGER_MS, queue = RELAY_QUEUE;

    watch->relay = zmq_socket(watch->context, ZMQ_PUSH);
    if (!watch->relay || zmq_setsockopt(watch->relay, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_setsockopt(watch->relay, ZMQ_SNDHWM, &queue, sizeof queue) ||
        zmq_connect(watch->relay, endpoint))
        return eel_fail(EEL_EARGS, "%s: %s", endpoint, zmq_strerror(zmq_errno()));
    return EEL_OK;
}

int eel_watch_next(eel_watch *watch, eel_status *status)
{
    zmq_msg_t message;
    int found = 0;

    zmq_msg_init(&message);
    while (!found && zmq_msg_recv(&message, watch->socket, ZMQ_DONTWAIT) >= 0) {
        found = parse(status, zmq_msg_data(&message), zmq_msg_size(&message));
        if (found && watch->relay)
            zmq_send(watch->relay, zmq_msg_data(&message), zmq_msg_size(&message), ZMQ_DONTWAIT);
    }
    zmq_msg_close(&message);
    return found;
}

void eel_watch_close(eel_watch *watch)
{
    if (!watch)
        return;
    if (watch->relay)
        zmq_close(watch->relay);
    eel_listen_end(&watch->at);
    if (watch->socket)
        zmq_close(watch->socket);
    if (watch->context)
        zmq_ctx_term(watch->context);
    free(watch);
}
