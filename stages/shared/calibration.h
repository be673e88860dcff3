/*
 * calibration - from the detector's channels to the network's axis: what the user corrects, the cut
 * to a window, bad channels, the resampling. Shared by `calibrate` and `identify`.
 *
 *     static eel_correction correction = EEL_CORRECTION_NONE;     its options: EEL_CORRECTION_OPTIONS
 *     eel_calibrator *calibrator;
 *     eel_calibrator_new(&calibrator, &correction, image_info);
 *     eel_calibrate_row(calibrator, counts, out);
 */
#ifndef EEL_STAGES_CALIBRATION_H
#define EEL_STAGES_CALIBRATION_H

#include <math.h>

#include "base/args.h"
#include "eels/axis.h"
#include "io/image.h"

typedef struct {
    double offset_ev;                /* added to every energy */
    double dispersion_ev;            /* instead of the file's, the first channel stays; NAN: as there */
    const char *window;              /* "FROM:TO" in eV of the corrected axis, or NULL */
} eel_correction;

#define EEL_CORRECTION_NONE {0, NAN, NULL}

#define EEL_CORRECTION_OPTIONS(c)                                                                  \
    {"offset", 0, EEL_OPT_REAL, &(c).offset_ev, "EV", "added to every energy"},                    \
    {"dispersion", 0, EEL_OPT_REAL, &(c).dispersion_ev, "EV", "eV per channel, instead of the file's"},      \
    {"window", 0, EEL_OPT_TEXT, &(c).window, "FROM:TO", "use these energies only"}

/* What can be told without any axis: EEL_EARGS where no file's axis could be corrected in this way, or the window lies
 * beside all energies that the network knows. */
int eel_correction_check(const eel_correction *correction);

/* The axis of an image, corrected, and which of its channels were recorded and lie in the window: first to last.
 * EEL_EARGS. */
int eel_correction_apply(const eel_correction *correction, const eel_image_info *image, eel_axis *axis,
                         uint32_t *first, uint32_t *last);

typedef struct eel_calibrator eel_calibrator;

/* For the spectra of an image, of which cautions are logged. EEL_EARGS when the correction makes no sense, EEL_EFORMAT
 * when less than EEL_RESAMPLE_LEAST channels of the network's axis are covered. */
int eel_calibrator_new(eel_calibrator **calibrator, const eel_correction *correction, const eel_image_info *image);
void eel_calibrator_free(eel_calibrator *calibrator);

/* The covered part of the network's axis, and its first channel there. */
const eel_axis *eel_calibrator_axis(const eel_calibrator *calibrator);
uint32_t eel_calibrator_offset(const eel_calibrator *calibrator);

/* Between which energies nothing was recorded, wider than EEL_BRIDGED_EV: what is there is bridged all the same, and no
 * edge can be seen. from_ev = to_ev: none. */
#define EEL_BRIDGED_EV 5.0
const eel_gap *eel_calibrator_gap(const eel_calibrator *calibrator);

/* The corrected axis of all channels of the file, those outside the window included. */
const eel_axis *eel_calibrator_whole(const eel_calibrator *calibrator);

/* Lets the axis be moved by up to `reach_ev` to either side from now on: the covered part becomes
 * what any such axis covers. Then eel_calibrator_move adds `shift_ev`, within reach, to the
 * energies as they were corrected. EEL_EFORMAT when nothing is left, EEL_ENOMEM. */
int eel_calibrator_let_move(eel_calibrator *calibrator, double reach_ev);
int eel_calibrator_move(eel_calibrator *calibrator, double shift_ev);

/* counts (file channels) is changed: values that are not finite are bridged between their neighbours. out (covered channels); all NAN when no channel was good. */
void eel_calibrate_row(eel_calibrator *calibrator, float *counts, float *out);

#endif
