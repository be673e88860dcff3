/*
 * candidates - whose edge may begin where a network tells one of none of its elements.
 *
 * A network tells such an edge to some 10 eV, and many begin near each other, the more the lower the energy. So this is
 * a list to look further by, and no finding: the tabulated edges (shapes.h) within EEL_CANDIDATE_EV, likeliest first.
 * An element whose other edges are told as well comes before one of which they are outside the recorded energies,
 * and this before one of which they should be there and are not; common elements before rare ones, near edges before far ones.
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

/* For edge `which` of those told (count energies, eV), in a spectrum from low_ev to high_ev. */
eel_candidates eel_candidates_for(const double *told_ev, int count, int which, double low_ev, double high_ev);

/* "80 eV (Al L2,3, Ba N4,5, Cs N4,5?)", or the energy alone. */
void eel_candidates_words(const eel_candidates *candidates, double told_ev, char *words, size_t size);

#endif
