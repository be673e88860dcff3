/*
 * hearing - a running source as the pieces that its ring hands out: scans, pixels, what is absent of them, their ends.
 *
 *     eel_hearing_open(&hearing, &request);
 *     while ((scan = eel_hearing_scan(&hearing, flow, &code))) {
 *         while (eel_hearing_next(&hearing, flow, &piece)) … eel_ring_give_back(hearing.ring, &piece);
 *         eel_hearing_release(&hearing, scan, mapped);
 *     }
 *     eel_hearing_close(&hearing, NULL, 0);
 *
 * A thread of its own listens (live/gather.h); this side only waits for it, and tends the flow meanwhile. What the
 * source says in words goes to the user. With --serve, the launcher may ask it to stop (orders.h).
 */
#ifndef EEL_STAGES_HEARING_H
#define EEL_STAGES_HEARING_H

#include "ingest/orders.h"
#include "ingest/request.h"
#include "live/gather.h"

typedef struct {
    const eel_request *request; /* the caller's */
    void *source;               /* its state */
    eel_ring *ring;
    eel_gather *gather;
    eel_orders orders;          /* with --serve */
    int stopping;               /* it was asked to stop: the rest of the scan that is on is cancelled */
    uint64_t refused;           /* scans that cannot be mapped, or of which nothing came; each was named */
} eel_hearing;

/* Scans have numbers above those that an earlier process left in the spool. All zero before; close it also after a
 * failure: one of the source, EEL_EIO, EEL_ELIMIT, EEL_ENOMEM. */
int eel_hearing_open(eel_hearing *hearing, const eel_request *request);

/* Releases the scan that was taken last, unless it is NULL. All zero is fine. */
void eel_hearing_close(eel_hearing *hearing, eel_live_scan *scan, int mapped);

void eel_hearing_stop(eel_hearing *hearing);
int eel_hearing_stopped(eel_hearing *hearing); /* was it asked to, by now? */

/* The next piece, to be given back; flow NULL: between two flows. 0 when the flow ended, or when none will come: then
 * eel_ring_code says how the source ended. */
int eel_hearing_next(eel_hearing *hearing, eel_flow *flow, eel_piece *piece);

/* The scan that begins next, to be released. NULL when none will come, with how the source ended in *code. One that
 * cannot be mapped is passed over with --serve, and without is what *code says. */
eel_live_scan *eel_hearing_scan(eel_hearing *hearing, eel_flow *flow, int *code);

/* What is still to come of a scan that no flow takes, its END included: until then who listens writes to it. Fails as
 * the source did. */
int eel_hearing_pass_over(eel_hearing *hearing);

/* Done with a scan whose END has come; the spool of one that is not mapped stays. */
void eel_hearing_release(eel_hearing *hearing, eel_live_scan *scan, int mapped);

#endif
