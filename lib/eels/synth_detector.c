/* What a detector makes of the expected counts, and what people do to spectra afterwards. */
#include "base/vecmath.h"
#include "eels/power_law.h"
#include "eels/scene.h"

#include <math.h>
#include <string.h>

#define REMOVED_SHARE    0.3   /* background subtracted, as most of EELS DB's spectra; */
#define MOST_SHARE       0.4   /* of these, not by a fit that is known */
#define FIT_LEAST_EV     5.0   /* window of a fit, */
#define FIT_POWER_MAX    10.0  /* whose exponent people believe */

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

/* Too little or too much removed, more so far from where it was fitted. */
static void remove_most(eel_rng *rng, eel_exposure *x)
{
    double share = eel_rng_uniform(rng, 0.92, 1.01);
    double off = eel_rng_chance(rng, 0.5) ? 0.15 * eel_rng_normal(rng) : 0;
    float per_channel = (float)(x->axis.step_ev / x->axis.start_ev);

    for (uint32_t i = 0; i < x->axis.n; i++) {
        float drift = eel_expf((float)-off * eel_logf(1 + per_channel * (float)(int32_t)i));
        x->counts[i] -= (float)share * drift * x->backdrop[i];
    }
}

/* The channel at which the first edge inside begins, as observed; 0: there is none, or no room before it. */
static uint32_t first_edge(const eel_exposure *x)
{
    double first = x->axis.n;

    for (int k = 0; k < x->view.count; k++) {
        double onset = eel_view_observed(&x->view, x->view.edges[k].edge->onset_ev);
        double at = eel_axis_channel(&x->axis, onset);
        if (at >= 0 && at < first)
            first = at;
    }
    int room = first * x->axis.step_ev > FIT_LEAST_EV && first > 2 * EEL_POWER_LAW_LEAST;
    return room && first < x->axis.n ? (uint32_t)first : 0;
}

/* As people do it: a power law fitted before the first edge. What lies before its window, programs set
 * to zero; some people what lies before the edge, or below zero. Returns 0 when nobody would do that:
 * no room for a window, or more taken away than there was. */
static int remove_fitted(eel_rng *rng, eel_exposure *x)
{
    double gap = eel_rng_uniform(rng, 0.5, 6) / x->axis.step_ev;
    double window = eel_rng_log_uniform(rng, FIT_LEAST_EV, 80) / x->axis.step_ev;
    int whole = eel_rng_chance(rng, 0.5), zeroed = eel_rng_chance(rng, 0.6);
    int flat = eel_rng_chance(rng, 0.15), clipped = eel_rng_chance(rng, 0.15);
    uint32_t edge = first_edge(x);
    uint32_t to = edge > gap + EEL_POWER_LAW_LEAST ? edge - (uint32_t)gap : edge;
    uint32_t from = whole || to < window ? 0 : to - (uint32_t)window;
    eel_power_law law;

    if (to < from + EEL_POWER_LAW_LEAST ||
        eel_power_law_fit(&law, x->counts, &x->axis, (int)from, (int)to) < EEL_POWER_LAW_LEAST ||
        !(law.power > 0 && law.power < FIT_POWER_MAX))
        return 0;
    float log_scale = (float)log(law.scale), power = (float)law.power;
    float start = (float)x->axis.start_ev, step = (float)x->axis.step_ev, left = 0;
    for (uint32_t i = 0; i < x->axis.n; i++) {
        x->expected[i] = eel_expf(log_scale - power * eel_logf(start + step * (float)(int32_t)i));
        left += i < edge ? 0 : x->counts[i] - x->expected[i];
    }
    if (!(left > 0))
        return 0;
    for (uint32_t i = 0; i < x->axis.n; i++)
        x->counts[i] -= x->expected[i];
    uint32_t zeros = flat ? to : zeroed ? from : 0;
    memset(x->counts, 0, zeros * sizeof *x->counts);
    for (uint32_t i = 0; clipped && i < x->axis.n; i++)
        x->counts[i] = x->counts[i] > 0 ? x->counts[i] : 0;
    return 1;
}

/* Cosmic rays and channels that do not count. */
static void add_defects(eel_rng *rng, eel_exposure *x)
{
    uint32_t n = x->axis.n;

    if (eel_rng_chance(rng, 0.03)) {
        uint32_t at = eel_rng_below(rng, n);
        x->counts[at] += fabsf(x->counts[at]) * (float)eel_rng_log_uniform(rng, 0.3, 20) + 30;
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
    if (eel_rng_chance(rng, 0.25)) /* expected counts are scratch from here on */
        smooth(x->counts, x->axis.n, 3 + 2 * eel_rng_below(rng, 5), x->expected);
    if (eel_rng_chance(rng, REMOVED_SHARE) &&
        (eel_rng_chance(rng, MOST_SHARE) || !remove_fitted(rng, x)))
        remove_most(rng, x);
    add_defects(rng, x);
}
