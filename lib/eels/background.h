/*
 * background - what the network sees of a spectrum: the log of its ratio to a fitted power law.
 *
 * The background of a core-loss spectrum falls as A E^-r (Egerton, Electron Energy-Loss
 * Spectroscopy, 3rd ed. 2011, section 4.4). Dividing by a power law fitted to everything that was
 * recorded makes all spectra alike in height and slope, whatever the dose; the log makes a step of
 * the same jump ratio equally high at 100 and at 900 eV.
 *
 * Where a background was already subtracted, next to nothing is left before the first edge, or far behind it,
 * and how much that is says nothing: for the fit it counts as 2 % of the highest, behind as 0.1 %. No single
 * stretch is the highest, so that a spike says nothing either.
 *
 * A spectrum that begins a few eV before an edge, as single edges are published, shows the network too little of what is
 * before it: where it rises within 15 eV behind a flat start, 20 eV as high as its start are put before it. Backgrounds
 * fall, and what shaded first channels see rises from the first on.
 */
#ifndef EEL_EELS_BACKGROUND_H
#define EEL_EELS_BACKGROUND_H

#include <stdint.h>

#define EEL_NORMALISATION    "log-ratio-3" /* named in the model file: changes with this code */
#define EEL_NORMALISE_FLOOR  0.05          /* ratios below are clamped */
#define EEL_EXPONENT_MAX     40.0          /* of the fitted power law */

/*
 * counts: n values on channels offset … offset + n - 1 of the network's axis, at least
 * EEL_RESAMPLE_LEAST; x: EEL_NET_CHANNELS values, zero outside the covered part. Dead channels at
 * both ends (below a tenth of their neighbours, up to a sudden rise: edges rise more slowly) count as not covered. Values that are not
 * numbers count as no counts. Returns the number of channels used; 0 when nothing positive was there
 * (x is all zero then).
 */
uint32_t eel_normalise(const float *counts, uint32_t n, uint32_t offset, float *x);

#endif
