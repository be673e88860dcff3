#include "eels/power_law.h"

#include <math.h>

int eel_power_law_fit(eel_power_law *law, const float *counts, const eel_axis *axis, int first,
                      int last)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    double middle = log(eel_axis_ev(axis, last - 1.0)); /* any number near the others */

    for (int i = first; i < last; i++) {
        double ev = eel_axis_ev(axis, i);
        if (!(ev > 0) || !(counts[i] > 0) || !isfinite(counts[i]))
            continue;
        double u = log(ev) - middle, v = log(counts[i]);
        n++, x += u, y += v, xx += u * u, xy += u * v;
    }
    if (n < EEL_POWER_LAW_LEAST)
        return (int)n;
    double slope = (n * xy - x * y) / (n * xx - x * x);
    double scale = exp((y - slope * x) / n - slope * middle);
    if (!isfinite(slope) || !isfinite(scale))
        return 0;
    *law = (eel_power_law){scale, -slope};
    return (int)n;
}

double eel_power_law_at(const eel_power_law *law, double ev)
{
    return law->scale > 0 && ev > 0 ? law->scale * exp(-law->power * log(ev)) : 0;
}
