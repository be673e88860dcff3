/*
 * request - what the user says: which source, what its scans are like where it does not know, and what happens when it
 * is faster than the pipeline. Options and operands of the stage, checked before anything is listened to.
 */
#ifndef EEL_STAGES_REQUEST_H
#define EEL_STAGES_REQUEST_H

#include "base/args.h"
#include "flow/flow.h"
#include "live/ring.h"
#include "live/source.h"

typedef struct {
    const eel_source *source;
    eel_live_how how;    /* its texts are those of the command line */
    eel_overrun overrun;
    uint64_t ring_bytes; /* of spectra that may wait in memory */
    uint64_t first;      /* number of the first scan, from 1 on */
    uint64_t scans;      /* so many of them; 0: as many as come */
    int serve;           /* each has a flow of its own (serving.h) … */
    const char *results; /* … and its results a folder in this one; NULL: not told */
} eel_request;

extern const eel_usage eel_request_usage;

/* From the options and operands that the flow has read; it stays valid as long as the flow. EEL_EARGS. */
int eel_request_parse(eel_request *request, const eel_flow *flow);

#endif
