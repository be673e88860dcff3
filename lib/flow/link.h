/*
 * link - one end of a link between two stages: a socket, its monitor and the peers behind it.
 *
 * A link moves messages and knows who is there; it does not know what a block is worth. custody
 * (the upstream end) and intake (the downstream end) are built on it.
 *
 *     eel_link_open(&link, context, &self, EEL_CUSTODIAN, "bind:ipc:///run/x/a");
 *     while (eel_link_receive(&link, &letter)) { … letter.message, letter.peer …
 *                                                eel_letter_close(&letter); }
 *     eel_link_tend(&link, now_s);     monitor events and probes: peers may become `gone`
 *
 * A binding end has many peers, each known by its instance; a connecting end has exactly one, which
 * stays in the table while the connection comes and goes.
 */
#ifndef EEL_FLOW_LINK_H
#define EEL_FLOW_LINK_H

#include <zmq.h>

#include "curve/gate.h"
#include "curve/listen.h"
#include "flow/shared.h"

#define EEL_PEERS_MAX       256
#define EEL_ACKS_MAX        64
#define EEL_WINDOW_BLOCKS   1024u /* in flight to one peer, however small they are */
#define EEL_WINDOW_MIN      4u    /* and however large */

typedef struct { /* who we are */
    unsigned char run[EEL_RUN_BYTES], instance[EEL_RUN_BYTES];
    char name[EEL_NAME_MAX];
    const eel_security *security; /* for tcp; NULL: no tcp */
} eel_identity;

typedef struct {
    unsigned char instance[EEL_RUN_BYTES]; /* its routing id at a binding end */
    char name[EEL_NAME_MAX];
    int greeted; /* its HELLO is here and our WELCOME is due */
    int joined;
    int known; /* it has joined, perhaps before its connection broke */
    int gone; /* its process is no more; to be forgotten */
    int left; /* it said QUIT: it leaves in good order */

    uint64_t window_bytes; /* a receiver: what it grants, what is there, is one a suspect */
    uint32_t window_blocks;
    uint64_t bytes;
    uint32_t blocks;
    uint64_t served; /* blocks it was ever given */
    int solo;
    int maps; /* it takes payloads from our memory */

    eel_mapping *mapping;        /* of a custodian's memory, or NULL */
    uint64_t acks[EEL_ACKS_MAX]; /* a custodian: acknowledgements it has not been told yet */
    size_t ack_count;
} eel_peer;

typedef struct {
    const eel_identity *self;
    eel_role role; /* ours */
    int binds;
    int connected; /* connecting end: the handshake is done */
    int hello_due; /* connecting end: say HELLO */
    int met;       /* somebody was there at some time */
    const char *option, *where; /* as opened, for words */
    void *socket, *monitor;
    eel_listening at; /* binding end: its file */
    int barred;       /* connecting end: our key is not on the list there */
    uint64_t strange; /* connections that came to nothing */
    eel_peer *peers[EEL_PEERS_MAX];
    int peer_count;
    double probe_s, probe_step_s; /* when the next probe is due, and the one after */
    uint64_t dropped;             /* messages that were garbage or of another run */
    msgpack_sbuffer packed;       /* scratch */
} eel_link;

typedef struct {
    eel_message message; /* its texts point into the frames */
    eel_peer *peer;      /* NULL: not known yet */
    unsigned char instance[EEL_RUN_BYTES];
    zmq_msg_t header, body, side;
} eel_letter;

/* `where` is "bind:ENDPOINT" or "connect:ENDPOINT"; `option` names it in words. Neither is copied.
 * EEL_EARGS for a tcp endpoint that nothing protects; to bind fails as in curve/listen.h. */
int eel_link_open(eel_link *link, void *context, const eel_identity *self, eel_role role,
                  const char *option, const char *where);
void eel_link_close(eel_link *link, int linger_ms);

/* The next message that makes sense, of our run, without waiting. Returns 1 or 0. The letter's
 * message keeps its memory from one call to the next; release it at the end. */
int eel_link_receive(eel_link *link, eel_letter *letter);
void eel_letter_close(eel_letter *letter);

/* Fills in run and instance and sends. A peer that cannot be reached becomes `gone`. Returns 1 if
 * the message is on its way. */
int eel_link_send(eel_link *link, eel_peer *peer, eel_message *message);

/* The same with frames that are packed already; `body` and `side` may be NULL. The message shares
 * their memory. */
int eel_link_send_copy(eel_link *link, eel_peer *peer, zmq_msg_t *header, zmq_msg_t *body,
                       zmq_msg_t *side);

/* To every peer that has joined (`all`: or has only greeted us). */
void eel_link_tell(eel_link *link, eel_message *message, int all);

/* Where a binding end can be reached; for tcp with the port that it got. */
int eel_link_endpoint(const eel_link *link, char *endpoint, size_t size);

/* Reads the monitor, and probes the peers when that is due. EEL_ENET when the other end will never
 * let us in. */
int eel_link_tend(eel_link *link, double now_s);

/* The peer that sent this HELLO or WELCOME, entered in the table under the name it gives. NULL: it
 * was refused, because of its role or for want of room. */
eel_peer *eel_link_greeted(eel_link *link, const eel_letter *letter);
void eel_link_refuse(eel_link *link, const eel_letter *letter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void eel_link_forget(eel_link *link, int i); /* frees peer i of a binding end */

int eel_link_joined(const eel_link *link); /* how many */

#endif
