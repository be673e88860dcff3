#include "other_edges.h"

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

uint32_t eel_other_bin_first(const eel_model_info *info)
{
    uint32_t first = info->classes;

    while (first > 0 && !isnan(bin_start(info->class_name[first - 1])))
        first--;
    return first;
}

uint32_t eel_other_edges(const eel_model_info *info, const float *p, eel_other_edge *edges)
{
    uint32_t first = eel_other_bin_first(info), bins = info->classes - first, count = 0;
    double start = bins > 1 ? bin_start(info->class_name[first]) : 0;
    double width = bins > 1 ? bin_start(info->class_name[first + 1]) - start : 0;

    for (uint32_t b = 0; b < bins && bins > 1; b++) {
        double weight = 0, moment = 0;
        float most = 0;
        for (; b < bins && p[first + b] >= info->threshold[first + b]; b++) {
            weight += p[first + b];
            moment += p[first + b] * (start + (b + 0.5) * width);
            most = fmaxf(most, p[first + b]);
        }
        if (weight > 0)
            edges[count++] = (eel_other_edge){moment / weight, most};
    }
    return count;
}

eel_other_edge eel_other_edge_strongest(const eel_model_info *info, const float *p)
{
    eel_other_edge edges[EEL_NET_CLASSES_MAX], best = {NAN, 0};
    uint32_t count = eel_other_edges(info, p, edges);

    for (uint32_t c = 0; c < info->classes; c++) {
        if (strcmp(info->class_name[c], "other") == 0 && p[c] < info->threshold[c])
            return best;
    }
    for (uint32_t i = 0; i < count; i++)
        best = edges[i].p > best.p ? edges[i] : best;
    return best;
}
