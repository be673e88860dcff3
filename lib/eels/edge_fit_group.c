#include "eels/edge_fit_group.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum {
    PARAMETERS_MAX = 2 + EEL_FIT_GROUP_MAX, /* ln A, r, densities */
    STEPS_MAX = 15,
    BATCH = 16,     /* channels whose residuals are added up to see how they depend on each other */
    POSITIVE_MIN = 6,
};

#define EXPONENT_MAX   12   /* backgrounds have 2 to 6 */
#define CURVED_SIGMAS  5    /* no power law: so significant */
#define CURVED_SHARE   0.1  /* and so large beside the edge */
#define FLOOR          1e-3 /* of the mean count: no channel weighs more than that */

int eel_fit_work_new(eel_fit_work *work, const eel_axis *axis)
{
    work->channels = axis->n;
    work->log_ev = eel_alloc(axis->n, sizeof *work->log_ev);
    work->model = eel_alloc(axis->n, sizeof *work->model);
    work->power = eel_alloc(axis->n, sizeof *work->power);
    work->use = eel_alloc(axis->n, sizeof *work->use);
    if (!work->log_ev || !work->model || !work->power || !work->use)
        return EEL_ENOMEM;
    eel_fit_work_energies(work, axis);
    return EEL_OK;
}

void eel_fit_work_energies(eel_fit_work *work, const eel_axis *axis)
{
    for (uint32_t c = 0; c < axis->n; c++)
        work->log_ev[c] = log(fmax(eel_axis_ev(axis, c), axis->step_ev));
}

void eel_fit_work_release(eel_fit_work *work)
{
    eel_free(work->log_ev);
    eel_free(work->model);
    eel_free(work->power);
    eel_free(work->use);
}

/* ---- small matrices ---- */

/* Inverse of a symmetric positive definite (n, n) in place, by Gauss and Jordan; 0 when it is
 * singular. It is scaled to a diagonal of ones first. */
static int invert(double *a, int n)
{
    double scale[PARAMETERS_MAX];

    for (int i = 0; i < n; i++) {
        if (!(a[i * n + i] > 0))
            return 0;
        scale[i] = 1 / sqrt(a[i * n + i]);
    }
    for (int i = 0; i < n * n; i++)
        a[i] *= scale[i / n] * scale[i % n];
    for (int p = 0; p < n; p++) {
        double pivot = a[p * n + p];
        if (!(pivot > 1e-12))
            return 0;
        a[p * n + p] = 1;
        for (int k = 0; k < n; k++)
            a[p * n + k] /= pivot;
        for (int i = 0; i < n; i++) {
            double factor = a[i * n + p];
            if (i == p)
                continue;
            a[i * n + p] = 0;
            for (int k = 0; k < n; k++)
                a[i * n + k] -= factor * a[p * n + k];
        }
    }
    for (int i = 0; i < n * n; i++)
        a[i] *= scale[i / n] * scale[i % n];
    return 1;
}

/* ---- the fit ---- */

typedef struct {
    eel_fit_work *work;
    const eel_fit_group *group;
    int n;                          /* of parameters */
    double middle;                  /* ln E of the middle of the window: A belongs there */
    double value[PARAMETERS_MAX];   /* ln A, r, densities */
    double information[PARAMETERS_MAX * PARAMETERS_MAX]; /* (n, n) */
    double covariance[PARAMETERS_MAX * PARAMETERS_MAX];  /* its inverse */
    double least;                   /* count that weights go down to */
} solver;

static int is_used(const solver *s, int c)
{
    return s->work->use[c] && isfinite(s->group->counts[c]);
}

/* ln counts over ln energy in the window, weighted as their logarithms deserve. */
static int start_background(solver *s)
{
    const eel_fit_group *group = s->group;
    double sum = 0, x = 0, y = 0, xx = 0, xy = 0, total = 0;
    int positive = 0, channels = 0;

    s->middle = s->work->log_ev[(group->window_from + group->window_to) / 2];
    for (int c = group->window_from; c < group->window_to; c++) {
        double count = group->counts[c], u = s->work->log_ev[c] - s->middle;
        channels += isfinite(count) != 0;
        total += isfinite(count) ? count : 0;
        if (!(count > 0) || !isfinite(count))
            continue;
        double v = log(count);
        positive++, sum += count, x += count * u, y += count * v;
        xx += count * u * u, xy += count * u * v;
    }
    double spread = sum * xx - x * x;
    if (positive < POSITIVE_MIN || 2 * positive < channels || !(spread > 0) || !(total > 0))
        return 0;
    s->value[1] = -(sum * xy - x * y) / spread;
    s->value[0] = (y + s->value[1] * x) / sum;
    s->least = FLOOR * total / channels;
    return 1;
}

