/*
 * optics - what quantification has to know of the beam: its energy and its two angles, as options or from
 * the file. Shared by `abundance`, which needs them, and `reader`, which can tell before a map is made that
 * they are missing.
 */
#ifndef EEL_STAGES_OPTICS_H
#define EEL_STAGES_OPTICS_H

#include <math.h>

#include "base/args.h"
#include "eels/cross_section.h"
#include "io/image.h"

#define EEL_COLLECTION_LEAST_MRAD 0.5 /* a smaller one is hardly in mrad */

#define EEL_OPTICS_UNKNOWN {NAN, NAN, NAN}
#define EEL_OPTICS_OPTIONS(o)                                                                           \
    {"beam", 0, EEL_OPT_REAL, &(o).beam_kev, "KEV", "beam energy, instead of the file's"},              \
    {"collection", 0, EEL_OPT_REAL, &(o).collection_mrad, "MRAD",                                       \
     "collection semi-angle, instead of the file's"},                                                   \
    {"convergence", 0, EEL_OPT_REAL, &(o).convergence_mrad, "MRAD",                                     \
     "convergence semi-angle, instead of the file's; 0: parallel"}

/* What is NAN becomes what the file says. EEL_EARGS, in the words of the options, when it does not say, or where a
 * number cannot be meant. */
int eel_optics_complete(eel_optics *optics, const eel_image_info *image);

#endif
