/*
 * growing - the maps of a run while they grow: what `aggregate` tells those who watch.
 *
 *     eel_growing_new(&growing, about, &store_info);
 *     eel_growing_load(growing, store);                       of a run that goes on
 *     eel_growing_add(growing, first, rows, values, sum);     every block that was kept
 *     eel_growing_absent(growing, first, rows, why);
 *     eel_growing_frame(growing, &frame);                     pointers into it, until the next add
 *
 * It shows one picture, the latest that has a pixel. A cell of a map is `step` x `step` pixels of it:
 * the mean probability of those with a value, and the state that most of the pixels that arrived
 * are in (the absence, when it is undecided), so that a cell is missing only while none has.
 *
 * Of a scan whose length is not known it shows a square at first (of a line, as many pixels as there may be cells), and
 * twice as much whenever that is full; two by two cells become one when there would be too many of them.
 *
 * Work per pixel does not depend on the size of the image; a picture that grows is made anew only when it doubles.
 */
#ifndef EEL_STAGES_GROWING_H
#define EEL_STAGES_GROWING_H

#include "io/description.h"
#include "io/store.h"
#include "tap/tap.h"

#define EEL_GROWING_PIXELS_MAX (1ull << 26) /* of a picture: one byte each is kept */

typedef struct eel_growing eel_growing;

/* EEL_ELIMIT for a picture that is too large to be watched, EEL_ENOMEM. */
int eel_growing_new(eel_growing **growing, const eel_description *about,
                    const eel_store_info *info);
void eel_growing_free(eel_growing *growing); /* NULL is fine */

int eel_growing_load(eel_growing *growing, const eel_store *store);

/* values (rows, columns of the store), probabilities first; sum (sum channels) or NULL. A pixel that has its value already is
 * passed over, as in the store. */
void eel_growing_add(eel_growing *growing, uint64_t first, uint32_t rows, const float *values,
                     const float *sum);
void eel_growing_absent(eel_growing *growing, uint64_t first, uint32_t rows, eel_pixel_state why);

/* Fills picture, maps and spectra of the frame; the next one's "recent" begins here. */
void eel_growing_frame(eel_growing *growing, eel_tap_frame *frame);

#endif