static void evaluate(const solver *s)
{
    const eel_fit_group *group = s->group;

    for (int c = group->window_from; c < group->end; c++) {
        double power = exp(s->value[0] - s->value[1] * (s->work->log_ev[c] - s->middle));
        double model = power;
        for (int m = 0; m < group->count; m++)
            model += s->value[2 + m] * group->shapes[m][c];
        s->work->power[c] = power;
        s->work->model[c] = model;
    }
}

/* One Gauss-Newton step: what each parameter is to change. 0 when the matrix is singular. */
static int improve(solver *s, double *change)
{
    const eel_fit_group *group = s->group;
    double gradient[PARAMETERS_MAX] = {0}, slope[PARAMETERS_MAX];
    int n = s->n;

    memset(s->information, 0, sizeof s->information);
    for (int c = group->window_from; c < group->end; c++) {
        if (!is_used(s, c))
            continue;
        double weight = 1 / fmax(s->work->model[c], s->least);
        double difference = group->counts[c] - s->work->model[c];
        slope[0] = s->work->power[c];
        slope[1] = -(s->work->log_ev[c] - s->middle) * s->work->power[c];
        for (int m = 0; m < group->count; m++)
            slope[2 + m] = group->shapes[m][c];
        for (int i = 0; i < n; i++) {
            gradient[i] += weight * slope[i] * difference;
            for (int k = i; k < n; k++)
                s->information[i * n + k] += weight * slope[i] * slope[k];
        }
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            s->information[i * n + k] = s->information[k * n + i];
    }
    memcpy(s->covariance, s->information, sizeof s->covariance);
    if (!invert(s->covariance, n))
        return 0;
    for (int i = 0; i < n; i++) {
        change[i] = 0;
        for (int k = 0; k < n; k++)
            change[i] += s->covariance[i * n + k] * gradient[k];
    }
    return 1;
}

typedef enum { CONVERGED, SINGULAR, ASTRAY } outcome;

static outcome solve(solver *s)
{
    double change[PARAMETERS_MAX];

    for (int step = 0; step < STEPS_MAX; step++) {
        evaluate(s);
        if (!improve(s, change))
            return SINGULAR;
        double limit = fmax(1, fmax(fabs(change[0]), fabs(change[1]) / 2));
        for (int i = 0; i < s->n; i++)
            s->value[i] += change[i] / limit;
        if (!(fabs(s->value[1]) < 10 * EXPONENT_MAX))
            return ASTRAY;
        if (fabs(change[0]) < 1e-6 && fabs(change[1]) < 1e-5) {
            evaluate(s);
            return CONVERGED;
        }
    }
    return ASTRAY;
}

/* ---- how good it is ---- */

/* Variance of the counts over their mean, as the residuals show it: of single channels, or, where
 * these depend on each other, of batches. */
static double noise(const solver *s)
{
    double squares = 0, batch_squares = 0, batch = 0;
    int channels = 0, batches = 0, held = 0;

    for (int c = s->group->window_from; c < s->group->end; c++) {
        if (!is_used(s, c)) {
            batch = held = 0; /* a batch has no gap */
            continue;
        }
        double z = (s->group->counts[c] - s->work->model[c]) /
                   sqrt(fmax(s->work->model[c], s->least));
        squares += z * z;
        channels++;
        batch += z;
        if (++held == BATCH) {
            batch_squares += batch * batch / BATCH;
            batches++;
            batch = held = 0;
        }
    }
    double single = channels > s->n ? squares / (channels - s->n) : NAN;
    return batches > s->n + 1 ? fmax(single, batch_squares / (batches - s->n)) : single;
}

/* How much less certain an edge is for the others in the group. */
static double inflation(const solver *s, int edge)
{
    static const int own = 3;
    int pick[3] = {0, 1, 2 + edge}, n = s->n;
    double alone[9];

    for (int i = 0; i < own * own; i++)
        alone[i] = s->information[pick[i / own] * n + pick[i % own]];
    if (!invert(alone, own))
        return INFINITY;
    return sqrt(s->covariance[(2 + edge) * (n + 1)] / alone[8]);
}

