#include "eels/edge_fit.h"
#include "eels/edge_fit_group.h"
#include "eels/spikes.h"
#include "eels/zero_loss.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define WINDOW_SHARE  0.2 /* of the onset energy: length of a background window */
#define WINDOW_MIN_EV 20
#define WINDOW_MAX_EV 100
#define END_SHARE     100 /* one channel in so many, at each end of the record, is not used */
#define LEAST_EV      10  /* of a window or of a fitted edge, where more was not recorded */

struct eel_edge_fit {
    eel_axis axis;
    double start_ev, shift_ev; /* of its first channel as it was, and what was added */
    eel_optics optics;
    uint32_t first, last; /* channels that are used */
    int n;
    int order[EEL_FIT_EDGES_MAX]; /* by onset */
    eel_shell_edge edges[EEL_FIT_EDGES_MAX];
    double *single; /* (n, channels) cross-section times channel width, barn */
    double *shape;  /* (n, channels) the same, folded with the low loss */
    double *kernel; /* (channels) low loss from zero loss on, counts */
    int folded;     /* the kernel is whole: what is added next begins another */
    uint8_t *spike; /* (channels) 1 where a cosmic ray hit this spectrum */
    eel_fit_work work;
};

const char *eel_amount_state_name(int state)
{
    static const char *const names[EEL_AMOUNT_STATES] = {
        "none", "quantified", "not found", "no power law", "overlap", "no window",
        "no low loss", "no cross-section", "too little",
    };

    return state >= 0 && state < EEL_AMOUNT_STATES ? names[state] : "none";
}

int eel_amount_has_density(int state)
{
    return state == EEL_AMOUNT_QUANTIFIED || state == EEL_AMOUNT_TOO_LITTLE;
}

/* ---- cross-sections ---- */

/* Mean over each channel, which at the onset is covered in part. */
static void fill_single(eel_edge_fit *fit, int e)
{
    enum { PARTS = 2 };
    double *out = fit->single + (size_t)e * fit->axis.n, step = fit->axis.step_ev;

    for (uint32_t c = 0; c < fit->axis.n; c++) {
        double sum = 0;
        for (int part = 0; part < PARTS; part++)
            sum += eel_cross_section(&fit->edges[e], &fit->optics,
                                     eel_axis_ev(&fit->axis, c + (part + 0.5) / PARTS - 0.5));
        out[c] = sum / PARTS * step;
    }
}

static void sort_edges(eel_edge_fit *fit)
{
    for (int e = 0; e < fit->n; e++) {
        int at = e;
        for (; at > 0 && fit->edges[fit->order[at - 1]].onset_ev > fit->edges[e].onset_ev; at--)
            fit->order[at] = fit->order[at - 1];
        fit->order[at] = e;
    }
}

int eel_edge_fit_new(eel_edge_fit **fit, const eel_axis *axis, const eel_shell_edge *edges, int n,
                     const eel_optics *optics)
{
    int code = EEL_OK;

    if (n < 0 || n > EEL_FIT_EDGES_MAX)
        return eel_fail(EEL_ELIMIT, "%d edges to fit, at most %d", n, EEL_FIT_EDGES_MAX);
    for (int e = 0; e < n && code == EEL_OK; e++)
        code = eel_cross_section_check(&edges[e], optics);
    if (code != EEL_OK)
        return code;
    eel_edge_fit *made = eel_alloc(1, sizeof *made);
    if (!made)
        return EEL_ENOMEM;
    size_t values = (size_t)n * axis->n;
    made->axis = *axis;
    made->start_ev = axis->start_ev;
    made->optics = *optics;
    eel_edge_fit_limit(made, 0, axis->n - 1);
    made->n = n;
    made->single = eel_alloc(values, sizeof *made->single);
    made->shape = eel_alloc(values, sizeof *made->shape);
    made->kernel = eel_alloc(axis->n, sizeof *made->kernel);
    made->spike = eel_alloc(axis->n, sizeof *made->spike);
    code = eel_fit_work_new(&made->work, axis);
    if (code != EEL_OK || !made->single || !made->shape || !made->kernel || !made->spike) {
        eel_edge_fit_free(made);
        return EEL_ENOMEM;
    }
    if (n > 0)
        memcpy(made->edges, edges, (size_t)n * sizeof *edges);
    for (int e = 0; e < n; e++)
        fill_single(made, e);
    memcpy(made->shape, made->single, values * sizeof *made->shape);
    sort_edges(made);
    *fit = made;
    return EEL_OK;
}

