#include "eels/align.h"
#include "base/err.h"
#include "eels/power_law.h"

#include <math.h>
#include <stdlib.h>

#define PEAK_RATIO    10.0 /* of the zero-loss peak to the median */
#define FIT_FROM_EV   50.0 /* below the onset */
#define FIT_TO_EV     12.0
#define EXCESS_FROM_EV 5.0 /* above it */
#define EXCESS_TO_EV  30.0
#define SMOOTH_EV      2.0
#define SURE           5.0 /* times the noise */
#define LEAST          4   /* channels in a stretch */

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

/* The first and one past the last channel of a stretch; 0 when it is not on the axis as a whole. */
static int stretch(const eel_axis *axis, double from_ev, double to_ev, uint32_t *from, uint32_t *to)
{
    double low = ceil(eel_axis_channel(axis, from_ev)), high = floor(eel_axis_channel(axis, to_ev));

    if (!(low >= 0) || !(high < axis->n) || high - low + 1 < LEAST)
        return 0;
    *from = (uint32_t)low;
    *to = (uint32_t)high + 1;
    return 1;
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
    double bend = log(left) - 2 * log(top) + log(right);
    double beside = bend < 0 ? 0.5 * (log(left) - log(right)) / bend : 0;
    double ev = eel_axis_ev(axis, peak + beside);
    if (!(fabs(ev) <= EEL_ZERO_LOSS_REACH_EV))
        return eel_fail(EEL_EFORMAT, "the zero-loss peak is %g eV from 0, more than %g", ev,
                        EEL_ZERO_LOSS_REACH_EV);
    *shift_ev = -ev;
    return EEL_OK;
}

/* Counts above the power law, as a share of it, averaged over channels from … to - 1; and how
 * uncertain the average is, from the spread of its channels. */
static double excess(const eel_axis *axis, const float *counts, uint32_t from, uint32_t to,
                     const eel_power_law *law, double *noise)
{
    double sum = 0, squares = 0, n = to - from;

    for (uint32_t i = from; i < to; i++) {
        double share = counts[i] / eel_power_law_at(law, eel_axis_ev(axis, i)) - 1;
        sum += share;
        squares += share * share;
    }
    *noise = sqrt(fmax(squares / n - sum / n * (sum / n), 0) / n);
    return sum / n;
}

int eel_align_edge(const eel_axis *axis, const float *counts, double onset_ev, double *shift_ev)
{
    uint32_t fit_from, fit_to, from, to, low, high, half = (uint32_t)(SMOOTH_EV / 2 / axis->step_ev);
    double noise_before, noise, unused;
    eel_power_law law;

    if (!stretch(axis, onset_ev - FIT_FROM_EV, onset_ev - FIT_TO_EV, &fit_from, &fit_to) ||
        !stretch(axis, onset_ev + EXCESS_FROM_EV, onset_ev + EXCESS_TO_EV, &from, &to) ||
        !stretch(axis, onset_ev - EEL_ANCHOR_REACH_EV, onset_ev + EEL_ANCHOR_REACH_EV, &low, &high))
        return eel_fail(EEL_EFORMAT, "energy axis: the surroundings of %g eV are not on it", onset_ev);
    if (eel_power_law_fit(&law, counts, axis, (int)fit_from, (int)fit_to) < EEL_POWER_LAW_LEAST)
        return eel_fail(EEL_EFORMAT, "no background below %g eV", onset_ev);
    excess(axis, counts, fit_from, fit_to, &law, &noise_before);
    double jump = excess(axis, counts, from, to, &law, &noise);
    if (!(jump > SURE * hypot(noise, noise_before)))
        return eel_fail(EEL_EFORMAT, "no edge within %g eV of %g eV", EEL_ANCHOR_REACH_EV, onset_ev);
    double last = NAN;
    for (uint32_t i = low; i < high; i++) {
        double here = excess(axis, counts, i - half, i + half + 1, &law, &unused);
        if (here >= jump / 2 && last < jump / 2) {
            double channel = i - (here - jump / 2) / (here - last);
            *shift_ev = onset_ev - eel_axis_ev(axis, channel);
            return EEL_OK;
        }
        last = here;
    }
    return eel_fail(EEL_EFORMAT, "the edge at %g eV does not begin within %g eV of it", onset_ev,
                    EEL_ANCHOR_REACH_EV);
}
