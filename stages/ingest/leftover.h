/*
 * leftover - scans that an earlier ingest process spooled and did not see mapped.
 *
 * Beside DIR/scan-NNNN.spool lies scan-NNNN.folder from when the scan begins to be mapped until it is: the path of
 * the folder that takes its results, which is where another process goes on with it.
 */
#ifndef EEL_STAGES_LEFTOVER_H
#define EEL_STAGES_LEFTOVER_H

#include "live/ring.h"

typedef struct {
    const char *path; /* of the spool */
    eel_live_scan scan;
    void *rows;  /* (block_rows) of eel_live_row_bytes, of the last record */
    int mapped;  /* set by who has mapped it: its spool is removed */
    char folder[EEL_PATH_MAX]; /* that it was begun in; "" when it was not, or that is not there any more */
} eel_leftover;

/* Calls for each of the folder, in the order of their numbers, until one fails. Those at which another process is at
 * work are passed over. An empty one, in which nothing was ever written, is removed, and one that describes no scan is
 * passed over, with a word on stderr each; *unreadable counts the latter. */
int eel_leftover_each(const char *folder, int (*act)(eel_leftover *, void *with), void *with,
                      uint64_t *unreadable);

/* Notes where the results of spooled scan `number` go, and takes that note away. `folder` is the spool's. EEL_EIO,
 * EEL_ELIMIT. */
int eel_leftover_note(const char *folder, uint64_t number, const char *results);
void eel_leftover_forget(const char *folder, uint64_t number);

/* M when it was begun in folder scan-M of `results`, an absolute path; 0 when it was not. */
uint64_t eel_leftover_own(const eel_leftover *left, const char *results);

/* Raises *number above those of all spools there. */
int eel_leftover_after(const char *folder, uint64_t *number);

/* Next record: 0 after the last. `why` is EEL_VALUE for one of spectra, then in left->rows, or the reason for which
 * these pixels have none. Pixels of which there is no record were left out by the source, or never came. */
int eel_leftover_next(eel_leftover *left, uint64_t *first, uint32_t *rows, eel_pixel_state *why);

#endif
