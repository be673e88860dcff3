/*
 * frames - the images of one series, as they come packed, into spectra.
 *
 *     eel_frames_mask(&frames, &start.mask);                     when the series is armed, if it has one
 *     eel_frames_begin(&frames, &first_image, saturated, how);   with its first image
 *     eel_frames_spectrum(&frames, &image, &spectrum);           each
 *     eel_frames_release(&frames);
 */
#ifndef EEL_LIVE_FRAMES_H
#define EEL_LIVE_FRAMES_H

#include "live/project.h"
#include "live/simplon.h"
#include "live/source.h"

typedef struct {
    eel_projection projection; /* rows 0: no series has begun */
    uint8_t *mask;             /* (mask_rows, mask_columns), or NULL */
    uint32_t mask_rows, mask_columns;
    void *image, *scratch;     /* unpacked; bytes each */
    size_t bytes;
    float *spectrum;           /* (columns) */
    eel_channel_sum *sums;
} eel_frames;

/* Copies it; one without values takes the mask away. EEL_EFORMAT, EEL_ENOMEM. */
int eel_frames_mask(eel_frames *frames, const eel_simplon_array *mask);

/* `saturation` is the largest value of a measurement, 0 when that is not known: then all but the
 * two largest of the type are. EEL_EARGS when `how` wants rows that are not there; EEL_EFORMAT when
 * the mask is of another size. */
int eel_frames_begin(eel_frames *frames, const eel_simplon_array *first, uint64_t saturation,
                     const eel_live_how *how);

/* *spectrum (columns) is valid until the next call. EEL_EFORMAT: broken, or not like the first. */
int eel_frames_spectrum(eel_frames *frames, const eel_simplon_array *image, const float **spectrum);
void eel_frames_release(eel_frames *frames);

#endif
