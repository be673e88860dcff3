/*
 * losses - scans for which the list of pieces had no place (pieces.h): counted, and named.
 *
 *     eel_losses_add(&losses, EEL_LOST_WHOLE, 7);
 *     if (eel_losses_take(&losses, 0, words))
 *         …                                     "scan 7: dropped, for …"
 */
#ifndef EEL_LIVE_LOSSES_H
#define EEL_LIVE_LOSSES_H

#include "base/err.h"

#include <stdint.h>

typedef enum { EEL_LOST_NOTHING, EEL_LOST_REST, EEL_LOST_WHOLE, EEL_LOSS_KINDS } eel_loss;

typedef struct {
    uint64_t count; /* of all */
    struct {
        uint64_t first, last; /* numbers of those that were not named yet; 0: there are none */
    } scans[EEL_LOSS_KINDS];
} eel_losses;

void eel_losses_add(eel_losses *losses, eel_loss what, uint64_t number);
int eel_losses_due(const eel_losses *losses); /* some were not named yet */

/* Names those with one kind of loss. `spooled`: what was lost whole is in the spool. 0 when none are due. */
int eel_losses_take(eel_losses *losses, int spooled, char words[EEL_WORDS_MAX]);

#endif