/* Curvature of the window in the log-log plane, over the background: by how much its ends lie above
 * or below a power law. Returns 0 when it is not significant. */
static double curvature(const solver *s)
{
    const eel_fit_group *group = s->group;
    double low = s->work->log_ev[group->window_from], high = s->work->log_ev[group->window_to - 1];
    double information[9] = {0}, gradient[3] = {0}, last = NAN, differences = 0;
    int pairs = 0;

    for (int c = group->window_from; c < group->window_to; c++) {
        if (!is_used(s, c))
            continue;
        double t = 2 * (s->work->log_ev[c] - low) / (high - low) - 1;
        double power = fmax(s->work->power[c], s->least), basis[3] = {1, t, 1.5 * t * t - 0.5};
        double z = (group->counts[c] - power) / sqrt(power);
        for (int i = 0; i < 3; i++) {
            gradient[i] += basis[i] * (group->counts[c] - power);
            for (int k = 0; k < 3; k++)
                information[i * 3 + k] += basis[i] * basis[k] * power;
        }
        if (isfinite(last)) {
            differences += (z - last) * (z - last) / 2;
            pairs++;
        }
        last = z;
    }
    if (pairs < POSITIVE_MIN || !invert(information, 3))
        return 0;
    double bend = 0;
    for (int k = 0; k < 3; k++)
        bend += information[6 + k] * gradient[k];
    return fabs(bend) > CURVED_SIGMAS * sqrt(information[8] * differences / pairs) ? fabs(bend) : 0;
}

/* Where near-edge structures lie over each other, only the assumed shapes tell edges apart. */
static int is_covered(const eel_fit_group *group, int edge)
{
    double onset_ev = group->edges[edge]->onset_ev;

    return (edge > 0 && onset_ev - group->edges[edge - 1]->onset_ev < EEL_FIT_NEAR_EV) ||
           (edge + 1 < group->count && group->edges[edge + 1]->onset_ev - onset_ev < EEL_FIT_NEAR_EV);
}

static void judge(const solver *s, eel_amount *amounts, double *covariance)
{
    const eel_fit_group *group = s->group;
    double variance = noise(s), bend = curvature(s);
    int n = s->n, falls = s->value[1] > 0 && s->value[1] < EXPONENT_MAX;

    for (int m = 0; m < group->count; m++) {
        double onset = log(group->edges[m]->onset_ev + EEL_FIT_NEAR_EV);
        int at = group->window_to;
        while (at + 1 < group->end && s->work->log_ev[at] < onset)
            at++;
        double height = fabs(s->value[2 + m]) * group->shapes[m][at];
        if (!falls || bend * s->work->power[at] > CURVED_SHARE * height)
            amounts[m].state = EEL_AMOUNT_NO_POWER_LAW;
        else if (is_covered(group, m) || inflation(s, m) > EEL_FIT_INFLATION)
            amounts[m].state = EEL_AMOUNT_OVERLAP;
        else {
            amounts[m].state = EEL_AMOUNT_QUANTIFIED;
            amounts[m].density = s->value[2 + m];
            amounts[m].density_error = sqrt(s->covariance[(2 + m) * (n + 1)] * variance);
        }
        for (int k = 0; k < group->count; k++)
            covariance[m * group->count + k] = s->covariance[(2 + m) * n + 2 + k] * variance;
    }
}

static void set_all(const eel_fit_group *group, eel_amount *amounts, int state)
{
    for (int m = 0; m < group->count; m++)
        amounts[m].state = state;
}

void eel_fit_group_solve(eel_fit_work *work, const eel_fit_group *group, eel_amount *amounts,
                         double *covariance)
{
    solver s = {.work = work, .group = group, .n = 2 + group->count};

    for (int m = 0; m < group->count; m++)
        amounts[m] = (eel_amount){NAN, NAN, NAN, NAN, EEL_AMOUNT_NO_POWER_LAW};
    if (!start_background(&s))
        return;
    outcome end = solve(&s);
    if (end == CONVERGED)
        judge(&s, amounts, covariance);
    else if (end == SINGULAR)
        set_all(group, amounts, EEL_AMOUNT_OVERLAP);
}
