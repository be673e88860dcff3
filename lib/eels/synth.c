#include "eels/synth.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/resample.h"
#include "eels/scene.h"

#include <string.h>

struct eel_synth {
    eel_synth_kind kind;
    eel_pool *pool;
    uint64_t seed, epoch; /* of the pool's present filling */
    int filled;
    eel_exposure exposure;
};

static const eel_scene all_drawn;

int eel_synth_new(eel_synth **synth, eel_synth_kind kind, const eel_library *library, int held_out)
{
    eel_synth *s = eel_alloc(1, sizeof *s);

    if (!s)
        return EEL_ENOMEM;
    s->kind = kind;
    int code = eel_pool_new(&s->pool, kind, library, held_out);
    if (code == EEL_OK)
        *synth = s;
    else
        eel_synth_free(s);
    return code;
}

void eel_synth_free(eel_synth *synth)
{
    if (!synth)
        return;
    eel_pool_free(synth->pool);
    eel_free(synth);
}

void eel_synth_build_share(eel_synth *synth, double share)
{
    eel_pool_build_share(synth->pool, share);
}

static void fill_pool(eel_synth *synth, uint64_t seed, uint64_t index)
{
    uint64_t epoch = index / EEL_EPOCH;

    if (synth->filled && synth->seed == seed && synth->epoch == epoch)
        return;
    eel_pool_fill(synth->pool, seed, epoch);
    synth->seed = seed;
    synth->epoch = epoch;
    synth->filled = 1;
}

void eel_exposure_resample(const eel_exposure *x, eel_spectrum *spectrum)
{
    eel_axis to = eel_axis_net();
    eel_resample *plan;

    spectrum->n = 0;
    if (eel_resample_new(&plan, &x->axis, &to) != EEL_OK)
        return; /* a window outside the axis: nothing is seen */
    spectrum->offset = eel_resample_offset(plan);
    spectrum->n = eel_resample_axis(plan)->n;
    eel_resample_row(plan, x->counts, spectrum->counts);
    eel_resample_free(plan);
}

void eel_synth_draw(eel_synth *synth, const eel_scene *scene, uint64_t seed, uint64_t index,
                    eel_spectrum *spectrum)
{
    eel_rng rng = eel_rng_seeded(seed, index);

    scene = scene ? scene : &all_drawn;
    fill_pool(synth, seed, index);
    memset(spectrum->labels, EEL_ABSENT, sizeof spectrum->labels);
    memset(spectrum->jumps, 0, sizeof spectrum->jumps);
    if (synth->kind == EEL_SYNTH_PAPER) {
        eel_paper_draw(synth->pool, scene, &rng, &synth->exposure, spectrum);
    } else {
        eel_real_expect(synth->pool, scene, &rng, &synth->exposure, spectrum);
        eel_real_detect(scene, &rng, &synth->exposure);
        eel_exposure_resample(&synth->exposure, spectrum);
    }
}

void eel_synth_expected(eel_synth *synth, const eel_scene *scene, uint64_t seed, uint64_t index,
                        float *expected)
{
    eel_rng rng = eel_rng_seeded(seed, index);
    eel_spectrum spectrum = {.n = 0};

    fill_pool(synth, seed, index);
    eel_real_expect(synth->pool, scene, &rng, &synth->exposure, &spectrum);
    memcpy(expected, synth->exposure.expected, synth->exposure.axis.n * sizeof *expected);
}
