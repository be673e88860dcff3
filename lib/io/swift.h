/*
 * swift - what Nion Swift says of a data item, as JSON; the same in .ndata and .h5 files.
 *
 * "dimensional_calibrations" has offset, scale and units of each dimension, slowest first; older
 * files keep them below "data_source" or "data_sources". (nionswift: NDataHandler, HDF5Handler.)
 */
#ifndef EEL_IO_SWIFT_H
#define EEL_IO_SWIFT_H

#include <jansson.h>
#include "io/format.h"

/* Name and energy of a candidate whose type and shape are known. */
void eel_swift_describe(eel_candidate *candidate, const json_t *properties);

/* Axes and metadata of what was picked. */
void eel_swift_detail(eel_image_info *info, const json_t *properties,
                      const int axis_of[EEL_NAV_MAX]);

#endif
