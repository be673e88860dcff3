/*
 * tapping - how `aggregate` lets others watch: the growing maps, told through a tap whenever there is
 * something new, somebody listens, and it was not just done.
 *
 *     eel_tapping_open(&tapping, endpoint, about, store, folder);
 *     eel_tapping_add(tapping, block);         every block that the store has taken
 *     eel_tapping_tell(tapping, store, 0);     after a commit
 *     eel_tapping_close(tapping);
 *
 * NULL, for nobody may watch, is fine everywhere.
 */
#ifndef EEL_STAGES_TAPPING_H
#define EEL_STAGES_TAPPING_H

#include "flow/block.h"
#include "io/description.h"
#include "io/store.h"

typedef struct eel_tapping eel_tapping;

/* `endpoint` may be NULL. What the store holds already is told too. A picture that is too large to
 * be watched is no failure: it is said on stderr, and nothing is told. EEL_EARGS, EEL_ENOMEM … */
int eel_tapping_open(eel_tapping **tapping, const char *endpoint, const eel_description *about,
                     const eel_store *store, const char *folder);
void eel_tapping_close(eel_tapping *tapping);

/* A tombstone, or values with the sum of their spectra beside them: as they came to the store. */
void eel_tapping_add(eel_tapping *tapping, const eel_block *block);

/* `ended`: nothing follows. Never waits. EEL_ENOMEM. */
int eel_tapping_tell(eel_tapping *tapping, const eel_store *store, int ended);

/* How long one may wait, at most `ms`, before there is something to tell. */
int eel_tapping_patience_ms(const eel_tapping *tapping, int ms);

#endif
