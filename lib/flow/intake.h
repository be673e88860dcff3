/*
 * intake - the downstream end of a link: what came and is not acknowledged yet (proto/wire.md,
 * W15, W16, W26, W28 to W32).
 *
 * A block that arrives is held under its number until eel_intake_ack, and waits for the stage in
 * order of arrival. Acknowledgements are gathered and sent by eel_intake_flush.
 */
#ifndef EEL_FLOW_INTAKE_H
#define EEL_FLOW_INTAKE_H

#include "flow/ledger.h"
#include "flow/link.h"

typedef struct {
    eel_link link;
    uint64_t window;   /* bytes granted, shared by all custodians */
    char *description; /* of the run, as the first custodian told it; NULL before */
    uint64_t pixels;   /* expected */
    int ended;         /* `total` is known */
    int complete;      /* a custodian said QUIT */
    uint64_t total;
    int shares; /* custodians the window is divided among */

    eel_ledger held;
    eel_block *first, *last; /* waiting for the stage, in order of arrival */
    eel_ranges seen;         /* pixels that arrived */
} eel_intake;

/* Takes a message of this link, errors excepted: those are the caller's. */
int eel_intake_take(eel_intake *intake, eel_letter *letter);

/* The next block, NULL if none waits. It stays held. Its payload is still to be fetched (transport.h). */
eel_block *eel_intake_next(eel_intake *intake);

/* All pixels up to the announced total have arrived. */
int eel_intake_all_seen(const eel_intake *intake);

/* The block of that number is durable downstream; also one that is not held. */
void eel_intake_ack(eel_intake *intake, uint64_t number);
void eel_intake_drop(eel_intake *intake, uint64_t number); /* as if it had never come */
void eel_intake_ack_all(eel_intake *intake); /* everything that is held */

/* Forgets peers that are gone, says HELLO and new windows where due, sends acknowledgements. */
int eel_intake_flush(eel_intake *intake);

void eel_intake_leave(eel_intake *intake);   /* say QUIT: we go in good order */
void eel_intake_release(eel_intake *intake); /* all but the link */

#endif
