#include "eels/zero_loss.h"

#include <math.h>

#define LEAST 1e-3 /* of a peak: its neighbours count as that much, where noise or nothing is left of them */

eel_peak eel_peak_around(const float *counts, uint32_t n, uint32_t channel)
{
    eel_peak peak = {channel, channel, INFINITY};
    double top = counts[channel];

    if (channel < 1 || channel + 1 >= n || !isfinite(counts[channel - 1]) || !isfinite(counts[channel + 1]))
        return peak;
    double left = log(fmax(counts[channel - 1] / top, LEAST)), right = log(fmax(counts[channel + 1] / top, LEAST));
    double bend = left + right;
    if (!(top > 0) || left > 0 || right > 0 || !(bend < 0))
        return peak;
    peak.centre += 0.5 * (left - right) / bend;
    peak.sigma = sqrt(-1 / bend);
    return peak;
}

int eel_peak_highest(eel_peak *peak, const float *counts, uint32_t n)
{
    uint32_t highest = 0;

    for (uint32_t c = 1; c < n; c++) {
        if (isfinite(counts[c]) && !(isfinite(counts[highest]) && counts[c] <= counts[highest]))
            highest = c;
    }
    *peak = eel_peak_around(counts, n, highest);
    return isfinite(counts[highest]) && counts[highest] > 0;
}

/* How much of the highest channel lies before the centre. */
static double share_before(const eel_peak *peak)
{
    double before = peak->centre - peak->channel + 0.5, behind = 1 - before;

    if (!isfinite(peak->sigma))
        return before;
    before = erf(before / (peak->sigma * sqrt(2)));
    behind = erf(behind / (peak->sigma * sqrt(2)));
    return before / (before + behind);
}

double eel_thickness(const float *counts, const eel_axis *axis)
{
    uint32_t reach = (uint32_t)(EEL_ZERO_LOSS_BEFORE_EV / axis->step_ev);
    eel_peak peak;

    if (!eel_peak_highest(&peak, counts, axis->n))
        return NAN;
    double before = share_before(&peak) * counts[peak.channel], total = counts[peak.channel];
    for (uint32_t c = peak.channel > reach ? peak.channel - reach : 0; c < axis->n; c++) {
        double here = isfinite(counts[c]) && c != peak.channel ? counts[c] : 0;
        total += here;
        before += c < peak.channel ? here : 0;
    }
    return before > 0 && total > 0 ? log(total / (2 * before)) : NAN;
}
