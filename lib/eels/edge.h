/*
 * edge - one measured edge taken out of a spectrum: background removed, onset found.
 *
 * The background is a power law fitted to a window that ends EEL_EDGE_GAP_EV before the onset. The
 * onset is where the signal first reaches a fifth of its highest value nearby, within search_ev of
 * where the edge is expected.
 *
 *     eel_edge edge;
 *     eel_edge_take(&edge, counts, &axis, &options);
 *     … edge.values at e = edge.first_ev + i edge.step_ev …
 *     eel_edge_release(&edge);
 */
#ifndef EEL_EELS_EDGE_H
#define EEL_EELS_EDGE_H

#include "eels/power_law.h"

#define EEL_EDGE_GAP_EV    4.0   /* between the background window and the onset */
#define EEL_EDGE_BEFORE_EV 15.0  /* taken before the onset */
#define EEL_EDGE_STEP_EV   0.05  /* finer channels are added up to at least this */

typedef struct {
    double expected_ev; /* nominal onset */
    double search_ev;   /* the onset is looked for this far around it; 0: it is there */
    double window_ev;   /* length of the background window */
    double after_ev;    /* taken after the onset, as far as the spectrum goes */
    int background;     /* 0: the spectrum has none any more */
} eel_edge_options;

typedef struct {
    double onset_ev;
    eel_power_law background; /* in counts per channel; its scale 0 without one */
    double from_ev, to_ev;    /* its window */
    double first_ev, step_ev; /* of the values, relative to the onset */
    int n;
    double *values; /* (n) intensity above the background; owned */
} eel_edge;

/* EEL_EARGS when the axis does not hold the edge and its window, EEL_EFORMAT when the spectrum
 * has no usable background or nothing rises there. */
int eel_edge_take(eel_edge *edge, const float *counts, const eel_axis *axis,
                  const eel_edge_options *options);
void eel_edge_release(eel_edge *edge);

#endif
