#include "eels/edge.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"

enum { EDGE_CHANNELS_MIN = 20 };

static int channel_at(const eel_axis *axis, double ev)
{
    double i = round(eel_axis_channel(axis, ev));

    return i < 0 ? 0 : i > axis->n ? (int)axis->n : (int)i;
}

static int fit_background(eel_edge *edge, const float *counts, const eel_axis *axis)
{
    if (edge->to_ev <= axis->start_ev + axis->step_ev)
        return eel_fail(EEL_EFORMAT, "background: the spectrum begins at %.4g eV, expected well below %.4g eV, where the edge may "
                        "begin", axis->start_ev, edge->to_ev);
    int n = eel_power_law_fit(&edge->background, counts, axis, channel_at(axis, edge->from_ev),
                              channel_at(axis, edge->to_ev));

    if (n < EEL_POWER_LAW_LEAST)
        return eel_fail(EEL_EFORMAT, "background: %d channels above zero from %.4g to %.4g eV, "
                        "expected %d or more", n, edge->from_ev, edge->to_ev, EEL_POWER_LAW_LEAST);
    return EEL_OK;
}

/* Mean signal within half_ev of an energy. */
static double mean_signal(const eel_edge *edge, const float *counts, const eel_axis *axis,
                          double ev, double half_ev)
{
    int first = channel_at(axis, ev - half_ev), last = channel_at(axis, ev + half_ev);
    double sum = 0;

    last = last > first ? last : first + 1;
    last = last > (int)axis->n ? (int)axis->n : last;
    for (int i = first; i < last; i++)
        sum += counts[i] - eel_power_law_at(&edge->background, eel_axis_ev(axis, i));
    return last > first ? sum / (last - first) : 0;
}

static int find_onset(eel_edge *edge, const float *counts, const eel_axis *axis,
                      const eel_edge_options *options)
{
    double start_ev = options->expected_ev - options->search_ev;
    double end_ev = options->expected_ev + options->search_ev;
    double half_ev = fmax(.5, axis->step_ev), stride_ev = fmax(.05, axis->step_ev / 4), top = 0;

    for (double e = start_ev; e < end_ev + 20; e += stride_ev)
        top = fmax(top, mean_signal(edge, counts, axis, e, half_ev));
    for (double e = start_ev; e < end_ev && top > 0; e += stride_ev) {
        if (mean_signal(edge, counts, axis, e, half_ev) > top / 5) {
            edge->onset_ev = e;
            return EEL_OK;
        }
    }
    return eel_fail(EEL_EFORMAT, "nothing rises above the background from %.4g to %.4g eV",
                    start_ev, end_ev);
}

/* Copies the edge, channels added up where they are fine; first_ev is the centre of the first. */
static int copy_edge(eel_edge *edge, const float *counts, const eel_axis *axis, double after_ev)
{
    int group = (int)ceil(EEL_EDGE_STEP_EV / axis->step_ev - 1e-9);
    int first = channel_at(axis, edge->onset_ev - EEL_EDGE_BEFORE_EV);
    int last = channel_at(axis, edge->onset_ev + after_ev);

    edge->n = (last - first) / group;
    if (edge->n < EDGE_CHANNELS_MIN)
        return eel_fail(EEL_EARGS, "%d channels of the edge are there, expected %d or more",
                        edge->n, EDGE_CHANNELS_MIN);
    edge->step_ev = group * axis->step_ev;
    edge->first_ev = eel_axis_ev(axis, first + (group - 1) / 2.0) - edge->onset_ev;
    edge->values = eel_alloc((size_t)edge->n, sizeof *edge->values);
    if (!edge->values)
        return EEL_ENOMEM;
    for (int i = 0; i < edge->n; i++) {
        for (int k = first + i * group; k < first + (i + 1) * group; k++)
            edge->values[i] += counts[k] - eel_power_law_at(&edge->background, eel_axis_ev(axis, k));
    }
    return EEL_OK;
}

int eel_edge_take(eel_edge *edge, const float *counts, const eel_axis *axis,
                  const eel_edge_options *options)
{
    double end_ev = eel_axis_ev(axis, axis->n - 1.0);
    double to_ev = options->expected_ev - options->search_ev - EEL_EDGE_GAP_EV;
    eel_edge taken = {.onset_ev = options->expected_ev};
    int code = EEL_OK;

    if (options->expected_ev < axis->start_ev || options->expected_ev > end_ev)
        return eel_fail(EEL_EARGS, "the edge is expected at %.4g eV, the spectrum goes from %.4g "
                        "to %.4g eV", options->expected_ev, axis->start_ev, end_ev);
    for (uint32_t i = 0; i < axis->n; i++) {
        if (!isfinite(counts[i]))
            return eel_fail(EEL_EFORMAT, "channel %u is not a number", i);
    }
    /* Once before the earliest onset there may be, then before the one found. */
    for (int pass = 0; pass < 2 && !code; pass++) {
        if (options->background) {
            taken.from_ev = fmax(fmax(axis->start_ev, 1), to_ev - options->window_ev);
            taken.to_ev = to_ev;
            code = fit_background(&taken, counts, axis);
        }
        if (!code && pass == 0 && options->search_ev > 0)
            code = find_onset(&taken, counts, axis, options);
        to_ev = taken.onset_ev - EEL_EDGE_GAP_EV;
    }
    if (!code)
        code = copy_edge(&taken, counts, axis, options->after_ev);
    if (code)
        eel_edge_release(&taken);
    else
        *edge = taken;
    return code;
}

void eel_edge_release(eel_edge *edge)
{
    eel_free(edge->values);
    *edge = (eel_edge){0};
}
