/*
 * karabo_train - one answer of a Karabo bridge, protocol 2.2: pairs of frames, the first of which is a
 * msgpack map that says what the second holds. For each source there is a pair with its properties and
 * its train number, then one for each of its arrays. Source: github.com/European-XFEL/karabo-bridge-py,
 * docs/protocol.rst.
 */
#ifndef EEL_LIVE_KARABO_TRAIN_H
#define EEL_LIVE_KARABO_TRAIN_H

#include "io/image.h"

#include <zmq.h>

#define EEL_KARABO_BYTES_MAX  (256u << 20) /* of a frame */
#define EEL_KARABO_HEADER_MAX (1u << 16)   /* of a frame that says what the next one holds */
#define EEL_KARABO_FRAMES_MAX 8192         /* of an answer */
#define EEL_KARABO_DIMS_MAX   3
#define EEL_KARABO_NO_TRAIN   UINT64_MAX   /* the source does not number its trains */

typedef struct {
    zmq_msg_t values;      /* of the array that is wanted; initialised by the caller */
    uint64_t train;
    int arrays;            /* how many there are of those that are wanted: 1 is right */
    eel_image_type type;
    int dims;
    uint64_t shape[EEL_KARABO_DIMS_MAX];
    char names[600];       /* all arrays that came, as the user would name them */
} eel_karabo_train;

/* Receives an answer that is there from a DEALER socket. `signal` is "SOURCE KEY", or NULL for the only array. EEL_EFORMAT,
 * EEL_ELIMIT: all of it was received, and it is none. */
int eel_karabo_receive(eel_karabo_train *train, void *socket, const char *signal);

#endif
