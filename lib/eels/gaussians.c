#include "eels/gaussians.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { PARAMETERS = 3, SCALES_MAX = 32, UNKNOWNS = PARAMETERS * EEL_GAUSSIANS_MAX };

static const double reach = 5; /* sigmas: a Gaussian is zero beyond */

typedef struct {
    const double *values;
    double first_ev, step_ev;
    int n;
    double sigma_min_ev, sigma_max_ev, height_max;
    double *rest;   /* (n) data less model */
    double *slopes; /* (EEL_GAUSSIANS_MAX, PARAMETERS, n) derivatives of the model */
    double *normal; /* (UNKNOWNS, UNKNOWNS) */
    double *factor; /* the same, decomposed */
    eel_gaussian g[EEL_GAUSSIANS_MAX];
    int first[EEL_GAUSSIANS_MAX], last[EEL_GAUSSIANS_MAX]; /* samples that a Gaussian reaches */
    int count;
} fit;

static int clamp_index(const fit *f, double ev)
{
    double i = (ev - f->first_ev) / f->step_ev;

    return i < 0 ? 0 : i > f->n ? f->n : (int)i;
}

static double sample_ev(const fit *f, int i)
{
    return f->first_ev + i * f->step_ev;
}

/* The rest for these Gaussians; returns its sum of squares. */
static double residual(fit *f, const eel_gaussian *g, double *rest)
{
    double sum = 0;

    memcpy(rest, f->values, (size_t)f->n * sizeof *rest);
    for (int k = 0; k < f->count; k++) {
        int last = clamp_index(f, g[k].centre_ev + reach * g[k].sigma_ev);
        for (int i = clamp_index(f, g[k].centre_ev - reach * g[k].sigma_ev); i < last; i++) {
            double u = (sample_ev(f, i) - g[k].centre_ev) / g[k].sigma_ev;
            rest[i] -= g[k].height * exp(-0.5 * u * u);
        }
    }
    for (int i = 0; i < f->n; i++)
        sum += rest[i] * rest[i];
    return sum;
}

/* Derivatives with respect to centre, log width and log height. */
static void derive(fit *f)
{
    for (int k = 0; k < f->count; k++) {
        const eel_gaussian *g = &f->g[k];
        double *centre = f->slopes + (size_t)k * PARAMETERS * (size_t)f->n;
        double *width = centre + f->n, *height = width + f->n;

        f->first[k] = clamp_index(f, g->centre_ev - reach * g->sigma_ev);
        f->last[k] = clamp_index(f, g->centre_ev + reach * g->sigma_ev);
        for (int i = f->first[k]; i < f->last[k]; i++) {
            double u = (sample_ev(f, i) - g->centre_ev) / g->sigma_ev;
            height[i] = g->height * exp(-0.5 * u * u);
            centre[i] = height[i] * u / g->sigma_ev;
            width[i] = height[i] * u * u;
        }
    }
}

static double dot(const double *a, const double *b, int first, int last)
{
    double sum = 0;

    for (int i = first; i < last; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Normal equations: normal = slopes slopes^T, right = slopes rest. */
static void accumulate(fit *f, double *right)
{
    size_t n = (size_t)f->n;

    for (int k = 0; k < f->count; k++) {
        for (int p = 0; p < PARAMETERS; p++) {
            const double *a = f->slopes + ((size_t)k * PARAMETERS + (size_t)p) * n;
            int row = k * PARAMETERS + p;
            right[row] = dot(a, f->rest, f->first[k], f->last[k]);
            for (int m = 0; m <= k; m++) {
                int first = f->first[k] > f->first[m] ? f->first[k] : f->first[m];
                int last = f->last[k] < f->last[m] ? f->last[k] : f->last[m];
                for (int q = 0; q < PARAMETERS; q++) {
                    const double *b = f->slopes + ((size_t)m * PARAMETERS + (size_t)q) * n;
                    int column = m * PARAMETERS + q;
                    f->normal[row * UNKNOWNS + column] = dot(a, b, first, last);
                }
            }
        }
    }
}

/* Solves (normal + lambda diagonal) step = right by Cholesky; 0 when it is not positive. */
static int solve(fit *f, double lambda, const double *right, double *step)
{
    int n = f->count * PARAMETERS;
    double *l = f->factor;

    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = f->normal[i * UNKNOWNS + j];
            if (i == j)
                sum += lambda * sum + 1e-12;
            sum -= dot(l + (size_t)i * UNKNOWNS, l + (size_t)j * UNKNOWNS, 0, j);
            if (i == j && !(sum > 0))
                return 0;
            l[i * UNKNOWNS + j] = i == j ? sqrt(sum) : sum / l[j * UNKNOWNS + j];
        }
    }
    for (int i = 0; i < n; i++)
        step[i] = (right[i] - dot(l + (size_t)i * UNKNOWNS, step, 0, i)) / l[i * UNKNOWNS + i];
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++)
            step[i] -= l[j * UNKNOWNS + i] * step[j];
        step[i] /= l[i * UNKNOWNS + i];
    }
    return 1;
}

