/*
 * companion - the low-loss spectra that are recorded beside the core losses (dual EELS). All that is wanted
 * of one is how far its zero-loss peak is from 0 eV, for the core losses beside it are as far off.
 *
 *     eel_companion_begin(&companion, &axis, type);               when a scan has one
 *     eel_companion_join(&companion, row_bytes, spectra, count, low_loss, bytes, &rows);
 *     eel_companion_release(&companion);
 *
 * What goes on from here are rows: a spectrum, then the shift that belongs to it as a float32, in eV, to be
 * added to its energies, NAN where it is not known (ring.h).
 */
#ifndef EEL_LIVE_COMPANION_H
#define EEL_LIVE_COMPANION_H

#include "io/image.h"

typedef struct {
    eel_axis axis;       /* n 0: the scan has no companion */
    eel_image_type type;
    void *values;        /* (axis.n) of type, aligned as a message is not */
    float *counts;       /* (axis.n) */
    char *rows;
    size_t rows_bytes;
} eel_companion;

/* EEL_EFORMAT when 0 eV is not on the axis. */
int eel_companion_begin(eel_companion *companion, const eel_axis *axis, eel_image_type type);
void eel_companion_release(eel_companion *companion); /* all zero is fine */

/*
 * spectra: `count` of `spectrum_bytes` each. low_loss: `bytes` of values of the companion's type, a spectrum for
 * each or one for all of them; 0 bytes: there is none. *rows is the companion's, until the next call.
 * EEL_EFORMAT for another number of values, EEL_ENOMEM.
 */
int eel_companion_join(eel_companion *companion, size_t spectrum_bytes, const void *spectra,
                       uint32_t count, const void *low_loss, size_t bytes, const void **rows);

#endif
