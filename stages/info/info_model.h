/*
 * info_model - what a trained network knows: elements, energies, thresholds, how it was trained.
 */
#ifndef EEL_STAGES_INFO_MODEL_H
#define EEL_STAGES_INFO_MODEL_H

/* Shows the model file on stdout, a few aligned lines or one JSON object. EEL_EIO, EEL_EFORMAT, EEL_ELIMIT where
 * it is none; nothing is shown then. */
int eel_info_model(const char *path, int json);

#endif
