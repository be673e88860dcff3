#include "eels/align.h"
#include "base/err.h"
#include "eels/rise.h"
#include "eels/zero_loss.h"

#include <math.h>
#include <stdlib.h>

#define PEAK_RATIO    10.0 /* of the zero-loss peak to the median */
#define SURE          4.0  /* standard deviations, of an edge that is known to be there */

/* The value that would stand at place k if they were sorted (Hoare's selection, Communications of the
 * ACM 4 (1961) 321); a companion of a live scan is asked for every pixel, and sorting took too long. */
static float select_kth(float *values, int64_t n, int64_t k)
{
    int64_t low = 0, high = n - 1;

    while (low < high) {
        float pivot = values[k];
        int64_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (pivot < values[j])
                j--;
            if (i <= j) {
                float other = values[i];
                values[i++] = values[j];
                values[j--] = other;
            }
        }
        if (j < k)
            low = i;
        if (k < i)
            high = j;
    }
    return values[k];
}

static int median_of(const float *counts, uint32_t n, float *median)
{
    float *finite = malloc(n * sizeof *finite);
    uint32_t good = 0;

    if (!finite)
        return eel_fail(EEL_ENOMEM, "no memory for a spectrum");
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(counts[i]))
            finite[good++] = counts[i];
    }
    *median = good ? select_kth(finite, good, good / 2) : 0;
    free(finite);
    return EEL_OK;
}

int eel_align_zero_loss(const eel_axis *axis, const float *counts, double *shift_ev)
{
    double low = fmax(ceil(eel_axis_channel(axis, -EEL_ZERO_LOSS_REACH_EV)), 1);
    double high = fmin(floor(eel_axis_channel(axis, EEL_ZERO_LOSS_REACH_EV)), axis->n - 2.0);
    float median = 0;

    if (!(high >= low) || axis->start_ev > 0)
        return eel_fail(EEL_EFORMAT, "energy axis: begins at %g eV, the zero-loss peak is not on it",
                        axis->start_ev);
    int code = median_of(counts, axis->n, &median);
    if (code != EEL_OK)
        return code;
    uint32_t peak = (uint32_t)low;
    for (uint32_t i = peak; i <= (uint32_t)high;
         i++) /* what is no number is no peak, wherever it lies */
        peak = isfinite(counts[i]) && !(isfinite(counts[peak]) && counts[i] <= counts[peak]) ? i
                                                                                             : peak;
    double left = counts[peak - 1], top = counts[peak], right = counts[peak + 1];
    if (!(top > PEAK_RATIO * median) || !isfinite(top) || !(left > 0) || !(right > 0) ||
        left > top || right > top)
        return eel_fail(EEL_EFORMAT, "no zero-loss peak within %g eV of 0", EEL_ZERO_LOSS_REACH_EV);
    double ev = eel_axis_ev(axis, eel_peak_around(counts, axis->n, peak).centre);
    if (!(fabs(ev) <= EEL_ZERO_LOSS_REACH_EV))
        return eel_fail(EEL_EFORMAT, "the zero-loss peak is %g eV from 0, more than %g", ev,
                        EEL_ZERO_LOSS_REACH_EV);
    *shift_ev = -ev;
    return EEL_OK;
}

int eel_align_edge(const eel_axis *axis, const float *counts, double onset_ev, double *shift_ev)
{
    eel_rise rise;

    if (axis->start_ev > onset_ev - EEL_RISE_LOOK_EV || eel_axis_end(axis) < onset_ev + EEL_RISE_LOOK_EV)
        return eel_fail(EEL_EFORMAT, "energy axis: the surroundings of %g eV are not on it", onset_ev);
    if (!eel_rise_find(&rise, counts, axis, onset_ev, EEL_ANCHOR_REACH_EV, SURE))
        return eel_fail(EEL_EFORMAT, "no edge begins within %g eV of %g eV", EEL_ANCHOR_REACH_EV, onset_ev);
    *shift_ev = -rise.late_ev;
    return EEL_OK;
}
