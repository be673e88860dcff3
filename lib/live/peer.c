#include "live/peer.h"
#include "live/socket.h"
#include "base/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define QUEUE_MESSAGES 256 /* in ZeroMQ, between two looks */
#define MONITOR        "inproc://peer"
#define EVENTS         (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED)

static int watch(eel_peer *peer)
{
    peer->monitor = zmq_socket(peer->context, ZMQ_PAIR);
    return peer->monitor && zmq_socket_monitor(peer->socket, MONITOR, EVENTS) == 0 &&
           zmq_connect(peer->monitor, MONITOR) == 0;
}

int eel_peer_open(eel_peer *peer, int type, const char *address, size_t bytes_max)
{
    *peer = (eel_peer){.address = address, .opened_s = eel_clock_s()};
    int code = eel_socket_open(&peer->context, &peer->socket, type, address, "tcp://HOST:PORT",
                               bytes_max, QUEUE_MESSAGES);
    if (code != EEL_OK)
        return code;
    if (!watch(peer))
        return eel_fail(EEL_ENOMEM, "%s: no ZeroMQ socket: %s", address, zmq_strerror(zmq_errno()));
    if (zmq_connect(peer->socket, address) != 0)
        return eel_fail(EEL_EARGS, "%s: cannot be connected to: %s", address,
                        zmq_strerror(zmq_errno()));
    return EEL_OK;
}

/* An event of the monitor: 16 bits of number, 32 of value, then a frame with the endpoint. */
static int next_event(eel_peer *peer)
{
    unsigned char frame[6] = {0}, endpoint[256];
    uint16_t event;

    if (zmq_recv(peer->monitor, frame, sizeof frame, ZMQ_DONTWAIT) < (int)sizeof event)
        return 0;
    zmq_recv(peer->monitor, endpoint, sizeof endpoint, 0);
    memcpy(&event, frame, sizeof event);
    return event;
}

/* Before the first connection there can be no message: it is told first. */
int eel_peer_wait(eel_peer *peer, int timeout_ms)
{
    zmq_pollitem_t items[] = {{.socket = peer->monitor, .events = ZMQ_POLLIN},
                              {.socket = peer->socket, .events = ZMQ_POLLIN}};

    return zmq_poll(items, peer->was_connected ? 2 : 1, timeout_ms) > 0 && items[1].revents;
}

int eel_peer_news(eel_peer *peer, char words[EEL_WORDS_MAX])
{
    for (int event; (event = next_event(peer));) {
        int connected = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
        if (connected == peer->connected)
            continue;
        peer->connected = connected;
        peer->was_connected |= connected;
        snprintf(words, EEL_WORDS_MAX, connected ? "connected to %.900s"
                 : "lost %.900s: its program ended or the cable is out; trying again", peer->address);
        return 1;
    }
    if (!peer->connected && !peer->said && eel_clock_s() - peer->opened_s > EEL_PEER_WAIT_S) {
        peer->said = 1;
        snprintf(words, EEL_WORDS_MAX, "nobody answers at %.900s yet", peer->address);
        return 1;
    }
    return 0;
}

void eel_peer_close(eel_peer *peer)
{
    if (peer->socket)
        zmq_socket_monitor(peer->socket, NULL, 0); /* first: it blocks when its reader is gone */
    if (peer->monitor)
        zmq_close(peer->monitor);
    eel_socket_close(peer->context, peer->socket);
    *peer = (eel_peer){0};
}
