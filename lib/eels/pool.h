/*
 * pool - many edges, ready to be added to spectra: drawn, broadened and scattered in advance.
 *
 * All edges of one spectrum went through the same microscope and the same specimen, so the pool is
 * divided into classes that share one point spread function; a spectrum picks a class and takes
 * all its edges from there. A pool is made anew from (seed, epoch), so that variety has no end
 * and every spectrum can be drawn again.
 */
#ifndef EEL_EELS_POOL_H
#define EEL_EELS_POOL_H

#include "base/rng.h"
#include "eels/library.h"
#include "eels/psf.h"
#include "eels/shapes.h"

#define EEL_POOL_CLASSES  12 /* point spread functions */
#define EEL_POOL_VARIANTS 16 /* of each element in each class */
#define EEL_POOL_FOREIGN  2  /* of each edge outside the twenty in each class */

/* Broadening reaches EEL_PSF_BEFORE samples ahead, so the last ones of a shape are not used. */
#define EEL_POOL_SAMPLES (EEL_SHAPE_SAMPLES - EEL_PSF_BEFORE)

typedef enum {
    EEL_SYNTH_PAPER, /* exactly the paper's distribution */
    EEL_SYNTH_REAL,  /* windows, doses, plural scattering, foreign edges, realistic axes */
} eel_synth_kind;

typedef struct {
    double onset_ev;
    float samples[EEL_SHAPE_SAMPLES]; /* highest value 1; axis: eels/shapes.h */
} eel_pool_edge;

typedef struct eel_pool eel_pool;

/* `held_out` 1 takes only the library's held-out shapes, 0 only the others. Elements without such
 * a shape in the library take shapes built from physics. `library` must outlive the pool. */
int eel_pool_new(eel_pool **pool, eel_synth_kind kind, const eel_library *library, int held_out);
void eel_pool_free(eel_pool *pool);

/* Share of the edges that are built from physics (shapes.h), the others are from the library: half
 * of the real ones, none of the paper's, unless this says otherwise before the first filling. */
void eel_pool_build_share(eel_pool *pool, double share);

void eel_pool_fill(eel_pool *pool, uint64_t seed, uint64_t epoch);

const eel_pool_edge *eel_pool_pick(const eel_pool *pool, eel_rng *rng, int psf_class, int element);
const eel_pool_edge *eel_pool_pick_foreign(const eel_pool *pool, eel_rng *rng, int psf_class,
                                           int foreign);

#endif
