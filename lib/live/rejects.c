#include "live/rejects.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define BETWEEN_S 1.0

void eel_rejects_add(eel_rejects *rejects, const char *why)
{
    if (rejects->count++ == 0)
        snprintf(rejects->first, sizeof rejects->first, "%s", why);
    snprintf(rejects->last, sizeof rejects->last, "%s", why);
}

int eel_rejects_due(eel_rejects *rejects, char words[EEL_WORDS_MAX])
{
    double now_s = eel_clock_s();

    if (now_s - rejects->named_s < BETWEEN_S || !eel_rejects_rest(rejects, words))
        return 0;
    rejects->named_s = now_s;
    return 1;
}

int eel_rejects_rest(eel_rejects *rejects, char words[EEL_WORDS_MAX])
{
    if (!rejects->count)
        return 0;
    int differ = strcmp(rejects->first, rejects->last) != 0;
    snprintf(words, EEL_WORDS_MAX, "%ju messages were thrown away, the last for %.440s%s%.440s",
             (uintmax_t)rejects->count, rejects->last, differ ? "; the first for " : "", differ ? rejects->first : "");
    rejects->count = 0;
    return 1;
}
