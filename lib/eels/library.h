/*
 * library - shapes of ionisation edges, stored as sums of Gaussians with their source.
 *
 * As in Kong et al. 2022 (Edge modeling, Fig. 1) each shape is a multi-Gaussian model of an edge
 * after background removal: intensity(e) = sum_i height_i exp(-(e - centre_i)^2 / (2 sigma_i^2)),
 * e = energy minus onset in eV, highest value 1. A shape says how far it reaches (`end_ev`);
 * beyond that the caller continues it with a power law.
 *
 * File: text, one shape a paragraph (proto/library.md).
 */
#ifndef EEL_EELS_LIBRARY_H
#define EEL_EELS_LIBRARY_H

#include <stdint.h>

#define EEL_GAUSSIANS_MAX 64   /* of one shape */
#define EEL_SHAPES_MAX    8192 /* of one library */

/* What a library file may say; all energies but the first relative to the onset. */
#define EEL_ONSET_MIN_EV  1.0
#define EEL_ONSET_MAX_EV  20000.0
#define EEL_END_MIN_EV    1.0
#define EEL_END_MAX_EV    2000.0
#define EEL_CENTRE_MIN_EV (-100.0)
#define EEL_CENTRE_MAX_EV 3000.0
#define EEL_SIGMA_MIN_EV  0.01
#define EEL_SIGMA_MAX_EV  2000.0
#define EEL_HEIGHT_MAX    1000.0

typedef struct {
    double centre_ev; /* relative to the onset */
    double sigma_ev;
    double height;
} eel_gaussian;

typedef struct {
    char id[64];        /* "O_SrTiO3_feff_br" */
    char compound[64];
    char source[128];   /* how the shape was obtained */
    int element;        /* index into eel_elements; -1 for an edge outside the twenty */
    char edge[16];      /* "O K", "La M4,5" */
    double onset_ev;    /* absolute energy that e = 0 stands for, chemical shift included */
    double end_ev;      /* the model holds up to here, relative to the onset */
    int held_out;       /* 1: only for tests of unseen shapes, never for training */
    int gaussians;
    eel_gaussian g[EEL_GAUSSIANS_MAX];
} eel_shape;

typedef struct {
    int count;
    eel_shape *shapes; /* owned */
} eel_library;

/* Reads a library file. EEL_EIO, EEL_EFORMAT (with the line), EEL_ELIMIT. */
int eel_library_read(eel_library *library, const char *path);
int eel_library_write(const eel_library *library, const char *path);
void eel_library_release(eel_library *library);

/* Intensity of a shape at e = first_ev + i * step_ev, i < n. */
void eel_shape_sample(const eel_shape *shape, double first_ev, double step_ev, float *out, int n);

#endif
