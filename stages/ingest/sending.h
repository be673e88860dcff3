/*
 * sending - one scan into one flow: the pieces of its spectra become blocks, what is absent becomes tombstones, and its
 * end the end of the flow.
 *
 * The flow is the caller's: it is described and ended here, not closed, and says itself what failed.
 */
#ifndef EEL_STAGES_SENDING_H
#define EEL_STAGES_SENDING_H

#include "ingest/hearing.h"
#include "ingest/leftover.h"

typedef enum { EEL_SENT, EEL_FLOW_ENDED, EEL_SOURCE_ENDED } eel_sent;

/* From after the SCAN piece to its END, unless the flow, or the source, ends before. */
eel_sent eel_send_scan(eel_hearing *hearing, eel_flow *flow, const eel_live_scan *scan);

/* A scan of an earlier process, from its spool; what is not there was never written: source-gap. */
void eel_send_leftover(const eel_request *request, eel_flow *flow, eel_leftover *left);

#endif
