/*
 * transport - what a block carries besides itself: the messages whose memory it uses, and the work
 * that stages have spent on it. Private to lib/flow.
 */
#ifndef EEL_FLOW_TRANSPORT_H
#define EEL_FLOW_TRANSPORT_H

#include <zmq.h>

#include "flow/shared.h"

struct eel_block_transport {
    zmq_msg_t body, side; /* memory of data and side */
    eel_mapping *mapping; /* of a payload that is still in upstream's memory, or NULL … */
    eel_place there;      /* … and where */
    int late;             /* it was gone there before all of it was read: the block was done without this process */
    eel_shared *shared;   /* memory for new payloads, which downstream can map, or NULL … */
    eel_place place;      /* … and where in it the payload is; use 0: in `body` */
    eel_work work[EEL_WORK_MAX];
    int work_count;
    int received;   /* it came from upstream, which waits for its acknowledgement */
    double since_s;  /* when the stage got it or made it */
    eel_block *next; /* waits behind this one for the stage */
};

size_t eel_block_bytes(const eel_block *block); /* of payload and side data */

/* A block of what was received. Takes the frames' contents on success, copies those that are not
 * aligned; a frame that is not there is an empty message. Without a payload in the message, that lies at
 * its place in `mapping` until it is fetched. EEL_EFORMAT: the frames do not fit. */
int eel_block_received(const eel_message *message, zmq_msg_t *body, zmq_msg_t *side,
                       eel_mapping *mapping, eel_block **block);

/* Lets the block's data be read in the custodian's memory, if they are there, until it is reshaped or fetched. */
void eel_block_look(eel_block *block);

/* Fetches a payload from the custodian's memory, if it is there. *late: too late for it, or for the look before. */
int eel_block_fetch(eel_block *block, int *late);

#endif
