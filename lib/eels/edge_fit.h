/*
 * edge_fit - how many atoms make the edges of a spectrum: power-law backgrounds and hydrogenic
 * cross-sections, fitted together.
 *
 *     eel_edge_fit *fit;
 *     eel_edge_fit_new(&fit, &axis, edges, n, &optics);
 *     eel_edge_fit_low_loss(fit, low_loss, &low_loss_axis);       when there is one
 *     eel_edge_fit_run(fit, counts, found, amounts);              (n), for each spectrum
 *     eel_edge_fit_free(fit);
 *
 * Edges that follow each other closely share a background. Going up in energy, an edge begins a new
 * group when there is room for its own background window (a fifth of its energy, 20 to 100 eV)
 * between the near-edge structure of the edge before and itself; else it joins that edge's group.
 * For each group
 *
 *     counts(E) = A E^-r + sum over its edges of N_k sigma_k(E)
 *
 * is fitted by least squares, weighted as counts are, to the window before the first edge and to
 * what lies behind the onsets, up to EEL_FIT_RANGE_EV or the next group. An edge at the end of a group with less than
 * 10 eV to be fitted to is left out, and the others end before it. The model is linear but for r, so
 * a few Gauss-Newton steps do. The first EEL_FIT_NEAR_EV of every edge are left out: there, chemistry
 * makes the shape, not the atom (R. F. Egerton, EELS in the Electron Microscope, 3rd edition,
 * sections 4.5 and 4.6). The outermost hundredth of the recorded channels at each end is not used:
 * there a detector counts less. Nor are channels that a cosmic ray or an X-ray hit: up to three together that stand
 * out of both sides by 14 standard deviations of the noise around them.
 *
 * With a low-loss spectrum the cross-sections are folded with it, as plural scattering does it to
 * the edges (section 4.3 there); it is scaled to area 1, so N stays what it is.
 *
 * Standard errors are those of the fit, with the noise taken from its residuals, 16 channels at a
 * time: they hold for counts of any gain and for channels that are not independent, and they
 * include what the model misses within the fitted range. They do not include how wrong the
 * cross-sections are (cross_section.h).
 *
 * Two edges overlap when their onsets are closer than EEL_FIT_NEAR_EV, or when fitting both makes one
 * EEL_FIT_INFLATION times less certain: then nothing but the assumed shapes tells them apart. A
 * background is no power law when it is bent in its window, significantly and by a tenth of the edge
 * or more, or when its exponent is not between 0 and 12.
 *
 * Atomic per cent are shares of the sum of all densities, and exist where that is more than EEL_FIT_SURE of its own
 * standard errors: shares of noise are any number.
 *
 * A state says what became of each element: a number that does not exist is NAN, never 0.
 */
#ifndef EEL_EELS_EDGE_FIT_H
#define EEL_EELS_EDGE_FIT_H

#include <stdint.h>

#include "eels/axis.h"
#include "eels/cross_section.h"

#define EEL_FIT_EDGES_MAX   32
#define EEL_FIT_GROUP_MAX   8      /* edges that share a background */
#define EEL_FIT_GAP_EV      8.0    /* between a window and the onset that follows */
#define EEL_FIT_NEAR_EV     40.0   /* of every edge that are left out */
#define EEL_FIT_RANGE_EV    150.0  /* fitted behind the last edge of a group, from its onset on */
#define EEL_FIT_INFLATION   5.0
#define EEL_FIT_SURE        3.0    /* standard errors of all densities together: less has no shares */

typedef enum {
    EEL_AMOUNT_NONE,         /* nobody asked */
    EEL_AMOUNT_QUANTIFIED,
    EEL_AMOUNT_NOT_FOUND,    /* the network does not see the element here */
    EEL_AMOUNT_NO_POWER_LAW, /* what precedes the edge is no such background */
    EEL_AMOUNT_OVERLAP,      /* cannot be told from an edge beside it */
    EEL_AMOUNT_NO_WINDOW,    /* too little was recorded before or behind the onset */
    EEL_AMOUNT_NO_LOW_LOSS,  /* this pixel's own low-loss spectrum holds nothing */
    EEL_AMOUNT_NO_CROSS_SECTION, /* found by an edge that is neither K nor L */
    EEL_AMOUNT_TOO_LITTLE,   /* has a density, but those of all elements are together hardly more than nothing */
    EEL_AMOUNT_STATES
} eel_amount_state;

const char *eel_amount_state_name(int state); /* "quantified", "no power law", … */
int eel_amount_has_density(int state);

typedef struct {
    double density, density_error; /* counts per barn: atoms per barn times the counts of the beam; 1 per barn is
                                      10^10 per nm²; NAN unless quantified or too little */
    double percent, percent_error; /* atomic per cent of all found elements; NAN unless all of them
                                      were quantified, and their sum is no noise */
    int state;
} eel_amount;

typedef struct eel_edge_fit eel_edge_fit;

/* Edges in any order. EEL_EARGS for what cross-sections cannot be made of, EEL_ELIMIT, EEL_ENOMEM. */
int eel_edge_fit_new(eel_edge_fit **fit, const eel_axis *axis, const eel_shell_edge *edges, int n,
                     const eel_optics *optics);
void eel_edge_fit_free(eel_edge_fit *fit); /* NULL is fine */

/* Uses only channels from first to last, and of these not the outermost of the record. */
void eel_edge_fit_limit(eel_edge_fit *fit, uint32_t first, uint32_t last);

/* The energies of the axis plus `shift_ev` from now on, for spectra that are known to be off by that much. Costs as
 * much as a new fit. */
void eel_edge_fit_move(eel_edge_fit *fit, double shift_ev);

/* Folds the cross-sections with a low-loss spectrum; the centre of its zero-loss peak (eels/zero_loss.h) is taken as
 * the zero of its axis. For every spectrum anew or once for all. EEL_EFORMAT when it has no zero-loss peak. */
int eel_edge_fit_low_loss(eel_edge_fit *fit, const float *counts, const eel_axis *axis);

/* The same with many together, each with the zero of its own peak: they are added one by one, then folded with. */
int eel_edge_fit_add_low_loss(eel_edge_fit *fit, const float *counts, const eel_axis *axis);
int eel_edge_fit_fold(eel_edge_fit *fit); /* EEL_EFORMAT when none has a zero-loss peak */

/* counts (channels), NAN for what is not to be used; found (n) 1 where the element is to be
 * fitted; amounts (n). Never fails: states say why there is no number. */
void eel_edge_fit_run(eel_edge_fit *fit, const float *counts, const uint8_t *found,
                      eel_amount *amounts);

#endif
