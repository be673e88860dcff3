/*
 * gate - who may join over tcp (proto/wire.md, W43 to W47).
 *
 * tcp links are encrypted and authenticated by CURVE (ZeroMQ RFC 26). ZeroMQ asks whoever listens
 * at inproc://zeromq.zap.01 (RFC 27, ZAP) before it lets a peer in; the gate answers. Its list is a
 * folder of certificates (keys.h), read anew for every peer: a file put there or taken away counts
 * from then on.
 *
 *     eel_security_open(&security, context);        before any socket binds
 *     eel_security_apply(&security, socket, …);     before this one does
 *     … poll security.gate.socket, then: eel_gate_serve(&security.gate);
 *     eel_security_close(&security);                after all sockets: ZeroMQ lets everybody in where
 *                                                   nobody answers
 */
#ifndef EEL_CURVE_GATE_H
#define EEL_CURVE_GATE_H

#include <stdint.h>

#include "curve/keys.h"

#define EEL_GATE_CERTS_MAX 4096 /* files of a list that are looked at */
#define EEL_GATE_NAMED_MAX 32   /* refused keys that are told one by one */

typedef struct {
    void *socket;        /* REP; NULL: closed */
    const char *allowed; /* folder; not copied */
    uint64_t refused;
    char named[EEL_GATE_NAMED_MAX][EEL_KEY_SIZE];
} eel_gate;

typedef struct { /* what protects the tcp sockets of a process */
    eel_keys own;              /* "": none */
    const char *allowed;       /* folder of certificates, for who binds, not copied; NULL: none */
    char server[EEL_KEY_SIZE]; /* public key of the end that binds, for who connects; "": none */
    eel_gate gate;             /* asked by one ZeroMQ context */
    int insecure;              /* none of this: said aloud by the user */
} eel_security;

void eel_gate_serve(eel_gate *gate); /* answers all that wait */

/* Opens the gate if there is a list. EEL_EIO: no such folder, or others may write there. */
int eel_security_open(eel_security *security, void *context);
void eel_security_close(eel_security *security);

/* Is it an address that other machines may reach? */
int eel_is_tcp(const char *endpoint);

/* Protects a socket before it binds or connects. EEL_EARGS when something is missing for that;
 * `option` names the link in words. `security` may be NULL: nothing is there. */
int eel_security_apply(const eel_security *security, void *socket, int binds, const char *option,
                       const char *endpoint);

#endif
