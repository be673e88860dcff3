/*
 * low_loss - the low-loss spectra that belong to a spectrum image: one for all pixels or one for
 * each.
 *
 *     eel_low_loss *low_loss;                                  NULL when there is none
 *     eel_low_loss_open(&low_loss, file, signal, &image);
 *     eel_low_loss_fold_mean(low_loss, fit);
 *     eel_low_loss_fold_pixel(low_loss, fit, pixel);           before each pixel
 */
#ifndef EEL_STAGES_LOW_LOSS_H
#define EEL_STAGES_LOW_LOSS_H

#include <jansson.h>

#include "eels/edge_fit.h"
#include "io/image.h"

typedef struct eel_low_loss eel_low_loss;

/* `file` NULL: the image's own, if it holds a low loss; "none": none. `signal` names or numbers one
 * of the file's; NULL: the first that is a low loss. *low_loss is NULL where there is none. */
int eel_low_loss_open(eel_low_loss **low_loss, const char *file, const char *signal,
                      const eel_image_info *image);
void eel_low_loss_close(eel_low_loss *low_loss);

/* Folds the cross-sections with the mean of all low-loss spectra, zero-loss peak upon zero-loss peak; nothing for
 * NULL. */
int eel_low_loss_fold_mean(eel_low_loss *low_loss, eel_edge_fit *fit);

/* Folds them with the pixel's own spectrum, where there is one for each pixel. */
int eel_low_loss_fold_pixel(eel_low_loss *low_loss, eel_edge_fit *fit, uint64_t pixel);

/* {"file", "signal", "by_pixel", "t_over_lambda": the mean thickness that they tell} or null. */
json_t *eel_low_loss_to_json(const eel_low_loss *low_loss);

#endif
