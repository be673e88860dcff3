/*
 * leftover - scans that an earlier ingest process spooled and did not see mapped.
 */
#ifndef EEL_STAGES_LEFTOVER_H
#define EEL_STAGES_LEFTOVER_H

#include "live/ring.h"

typedef struct {
    eel_live_scan scan;
    void *rows;  /* (block_rows) of eel_live_row_bytes, of the last record */
    int mapped;  /* set by who has mapped it: its spool is removed */
} eel_leftover;

/* Calls for each of the folder, in the order of their numbers, until one fails. Those at which
 * another process is at work are passed over. */
int eel_leftover_each(const char *folder, int (*act)(eel_leftover *, void *with), void *with);

/* Raises *number above those of all spools there. */
int eel_leftover_after(const char *folder, uint64_t *number);

/* Next record into left->rows: 0 after the last. */
int eel_leftover_next(eel_leftover *left, uint64_t *first, uint32_t *rows);

#endif