static double within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* One step, held to what the linear model can be trusted with. */
static void move(const fit *f, const double *step, eel_gaussian *moved)
{
    double end_ev = sample_ev(f, f->n), span_ev = end_ev - f->first_ev;

    for (int k = 0; k < f->count; k++) {
        const double *s = step + PARAMETERS * k;
        eel_gaussian g = f->g[k];
        g.centre_ev += within(s[0], -2 * g.sigma_ev, 2 * g.sigma_ev);
        g.centre_ev = within(g.centre_ev, f->first_ev, end_ev + span_ev / 3);
        g.sigma_ev *= exp(within(s[1], -.7, .7));
        g.sigma_ev = within(g.sigma_ev, f->sigma_min_ev, f->sigma_max_ev);
        g.height = fmin(g.height * exp(within(s[2], -1, 1)), f->height_max);
        moved[k] = g;
    }
}

/* Levenberg-Marquardt on all Gaussians; f->rest follows. Returns the sum of squares. */
static double improve(fit *f, int rounds, double *spare)
{
    double right[UNKNOWNS], step[UNKNOWNS] = {0}, lambda = 1e-3;
    double best = residual(f, f->g, f->rest);
    eel_gaussian moved[EEL_GAUSSIANS_MAX];

    for (int round = 0; round < rounds && lambda < 1e6; round++) {
        derive(f);
        accumulate(f, right);
        double before = best;
        for (; lambda < 1e6; lambda *= 5) {
            if (!solve(f, lambda, right, step))
                continue;
            move(f, step, moved);
            double sum = residual(f, moved, spare);
            if (sum < best) {
                best = sum;
                memcpy(f->g, moved, (size_t)f->count * sizeof *moved);
                memcpy(f->rest, spare, (size_t)f->n * sizeof *spare);
                lambda = fmax(lambda / 5, 1e-9);
                break;
            }
        }
        if (before - best < 1e-5 * before)
            break;
    }
    return best;
}

/* The Gaussian up to that width that explains most of the rest, away from `avoid` (or NULL). */
static eel_gaussian propose(const fit *f, double widest_ev, const eel_gaussian *avoid)
{
    eel_gaussian best = {0};
    double best_score = 0;

    for (double sigma_ev = f->sigma_min_ev; sigma_ev < widest_ev; sigma_ev *= 1.5) {
        int half = (int)(3 * sigma_ev / f->step_ev) + 1;
        int stride = 1 + (int)(.4 * sigma_ev / f->step_ev);
        for (int c = 0; c < f->n; c += stride) {
            double with = 0, own = 0, centre_ev = sample_ev(f, c);
            if (avoid && fabs(centre_ev - avoid->centre_ev) < 3 * (sigma_ev + avoid->sigma_ev))
                continue;
            int first = c - half < 0 ? 0 : c - half, last = c + half > f->n ? f->n : c + half;
            int fine = half > 60 ? half / 30 : 1; /* wide ones need no fine sum */
            for (int i = first; i < last; i += fine) {
                double u = (i - c) * f->step_ev / sigma_ev, value = exp(-0.5 * u * u);
                with += value * f->rest[i];
                own += value * value;
            }
            double score = with > 0 ? with * with / own * fine : 0;
            if (score > best_score) {
                best_score = score;
                best = (eel_gaussian){centre_ev, sigma_ev, with / own};
            }
        }
    }
    return best;
}

static void drop(fit *f, int k)
{
    memmove(f->g + k, f->g + k + 1, (size_t)(f->count - k - 1) * sizeof *f->g);
    f->count--;
}

