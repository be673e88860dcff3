/*
 * alignment - the energy axis follows the microscope while it drifts: block by block it is moved by what the
 * spectra themselves show (eels/align.h).
 *
 *   --align zero-loss   each block by the zero-loss peak of its sum; a block without one by nothing. Where a
 *                       low-loss companion was recorded, each spectrum by that (proto/feed.md, F11, F12)
 *   --anchor O          by the edge of an element that is known to be there, on a running mean of as few of the
 *                       last blocks as show it; until it shows for the first time, by nothing
 *
 * The shift travels with the block as side data, float32 in eV, NAN where nothing was known: one for the block,
 * or with a companion, from ingest on, one for each of its spectra.
 */
#ifndef EEL_STAGES_ALIGNMENT_H
#define EEL_STAGES_ALIGNMENT_H

#include <stdint.h>

#include "base/args.h"
#include "shared/calibration.h"
#include "flow/block.h"

typedef struct {
    const char *align, *anchor; /* as the user says; both NULL: the axis stays where it is */
    int companion;              /* blocks come with shifts of their spectra, and these are wanted */
    int element;                /* of the anchor */
    char by[32];                /* "zero-loss", "O K" */
    float *means;               /* (3, channels): running ones of the anchor, of few blocks and of more */
    float shift_ev;             /* the last that was known, NAN before */
} eel_alignment;

#define EEL_ALIGNMENT_OPTIONS(a)                                                                   \
    {"align", 0, EEL_OPT_TEXT, &(a).align, "zero-loss", "put the zero-loss peak of each block at 0 eV"}, \
    {"anchor", 0, EEL_OPT_TEXT, &(a).anchor, "ELEMENT", "put the edge of this element where it should begin"}

/* What can be told without any axis; finds the element of the anchor. EEL_EARGS. */
int eel_alignment_check(eel_alignment *alignment);

/* Prepares the calibrator for axes that move. `shifted`: blocks come with the shifts that a companion shows.
 * EEL_EARGS; EEL_EFORMAT when the axis cannot show it. */
int eel_alignment_open(eel_alignment *alignment, eel_calibrator *calibrator, int shifted);
void eel_alignment_close(eel_alignment *alignment);
int eel_alignment_is_on(const eel_alignment *alignment);

/* Moves the calibrator for this block, before its rows are calibrated, and puts its shift beside it. counts (rows,
 * channels) are whole spectra of the file. EEL_EFORMAT when a companion's shifts are not there. */
int eel_alignment_follow(eel_alignment *alignment, eel_calibrator *calibrator, const float *counts,
                         eel_block *block);

/* Moves it for one row of the block, before it is calibrated. */
int eel_alignment_follow_row(eel_alignment *alignment, eel_calibrator *calibrator,
                             const eel_block *block, uint32_t row);

#endif
