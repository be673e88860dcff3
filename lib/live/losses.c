#include "live/losses.h"
#include "live/pieces.h"

#include <stdio.h>

void eel_losses_add(eel_losses *losses, eel_loss what, uint64_t number)
{
    losses->count++;
    if (!losses->scans[what].first)
        losses->scans[what].first = number;
    losses->scans[what].last = number;
}

static eel_loss first_due(const eel_losses *losses)
{
    eel_loss what = EEL_LOST_WHOLE;

    while (what > EEL_LOST_NOTHING && !losses->scans[what].first)
        what--;
    return what;
}

int eel_losses_due(const eel_losses *losses)
{
    return first_due(losses) != EEL_LOST_NOTHING;
}

int eel_losses_take(eel_losses *losses, int spooled, char words[EEL_WORDS_MAX])
{
    eel_loss what = first_due(losses);
    uint64_t first = losses->scans[what].first, last = losses->scans[what].last;
    const char *how = what == EEL_LOST_REST ? "the rest is dropped"
                      : spooled ? "not mapped, the same command maps it out of the spool" : "dropped";
    char more[32] = "";

    if (what == EEL_LOST_NOTHING)
        return 0;
    losses->scans[what].first = 0;
    if (last > first)
        snprintf(more, sizeof more, " to %ju", (uintmax_t)last);
    snprintf(words, EEL_WORDS_MAX, "scan%s %ju%s: %s, for %u MiB of scans and their pieces wait to be mapped",
             *more ? "s" : "", (uintmax_t)first, more, how, EEL_PIECES_BYTES_MAX >> 20);
    return 1;
}
