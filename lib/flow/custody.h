/*
 * custody - the upstream end of a link: keeps every block until it is acknowledged (proto/wire.md,
 * W25 to W37).
 *
 * A kept block waits, or is sent to one peer. What a lost peer had waits again, ahead of the rest;
 * if the peer died, its data blocks are suspects, each sent to a peer that holds nothing else, and
 * the third peer that dies of one alone makes a tombstone of it.
 */
#ifndef EEL_FLOW_CUSTODY_H
#define EEL_FLOW_CUSTODY_H

#include "flow/ledger.h"
#include "flow/link.h"

typedef struct eel_kept eel_kept;

typedef struct {
    eel_kept *first, *last;
    uint32_t count;
} eel_kept_list;

typedef struct {
    eel_link link;
    uint64_t window;         /* bytes that may be kept */
    eel_shared *shared;      /* memory that receivers on this machine can map; NULL: none */
    const char *description; /* the caller's; NULL: not known yet, so nobody is welcome yet */
    uint64_t pixels;         /* expected */
    int ended, complete;
    int met; /* somebody has joined, at some time */
    uint64_t total; /* of pixels, once ended */

    eel_ledger ledger;
    eel_kept_list waiting, suspects, sent;
    uint64_t bytes, poisoned, resent;
} eel_custody;

/* Tells downstream what the run is; from now on peers are welcome. */
void eel_custody_announce(eel_custody *custody, const char *description, uint64_t pixels);

/* Is there room for one more block of so many bytes? */
int eel_custody_room(const eel_custody *custody, uint64_t bytes);

/* Takes the memory of a data or tombstone block into custody, not the block itself. `passed`: its
 * acknowledgement goes on upstream. Of two passed blocks with one number the first stays, since
 * upstream may have sent one again; two of our own are EEL_EARGS. */
int eel_custody_keep(eel_custody *custody, eel_block *block, int passed);

/* The block is durable: forget it. Returns 1 if it was known; *passed as it was kept. */
int eel_custody_forget(eel_custody *custody, uint64_t number, int *passed);

void eel_custody_end(eel_custody *custody, uint64_t total);
void eel_custody_complete(eel_custody *custody); /* all is durable: drop everything, say QUIT */

/* Takes a message of this link, acknowledgements and errors excepted: those are the caller's. */
int eel_custody_take(eel_custody *custody, eel_letter *letter);

/* Hands over what can be handed over, after taking back what lost peers had. */
int eel_custody_dispatch(eel_custody *custody);

uint32_t eel_custody_count(const eel_custody *custody);   /* blocks kept */
uint64_t eel_custody_credits(const eel_custody *custody); /* bytes that receivers would take */

void eel_custody_release(eel_custody *custody); /* all but the link */

#endif
