/*
 * mean_spectrum - the spectrum of a file, or the mean of its spectra, on the network's axis.
 * Shared by `identify` and `score`.
 */
#ifndef EEL_STAGES_MEAN_SPECTRUM_H
#define EEL_STAGES_MEAN_SPECTRUM_H

#include "calibration.h"
#include "io/image.h"

/* *of: how many spectra it is the mean of. *counts (eel_calibrator_axis(*calibrator)->n) belongs to the caller (eel_free), *calibrator too;
 * both are to be freed after a failure as well. options as in eel_image_open_as. */
int eel_mean_spectrum(eel_calibrator **calibrator, float **counts, uint64_t *of, const char *path,
                      const eel_image_options *options, const eel_correction *correction);

#endif
