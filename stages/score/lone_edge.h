/*
 * lone_edge - one edge of the library on the background of Kong et al. 2022, E^-1.88, on the
 * paper's axis: for tests in which nothing else shall matter ("Evaluation of model's
 * sensitivity"). The background is 1 at 50 eV; the edge is broadened by the middle of the paper's
 * Table 2 and continued by its middle power law.
 */
#ifndef EEL_STAGES_LONE_EDGE_H
#define EEL_STAGES_LONE_EDGE_H

#include "eels/axis.h"
#include "eels/library.h"

#define EEL_LONE_EXPONENT 1.88
#define EEL_LONE_FIRST_EV 50.0   /* where the background is 1 */
#define EEL_LONE_LAST_EV  1100.0 /* where it is lowest: a tenth of that is the noise */

/* (energy / EEL_LONE_FIRST_EV)^-EEL_LONE_EXPONENT */
double eel_lone_background(double ev);

/* out (EEL_PAPER_CHANNELS): the edge alone, its peak within 60 eV of the onset 1. */
void eel_lone_edge(const eel_shape *shape, float *out);

#endif
