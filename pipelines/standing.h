/*
 * standing - a first stage that was there before the run and outlives it, as a live source does for
 * many scans.
 *
 * It gets the words of each run's link as one line, separated by tabs, and with them which folder takes the results.
 * The first signal only asks it to stop, by closing `tell`; the run then ends as a whole.
 */
#ifndef EEL_PIPELINES_STANDING_H
#define EEL_PIPELINES_STANDING_H

#include <sys/types.h>

typedef struct {
    pid_t pid;
    int tell;   /* its standard input; -1 once it was asked to stop … */
    int signal; /* … because of this one, or 0 */
    int words;  /* its standard error, to be handed on; does not block */
    char folder[24]; /* decimal: the number of the folder that takes the results of the run */
    int told;   /* it was told of the run that begins; whoever begins one sets it to 0 */
    int ended;  /* it is not there any more … */
    int status; /* … and this was its exit status; 128 + the signal that killed it */
} eel_standing;

/* Tells it where a run's link is; `words` end with NULL. */
int eel_standing_tell(eel_standing *standing, const char *name, char *const words[]);

/* There is no run for it, after all: fine also when it was told of one. */
void eel_standing_refuse(eel_standing *standing);

/* Asks it to stop, because of that signal. */
void eel_standing_stop(eel_standing *standing, int signal_number);

/* Notes how it ended, from waitpid's status. */
void eel_standing_ended(eel_standing *standing, int how);

#endif
