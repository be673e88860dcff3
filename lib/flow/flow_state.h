/*
 * flow_state - what a flow is made of, and one turn of its wheel. Private to lib/flow: flow.c is
 * the interface of the stages, flow_turn.c moves what has to move.
 */
#ifndef EEL_FLOW_FLOW_STATE_H
#define EEL_FLOW_FLOW_STATE_H

#include "flow/custody.h"
#include "flow/flow.h"
#include "flow/intake.h"
#include "flow/options.h"
#include "flow/teller.h"
#include "base/err.h"

#define EEL_FOREVER_S 1e9

typedef struct {
    char stage[EEL_NAME_MAX];
    uint64_t pixels, us;
} eel_timing;

struct eel_flow {
    eel_flow_options options;
    char **argv;
    int operands;
    void *context;
    int signal_event;
    eel_intake in;
    eel_custody out;
    int has_in, has_out;
    eel_letter letter;
    eel_teller teller;
    char *description; /* for downstream; NULL: upstream's */
    uint64_t sent;     /* pixels */

    int begun;     /* the stage asked for its first block */
    int keeps;     /* tombstones reach the stage: a fold or sink */
    int in_place;  /* it reads blocks in upstream's memory */
    int ended;     /* downstream knows the total */
    int finished;  /* the stage has seen the end of its input */
    int enough;    /* downstream wants no more */
    int early;     /* the stage closes before the end of its input */
    double tend_s; /* when to ask next who came and went */
    double left_s; /* when the stage was last on its own */

    int code;                   /* the first failure … */
    char words[EEL_WORDS_MAX];  /* … what to say of it … */
    char culprit[EEL_NAME_MAX]; /* … whose it was … */
    int culprit_code;           /* … and as what it travels */

    eel_timing timing[EEL_WORK_MAX];
    int timing_count;
};

/* Received blocks go on, changed, and their acknowledgements come back: a map or worker. */
int eel_flow_is_map(const eel_flow *flow);

/* Tells downstream what the run is; no later than with the first block. */
void eel_flow_announce(eel_flow *flow);

/* Waits at most `wait_s` for something to happen and deals with what has happened. */
void eel_flow_turn(eel_flow *flow, double wait_s);

#endif
