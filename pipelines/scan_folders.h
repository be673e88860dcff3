/*
 * scan_folders - OUTDIR/scan-0001 and so on: a folder for each scan of a live run.
 *
 * Numbers go on where an earlier command left off, and nothing is replaced. Who makes a folder has it for himself, so
 * that commands in one OUTDIR never share one.
 */
#ifndef EEL_PIPELINES_SCAN_FOLDERS_H
#define EEL_PIPELINES_SCAN_FOLDERS_H

#include <limits.h>
#include <stdint.h>

typedef struct {
    const char *output; /* OUTDIR; not copied */
    uint64_t next;      /* folders below this number are not looked at any more; 0 at first */
} eel_scan_folders;

/* One above the numbers that are there. */
uint64_t eel_scan_folders_after(const eel_scan_folders *folders);

/* Makes the folder with the next free number, at least *number, which becomes the one that was found. EEL_ELIMIT when
 * the path is too long, EEL_EIO. */
int eel_scan_folders_take(eel_scan_folders *folders, char folder[PATH_MAX], uint64_t *number);

/* The folder of a scan that comes from a spool: the one where it was begun, number `own`, if that is still there and
 * holds its store, or nothing; else it takes one. *begun: it goes on with the store that is there. */
int eel_scan_folders_find(eel_scan_folders *folders, char folder[PATH_MAX], uint64_t *number, uint64_t own, int *begun);

#endif
