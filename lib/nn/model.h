/*
 * model - the model file (HDF5, proto/model.md): weights by name, each checked for its length, and
 * everything that is needed to use them: energy axis, input normalisation, class names, decision
 * thresholds, calibration, and how the network was trained.
 */
#ifndef EEL_NN_MODEL_H
#define EEL_NN_MODEL_H

#include "nn/net.h"

#define EEL_MODEL_FORMAT   "eelstream model 1" /* proto/model.md, M1 */
#define EEL_MODEL_TEXT_MAX (1u << 20)
#define EEL_MODEL_FILE_MAX ((int64_t)256 << 20) /* bytes; 2^25 weights are half of it (proto/model.md, M3) */

typedef struct {
    double start_ev, step_ev;                     /* axis of the inputs */
    char normalisation[32];                       /* "log-ratio-3" */
    uint32_t classes;
    char class_name[EEL_NET_CLASSES_MAX][16];     /* "O", …, "other" */
    char shell[EEL_NET_CLASSES_MAX][8];           /* "K", "M4,5": its edge; "" where the file says */
    double onset_ev[EEL_NET_CLASSES_MAX];         /* nothing of it (then 0), or it has none */
    float threshold[EEL_NET_CLASSES_MAX];         /* present from this calibrated probability on */
    float scale[EEL_NET_CLASSES_MAX];             /* p' = sigmoid(scale x logit + shift) */
    float shift[EEL_NET_CLASSES_MAX];
    char *training;                               /* JSON: command, seed, spectra, scores; owned */
    char sha256[65];                              /* of the file as read; "" when new */
} eel_model_info;

/* Reads weights and information. EEL_EIO, EEL_EFORMAT (tensor, found, expected), EEL_ELIMIT. */
int eel_model_read(eel_net **net, eel_model_info *info, const char *path);

/* Writes under a temporary name and renames. */
int eel_model_write(const eel_net *net, const eel_model_info *info, const char *path);
void eel_model_info_release(eel_model_info *info);

/* Calibrated probability of class c from the network's p; of all classes, in place. The same bits. */
float eel_model_calibrate(const eel_model_info *info, uint32_t c, float p);
void eel_model_calibrate_all(const eel_model_info *info, float *p); /* (classes) */

#endif
