#include "eels/shift.h"
#include "eels/rise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SURE       5.0   /* standard deviations, of a rise that is clear */
#define STEEP      0.55  /* an edge's rise, as a share of its steepest, that counts as its onset */
#define TOLD_APART 2.0   /* eV between the first and the last edge from which on both are told */
#define BETTER     0.85  /* a fit where the edges should be, as a share of the best, is no worse */

/* Where an edge rises most within `reach` places of `at`. */
static int steepest(const eel_rise *edge, int at, int reach)
{
    int best = at;

    for (int i = at - reach; i <= at + reach; i++) {
        if (i >= 0 && i < edge->n && edge->rise[i] > edge->rise[best])
            best = i;
    }
    return best;
}

/* How well all edges begin at a place: 1 when each rises there as steeply as anywhere. */
static double fit_at(const eel_rise *edges, int n, int at, int reach)
{
    double sum = 0;

    for (int e = 0; e < n; e++)
        sum += fmax(edges[e].rise[steepest(&edges[e], at, reach)], 0);
    return sum / n;
}

/* The place where the edges fit best; of equal ones, the nearest to where they should begin. */
static int best_place(const eel_rise *edges, int n, int reach, double *fit)
{
    int best = 0, middle = edges[0].n / 2;

    *fit = -1;
    for (int i = 0; i < edges[0].n; i++) {
        double here = fit_at(edges, n, i, reach);
        if (here > *fit + 1e-9 || (here > *fit - 1e-9 && abs(i - middle) < abs(best - middle)))
            *fit = here, best = i;
    }
    return best;
}

/* Edge e begins late by so much. */
static void take(eel_shift *shift, int e, double ev)
{
    shift->low_ev = e ? fmin(shift->low_ev, ev) : ev;
    shift->high_ev = e ? fmax(shift->high_ev, ev) : ev;
    shift->ev += ev / shift->edges;
    shift->by_ev[e] = ev;
}

/* All by the same; *fit: how well. */
static int stand_alike(eel_shift *shift, const eel_rise *edges, double step_ev, double *fit)
{
    int agree = (int)lround(EEL_SHIFT_AGREE_EV / step_ev), place = best_place(edges, shift->edges, agree, fit);

    shift->kind = EEL_SHIFT_COMMON;
    for (int e = 0; e < shift->edges; e++) {
        int at = steepest(&edges[e], place, agree);
        if (edges[e].rise[at] < STEEP)
            return 0;
        take(shift, e, edges[e].first_ev + at * step_ev);
    }
    return 1;
}

/* Each by its own, all early or all late. */
static int stand_apart(eel_shift *shift, const eel_rise *edges)
{
    shift->kind = EEL_SHIFT_APART;
    for (int e = 0; e < shift->edges; e++) {
        take(shift, e, edges[e].late_ev);
    }
    return shift->edges >= 3 && (shift->low_ev >= EEL_SHIFT_APART_EV || shift->high_ev <= -EEL_SHIFT_APART_EV);
}

int eel_shift_find(eel_shift *shift, const float *counts, const eel_axis *axis,
                   const double *onsets_ev, int onsets)
{
    static _Thread_local eel_rise edges[EEL_SHIFT_EDGES];
    eel_shift clear = {0}, found;
    int unclear = 0, told;
    double fit;

    for (int i = 0; i < onsets && clear.edges < EEL_SHIFT_EDGES; i++) {
        if (eel_rise_find(&edges[clear.edges], counts, axis, onsets_ev[i], EEL_SHIFT_LOOK_EV, SURE))
            clear.which[clear.edges++] = i;
        else
            unclear++;
    }
    if (clear.edges < 2 || unclear > clear.edges)
        return 0;
    found = clear;
    if (stand_alike(&found, edges, axis->step_ev, &fit)) {
        double here = fit_at(edges, found.edges, edges[0].n / 2, (int)lround(1 / axis->step_ev));
        told = fabs(found.ev) >= EEL_SHIFT_LEAST_EV && here <= BETTER * fit;
    } else {
        found = clear;
        told = stand_apart(&found, edges);
    }
    if (told)
        *shift = found;
    return told;
}

double eel_shift_offset(const eel_shift *shift, double given_ev)
{
    return shift->kind == EEL_SHIFT_APART ? NAN : round(given_ev - shift->ev);
}

/* "O, Mn and Ni" */
static void join(const char *const *names, int n, char *words, size_t size)
{
    size_t used = 0;

    words[0] = 0;
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(words + used, size - used, "%s%s", !i ? "" : i + 1 < n ? ", " : " and ", names[i]);
}

void eel_shift_words(const eel_shift *shift, const char *const *names, char *words, size_t size)
{
    double by_ev = fabs(shift->ev), least_ev = fmin(fabs(shift->low_ev), fabs(shift->high_ev));
    double most_ev = fmax(fabs(shift->low_ev), fabs(shift->high_ev));
    const char *when = shift->ev < 0 ? "early" : "late";
    char which[256], each[256], numbers[EEL_SHIFT_EDGES][8];
    const char *by[EEL_SHIFT_EDGES];

    for (int e = 0; shift->kind == EEL_SHIFT_APART && e < shift->edges; e++) {
        snprintf(numbers[e], sizeof numbers[e], "%.0f", fabs(shift->by_ev[e]));
        by[e] = numbers[e];
    }
    join(names, shift->edges, which, sizeof which);
    join(by, shift->kind == EEL_SHIFT_APART ? shift->edges : 0, each, sizeof each);
    if (shift->kind == EEL_SHIFT_ASKED)
        snprintf(words, size, "energies about %.0f eV %s would show %s and nothing else", by_ev,
                 shift->ev > 0 ? "lower" : "higher", which);
    else if (shift->kind == EEL_SHIFT_APART)
        snprintf(words, size, "%s begin %s eV too %s", which, each, when);
    else if (most_ev - least_ev < TOLD_APART)
        snprintf(words, size, "%s begin about %.0f eV too %s", which, by_ev, when);
    else
        snprintf(words, size, "%s begin %.0f to %.0f eV too %s", which, least_ev, most_ev, when);
}
