/*
 * candidates - whose edge may begin where a network tells one of none of its elements.
 *
 * A network tells such an edge to some 10 eV, and many begin near each other, the more the lower the energy. So this is
 * a list to look further by, and no finding: the tabulated edges (shapes.h) within EEL_CANDIDATE_EV, likeliest first.
 * It counts for one that another edge of its element is told as well, that its element is a common one, and that it begins
 * near; against it that its element is rare, that it is a weak edge, and that a strong edge of its element should show
 * and is not told.
 */
#ifndef EEL_EELS_CANDIDATES_H
#define EEL_EELS_CANDIDATES_H

#include <stddef.h>

#define EEL_CANDIDATE_EV   12.0 /* half a bin of the network, and what an axis is usually off */
#define EEL_CANDIDATES_MAX 3

typedef struct {
    int count;
    const char *names[EEL_CANDIDATES_MAX]; /* "La M4,5"; static */
} eel_candidates;

/* For edge `which` of those told (count energies, eV), in a spectrum from low_ev to high_ev: there edges that are missing
 * count. low_ev = high_ev where only the strongest edge of each spectrum is known. */
eel_candidates eel_candidates_for(const double *told_ev, int count, int which, double low_ev, double high_ev);

/* "80 eV (Al L2,3 or Ba N4,5?)", or the energy alone. */
void eel_candidates_words(const eel_candidates *candidates, double told_ev, char *words, size_t size);

#endif
