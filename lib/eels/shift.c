#include "eels/shift.h"

#include <math.h>
#include <stdlib.h>

#define PLACES_MAX 1024  /* of one edge */
#define SLOPE_EV   2.0   /* the slope compares the counts this far before and after */
#define RISE_LEAST 0.02  /* of the counts over that distance, above what is usual nearby */
#define NOISE      5.0   /* and so many standard deviations */
#define STEEP      0.55  /* an edge's rise, as a share of its steepest, that counts as its onset */
#define BETTER     0.85  /* a fit where the edges should be, as a share of the best, is no worse */

typedef struct {
    int n;                   /* places around the onset, one channel apart */
    double first_ev;         /* of the first, relative to the onset */
    double rise[PLACES_MAX]; /* as a share of the steepest; below 0 nothing */
} edge_rise;

/* Growth of the logarithm of the counts around a channel, NAN where it is not known. */
static double slope_at(const float *counts, int channels, int at, int half)
{
    double before = 0, after = 0;

    if (at < half || at + half >= channels)
        return NAN;
    for (int i = 1; i <= half; i++) {
        before += counts[at - i];
        after += counts[at + i];
    }
    return before > 0 && after > 0 ? log(after / before) : NAN;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, ascending);
    return values[n / 2];
}

/* The slopes around one onset. Returns 1 when an edge clearly rises there. */
static int take_edge(edge_rise *edge, const float *counts, const eel_axis *axis, double onset_ev)
{
    int reach = (int)(EEL_SHIFT_LOOK_EV / axis->step_ev), half = (int)lround(SLOPE_EV / axis->step_ev);
    int middle = (int)lround(eel_axis_channel(axis, onset_ev)), good = 0;
    double known[PLACES_MAX], highest = -INFINITY;

    edge->n = 2 * reach + 1;
    edge->first_ev = eel_axis_ev(axis, middle - reach) - onset_ev;
    for (int i = 0; i < edge->n; i++) {
        edge->rise[i] = slope_at(counts, (int)axis->n, middle - reach + i, half);
        if (!isnan(edge->rise[i]))
            known[good++] = edge->rise[i];
        highest = fmax(highest, edge->rise[i]);
    }
    if (good < edge->n / 2)
        return 0;
    double usual = median(known, good);
    for (int i = 0; i < good; i++)
        known[i] = fabs(known[i] - usual);
    double deviation = 1.4826 * median(known, good); /* of normal noise, from the median */
    for (int i = 0; i < edge->n; i++)
        edge->rise[i] = isnan(edge->rise[i]) ? -1 : (edge->rise[i] - usual) / (highest - usual);
    return highest - usual > fmax(RISE_LEAST, NOISE * deviation);
}

/* Where an edge rises most within `reach` places of `at`. */
static int steepest(const edge_rise *edge, int at, int reach)
{
    int best = at;

    for (int i = at - reach; i <= at + reach; i++) {
        if (i >= 0 && i < edge->n && edge->rise[i] > edge->rise[best])
            best = i;
    }
    return best;
}

/* How well all edges begin at a place: 1 when each rises there as steeply as anywhere. */
static double fit_at(const edge_rise *edges, int n, int at, int reach)
{
    double sum = 0;

    for (int e = 0; e < n; e++)
        sum += fmax(edges[e].rise[steepest(&edges[e], at, reach)], 0);
    return sum / n;
}

/* The place where the edges fit best; of equal ones, their middle. */
static int best_place(const edge_rise *edges, int n, int reach, double *fit)
{
    int first = 0, last = 0;

    *fit = -1;
    for (int i = 0; i < edges[0].n; i++) {
        double here = fit_at(edges, n, i, reach);
        if (here > *fit + 1e-9)
            *fit = here, first = i;
        if (here > *fit - 1e-9)
            last = i;
    }
    return (first + last) / 2;
}

int eel_shift_find(eel_shift *shift, const float *counts, const eel_axis *axis,
                   const double *onsets_ev, int onsets)
{
    static _Thread_local edge_rise edges[EEL_SHIFT_EDGES];
    int agree = (int)lround(EEL_SHIFT_AGREE_EV / axis->step_ev), n = 0, unclear = 0;
    int near = (int)lround(1 / axis->step_ev);
    eel_shift found = {0};

    if (2 * EEL_SHIFT_LOOK_EV / axis->step_ev + 1 > PLACES_MAX || axis->step_ev > 2 * SLOPE_EV)
        return 0;
    for (int i = 0; i < onsets && n < EEL_SHIFT_EDGES; i++) {
        if (take_edge(&edges[n], counts, axis, onsets_ev[i]))
            found.which[n++] = i;
        else
            unclear++;
    }
    if (n < 2 || unclear > n)
        return 0;
    double fit, sum = 0;
    int place = best_place(edges, n, agree, &fit), middle = edges[0].n / 2;
    for (int e = 0; e < n; e++) {
        int at = steepest(&edges[e], place, agree);
        if (edges[e].rise[at] < STEEP)
            return 0;
        sum += edges[e].first_ev + at * axis->step_ev;
    }
    found.ev = sum / n;
    found.edges = n;
    if (fabs(found.ev) < EEL_SHIFT_LEAST_EV || fit_at(edges, n, middle, near) > BETTER * fit)
        return 0;
    *shift = found;
    return 1;
}