void eel_edge_fit_free(eel_edge_fit *fit)
{
    if (!fit)
        return;
    eel_fit_work_release(&fit->work);
    eel_free(fit->single);
    eel_free(fit->shape);
    eel_free(fit->kernel);
    eel_free(fit->spike);
    eel_free(fit);
}

void eel_edge_fit_limit(eel_edge_fit *fit, uint32_t first, uint32_t last)
{
    uint32_t end = fit->axis.n / END_SHARE, top = fit->axis.n - 1 - end;

    fit->first = first < end ? end : first < top ? first : top;
    fit->last = last < top ? last : top;
}

/* ---- plural scattering ---- */

static double counts_of(const float *counts, uint32_t n, int64_t channel)
{
    return channel >= 0 && channel < n && isfinite(counts[channel]) ? fmax(counts[channel], 0) : 0;
}

/* Counts of the low-loss spectrum from one place to another, in channels; channel c reaches from c - 1/2 to c + 1/2. */
static double low_loss_between(const float *counts, uint32_t n, double from, double to)
{
    int64_t first = (int64_t)floor(from + 0.5), last = (int64_t)floor(to + 0.5);

    if (first == last)
        return (to - from) * counts_of(counts, n, first);
    double sum = (first + 0.5 - from) * counts_of(counts, n, first) + (to + 0.5 - last) * counts_of(counts, n, last);
    for (int64_t c = first + 1; c < last && c < n; c++)
        sum += counts_of(counts, n, c);
    return sum;
}

int eel_edge_fit_add_low_loss(eel_edge_fit *fit, const float *counts, const eel_axis *axis)
{
    double ratio = fit->axis.step_ev / axis->step_ev;
    uint32_t n = fit->axis.n;
    eel_peak zero;

    if (!eel_peak_highest(&zero, counts, axis->n))
        return eel_fail(EEL_EFORMAT, "low loss: no channel above zero, expected a zero-loss peak");
    if (fit->folded)
        memset(fit->kernel, 0, n * sizeof *fit->kernel);
    fit->folded = 0;
    double before = ceil(EEL_ZERO_LOSS_BEFORE_EV / fit->axis.step_ev) - 0.5; /* channels of the fit: in front is no loss */
    double from = zero.centre - before * ratio, to = zero.centre + 0.5 * ratio;
    fit->kernel[0] += low_loss_between(counts, axis->n, from, to);
    for (uint32_t k = 1; k < n; k++) {
        from = to;
        to = zero.centre + (k + 0.5) * ratio;
        fit->kernel[k] += low_loss_between(counts, axis->n, from, to);
    }
    return EEL_OK;
}

/* The cross-sections of an edge, scattered again as the kernel tells. */
static void fold_edge(eel_edge_fit *fit, int e, double total)
{
    uint32_t n = fit->axis.n, onset = 0;
    const double *single = fit->single + (size_t)e * n;
    double *out = fit->shape + (size_t)e * n;

    while (onset < n && single[onset] == 0)
        onset++;
    memset(out, 0, n * sizeof *out);
    for (uint32_t c = onset; c < n; c++) {
        double sum = 0;
        for (uint32_t k = 0; k <= c - onset; k++)
            sum += fit->kernel[k] * single[c - k];
        out[c] = sum / total;
    }
}

int eel_edge_fit_fold(eel_edge_fit *fit)
{
    double total = 0;

    for (uint32_t k = 0; k < fit->axis.n; k++)
        total += fit->kernel[k];
    fit->folded = 1;
    if (!(total > 0))
        return eel_fail(EEL_EFORMAT, "low loss: no channel above zero, expected a zero-loss peak");
    for (int e = 0; e < fit->n; e++)
        fold_edge(fit, e, total);
    return EEL_OK;
}

