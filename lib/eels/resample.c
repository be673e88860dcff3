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

#ifdef __AVX512F__
#define LANES 16 /* new channels in a group, one in each lane of a vector */
#else
#define LANES 8
#endif

struct eel_resample {
    eel_axis from, to; /* `to` is cut to the covered part */
    uint32_t offset, taps;
    uint32_t *first; /* (to.n): the old channel where the taps of a new one begin */
    int32_t *place;  /* (groups, LANES): the same, from that of the group's first channel on */
    float *weights;  /* (groups, taps, LANES) */
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

/* Adds `sign` x the cumulative counts at a border to the weights of a new channel, LANES apart, but for
 * those of the old channels below `first`, which both of its borders share. */
static void add_border(const eel_resample *p, float *weights, uint32_t first, border b, float sign)
{
    uint32_t last = p->from.n - 1;
    uint32_t before = b.channel > 0 ? b.channel - 1 : b.channel;
    uint32_t after = b.channel < last ? b.channel + 1 : last;

    for (uint32_t k = first; k < b.channel; k++)
        weights[(k - first) * LANES] += sign;
    weights[(before - first) * LANES] += sign * b.before;
    weights[(b.channel - first) * LANES] += sign * b.here;
    weights[(after - first) * LANES] += sign * b.after;
}

/* New channel i lies between two positions among the old ones. */
static void weigh(eel_resample *p, uint32_t i, double from, double to)
{
    border low = border_at(from, p->from.n), high = border_at(to, p->from.n);
    uint32_t first = low.channel > 0 ? low.channel - 1 : 0;

    if (first > p->from.n - p->taps)
        first = p->from.n - p->taps;
    float *weights = p->weights + (size_t)(i / LANES) * p->taps * LANES + i % LANES;
    p->first[i] = first;
    p->place[i] = (int32_t)(first - p->first[i / LANES * LANES]);
    add_border(p, weights, first, high, 1);
    add_border(p, weights, first, low, -1);
}

static double ev_of_border(const eel_resample *p, uint32_t i)
{
    return p->to.start_ev + (i - 0.5) * p->to.step_ev;
}

static int refuse_outside(double low, double high, const eel_axis *to, double covered)
{
    double from_ev = to->start_ev, to_ev = eel_axis_ev(to, to->n - 1.0);

    if (covered >= 1)
        return eel_fail(EEL_EFORMAT, "energy axis: %.1f to %.1f eV has %.0f of the network's channels, "
                        "%.1f to %.1f eV, expected %d or more", low, high, covered, from_ev, to_ev,
                        EEL_RESAMPLE_LEAST);
    return eel_fail(EEL_EFORMAT,
                    "energy axis: %.6g to %.6g eV lies outside the network's %.1f to %.1f eV", low,
                    high, from_ev, to_ev);
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
        return refuse_outside(low, high, to, last - first + 1);
    p = eel_alloc(1, sizeof *p);
    if (!p)
        return EEL_ENOMEM;
    p->from = *from;
    p->offset = (uint32_t)first;
    p->to = (eel_axis){eel_axis_ev(to, first), to->step_ev, (uint32_t)(last - first) + 1};
    p->taps = (uint32_t)floor(to->step_ev / from->step_ev + 1e-6) + 4;
    p->taps = p->taps < from->n ? p->taps : from->n;
    size_t whole = ((size_t)p->to.n + LANES - 1) / LANES * LANES;
    p->first = eel_alloc(p->to.n, sizeof *p->first);
    p->place = eel_alloc(whole, sizeof *p->place);
    p->weights = eel_alloc(whole * p->taps, sizeof *p->weights);
    if (!p->first || !p->place || !p->weights) {
        eel_resample_free(p);
        return EEL_ENOMEM;
    }
    for (uint32_t i = 0; i < p->to.n; i++)
        weigh(p, i, (ev_of_border(p, i) - low) / from->step_ev,
              (ev_of_border(p, i + 1) - low) / from->step_ev);
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

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX2__) && !defined(__clang__) /* shuffles by variable */
typedef float vec __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int places __attribute__((vector_size(LANES * sizeof(int)), aligned(4), may_alias));

/* The group that begins at new channel i, if its old channels lie in the two vectors from the first on:
 * a shuffle brings each lane its own. Returns 0 if they do not. */
INLINE int sum_at_once(const eel_resample *plan, const float *counts, const float *weights, float *out,
                       uint32_t i, uint32_t taps)
{
    if (i + LANES > plan->to.n || plan->first[i] + 2 * LANES > plan->from.n ||
        (uint32_t)plan->place[i + LANES - 1] + taps > 2 * LANES)
        return 0;
    const vec *from = (const vec *)(counts + plan->first[i]), low = from[0], high = from[1];
    places place = *(const places *)(plan->place + i);
    vec sum = {0};
    for (uint32_t k = 0; k < taps; k++)
        sum += *(const vec *)(weights + k * LANES) * __builtin_shuffle(low, high, place + (int)k);
    *(vec *)(out + i) = sum;
    return 1;
}
#else
#define sum_at_once(plan, counts, weights, out, i, taps) 0
#endif

/* `taps` is a constant at every call, so that the loops over it unroll. */
INLINE void weighted_sums(const eel_resample *plan, const float *counts, float *out, uint32_t taps)
{
    const float *weights = plan->weights;

    for (uint32_t i = 0; i < plan->to.n; i += LANES, weights += taps * LANES) {
        if (sum_at_once(plan, counts, weights, out, i, taps))
            continue;
        for (uint32_t lane = 0; lane < LANES && i + lane < plan->to.n; lane++) {
            const float *from = counts + plan->first[i + lane];
            float sum = 0;
            for (uint32_t k = 0; k < taps; k++)
                sum += weights[k * LANES + lane] * from[k];
            out[i + lane] = sum;
        }
    }
}

void eel_resample_row(const eel_resample *plan, const float *counts, float *out)
{
    switch (plan->taps) {
    case 4: weighted_sums(plan, counts, out, 4); break; /* more than 0.2 eV per channel */
    case 5: weighted_sums(plan, counts, out, 5); break; /* more than 0.1 eV */
    case 6: weighted_sums(plan, counts, out, 6); break;
    case 8: weighted_sums(plan, counts, out, 8); break; /* 0.05 eV */
    default: weighted_sums(plan, counts, out, plan->taps);
    }
}

void eel_resample_free(eel_resample *plan)
{
    if (!plan)
        return;
    eel_free(plan->first);
    eel_free(plan->place);
    eel_free(plan->weights);
    eel_free(plan);
}
