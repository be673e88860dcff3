/*
 * unfinished - scans of an earlier run whose spectra are all mapped, and whose result files were never written.
 */
#ifndef EEL_STAGES_UNFINISHED_H
#define EEL_STAGES_UNFINISHED_H

/* Names each folder of `results` that holds such a one on stderr, with the command that finishes it. */
void eel_unfinished_say(const char *results);

#endif
