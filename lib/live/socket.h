/*
 * socket - a ZeroMQ socket towards programs that are not ours: nothing that comes is larger than
 * the limit, and nothing is waited for when it is closed.
 *
 *     eel_socket_open(&context, &socket, ZMQ_PULL, "tcp://10.0.0.1:31001", "tcp://HOST:PORT",
 * bytes_max, 256); zmq_connect(socket, …); count = eel_socket_receive(socket, parts, PARTS_MAX);
 *     eel_socket_close(context, socket);
 */
#ifndef EEL_LIVE_SOCKET_H
#define EEL_LIVE_SOCKET_H

#include <stddef.h>
#include <zmq.h>

/* tcp://… or ipc://…; a message part of more than bytes_max ends its connection, `messages` may
 * wait. EEL_EARGS with `expected` for another address, and for a port that is none; EEL_ENOMEM.
 * To be closed also when it failed, both NULL before. */
int eel_socket_open(void **context, void **socket, int type, const char *address,
                    const char *expected, size_t bytes_max, int messages);
void eel_socket_close(void *context, void *socket); /* NULLs are fine */

/* The next message if one is there: how many parts it has, 0 without one. parts (max) are
 * initialised; those beyond are counted only, and those that it does not have are empty. */
int eel_socket_receive(void *socket, zmq_msg_t *parts, int max);

#endif
