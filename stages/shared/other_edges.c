#include "shared/other_edges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Start of the bin that a class name tells; NAN when it is no bin. */
static double bin_start(const char *name)
{
    double ev;
    char unit[3];

    return sscanf(name, "other %lf %2s", &ev, unit) == 2 && strcmp(unit, "eV") == 0 ? ev : NAN;
}

eel_other_bins eel_other_bins_of(const eel_model_info *info)
{
    eel_other_bins bins = {.first = info->classes, .other = 0};

    while (bins.first > 0 && !isnan(bin_start(info->class_name[bins.first - 1])))
        bins.first--;
    while (bins.other < info->classes && strcmp(info->class_name[bins.other], "other") != 0)
        bins.other++;
    if (bins.first + 1 < info->classes) {
        bins.start_ev = bin_start(info->class_name[bins.first]);
        bins.width_ev = bin_start(info->class_name[bins.first + 1]) - bins.start_ev;
    }
    return bins;
}

uint32_t eel_other_edges(const eel_model_info *info, const eel_other_bins *bins, const float *p,
                         eel_other_edge *edges)
{
    uint32_t first = bins->first, n = info->classes - first, count = 0;

    for (uint32_t b = 0; b < n && n > 1; b++) {
        double weight = 0, moment = 0;
        float most = 0;
        for (; b < n && p[first + b] >= info->threshold[first + b]; b++) {
            weight += p[first + b];
            moment += p[first + b] * (bins->start_ev + (b + 0.5) * bins->width_ev);
            most = fmaxf(most, p[first + b]);
        }
        if (weight > 0)
            edges[count++] = (eel_other_edge){moment / weight, most};
    }
    return count;
}

eel_other_edge eel_other_edge_strongest(const eel_model_info *info, const eel_other_bins *bins,
                                        const float *p)
{
    eel_other_edge edges[EEL_NET_CLASSES_MAX], best = {NAN, 0};

    if (bins->other < info->classes && p[bins->other] < info->threshold[bins->other])
        return best;
    uint32_t count = eel_other_edges(info, bins, p, edges);
    for (uint32_t i = 0; i < count; i++)
        best = edges[i].p > best.p ? edges[i] : best;
    return best;
}