void eel_edge_fit_move(eel_edge_fit *fit, double shift_ev)
{
    if (shift_ev == fit->shift_ev)
        return;
    fit->shift_ev = shift_ev;
    fit->axis.start_ev = fit->start_ev + shift_ev;
    eel_fit_work_energies(&fit->work, &fit->axis);
    for (int e = 0; e < fit->n; e++)
        fill_single(fit, e);
    if (fit->folded)
        eel_edge_fit_fold(fit);
    else
        memcpy(fit->shape, fit->single, (size_t)fit->n * fit->axis.n * sizeof *fit->shape);
}

int eel_edge_fit_low_loss(eel_edge_fit *fit, const float *counts, const eel_axis *axis)
{
    int code = eel_edge_fit_add_low_loss(fit, counts, axis);

    return code == EEL_OK ? eel_edge_fit_fold(fit) : code;
}

/* ---- groups ---- */

static int channel_at(const eel_edge_fit *fit, double ev)
{
    double c = ceil(eel_axis_channel(&fit->axis, ev));

    return c < fit->first ? (int)fit->first : c > fit->last ? (int)fit->last + 1 : (int)c;
}

static double window_ev(double onset_ev)
{
    return fmin(fmax(WINDOW_SHARE * onset_ev, WINDOW_MIN_EV), WINDOW_MAX_EV);
}

/* Marks what is fitted: the window, and behind each onset what is no near-edge structure. */
static void mark_channels(eel_edge_fit *fit, eel_fit_group *group, double from_ev, double end_ev)
{
    uint8_t *use = fit->work.use;
    double first_ev = group->edges[0]->onset_ev;

    group->window_from = channel_at(fit, from_ev);
    group->window_to = channel_at(fit, first_ev - EEL_FIT_GAP_EV);
    group->end = channel_at(fit, end_ev);
    memset(use, 0, fit->axis.n);
    for (int c = group->window_from; c < group->window_to; c++)
        use[c] = 1;
    for (int c = channel_at(fit, first_ev + EEL_FIT_NEAR_EV); c < group->end; c++)
        use[c] = 1;
    for (int m = 1; m < group->count; m++) {
        double onset_ev = group->edges[m]->onset_ev;
        int to = channel_at(fit, onset_ev + EEL_FIT_NEAR_EV);
        for (int c = channel_at(fit, onset_ev - EEL_FIT_GAP_EV); c < to; c++)
            use[c] = 0;
    }
    for (uint32_t c = 0; c < fit->axis.n; c++)
        use[c] &= !fit->spike[c];
}

/* Is there enough behind the last edge of a group to fit it to? If not, the state that says why. */
static int room_behind(const eel_edge_fit *fit, double last_ev, double next_ev)
{
    int least = (int)ceil(LEAST_EV / fit->axis.step_ev), from = channel_at(fit, last_ev + EEL_FIT_NEAR_EV);

    if (channel_at(fit, INFINITY) - from < least)
        return EEL_AMOUNT_NO_WINDOW;
    return channel_at(fit, next_ev - EEL_FIT_GAP_EV) - from < least ? EEL_AMOUNT_OVERLAP : EEL_AMOUNT_QUANTIFIED;
}

/* Fits the edges listed[from] … listed[to - 1], which share a background. The last of them that have no room behind
 * them are left out: the others end before them. */
