#include "view/view_drift.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define SUMS_MAX  8  /* of a piece */
#define BEFORE_EV 15 /* the part of the axis that is compared, around the onset */
#define AFTER_EV  25
#define SHIFT_EV  8  /* the largest shift that is looked for */
#define PART_MAX  512

/* Slopes of log counts, smoothed over three channels, without their mean. 0: no counts there. */
static int slopes(const float *sum, int from, int n, double *slope)
{
    double mean = 0;

    for (int i = 0; i < n; i++) {
        double low = 0, high = 0;
        for (int k = -1; k <= 1; k++) {
            low += sum[from + i - 2 + k];
            high += sum[from + i + 2 + k];
        }
        if (!(low > 0) || !(high > 0))
            return 0;
        slope[i] = log(high / low);
        mean += slope[i] / n;
    }
    for (int i = 0; i < n; i++)
        slope[i] -= mean;
    return 1;
}

static double correlation(const double *a, const double *b, int n)
{
    double ab = 0, aa = 0, bb = 0;

    for (int i = 0; i < n; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The channels to compare: from … from + n - 1. 0 when the recorded part does not hold them. */
static int part_of(uint32_t channels, double start_ev, double step_ev, double onset_ev, int *from,
                   int *n, int *most)
{
    *from = (int)lround((onset_ev - BEFORE_EV - start_ev) / step_ev);
    *n = (int)lround((BEFORE_EV + AFTER_EV) / step_ev);
    *most = (int)lround(SHIFT_EV / step_ev);
    return *n >= 8 && *n + 2 * *most <= PART_MAX && *from - *most - 3 >= 0 &&
           *from + *n + *most + 3 < (int)channels;
}

double view_drift_shift(const float *sum, const float *mean, uint32_t channels, double start_ev,
                        double step_ev, double onset_ev)
{
    double want[PART_MAX], wide[PART_MAX], match[PART_MAX];
    int from, n, most, best = 0;

    if (!part_of(channels, start_ev, step_ev, onset_ev, &from, &n, &most) ||
        !slopes(mean, from, n, want) || !slopes(sum, from - most, n + 2 * most, wide))
        return NAN;
    for (int s = 0; s <= 2 * most; s++) {
        double window[PART_MAX], level = 0;
        for (int i = 0; i < n; i++)
            level += wide[s + i] / n;
        for (int i = 0; i < n; i++)
            window[i] = wide[s + i] - level;
        match[s] = correlation(want, window, n);
        best = match[s] > match[best] ? s : best;
    }
    if (match[best] < VIEW_DRIFT_MATCH || best == 0 || best == 2 * most)
        return NAN;
    /* The vertex of the parabola through the best and its neighbours. */
    double left = match[best - 1], right = match[best + 1], bend = left - 2 * match[best] + right;
    double beside = bend < 0 ? 0.5 * (left - right) / bend : 0;
    return (best - most + beside) * step_ev;
}

static double steepest_ev(const float *mean, uint32_t channels, double start_ev, double step_ev,
                          double onset_ev)
{
    double slope[PART_MAX];
    int from, n, most, best = 0;

    if (!part_of(channels, start_ev, step_ev, onset_ev, &from, &n, &most) ||
        !slopes(mean, from, n, slope))
        return NAN;
    for (int i = 0; i < n; i++)
        best = slope[i] > slope[best] ? i : best;
    return start_ev + (from + best) * step_ev;
}

/* Adds the sums of some blocks of a piece. */
static int sum_piece(const eel_store *store, uint64_t first, uint64_t pixels, float *sum,
                     float *total)
{
    const eel_store_info *info = eel_store_info_of(store);
    uint64_t from = (first + info->block_rows - 1) / info->block_rows;
    uint64_t end = (first + pixels + info->block_rows - 1) / info->block_rows;
    uint64_t stride = (end - from) / SUMS_MAX + 1;
    int code = EEL_OK;

    memset(total, 0, info->sum_channels * sizeof *total);
    for (uint64_t b = from; code == EEL_OK && b < end && b * info->block_rows < info->pixels;
         b += stride) {
        uint64_t summed = 0;
        code = eel_store_sum(store, b, sum, &summed);
        for (uint32_t i = 0; code == EEL_OK && summed && i < info->sum_channels; i++)
            total[i] += sum[i]; /* NAN stays NAN */
    }
    return code;
}

int view_drift_measure(view_drift *d, const eel_store *store, int class, double onset_ev,
                       uint64_t first, uint64_t pixels)
{
    const eel_store_info *info = eel_store_info_of(store);
    uint32_t channels = info->sum_channels;
    uint64_t blocks = (pixels + info->block_rows - 1) / info->block_rows;
    uint64_t each = (blocks + VIEW_DRIFT_POINTS - 1) / VIEW_DRIFT_POINTS;
    float *sums = eel_alloc((size_t)(VIEW_DRIFT_POINTS + 2) * channels, sizeof *sums);
    int code = sums ? EEL_OK : EEL_ENOMEM;

    if (code != EEL_OK)
        return code;
    float *mean = sums + (size_t)VIEW_DRIFT_POINTS * channels, *scratch = mean + channels;
    *d = (view_drift){.class = class, .onset_ev = onset_ev, .edge_ev = NAN, .first = first,
                      .pixels = each * info->block_rows, .count = (int)((blocks + each - 1) / each)};
    for (int i = 0; code == EEL_OK && i < d->count; i++) {
        float *sum = sums + (size_t)i * channels;
        code = sum_piece(store, first + (uint64_t)i * d->pixels, d->pixels, scratch, sum);
        for (uint32_t k = 0; k < channels; k++)
            mean[k] += sum[k];
    }
    for (int i = 0; code == EEL_OK && i < d->count; i++)
        d->shift_ev[i] = (float)view_drift_shift(sums + (size_t)i * channels, mean, channels,
                                                 info->sum_start_ev, info->sum_step_ev, onset_ev);
    if (code == EEL_OK)
        d->edge_ev = steepest_ev(mean, channels, info->sum_start_ev, info->sum_step_ev, onset_ev);
    eel_free(sums);
    return code;
}