/* Takes out the least Gaussian while the fit stays good enough without it, or does not pay. */
static double prune(fit *f, double good, double gain_min, double sum, double *spare)
{
    while (f->count > 1) {
        eel_gaussian before[EEL_GAUSSIANS_MAX];
        int count = f->count, least = 0;
        memcpy(before, f->g, sizeof before);
        for (int k = 1; k < f->count; k++) {
            const eel_gaussian *a = &f->g[k], *b = &f->g[least];
            if (a->height * a->height * a->sigma_ev < b->height * b->height * b->sigma_ev)
                least = k;
        }
        drop(f, least);
        double without = improve(f, 6, spare);
        if (without > fmax(good, sum * (1 + gain_min))) {
            memcpy(f->g, before, sizeof before);
            f->count = count;
            break;
        }
        sum = without;
    }
    return sum;
}

static int by_centre(const void *a, const void *b)
{
    const eel_gaussian *p = a, *q = b;

    return (p->centre_ev > q->centre_ev) - (p->centre_ev < q->centre_ev);
}

static double run(fit *f, const eel_fit_options *options, double total, double *spare)
{
    double sum = total, good = options->tolerance * options->tolerance * total;
    int idle = 0; /* rounds in a row that did not pay */

    memcpy(f->rest, f->values, (size_t)f->n * sizeof *f->rest);
    while (f->count < options->gaussians_max && sum > good && idle < 4) {
        /* What did not pay is proposed narrower: wide ones can hide a misfit of narrow lines. */
        double widest_ev = f->sigma_max_ev * pow(.25, idle);
        eel_gaussian one = propose(f, widest_ev, NULL);
        if (one.height <= 0)
            break;
        eel_gaussian two = propose(f, widest_ev, &one);
        f->g[f->count++] = one;
        if (two.height > 0 && f->count < options->gaussians_max)
            f->g[f->count++] = two;
        double before = sum;
        sum = improve(f, 5, spare);
        idle = before - sum < options->gain_min * before ? idle + 1 : 0;
    }
    sum = improve(f, 30, spare);
    return prune(f, good, options->gain_min, sum, spare);
}

int eel_fit_gaussians(const double *values, int n, double first_ev, double step_ev,
                      const eel_fit_options *options, eel_gaussian *gaussians, int *count,
                      double *rms)
{
    if (n < 16 || n > EEL_FIT_SAMPLES_MAX)
        return eel_fail(EEL_EARGS, "fit: %d channels, expected 16 to %d", n, EEL_FIT_SAMPLES_MAX);
    if (options->gaussians_max < 1 || options->gaussians_max > EEL_GAUSSIANS_MAX)
        return eel_fail(EEL_EARGS, "fit: %d Gaussians, expected 1 to %d", options->gaussians_max,
                        EEL_GAUSSIANS_MAX);
    if (!(step_ev > 0 && options->sigma_min_ev > 0))
        return eel_fail(EEL_EARGS, "fit: channel width %g eV and narrowest Gaussian %g eV, "
                        "expected both above zero", step_ev, options->sigma_min_ev);
    double total = 0, top = 0;
    for (int i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return eel_fail(EEL_EFORMAT, "fit: channel %d is not a number", i);
        total += values[i] * values[i];
        top = values[i] > top ? values[i] : top;
    }
    if (top <= 0)
        return eel_fail(EEL_EFORMAT, "fit: nothing above zero in %d channels, expected an edge", n);

    int code = EEL_ENOMEM;
    fit *f = eel_alloc(1, sizeof *f);
    double *room = eel_alloc((size_t)n * (2 + PARAMETERS * EEL_GAUSSIANS_MAX) +
                             2 * UNKNOWNS * UNKNOWNS, sizeof *room);
    if (!f || !room)
        goto out;
    *f = (fit){.values = values, .first_ev = first_ev, .step_ev = step_ev, .n = n,
               .sigma_min_ev = options->sigma_min_ev, .sigma_max_ev = n * step_ev / 2,
               .height_max = 2 * top, .rest = room, .slopes = room + 2 * (size_t)n};
    f->normal = f->slopes + (size_t)n * PARAMETERS * EEL_GAUSSIANS_MAX;
    f->factor = f->normal + UNKNOWNS * UNKNOWNS;
    double sum = run(f, options, total, room + n);
    qsort(f->g, (size_t)f->count, sizeof *f->g, by_centre);
    memcpy(gaussians, f->g, (size_t)f->count * sizeof *f->g);
    *count = f->count;
    *rms = sqrt(sum / total);
    code = EEL_OK;
out:
    eel_free(room);
    eel_free(f);
    return code;
}
