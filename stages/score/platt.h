/*
 * platt - probabilities that mean what they say: for each class the scale and shift of the
 * network's logit that maximise the likelihood of a labelled stream (Platt 1999, "Probabilistic
 * outputs for support vector machines"; Guo et al. 2017, arXiv 1706.04599).
 */
#ifndef EEL_STAGES_PLATT_H
#define EEL_STAGES_PLATT_H

#include <stdint.h>

#define EEL_PLATT_MAX (1u << 20) /* spectra that are kept for the fit */

typedef struct eel_platt eel_platt;

int eel_platt_new(eel_platt **platt, uint32_t classes);
void eel_platt_free(eel_platt *platt);

/* labels, p (classes): one spectrum; p before calibration. EEL_ELIMIT, EEL_ENOMEM. */
int eel_platt_add(eel_platt *platt, const uint8_t *labels, const float *p);

/* scale, shift (classes): p' = sigmoid(scale logit(p) + shift). Classes that were always or never
 * there keep what they had. */
void eel_platt_fit(const eel_platt *platt, float *scale, float *shift);

#endif
