/*
 * shapes - ionisation edges drawn at random from what physics says of them.
 *
 * Not measured and not fitted: onsets, level splittings and widths come from tables, the rest
 * (white lines, near-edge peaks, delayed maxima, fine structure, tail) is drawn from ranges that
 * cover what such edges look like, so that no two shapes are the same.
 *
 *     eel_rng rng = eel_rng_seeded(seed, stream);
 *     eel_shape_build(&rng, eel_element_find("O"), &onset_ev, shape);
 *
 * A shape is the intensity above the background at e = EEL_SHAPE_FIRST_EV + i EEL_SHAPE_STEP_EV,
 * e = energy minus onset; its highest value within 60 eV of the onset is 1. It has its natural
 * width only: the spectrometer, plural scattering and noise are for the caller.
 *
 * Sources: onsets: J. A. Bearden & A. F. Burr 1967 and the X-ray Data Booklet (binding energies),
 * C. C. Ahn, EELS Atlas 2004 (chemical shifts, shapes); spin-orbit splittings from the same
 * binding energies; white-line ratios: R. D. Leapman, L. A. Grunes & P. L. Fejes 1982
 * (doi 10.1103/PhysRevB.26.614), H. Tan et al. 2012 (doi 10.1016/j.ultramic.2012.03.002); how high
 * they are: D. H. Pearson, C. C. Ahn & B. Fultz 1993 (doi 10.1103/PhysRevB.47.8471); delayed
 * maxima: R. F. Egerton, EELS in the Electron Microscope, 3rd edition, chapter 3; giant
 * resonances of 4d -> 4f: U. Fano & J. W. Cooper 1968 (doi 10.1103/RevModPhys.40.441).
 */
#ifndef EEL_EELS_SHAPES_H
#define EEL_EELS_SHAPES_H

#include "base/rng.h"
#include "eels/curves.h"

/* One edge of one of the twenty elements. onset_ev: absolute energy of e = 0, chemical shift
 * included. out: EEL_SHAPE_SAMPLES values. */
void eel_shape_build(eel_rng *rng, int element, double *onset_ev, float *out);

/* Edges outside the twenty, which spectra also have. Those of one element come together. */
int eel_foreign_count(void);
const char *eel_foreign_name(int i);   /* "La M4,5" */
double eel_foreign_onset(int i);       /* nominal, eV */
int eel_foreign_element(int i);        /* atomic number */
int eel_foreign_find(const char *symbol); /* first edge of that element, -1: none */
int eel_foreign_rare(int i);           /* of an element that specimens seldom hold: Ne, Kr, Hg, most lanthanides … */
int eel_foreign_common(int i);         /* of one that many hold: Al, La, Ba, Ce, Sr, Zr, K */
int eel_foreign_weak(int i);           /* M2,3 and N2,3: beside a stronger edge of the element, or hardly to be seen */
int eel_foreign_pick(eel_rng *rng);    /* one of them: of all alike, but the rare less and the common more often */
void eel_foreign_build(eel_rng *rng, int i, double *onset_ev, float *out);

#endif
