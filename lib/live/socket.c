#include "live/socket.h"
#include "base/err.h"
#include "curve/listen.h"

#include <stdint.h>
#include <string.h>

int eel_socket_open(void **context, void **socket, int type, const char *address,
                    const char *expected, size_t bytes_max, int messages)
{
    int linger = 0;
    int64_t largest = (int64_t)bytes_max;

    if (strncmp(address, "tcp://", 6) != 0 && strncmp(address, "ipc://", 6) != 0)
        return eel_fail(EEL_EARGS, "%s: expected %s or ipc://PATH", address, expected);
    if (eel_endpoint_check(address) != EEL_OK)
        return EEL_EARGS;
    *context = zmq_ctx_new();
    *socket = *context ? zmq_socket(*context, type) : NULL;
    if (!*socket)
        return eel_fail(EEL_ENOMEM, "%s: no ZeroMQ socket: %s", address, zmq_strerror(zmq_errno()));
    zmq_setsockopt(*socket, ZMQ_RCVHWM, &messages, sizeof messages);
    zmq_setsockopt(*socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(*socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    return EEL_OK;
}

void eel_socket_close(void *context, void *socket)
{
    if (socket)
        zmq_close(socket);
    if (context)
        zmq_ctx_term(context);
}

int eel_socket_receive(void *socket, zmq_msg_t *parts, int max)
{
    int count = 0, more = 1;

    for (int i = 0; i < max; i++) {
        zmq_msg_close(&parts[i]);
        zmq_msg_init(&parts[i]);
    }
    while (more) {
        zmq_msg_t extra, *to = count < max ? &parts[count] : &extra;
        if (to == &extra)
            zmq_msg_init(&extra);
        int failed = zmq_msg_recv(to, socket, count == 0 ? ZMQ_DONTWAIT : 0) < 0;
        more = !failed && zmq_msg_more(to);
        if (to == &extra)
            zmq_msg_close(&extra);
        if (failed)
            return 0;
        count++;
    }
    return count;
}
