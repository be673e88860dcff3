/*
 * listen - a socket at an address, tcp://ADDRESS:PORT or ipc://PATH: of a link, a tap, a live feed.
 *
 * ZeroMQ alone deletes whatever file is at PATH, takes the place of a program that listens there, leaves its own
 * file behind, and takes a port above 65535 for another one. Here nothing of others is touched:
 *
 *     eel_listening at = {0};
 *     eel_listen(&at, socket, "ipc:///tmp/spectra");
 *     …
 *     eel_listen_end(&at);                          then close the socket
 */
#ifndef EEL_CURVE_LISTEN_H
#define EEL_CURVE_LISTEN_H

#include <sys/types.h>

#include "base/replace.h"

typedef struct {
    char path[EEL_PATH_MAX]; /* of the socket's file; "": there is none */
    dev_t device;            /* which file it is */
    ino_t inode;
} eel_listening;

/* Is the port of tcp://… one? Other endpoints pass. For who connects, too. EEL_EARGS. */
int eel_endpoint_check(const char *endpoint);

/* Binds the socket, which stays the caller's. The file of a program that is gone is replaced. EEL_EARGS for what
 * is no address and where PATH is another kind of file; EEL_ENET where somebody listens already, and for what else
 * ZeroMQ refuses. */
int eel_listen(eel_listening *at, void *socket, const char *endpoint);

/* Removes the file, if it is still the same. All zero is fine. Before the socket is closed: the next to listen
 * there cannot have come yet. */
void eel_listen_end(eel_listening *at);

#endif
