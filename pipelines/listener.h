/*
 * listener - the process that listens to a source for as long as `eelstream live` runs: the stage of stages/ingest.c,
 * which says on its standard output what comes (stages/ingest/serving.h).
 *
 *     eel_listener_watch_signals(&listener);
 *     eel_listener_start(&listener, stage, 1, "live-maps");
 *     while (eel_listener_next(&listener))
 *         … listener.line says that a scan begins: run a pipeline with &listener.standing as its first stage …
 *     eel_listener_end(&listener, 0);
 *
 * Between two runs a signal asks it to stop, a second one kills it; in a run that is for eel_supervise to see to. Its
 * words are handed on to stderr. It ends with this process, whatever kills that.
 */
#ifndef EEL_PIPELINES_LISTENER_H
#define EEL_PIPELINES_LISTENER_H

#include <limits.h>
#include <stdint.h>

#include "pipeline.h"
#include "standing.h"

typedef struct {
    eel_standing standing;
    int said;                 /* pipe: its standard output */
    char line[PATH_MAX + 64]; /* of it, the last, without its end */
    size_t line_bytes;
    int killed_by;            /* the signal that came when it had been asked to stop already, or 0 */
} eel_listener;

/* From now on signals wait for eel_listener_next. For one in a process. EEL_EIO. */
int eel_listener_watch_signals(void);

/* Starts the program of a stage with its words. `first`: number of the first scan; `output`: where the folders of the
 * scans lie. EEL_EIO, EEL_EARGS. */
int eel_listener_start(eel_listener *listener, const eel_pipeline_stage *stage, uint64_t first, const char *output);

/* Waits for its next line: 1, or 0 when it has closed its output. */
int eel_listener_next(eel_listener *listener);

/* Waits until it has ended, which it does when its work is done, or `at_once`. */
void eel_listener_end(eel_listener *listener, int at_once);

#endif
