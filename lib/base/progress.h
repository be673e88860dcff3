/*
 * progress - one line that says how far long work is, how fast it goes and how long it will take.
 *
 * On a terminal the line is redrawn at most ten times a second, the first time at once; elsewhere
 * a plain line appears every ten seconds, so that logs stay readable. Everything goes to stderr.
 */
#ifndef EEL_BASE_PROGRESS_H
#define EEL_BASE_PROGRESS_H

#include <stdint.h>

typedef struct {
    const char *what; /* "map", shown first; not copied */
    const char *unit; /* "spectra", shown with the rate; not copied */
    double start_s, drawn_s;
    uint64_t start_done; /* work that was there before the start does not count for the rate */
    int terminal, begun, drawn;
} eel_progress;

void eel_progress_start(eel_progress *progress, const char *what, const char *unit);

/* `total` 0 means unknown; `note` (or NULL) is shown at the end of the line. */
void eel_progress_show(eel_progress *progress, uint64_t done, uint64_t total, const char *note);

/* Clears the terminal line. */
void eel_progress_end(eel_progress *progress);

#endif