static void fit_group(eel_edge_fit *fit, const float *counts, const int *listed, int from, int to,
                      double low_ev, double next_ev, eel_amount *amounts, double *covariance)
{
    eel_fit_group group = {.counts = counts};
    eel_amount found[EEL_FIT_GROUP_MAX];
    double matrix[EEL_FIT_GROUP_MAX * EEL_FIT_GROUP_MAX] = {0};

    while (to > from) {
        double last_ev = fit->edges[listed[to - 1]].onset_ev;
        int room = room_behind(fit, last_ev, next_ev);
        if (room == EEL_AMOUNT_QUANTIFIED)
            break;
        amounts[listed[--to]] = (eel_amount){NAN, NAN, NAN, NAN, room};
        next_ev = last_ev;
    }
    if (to == from)
        return;
    group.count = to - from;
    for (int m = 0; m < group.count; m++) {
        found[m] = (eel_amount){NAN, NAN, NAN, NAN, EEL_AMOUNT_NO_WINDOW};
        group.edges[m] = &fit->edges[listed[from + m]];
        group.shapes[m] = fit->shape + (size_t)listed[from + m] * fit->axis.n;
    }
    mark_channels(fit, &group, low_ev, fmin(group.edges[group.count - 1]->onset_ev + EEL_FIT_RANGE_EV,
                                            next_ev - EEL_FIT_GAP_EV));
    if (group.window_to - group.window_from >= (int)ceil(LEAST_EV / fit->axis.step_ev))
        eel_fit_group_solve(&fit->work, &group, found, matrix);
    for (int m = 0; m < group.count; m++) {
        amounts[listed[from + m]] = found[m];
        for (int k = 0; k < group.count; k++)
            covariance[(from + m) * EEL_FIT_EDGES_MAX + from + k] =
                found[m].state == EEL_AMOUNT_QUANTIFIED ? matrix[m * group.count + k] : 0;
    }
}

/* Shares of the sum, where there is one, with their errors: d p_i / d N_j = (delta_ij - p_i) / sum. */
static void add_percent(const int *listed, int count, const double *covariance, eel_amount *amounts)
{
    double sum = 0, sum_variance = 0;

    for (int i = 0; i < count; i++) {
        if (amounts[listed[i]].state != EEL_AMOUNT_QUANTIFIED)
            return;
        sum += amounts[listed[i]].density;
        for (int j = 0; j < count; j++)
            sum_variance += covariance[i * EEL_FIT_EDGES_MAX + j];
    }
    int sure = sum > EEL_FIT_SURE * sqrt(fmax(sum_variance, 0));
    for (int i = 0; i < count && !sure; i++)
        amounts[listed[i]].state = EEL_AMOUNT_TOO_LITTLE;
    for (int i = 0; i < count && sure; i++) {
        double share = amounts[listed[i]].density / sum, variance = 0;
        for (int j = 0; j < count; j++) {
            for (int k = 0; k < count; k++)
                variance += ((i == j) - share) * ((i == k) - share) *
                            covariance[j * EEL_FIT_EDGES_MAX + k];
        }
        amounts[listed[i]].percent = 100 * share;
        amounts[listed[i]].percent_error = 100 * sqrt(fmax(variance, 0)) / sum;
    }
}

void eel_edge_fit_run(eel_edge_fit *fit, const float *counts, const uint8_t *found,
                      eel_amount *amounts)
{
    double covariance[EEL_FIT_EDGES_MAX * EEL_FIT_EDGES_MAX] = {0};
    int listed[EEL_FIT_EDGES_MAX], count = 0, begin = 0;
    double low_ev = -INFINITY, recorded_ev = eel_axis_ev(&fit->axis, fit->first);

    eel_spikes(counts, fit->axis.n, fit->spike);
    for (int i = 0; i < fit->n; i++) {
        int e = fit->order[i];
        amounts[e] = (eel_amount){NAN, NAN, NAN, NAN, EEL_AMOUNT_NOT_FOUND};
        if (found[e])
            listed[count++] = e;
    }
    for (int i = 0; i < count; i++) {
        double onset_ev = fit->edges[listed[i]].onset_ev, window = window_ev(onset_ev);
        double next_ev = i + 1 < count ? fit->edges[listed[i + 1]].onset_ev : INFINITY;
        double free_ev = next_ev - EEL_FIT_GAP_EV - (onset_ev + EEL_FIT_NEAR_EV);

        if (i == begin) {
            double behind = i > 0 ? fit->edges[listed[i - 1]].onset_ev + EEL_FIT_NEAR_EV : recorded_ev;
            low_ev = fmax(onset_ev - EEL_FIT_GAP_EV - window, behind);
        }
        if (i + 1 < count && free_ev < window_ev(next_ev) && i + 1 - begin < EEL_FIT_GROUP_MAX)
            continue;
        fit_group(fit, counts, listed, begin, i + 1, low_ev, next_ev, amounts, covariance);
        begin = i + 1;
    }
    add_percent(listed, count, covariance, amounts);
}
