/*
 * gather - listens to a source in a thread of its own and puts what it hears into the ring as
 * scans, blocks of pixels and absences with their reasons. It waits for nothing but the source.
 *
 *     eel_gather_start(&gather, &how);
 *     … take from the ring until it is over …
 *     eel_gather_stop(gather);
 *
 * What it settles, for every source alike:
 *
 *   shape     as the source announces it; else as the user says; else the scan is open: a line of
 *             pixels (or rows of `columns`) that is as long as it turns out to be
 *   flyback   frames at the end of each row that are no pixels, as the user says: beyond rows that the source
 *             announced, or the last frames of these; not where the user's shape is another one
 *   gaps      frames whose numbers were left out are `source-gap`, those that come twice or after
 *             later ones are left out, said and counted, and so are those beyond the end of a scan
 *             that the source itself announced; where only the user gave the shape they begin the
 *             next scan
 *   stalls    a scan in which nothing came for stall_s is over, the rest of it is `source-gap`;
 *             frames that come after all are left out, said and counted
 *   blocks    as many pixels as come in a hundredth of a second, so that a pixel is soon in the map;
 *             what has waited for a tenth goes on in a smaller block. A quarter of a second, and at least
 *             16, where the length of the scan is not known: when EEL_LIVE_BLOCKS_MAX of them are full,
 *             the next scan begins, and the user hears so
 *
 *   refusals  a scan that nobody can map, without energies for example, or whose spool cannot be made, has a number
 *             and costs itself only. One that was announced and lost all its pixels has none, and is refused too
 *
 * A scan in the ring is: SCAN, then DATA and ABSENT that cover all its pixels in order, then END; or REFUSED, once
 * pixels come of one that cannot be mapped.
 */
#ifndef EEL_LIVE_GATHER_H
#define EEL_LIVE_GATHER_H

#include "live/ring.h"
#include "live/source.h"

#define EEL_LIVE_BLOCK_BYTES (1u << 20)
#define EEL_LIVE_BLOCK_ROWS  256u
#define EEL_LIVE_BLOCKS_MAX  16384u /* of a scan; the longest open one has so many */

typedef struct {
    const eel_source *source;
    void *state;             /* of the source, opened; stays the caller's */
    const eel_live_how *user;
    eel_ring *ring;
    const eel_overrun *overrun;
    double stall_s;
    uint64_t scans;          /* over after so many; 0: as many as come */
    uint64_t number;         /* of the first */
} eel_gather_how;

typedef struct eel_gather eel_gather;

int eel_gather_start(eel_gather **gather, const eel_gather_how *how);

/* Ends the scan that is on, its rest is `cancelled`, and the ring. Does not wait. */
void eel_gather_cancel(eel_gather *gather);
void eel_gather_stop(eel_gather *gather); /* cancels, waits for the thread; NULL is fine */

#endif
