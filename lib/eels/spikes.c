#include "eels/spikes.h"
#include "base/sorted.h"

#include <math.h>
#include <string.h>

#define SPIKE  15  /* times the roughness around it, */
#define SHARE  0.2 /* and this share of what is beside it */
#define REACH  3   /* channels: a spike is narrower than to there */
#define AROUND 20  /* channels to each side that tell how rough the spectrum is */

/* The median difference between neighbouring channels around `at`, itself aside. */
static double roughness(const float *counts, uint32_t at)
{
    double differences[2 * AROUND];
    size_t n = 0;

    for (uint32_t i = at - AROUND; i < at + AROUND; i++) {
        if ((i + REACH < at || i > at + REACH) && isfinite(counts[i]) && isfinite(counts[i + 1]))
            differences[n++] = fabs((double)counts[i + 1] - counts[i]);
    }
    return n ? eel_median(differences, n) : 0;
}

void eel_spikes(const float *counts, uint32_t n, uint8_t *spike)
{
    memset(spike, 0, n);
    for (uint32_t i = AROUND; i + AROUND < n; i++) {
        double beside = fmax(counts[i - REACH], counts[i + REACH]), above = counts[i] - beside;
        if (isnan(counts[i - REACH]) || isnan(counts[i + REACH]) || !(above > SHARE * fabs(beside)))
            continue; /* an edge stands out of one side only */
        double rough = roughness(counts, i);
        spike[i] = rough > 0 && above > SPIKE * rough;
    }
}
