#include "base/sorted.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void eel_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
}

double eel_median(double *values, size_t n)
{
    eel_sort(values, n);
    return values[n / 2];
}
