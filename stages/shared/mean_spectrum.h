/*
 * mean_spectrum - the spectrum of a file, or the mean of its spectra, as it is or on the network's axis.
 * Shared by `identify`, `score` and `fit`.
 */
#ifndef EEL_STAGES_MEAN_SPECTRUM_H
#define EEL_STAGES_MEAN_SPECTRUM_H

#include "shared/calibration.h"
#include "io/image.h"

/* mean (info->axis.n, for eel_free): channel by channel over the values that are numbers, NAN where there is none or
 * nothing was recorded; *of: how many spectra have one. options as in eel_image_open_as. EEL_ENOMEM, and what that
 * returns. */
int eel_file_mean(float **mean, eel_image_info *info, uint64_t *of, const char *path,
                  const eel_image_options *options);

/* *of: how many spectra it is the mean of. *counts (eel_calibrator_axis(*calibrator)->n) belongs to the caller (eel_free), *calibrator too;
 * both are to be freed after a failure as well. options as in eel_image_open_as. */
int eel_mean_spectrum(eel_calibrator **calibrator, float **counts, uint64_t *of, const char *path,
                      const eel_image_options *options, const eel_correction *correction);

#endif
