/*
 * power_law - the background under an edge, A E^-r, fitted by least squares of the logarithms to the
 * channels before it (R. F. Egerton, EELS in the Electron Microscope, 3rd edition, section 4.4).
 */
#ifndef EEL_EELS_POWER_LAW_H
#define EEL_EELS_POWER_LAW_H

#include "eels/axis.h"

#define EEL_POWER_LAW_LEAST 6 /* channels above zero that a fit needs */

typedef struct {
    double scale, power; /* counts per channel at 1 eV, and r; a scale of 0: no background */
} eel_power_law;

/* To channels first … last - 1; those without counts, with no number, or not above 0 eV say nothing. Returns how many
 * had something to say; below EEL_POWER_LAW_LEAST nothing is fitted, and `law` is as it was. 0 also where what they
 * say is steeper than a number can be. */
int eel_power_law_fit(eel_power_law *law, const float *counts, const eel_axis *axis, int first,
                      int last);
double eel_power_law_at(const eel_power_law *law, double ev);

#endif
