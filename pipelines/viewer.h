/*
 * viewer - `eelstream view` beside one or more runs, for --view.
 *
 *     eel_viewer viewer;
 *     int code = eel_viewer_start(&viewer, "", NULL, NULL);      serves; its address is on stderr
 *     … eel_supervise with .tap = viewer.tap and .health = viewer.health, run after run …
 *     eel_viewer_finish(&viewer, 0);                         waits until the last page is closed
 *
 * It reads along: whatever happens to it, the runs go on. It ends with the launcher.
 */
#ifndef EEL_PIPELINES_VIEWER_H
#define EEL_PIPELINES_VIEWER_H

#include "rundir.h"

#include <sys/types.h>

typedef struct {
    pid_t pid;                          /* 0: there is none */
    int misused;                        /* why it did not start: exit status 2 */
    int leash;                          /* it ends when this is closed */
    eel_rundir dir;
    char tap[EEL_RUNDIR_MAX + 16];      /* where aggregate shall tell its maps */
    char health[EEL_RUNDIR_MAX + 16];   /* where status messages shall go */
} eel_viewer;

/* The options of a command that has a view. */
#define EEL_VIEWER_OPTIONS(listen, token_file, karabo)                                             \
    {"view", 0, EEL_OPT_PLACE, &(listen), "HOST:PORT", "show the maps in a browser while they grow"}, \
    {"view-token", 0, EEL_OPT_TEXT, &(token_file), "FILE",                                         \
     "token that a browser on another machine needs; made if new"},                                \
    {"karabo", 0, EEL_OPT_TEXT, &(karabo), "ENDPOINT", "with --view: maps for Karabo bridge clients too"}

/* `listen` is HOST:PORT, or "" for a free port of this machine alone; `karabo` an endpoint or NULL.
 * EEL_ECANCEL when the view has said on stderr why it cannot serve. */
int eel_viewer_start(eel_viewer *viewer, const char *listen, const char *token_file,
                     const char *karabo);

/* No other run will come. Waits while a page is open, until Ctrl-C; not when it shall end `at_once`.
 * Fine for one that was zeroed. */
void eel_viewer_finish(eel_viewer *viewer, int at_once);

#endif
