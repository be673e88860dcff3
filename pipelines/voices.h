/*
 * voices - what the stages of a run and the launcher say, without running into the progress bar.
 *
 *     eel_voices_open(&voices, "map");        a bar of that name; NULL: none
 *     eel_voices_listen(&voices);             voices.pipe[1] becomes the stderr of the stages
 *     eel_voices_draw(&voices, done, total);
 *     eel_voices_read(&voices, voices.pipe[0]);
 *     eel_voices_close(&voices);
 *
 * Lines are handed on whole, and once: N workers that miss one file say so together. Without a bar
 * there is no pipe, and the stages have stderr for themselves.
 *
 * Where the launcher makes one line of why a run failed, `holds` is set after the open: what a stage says that is no
 * caution waits, until another line comes or the close, which gives it to the launcher.
 */
#ifndef EEL_PIPELINES_VOICES_H
#define EEL_PIPELINES_VOICES_H

#include "base/progress.h"

#include <stddef.h>

#define EEL_VOICES_LINE_MAX 2048 /* bytes of a line that a stage says; the rest is another line */

typedef struct {
    const char *bar; /* its name, or NULL */
    eel_progress progress;
    int pipe[2]; /* -1 without a bar; the reading end does not block */
    char line[EEL_VOICES_LINE_MAX], last_words[EEL_VOICES_LINE_MAX];
    size_t line_bytes;
    int heard; /* at least a line */
    int holds;
    char held[EEL_VOICES_LINE_MAX]; /* the line that waits, or "" */
} eel_voices;

void eel_voices_open(eel_voices *voices, const char *bar);
int eel_voices_listen(eel_voices *voices);

/* The bar at `done` of `total` pixels; 0: unknown. */
void eel_voices_draw(eel_voices *voices, uint64_t done, uint64_t total);

/* Hands on what can be read from `fd`, which does not block; -1: nothing. */
void eel_voices_read(eel_voices *voices, int fd);

/* Takes the bar away until it is drawn again: the launcher has something to say itself. */
void eel_voices_hush(eel_voices *voices);

/* Hands on the rest and takes the bar away. The line that waits goes into words (size), without the name before it;
 * with NULL it is handed on, too. Returns whether any stage has said anything. */
int eel_voices_close(eel_voices *voices, char *words, size_t size);

#endif
