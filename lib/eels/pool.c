#include "eels/pool.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/elements.h"

#include <math.h>

#define PEAK_WITHIN_EV 60.0 /* of the onset: where an edge has its highest value */
#define MIXED_SHARE    0.3  /* of the library's edges in real spectra: atoms in two surroundings, */
#define MIXED_END_EV   50.0 /* where both shapes reach as far: behind the shorter one there is only a tail */

struct eel_pool {
    eel_synth_kind kind;
    double built_share;
    const eel_library *library;
    int *shapes[EEL_ELEMENTS]; /* which shapes of the library are of this element */
    int counts[EEL_ELEMENTS];
    eel_pool_edge *edges;   /* (classes, elements, variants) */
    eel_pool_edge *foreign; /* (classes, foreign edges, variants); NULL for the paper */
    float kernel[EEL_PSF_SAMPLES];
};

static int list_shapes(eel_pool *pool, int held_out)
{
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        pool->shapes[e] = eel_alloc((size_t)pool->library->count + 1, sizeof(int));
        if (!pool->shapes[e])
            return EEL_ENOMEM;
        for (int s = 0; s < pool->library->count; s++) {
            const eel_shape *shape = &pool->library->shapes[s];
            if (shape->element == e && !shape->held_out == !held_out)
                pool->shapes[e][pool->counts[e]++] = s;
        }
    }
    return EEL_OK;
}

int eel_pool_new(eel_pool **pool, eel_synth_kind kind, const eel_library *library, int held_out)
{
    eel_pool *p = eel_alloc(1, sizeof *p);
    int code = EEL_ENOMEM;

    if (!p)
        return code;
    p->kind = kind;
    p->built_share = kind == EEL_SYNTH_REAL ? 0.5 : 0;
    p->library = library;
    p->edges = eel_alloc(EEL_POOL_CLASSES * EEL_ELEMENTS * EEL_POOL_VARIANTS, sizeof *p->edges);
    if (!p->edges)
        goto out;
    if (kind == EEL_SYNTH_REAL) {
        p->foreign = eel_alloc((size_t)EEL_POOL_CLASSES * (size_t)eel_foreign_count() *
                                   EEL_POOL_FOREIGN,
                               sizeof *p->foreign);
        if (!p->foreign)
            goto out;
    }
    code = list_shapes(p, held_out);
out:
    if (code == EEL_OK)
        *pool = p;
    else
        eel_pool_free(p);
    return code;
}

void eel_pool_free(eel_pool *pool)
{
    if (!pool)
        return;
    for (int e = 0; e < EEL_ELEMENTS; e++)
        eel_free(pool->shapes[e]);
    eel_free(pool->edges);
    eel_free(pool->foreign);
    eel_free(pool);
}

void eel_pool_build_share(eel_pool *pool, double share)
{
    pool->built_share = share;
}

/* Ranges: the paper's Table 2; for real spectra what spectrometers and specimens have. */
static eel_psf draw_psf(eel_rng *rng, eel_synth_kind kind)
{
    if (kind == EEL_SYNTH_PAPER)
        return (eel_psf){.gauss_fwhm_ev = eel_rng_uniform(rng, 0.1, 1.6),
                         .lorentz_hwhm_ev = eel_rng_uniform(rng, 0.1, 0.6)};
    eel_psf psf = {.gauss_fwhm_ev = eel_rng_log_uniform(rng, 0.15, 2.2),
                   .lorentz_hwhm_ev = eel_rng_uniform(rng, 0.02, 0.35),
                   .plasmon_ev = eel_rng_uniform(rng, 12, 30),
                   .width_ev = eel_rng_uniform(rng, 3, 14)};
    if (eel_rng_chance(rng, 0.8))
        psf.thickness = eel_rng_uniform(rng, 0, 1.2);
    return psf;
}

static const eel_shape *pick_shape(const eel_pool *pool, eel_rng *rng, int element)
{
    uint32_t pick = eel_rng_below(rng, (uint32_t)pool->counts[element]);
    return &pool->library->shapes[pool->shapes[element][pick]];
}

/* One shape, or two of which the first begins first. Returns how many. */
static int pick_shapes(const eel_pool *pool, eel_rng *rng, int element, const eel_shape *of[2])
{
    of[0] = pick_shape(pool, rng, element);
    if (pool->kind == EEL_SYNTH_PAPER || !eel_rng_chance(rng, MIXED_SHARE))
        return 1;
    of[1] = pick_shape(pool, rng, element);
    if (of[1] == of[0] || of[0]->end_ev < MIXED_END_EV || of[1]->end_ev < MIXED_END_EV)
        return 1;
    if (of[1]->onset_ev < of[0]->onset_ev) {
        const eel_shape *later = of[0];
        of[0] = of[1];
        of[1] = later;
    }
    return 2;
}

/* Mixes out[0 … last] with a share of an edge that begins `later_ev` later, as of atoms in other surroundings. */
static void mix_in(const eel_shape *shape, double later_ev, double share, double stretch, float *out, int last)
{
    float other[EEL_SHAPE_SAMPLES];

    eel_shape_sample(shape, EEL_SHAPE_FIRST_EV / stretch - later_ev, EEL_SHAPE_STEP_EV / stretch, other, last + 1);
    for (int i = 0; i <= last; i++)
        out[i] = (float)((1 - share) * out[i] + share * other[i]);
}

