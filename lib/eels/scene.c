#include "eels/scene.h"
#include "base/vecmath.h"

#include <math.h>
#include <stdlib.h>

#define TAIL_EXPONENT   3.5 /* of an edge beyond its samples */
#define SUBSAMPLE_EV    0.4 /* coarser channels are averaged over points this far apart */
#define SUBSAMPLES_MAX  6

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double wave_at(const eel_backdrop *b, double ev)
{
    double z = clamp(2 * (ev - b->low_ev) / (b->high_ev - b->low_ev) - 1, -1, 1);
    double off = b->hump != 0 ? (ev - b->hump_ev) / b->hump_sd_ev : 0;

    return 1 + b->wave[0] * z + b->wave[1] * (2 * z * z - 1) +
           b->wave[2] * (4 * z * z * z - 3 * z) + b->hump * exp(-off * off / 2);
}

double eel_backdrop_at(const eel_backdrop *b, double ev)
{
    double sum = b->constant;

    for (int t = 0; t < b->terms; t++)
        sum += b->weight[t] * pow(ev / b->at_ev[t], -b->exponent[t]);
    return fmax(sum * wave_at(b, ev), 0);
}

/* Intensity of a pool edge at a true energy; continued by E^-3.5 beyond its samples. */
static double edge_at(const eel_pool_edge *edge, double ev)
{
    double at = (ev - edge->onset_ev - EEL_SHAPE_FIRST_EV) / EEL_SHAPE_STEP_EV;
    int i = (int)at;

    if (at < 0)
        return 0;
    if (i >= EEL_POOL_SAMPLES - 1) {
        double last_ev = edge->onset_ev + EEL_SHAPE_FIRST_EV +
                         (EEL_POOL_SAMPLES - 1) * EEL_SHAPE_STEP_EV;
        return edge->samples[EEL_POOL_SAMPLES - 1] * pow(ev / last_ev, -TAIL_EXPONENT);
    }
    return edge->samples[i] + (at - i) * (edge->samples[i + 1] - edge->samples[i]);
}

static int by_onset(const void *a, const void *b)
{
    double x = ((const eel_placed *)a)->edge->onset_ev, y = ((const eel_placed *)b)->edge->onset_ev;
    return (x > y) - (x < y);
}

void eel_view_stack(eel_view *view)
{
    qsort(view->edges, (size_t)view->count, sizeof view->edges[0], by_onset);
    for (int k = 0; k < view->count; k++) {
        double ev = clamp(view->edges[k].edge->onset_ev, view->backdrop.low_ev,
                          view->backdrop.high_ev);
        double under = eel_backdrop_at(&view->backdrop, ev);
        for (int j = 0; j < k; j++)
            under += view->edges[j].height * edge_at(view->edges[j].edge, ev);
        view->edges[k].height = view->edges[k].jump * under;
    }
}

void eel_view_backdrop(const eel_view *view, const eel_axis *axis, float *out)
{
    const eel_backdrop *b = &view->backdrop;
    float start = (float)eel_view_true(view, axis->start_ev);
    float step = (float)(axis->step_ev / (1 + view->stretch));

    for (uint32_t i = 0; i < axis->n; i++)
        out[i] = (float)b->constant;
    for (int t = 0; t < b->terms; t++) {
        float w = (float)b->weight[t], r = (float)b->exponent[t];
        float log_at = (float)log(b->at_ev[t]);
        for (uint32_t i = 0; i < axis->n; i++)
            out[i] += w * eel_expf(-r * (eel_logf(start + step * (float)(int32_t)i) - log_at));
    }
    float low = (float)b->low_ev, per_ev = (float)(2 / (b->high_ev - b->low_ev));
    float w1 = (float)b->wave[0], w2 = (float)b->wave[1], w3 = (float)b->wave[2];
    for (uint32_t i = 0; i < axis->n; i++) {
        float z = (start + step * (float)(int32_t)i - low) * per_ev - 1;
        z = z < -1 ? -1 : z > 1 ? 1 : z;
        float factor = 1 + w1 * z + w2 * (2 * z * z - 1) + w3 * (4 * z * z * z - 3 * z);
        if (b->hump != 0) {
            float off = ((start + step * (float)(int32_t)i) - (float)b->hump_ev) / (float)b->hump_sd_ev;
            factor += (float)b->hump * eel_expf(-off * off / 2);
        }
        out[i] = out[i] > 0 ? out[i] * factor : 0;
    }
}

/* Adds the edge along the straight line of sample positions at + i * step, for channels whose
 * position lies inside the samples; the rest follows the power law. */
static void add_at(const eel_pool_edge *edge, double at, double step, float scale, uint32_t n,
                   float *out)
{
    const float *samples = edge->samples;
    double first = fmax(ceil(-at / step), 0), last = floor((EEL_POOL_SAMPLES - 1 - at) / step);
    uint32_t i = first < n ? (uint32_t)first : n;
    uint32_t end = last < i ? i : last < n ? (uint32_t)last : n;

    for (; i < end; i++) {
        float position = (float)(at + step * i);
        int k = (int)position;
        float below = samples[k];
        out[i] += scale * (below + (position - (float)k) * (samples[k + 1] - below));
    }
    float tail_ev = (float)(edge->onset_ev + EEL_SHAPE_FIRST_EV +
                            (EEL_POOL_SAMPLES - 1) * EEL_SHAPE_STEP_EV);
    float tail = scale * samples[EEL_POOL_SAMPLES - 1], log_tail = eel_logf(tail_ev);
    float ev = (float)(edge->onset_ev + EEL_SHAPE_FIRST_EV + at * EEL_SHAPE_STEP_EV);
    for (; i < n; i++) {
        float energy = ev + (float)(step * EEL_SHAPE_STEP_EV) * (float)i;
        out[i] += tail * eel_expf(-(float)TAIL_EXPONENT * (eel_logf(energy) - log_tail));
    }
}

void eel_view_add_edge(const eel_view *view, int k, const eel_axis *axis, float *out)
{
    const eel_placed *placed = &view->edges[k];
    int subsamples = (int)ceil(axis->step_ev / SUBSAMPLE_EV);
    double begin_ev = placed->edge->onset_ev + EEL_SHAPE_FIRST_EV;
    double step = axis->step_ev / (1 + view->stretch) / EEL_SHAPE_STEP_EV;

    subsamples = subsamples > SUBSAMPLES_MAX ? SUBSAMPLES_MAX : subsamples;
    for (int s = 0; s < subsamples; s++) {
        double channel = (s + 0.5) / subsamples - 0.5;
        double ev = eel_view_true(view, eel_axis_ev(axis, channel));
        add_at(placed->edge, (ev - begin_ev) / EEL_SHAPE_STEP_EV, step,
               (float)(placed->height / subsamples), axis->n, out);
    }
}

uint32_t eel_draw_elements(eel_rng *rng, const double *share_of_count, int count_max)
{
    double u = eel_rng_uniform(rng, 0, 1);
    int count = 1;
    uint32_t bits = 0;

    while (count < count_max && u >= share_of_count[count - 1]) {
        u -= share_of_count[count - 1];
        count++;
    }
    while (__builtin_popcount(bits) < count)
        bits |= 1u << eel_rng_below(rng, EEL_ELEMENTS);
    return bits;
}
