/*
 * recognise_file - a file's mean spectrum and what a network says of it.
 */
#ifndef EEL_STAGES_RECOGNISE_FILE_H
#define EEL_STAGES_RECOGNISE_FILE_H

#include "shared/calibration.h"
#include "io/image.h"
#include "shared/recogniser.h"

typedef struct {
    float *counts; /* (axis.n); the caller frees it (eel_free) */
    eel_axis axis; /* the covered part of the network's axis */
    uint64_t of;   /* spectra in the file, of which this is the mean */
} eel_file_spectrum;

/* options: as in eel_image_open_as; correction of the axis. p (classes): NAN where not observable.
 * spectrum: NULL, or where the spectrum itself goes on success. EEL_EFORMAT when there is nothing to look at. */
int eel_recognise_file(eel_recogniser *recogniser, const char *path,
                       const eel_image_options *options, const eel_correction *correction,
                       float *p, eel_file_spectrum *spectrum);

#endif
