/*
 * said - what the user says of a source that does not say it itself, as text, into what sources take.
 * EEL_EARGS: the words name the option.
 */
#ifndef EEL_STAGES_SAID_H
#define EEL_STAGES_SAID_H

#include "live/source.h"

int eel_said_scan(eel_live_how *how, const char *words); /* "64x128", "0x128" */
int eel_said_rows(eel_live_how *how, const char *words); /* "100:140" */

/* "400:0.5"; of a file also the unit of its energies, "keV". `words` stay the caller's. */
int eel_said_axis(eel_live_how *how, const char *words, const eel_source *source);

int eel_said_axes(eel_live_how *how, const char *words, const eel_source *source); /* "Eyx", of a file only */

#endif
