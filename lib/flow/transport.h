/*
 * transport - what a block carries besides itself: the messages whose memory it uses, and the work
 * that stages have spent on it. Private to lib/flow.
 */
#ifndef EEL_FLOW_TRANSPORT_H
#define EEL_FLOW_TRANSPORT_H

#include <zmq.h>

#include "flow/wire.h"

struct eel_block_transport {
    zmq_msg_t body, side; /* memory of data and side */
    eel_work work[EEL_WORK_MAX];
    int work_count;
    int received;   /* it came from upstream, which waits for its acknowledgement */
    double since_s;  /* when the stage got it or made it */
    eel_block *next; /* waits behind this one for the stage */
};

/* A block of what was received. Takes the frames' contents on success, copies those that are not
 * aligned; a frame that is not there is an empty message. EEL_EFORMAT: the frames do not fit. */
int eel_block_received(const eel_message *message, zmq_msg_t *body, zmq_msg_t *side,
                       eel_block **block);

#endif
