#include "eels/resample.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stddef.h>

/* Where one border of a new channel lies among the old ones: inside channel `channel`, with the
 * Hermite weights of the densities of that channel and of its two neighbours. */
typedef struct {
    uint32_t channel;
    float before, here, after;
} border;

struct eel_resample {
    eel_axis from, to; /* `to` is cut to the covered part */
    uint32_t offset;
    border *borders;   /* (to.n + 1) */
    double *sums;      /* (from.n + 1), counts below each old border */
};

/* Cumulative counts at position t (0 … 1) of a channel, as a Hermite cubic between its borders: the
 * slope at a border is the mean of the two channels that meet there. Rearranged by density. */
static border border_at(double position, uint32_t n)
{
    double channel = floor(position);

    if (channel > n - 1.0)
        channel = n - 1.0;
    if (channel < 0)
        channel = 0;
    double t = position - channel;
    double left = t * (t - 1) * (t - 1), right = t * t * (t - 1), rise = t * t * (3 - 2 * t);
    return (border){.channel = (uint32_t)channel,
                    .before = (float)(left / 2),
                    .here = (float)(rise + left / 2 + right / 2),
                    .after = (float)(right / 2)};
}

int eel_resample_new(eel_resample **plan, const eel_axis *from, const eel_axis *to)
{
    double low = from->start_ev - from->step_ev / 2;
    double high = low + from->n * from->step_ev;
    double slack = 1e-6 * to->step_ev; /* equal axes cover each other in spite of rounding */
    double first = ceil((low - slack - to->start_ev) / to->step_ev + 0.5);
    double last = floor((high + slack - to->start_ev) / to->step_ev - 0.5);
    eel_resample *p;

    first = fmax(first, 0);
    last = fmin(last, to->n - 1.0);
    if (!(last - first + 1 >= EEL_RESAMPLE_LEAST))
        return eel_fail(EEL_EFORMAT,
                        "energy axis: %.1f to %.1f eV lies outside the network's %.0f to %.0f eV",
                        low, high, to->start_ev, eel_axis_ev(to, to->n - 1.0));
    p = eel_alloc(1, sizeof *p);
    if (!p)
        return EEL_ENOMEM;
    p->from = *from;
    p->offset = (uint32_t)first;
    p->to = (eel_axis){eel_axis_ev(to, first), to->step_ev, (uint32_t)(last - first) + 1};
    p->borders = eel_alloc(p->to.n + 1, sizeof *p->borders);
    p->sums = eel_alloc((size_t)from->n + 1, sizeof *p->sums);
    if (!p->borders || !p->sums) {
        eel_resample_free(p);
        return EEL_ENOMEM;
    }
    for (uint32_t i = 0; i <= p->to.n; i++) {
        double ev = p->to.start_ev + (i - 0.5) * p->to.step_ev;
        p->borders[i] = border_at((ev - low) / from->step_ev, from->n);
    }
    *plan = p;
    return EEL_OK;
}

const eel_axis *eel_resample_axis(const eel_resample *plan)
{
    return &plan->to;
}

uint32_t eel_resample_offset(const eel_resample *plan)
{
    return plan->offset;
}

void eel_resample_row(eel_resample *plan, const float *counts, float *out)
{
    uint32_t last = plan->from.n - 1;
    double *sums = plan->sums, below = 0;

    for (uint32_t i = 0; i <= last; i++) {
        sums[i] = below;
        below += counts[i];
    }
    for (uint32_t i = 0; i <= plan->to.n; i++) {
        border b = plan->borders[i];
        float here = counts[b.channel];
        float before = b.channel > 0 ? counts[b.channel - 1] : here;
        float after = b.channel < last ? counts[b.channel + 1] : here;
        double at = sums[b.channel] +
                    (double)(b.before * before + b.here * here + b.after * after);
        if (i > 0)
            out[i - 1] = (float)(at - below);
        below = at;
    }
}

void eel_resample_free(eel_resample *plan)
{
    if (!plan)
        return;
    eel_free(plan->borders);
    eel_free(plan->sums);
    eel_free(plan);
}
