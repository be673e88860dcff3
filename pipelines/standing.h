/*
 * standing - a first stage that was there before the run and outlives it, as a live source does for
 * many scans.
 *
 * It gets the words of each run's link as one line, separated by tabs, and with them which folder takes the results;
 * and a line when that run is over. The first signal only asks it to stop, by a line; the run then ends as a whole.
 */
#ifndef EEL_PIPELINES_STANDING_H
#define EEL_PIPELINES_STANDING_H

#include <sys/types.h>

typedef struct {
    pid_t pid;
    int tell;   /* its standard input */
    int signal; /* it was asked to stop because of this one, or 0 */
    int words;  /* its standard error, to be handed on; does not block */
    char folder[24]; /* decimal: the number of the folder that takes the results of the run */
    int told;   /* it was told of the run that begins; whoever begins one sets it to 0 */
    int ended;  /* it is not there any more … */
    int status; /* … and this was its exit status; 128 + the signal that killed it */
} eel_standing;

/* Tells it where a run's link is; `words` end with NULL. */
int eel_standing_tell(eel_standing *standing, const char *name, char *const words[]);

/* The run that it was told of is over, with results that are durable, or not. Or there was none for it, after all. */
void eel_standing_over(eel_standing *standing, int mapped);

/* Asks it to stop, because of that signal. */
void eel_standing_stop(eel_standing *standing, int signal_number);

/* Notes how it ended, from waitpid's status. */
void eel_standing_ended(eel_standing *standing, int how);

#endif
