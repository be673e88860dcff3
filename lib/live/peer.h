/*
 * peer - a ZeroMQ socket that connects to a program elsewhere, and says whether it is there.
 *
 *     eel_peer_open(&peer, ZMQ_PULL, "tcp://10.0.0.1:31001", bytes_max);
 *     if (eel_peer_news(&peer, words))
 *         …                                "connected to …", "nobody answers at …", "lost …"
 *     if (eel_peer_wait(&peer, 50))
 *         …                                receive from peer.socket
 *     eel_peer_close(&peer);
 */
#ifndef EEL_LIVE_PEER_H
#define EEL_LIVE_PEER_H

#include "base/err.h"

#include <stddef.h>

#define EEL_PEER_WAIT_S 3.0 /* until nobody is said to answer */

typedef struct {
    void *context, *socket, *monitor;
    const char *address;
    int connected, was_connected;
    int said;        /* that nobody answers */
    double opened_s;
} eel_peer;

/* tcp://HOST:PORT or ipc://PATH, kept by reference. A message of more than bytes_max ends the
 * connection. EEL_EARGS, EEL_ENET. */
int eel_peer_open(eel_peer *peer, int type, const char *address, size_t bytes_max);
void eel_peer_close(eel_peer *peer); /* also one that failed to open, or all zero */

/* Waits for a message, or for news. 1 when a message is there. */
int eel_peer_wait(eel_peer *peer, int timeout_ms);

/* 1 with words when something changed. */
int eel_peer_news(eel_peer *peer, char words[EEL_WORDS_MAX]);

#endif
