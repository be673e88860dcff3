/*
 * rejects - messages that were thrown away: counted, and named at most once in a second, the last of them and
 * the first, which often is the reason for what came after it.
 *
 *     if (take_message(…) != EEL_OK)
 *         eel_rejects_add(&rejects, eel_words());
 *     if (eel_rejects_due(&rejects, words))
 *         …                    "7 messages were thrown away, the last for …; the first for …"
 */
#ifndef EEL_LIVE_REJECTS_H
#define EEL_LIVE_REJECTS_H

#include "base/err.h"

#include <stdint.h>

typedef struct {
    uint64_t count; /* not named yet */
    double named_s;
    char first[EEL_WORDS_MAX], last[EEL_WORDS_MAX];
} eel_rejects;

void eel_rejects_add(eel_rejects *rejects, const char *why);
int eel_rejects_due(eel_rejects *rejects, char words[EEL_WORDS_MAX]);
int eel_rejects_rest(eel_rejects *rejects, char words[EEL_WORDS_MAX]); /* at the end: not waiting for the second */

#endif
