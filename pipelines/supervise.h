/*
 * supervise - starts the stages of a pipeline, watches them and ends them together.
 *
 * Stages are chained in order by links in a fresh run folder. A single stage binds its sockets,
 * an elastic one connects on both sides; between two single stages the upstream one binds.
 *
 *   - A worker of an elastic stage that dies by a signal, or leaves because of one, is started again,
 *     at most EEL_RESTARTS_MAX times in a run; the link re-queues what it held.
 *   - A worker that has not told its status for too long hangs, whatever the reason: it is killed
 *     and so replaced. Time in which the launcher itself stood still does not count.
 *   - Any other failure ends the run: SIGTERM to all, SIGKILL to those that stay. A standing first stage outlives it:
 *     to it SIGTERM is about this run only.
 *   - SIGINT, SIGTERM or SIGHUP do the same; a second one kills at once.
 *   - Nothing outlives the launcher, whatever kills it, and the next run removes its folder (rundir.h).
 *
 * The failing stage says why on stderr; the launcher adds words only where the stage had none.
 */
#ifndef EEL_PIPELINES_SUPERVISE_H
#define EEL_PIPELINES_SUPERVISE_H

#include "costs.h"
#include "pipeline.h"
#include "standing.h"

#define EEL_RESTARTS_MAX 8

#define EEL_HANG_S 120 /* the longest that a worker may be silent, unless the user says otherwise */

typedef struct {
    eel_standing *first; /* or NULL: all stages are started */
    const char *bar;     /* names the work in a progress bar; NULL for none: the stages then have
                            stderr for themselves */
    const char *watched; /* the stage whose pixels the bar follows */
    const char *again;   /* added to the words when a signal ended the run: how to go on */
    const char *tapped;  /* the stage that shows its maps as they grow: it gets --tap; or NULL */
    const char *tap;     /* where; NULL: ipc://FOLDER OF THE RUN/tap */
    char *why;           /* (EEL_WORDS_MAX), "" before, or NULL: where a run fails, what a stage said last goes there
                            instead of to stderr, without its name */
    const char *health;  /* where the status of all stages is handed on to, or NULL */
    eel_costs *costs;    /* filled in with what each stage cost, or NULL */
    int hang_s;          /* a worker that is silent for longer is replaced; 0: never */
} eel_supervision;

/* Runs the pipeline to its end. Returns the exit status: 0 done, 1 failed, 2 misused, 128 + the
 * signal that ended it. */
int eel_supervise(const eel_pipeline *pipeline, const eel_supervision *how);

/* The signal that ended a stage, of which waitpid says `how`; 0 for none. */
int eel_ended_by(int how);

#endif
