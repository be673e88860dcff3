#include "score/spread.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double quantile(const float *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;

    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

eel_spread eel_spread_of(float *values, size_t n)
{
    eel_spread s = {0};
    size_t first = 0, last = n - 1;

    qsort(values, n, sizeof *values, ascending);
    s.lowest = values[0];
    s.highest = values[n - 1];
    s.first_quartile = quantile(values, n, 0.25);
    s.median = quantile(values, n, 0.5);
    s.third_quartile = quantile(values, n, 0.75);
    double reach = 1.5 * (s.third_quartile - s.first_quartile);
    while (first < last && values[first] < s.first_quartile - reach)
        first++;
    while (last > first && values[last] > s.third_quartile + reach)
        last--;
    s.low_whisker = values[first];
    s.high_whisker = values[last];
    s.outliers = (double)(first + n - 1 - last) / (double)n;
    for (size_t i = 0; i < n; i++)
        s.mean += values[i] / (double)n;
    return s;
}
