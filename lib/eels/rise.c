#include "eels/rise.h"
#include "base/sorted.h"

#include <math.h>

#define SLOPE_EV   (EEL_RISE_STEP_EV / 2)
#define RISE_LEAST 0.02 /* of the counts over that distance, above what is usual nearby */
#define EARLY      0.35 /* a rise before the steepest, as a share of it, */
#define BEHIND     0.5  /* behind which nothing is steeper than this */

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

/* Where the slope is highest around place `at`, in channels from it: the vertex of the parabola through its neighbours. */
static double beside(const double *slope, int n, int at)
{
    if (at < 1 || at + 1 >= n)
        return 0;
    double bend = slope[at - 1] - 2 * slope[at] + slope[at + 1];
    double vertex = bend < 0 ? 0.5 * (slope[at - 1] - slope[at + 1]) / bend : 0;
    return fabs(vertex) <= 0.5 ? vertex : 0;
}

/* A clear rise before the steepest is the onset, and what follows is part of the edge. */
static void prefer_earlier(eel_rise *edge, double clear, int reach)
{
    int top = 0;

    while (edge->rise[top] < 1)
        top++;
    for (int i = top > reach ? top - reach : 1; i < top; i++) {
        double here = edge->rise[i];
        if (here < fmax(EARLY, clear) || here < edge->rise[i - 1] || here < edge->rise[i + 1])
            continue;
        edge->rise[i++] = 1;
        while (edge->rise[i] > edge->rise[i + 1]) /* down its own slope */
            i++;
        for (; i < edge->n; i++)
            edge->rise[i] = fmin(edge->rise[i], BEHIND);
        return;
    }
}

typedef struct {
    double usual, deviation; /* of the slopes around an onset: their median, and how they spread about it */
} surroundings;

/* Returns 0 where less than half of them are known. slope (n) */
static int look_around(surroundings *s, const double *slope, int n)
{
    double known[EEL_RISE_PLACES];
    int good = 0;

    for (int i = 0; i < n; i++) {
        if (!isnan(slope[i]))
            known[good++] = slope[i];
    }
    if (good < n / 2)
        return 0;
    s->usual = eel_median(known, (size_t)good);
    for (int i = 0; i < good; i++)
        known[i] = fabs(known[i] - s->usual);
    s->deviation = 1.4826 * eel_median(known, (size_t)good); /* of normal noise, from the median */
    return 1;
}

int eel_rise_find(eel_rise *edge, const float *counts, const eel_axis *axis, double onset_ev, double reach_ev,
                  double sure)
{
    int half = (int)lround(SLOPE_EV / axis->step_ev), look = (int)(EEL_RISE_LOOK_EV / axis->step_ev);
    int middle = (int)lround(eel_axis_channel(axis, onset_ev)), reach = (int)(reach_ev / axis->step_ev);
    double slopes[EEL_RISE_PLACES], *slope = slopes + look - reach, highest = -INFINITY;
    surroundings s;

    if (axis->step_ev > EEL_RISE_STEP_EV || 2 * EEL_RISE_LOOK_EV / axis->step_ev + 1 > EEL_RISE_PLACES)
        return 0;
    for (int i = 0; i <= 2 * look; i++)
        slopes[i] = slope_at(counts, (int)axis->n, middle - look + i, half);
    if (!look_around(&s, slopes, 2 * look + 1))
        return 0;
    edge->n = 2 * reach + 1;
    edge->first_ev = eel_axis_ev(axis, middle - reach) - onset_ev;
    for (int i = 0; i < edge->n; i++)
        highest = fmax(highest, slope[i] - s.usual);
    double clear = fmax(RISE_LEAST, sure * s.deviation);
    if (!(highest > clear))
        return 0;
    for (int i = 0; i < edge->n; i++)
        edge->rise[i] = isnan(slope[i]) ? -1 : (slope[i] - s.usual) / highest;
    prefer_earlier(edge, clear / highest, (int)lround(EEL_RISE_EARLY_EV / axis->step_ev));
    int at = 0;
    while (edge->rise[at] < 1)
        at++;
    edge->late_ev = edge->first_ev + (at + beside(slope, edge->n, at)) * axis->step_ev;
    return 1;
}
