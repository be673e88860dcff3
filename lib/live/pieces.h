/*
 * pieces - what a ring holds, in order: a list that grows with need, at its end, and is taken from its front.
 *
 *     eel_pieces pieces = {0};
 *     eel_pieces_add(&pieces, &piece);
 *     if (pieces.count)
 *         eel_pieces_take(&pieces, &piece);
 *     eel_pieces_release(&pieces);
 *
 * How much it may take is EEL_PIECES_BYTES_MAX, all but the spectra counted; when eel_pieces_full, the last of it is
 * for the ends of what was begun.
 */
#ifndef EEL_LIVE_PIECES_H
#define EEL_LIVE_PIECES_H

#include "live/ring.h"

#define EEL_PIECES_BYTES_MAX (256u << 20) /* scans with what is known of them, words, and places for pieces */

typedef struct {
    eel_piece *piece; /* (room), the first at head, beyond the last place at 0 again */
    uint32_t room, head, count;
    uint32_t void_count; /* of the pieces: those that hold nothing any more; never the first or last */
    uint32_t bare;       /* so many at the front hold no spectra in memory, at least */
    size_t bytes;        /* of all, as they are counted */
} eel_pieces;

eel_piece *eel_pieces_last(const eel_pieces *pieces); /* NULL when there is none */

/* EEL_ENOMEM, EEL_ELIMIT. */
int eel_pieces_add(eel_pieces *pieces, const eel_piece *piece);

/* The first goes, of which there must be one; what it points to is the caller's. Of blocks that wait on the disk only
 * the first one goes. */
void eel_pieces_take(eel_pieces *pieces, eel_piece *piece);

/* Has it taken all but what the ends need? For a scan already when there would be place for little of it. */
int eel_pieces_full(const eel_pieces *pieces, eel_piece_kind kind);

/* The spectra in memory that wait longest become an absence, one with that before it where both are an overrun. Returns
 * them, with how many bytes they are; NULL when there are none. */
void *eel_pieces_drop_oldest(eel_pieces *pieces, size_t *bytes);

void eel_pieces_release(eel_pieces *pieces); /* with the data of all; the spools of scans are closed */

#endif