/* A shape of the library, or two, on the pool's axis, continued by a power law where its model ends. */
static void sample_library(const eel_pool *pool, eel_rng *rng, int element, double *onset_ev,
                           float *out)
{
    const eel_shape *of[2];
    int paper = pool->kind == EEL_SYNTH_PAPER, count = pick_shapes(pool, rng, element, of);
    const eel_shape *shape = of[0];
    double stretch = paper ? 1 : eel_rng_uniform(rng, 0.95, 1.12);
    double power = paper ? eel_rng_uniform(rng, -3.8, -1.8) : eel_rng_uniform(rng, -5, -2);
    double reach = count > 1 ? fmin(shape->end_ev, of[1]->end_ev) : shape->end_ev;
    double end = fmin(reach, eel_rng_uniform(rng, 50, 150)) * stretch;
    int last = (int)((end - EEL_SHAPE_FIRST_EV) / EEL_SHAPE_STEP_EV);

    *onset_ev = shape->onset_ev + (paper ? 0 : eel_rng_uniform(rng, -1.5, 1.5));
    if (last > EEL_SHAPE_SAMPLES - 1)
        last = EEL_SHAPE_SAMPLES - 1;
    eel_shape_sample(shape, EEL_SHAPE_FIRST_EV / stretch, EEL_SHAPE_STEP_EV / stretch, out,
                     last + 1);
    if (count > 1)
        mix_in(of[1], of[1]->onset_ev - shape->onset_ev, eel_rng_uniform(rng, 0.1, 0.9), stretch, out, last);
    double level = 0;
    for (int i = last - 24; i <= last; i++) /* mean of the last 5 eV */
        level += fmax(out[i], 0) / 25;
    for (int i = last + 1; i < EEL_SHAPE_SAMPLES; i++) {
        double e = EEL_SHAPE_FIRST_EV + i * EEL_SHAPE_STEP_EV;
        out[i] = (float)(level * pow((*onset_ev + e) / (*onset_ev + end), power));
    }
}

static void finish(const eel_pool *pool, const float *shape, eel_pool_edge *edge)
{
    int from = (int)(-EEL_SHAPE_FIRST_EV / EEL_SHAPE_STEP_EV);
    int to = from + (int)(PEAK_WITHIN_EV / EEL_SHAPE_STEP_EV);
    float peak = 0;

    eel_psf_convolve(pool->kernel, shape, edge->samples, EEL_SHAPE_SAMPLES);
    for (int i = from; i < to; i++)
        peak = fmaxf(peak, edge->samples[i]);
    float scale = peak > 0 ? 1 / peak : 0;
    for (int i = 0; i < EEL_SHAPE_SAMPLES; i++)
        edge->samples[i] *= scale;
}

void eel_pool_fill(eel_pool *pool, uint64_t seed, uint64_t epoch)
{
    eel_rng rng = eel_rng_seeded(seed ^ 0x706f6f6cu, epoch); /* apart from the spectra's streams */
    float shape[EEL_SHAPE_SAMPLES];
    eel_pool_edge *edge = pool->edges, *foreign = pool->foreign;

    for (int c = 0; c < EEL_POOL_CLASSES; c++) {
        eel_psf psf = draw_psf(&rng, pool->kind);
        eel_psf_kernel(&psf, pool->kernel);
        for (int e = 0; e < EEL_ELEMENTS; e++) {
            for (int v = 0; v < EEL_POOL_VARIANTS; v++, edge++) {
                int built = pool->built_share > 0 && eel_rng_chance(&rng, pool->built_share);
                if (built || pool->counts[e] == 0)
                    eel_shape_build(&rng, e, &edge->onset_ev, shape);
                else
                    sample_library(pool, &rng, e, &edge->onset_ev, shape);
                finish(pool, shape, edge);
            }
        }
        for (int f = 0; foreign && f < eel_foreign_count(); f++) {
            for (int v = 0; v < EEL_POOL_FOREIGN; v++, foreign++) {
                eel_foreign_build(&rng, f, &foreign->onset_ev, shape);
                finish(pool, shape, foreign);
            }
        }
    }
}

const eel_pool_edge *eel_pool_pick(const eel_pool *pool, eel_rng *rng, int psf_class, int element)
{
    uint32_t v = eel_rng_below(rng, EEL_POOL_VARIANTS);
    return &pool->edges[((uint32_t)psf_class * EEL_ELEMENTS + (uint32_t)element) *
                            EEL_POOL_VARIANTS + v];
}

const eel_pool_edge *eel_pool_pick_foreign(const eel_pool *pool, eel_rng *rng, int psf_class,
                                           int foreign)
{
    uint32_t v = eel_rng_below(rng, EEL_POOL_FOREIGN);
    return &pool->foreign[((uint32_t)(psf_class * eel_foreign_count() + foreign)) *
                              EEL_POOL_FOREIGN + v];
}
