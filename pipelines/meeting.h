/*
 * meeting - the folder where a run and its workers on other machines find each other.
 *
 *     DIR/run.json             the run: its id, where the elastic stage connects and with which
 *                              options; or, afterwards, how it ended
 *     DIR/server               certificate of this start of the run; server_secret beside it
 *     DIR/worker, …_secret     key pair for workers that bring none of their own
 *     DIR/allowed/             certificates of who may join; the user may put others there
 *     DIR/lock                 held by the run
 *
 * It lies where all machines see it and belongs to one user alone, mode 0700: whoever may read it
 * may join. Keys are new at each start, so that nothing left over from an older one gets in.
 *
 * The head:    eel_meeting_open    … eel_meeting_announce … eel_meeting_close
 * A worker:    eel_meeting_look    again and again
 */
#ifndef EEL_PIPELINES_MEETING_H
#define EEL_PIPELINES_MEETING_H

#include <limits.h>

#include "pipeline.h"

#define EEL_MEETING_BYTES_MAX    (256 << 10) /* of run.json */
#define EEL_MEETING_HOST_MAX     65
#define EEL_MEETING_ENDPOINT_MAX 96

typedef enum { EEL_MEETING_NOBODY, EEL_MEETING_RUNS, EEL_MEETING_ENDED } eel_meeting_state;

typedef struct {
    eel_meeting_state state;
    int status;  /* ENDED: exit status of the run */
    char id[33]; /* RUNS: … */
    char stage[EEL_PIPELINE_NAME_MAX + 1];
    char in[EEL_MEETING_ENDPOINT_MAX], out[EEL_MEETING_ENDPOINT_MAX]; /* tcp://HOST:PORT */
    int insecure, hang_s;
    char *words[EEL_PIPELINE_WORDS_MAX]; /* options of the stage; owned */
    int word_count;
} eel_meeting_run;

typedef struct eel_meeting {
    char path[PATH_MAX]; /* absolute; "" when it is closed */
    char host[EEL_MEETING_HOST_MAX];
    int lock;
    int elastic;          /* position of the stage that others join */
    eel_meeting_run call; /* what they are told */
} eel_meeting;

/* --- the head --- */

/* Makes the folder if it is not there, takes its lock, puts new keys into it, and gives the stages
 * what they need to use them. `host`: this machine as the others reach it; NULL: its host name. */
int eel_meeting_open(eel_meeting *meeting, eel_pipeline *pipeline, const char *path,
                     const char *host, int insecure, int hang_s);

/* Fills in where a stage binds or connects the link behind stage `left`. Returns 1, or 0 if that
 * link is none of the elastic stage's, or there is no meeting. */
int eel_meeting_words(const eel_meeting *meeting, char *words, size_t size, int left, int is_output);

/* Takes where the stage at `position` says it has bound. Returns 1 once, when both links are. */
int eel_meeting_bound(eel_meeting *meeting, int position, const char *in_at, const char *out_at);

/* Tells workers of the run. */
int eel_meeting_announce(eel_meeting *meeting, const char *id);

/* Nobody is let in any more. A run that was ended by a signal may come back: it leaves no word, and
 * workers wait. Any other leaves its exit status. */
void eel_meeting_close(eel_meeting *meeting, int status);

/* For a run that is started later, elsewhere: makes the folder, and takes away how an older one
 * ended, so that workers wait. Refused while a run is there. */
int eel_meeting_prepare(const char *path);

/* --- a worker --- */

/* What the folder says now. A folder that is not there yet says EEL_MEETING_NOBODY. */
int eel_meeting_look(const char *path, eel_meeting_run *run);
void eel_meeting_run_release(eel_meeting_run *run);

#endif
