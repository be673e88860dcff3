/* What a detector makes of the expected counts, and what people do to spectra afterwards. */
#include "base/vecmath.h"
#include "eels/scene.h"

#include <string.h>

#define REMOVED_SHARE    0.25  /* background subtracted, as most of EELS DB's spectra */

static void smooth(float *counts, uint32_t n, uint32_t width, float *scratch)
{
    memcpy(scratch, counts, n * sizeof *counts);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = i > width / 2 ? i - width / 2 : 0;
        uint32_t to = i + width / 2 < n ? i + width / 2 : n - 1;
        float sum = 0;
        for (uint32_t k = from; k <= to; k++)
            sum += scratch[k];
        counts[i] = sum / (float)(to - from + 1);
    }
}

/* What a fitted power law leaves: too little or too much removed, more so far from where it was fitted. */
static void remove_backdrop(eel_rng *rng, eel_exposure *x)
{
    double share = eel_rng_uniform(rng, 0.92, 1.01);
    double off = eel_rng_chance(rng, 0.5) ? 0.15 * eel_rng_normal(rng) : 0;
    float per_channel = (float)(x->axis.step_ev / x->axis.start_ev);

    for (uint32_t i = 0; i < x->axis.n; i++) {
        float drift = eel_expf((float)-off * eel_logf(1 + per_channel * (float)(int32_t)i));
        x->counts[i] -= (float)share * drift * x->backdrop[i];
    }
}

/* Cosmic rays and channels that do not count. */
static void add_defects(eel_rng *rng, eel_exposure *x)
{
    uint32_t n = x->axis.n;

    if (eel_rng_chance(rng, 0.03)) {
        uint32_t at = eel_rng_below(rng, n);
        x->counts[at] += x->expected[at] * (float)eel_rng_log_uniform(rng, 0.3, 20) + 30;
    }
    if (eel_rng_chance(rng, 0.03)) {
        uint32_t at = eel_rng_below(rng, n), width = 1 + eel_rng_below(rng, 3);
        for (uint32_t i = at; i < n && i < at + width; i++)
            x->counts[i] = 0;
    }
    if (eel_rng_chance(rng, 0.05)) { /* ends that the detector does not reach */
        uint32_t width = 1 + eel_rng_below(rng, n / 40);
        int at_end = eel_rng_chance(rng, 0.5);
        for (uint32_t i = 0; i < width; i++)
            x->counts[at_end ? n - 1 - i : i] *= 0.02f;
    }
}

void eel_real_detect(const eel_scene *scene, eel_rng *rng, eel_exposure *x)
{
    for (uint32_t i = 0; i < x->axis.n; i++) {
        double counts = eel_rng_poisson(rng, x->expected[i]);
        if (x->gain > 0)
            counts *= 1 + x->gain * eel_rng_normal(rng);
        if (x->readout > 0)
            counts += x->readout * eel_rng_normal(rng);
        x->counts[i] = (float)counts;
    }
    if (scene->clean)
        return;
    if (eel_rng_chance(rng, 0.25)) /* expected counts are not needed smoothed: scratch after use */
        smooth(x->counts, x->axis.n, 3 + 2 * eel_rng_below(rng, 5), x->expected);
    if (eel_rng_chance(rng, REMOVED_SHARE))
        remove_backdrop(rng, x);
    add_defects(rng, x);
}
