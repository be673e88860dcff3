#include "shared/calibration.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "eels/resample.h"

#include <stdlib.h>
#include <string.h>

#define CORE_LOSS_EV 500.0 /* a record from 0 eV that ends before is the low loss of another */

struct eel_calibrator {
    uint32_t first, n; /* channels of the file that are used */
    eel_axis whole;    /* of all channels of the file */
    eel_axis used;     /* of those that are used */
    eel_axis to;       /* what their counts are put on; the plan covers it */
    uint32_t offset;   /* first channel of `to` on the network's axis */
    eel_gap gap;       /* as the axis was corrected, wherever it moves */
    double reach_ev, shift_ev;
    eel_resample *plan;
};

static int parse_window(const char *text, double *from_ev, double *to_ev)
{
    char *colon, *end;

    *from_ev = strtod(text, &colon);
    if (colon != text && *colon == ':') {
        *to_ev = strtod(colon + 1, &end);
        if (end != colon + 1 && !*end && *to_ev > *from_ev)
            return EEL_OK;
    }
    return eel_fail(EEL_EARGS, "--window: '%s' is not FROM:TO in eV, such as 400:900", text);
}

static int correct(const eel_correction *correction, eel_axis *axis)
{
    if (!isnan(correction->dispersion_ev))
        axis->step_ev = correction->dispersion_ev;
    axis->start_ev += correction->offset_ev;
    if (!(axis->step_ev > 0))
        return eel_fail(EEL_EARGS, "--dispersion: %g eV per channel, expected more than 0",
                        axis->step_ev);
    return EEL_OK;
}

int eel_correction_check(const eel_correction *correction)
{
    eel_axis net = eel_axis_net(), axis = net;
    double from_ev = 0, to_ev = 0;
    int code = correct(correction, &axis);

    if (code == EEL_OK && correction->window)
        code = parse_window(correction->window, &from_ev, &to_ev);
    if (code != EEL_OK || !correction->window || (to_ev > net.start_ev && from_ev < eel_axis_end(&net)))
        return code;
    return eel_fail(EEL_EARGS, "--window: %s lies outside the network's %.1f to %.1f eV", correction->window,
                    net.start_ev, eel_axis_ev(&net, net.n - 1.0));
}

int eel_correction_apply(const eel_correction *correction, const eel_image_info *image, eel_axis *axis,
                         uint32_t *first, uint32_t *last)
{
    double from_ev = 0, to_ev = 0;

    *axis = image->axis;
    *first = image->unrecorded.head;
    *last = axis->n - 1 - image->unrecorded.tail;
    int code = correct(correction, axis);
    if (code != EEL_OK || !correction->window)
        return code;
    code = parse_window(correction->window, &from_ev, &to_ev);
    if (code != EEL_OK)
        return code;
    double low = fmax(ceil(eel_axis_channel(axis, from_ev)), *first);
    double high = fmin(floor(eel_axis_channel(axis, to_ev)), *last);
    if (!(high > low))
        return eel_fail(EEL_EARGS, "--window: %s holds no channel of %.1f to %.1f eV", correction->window,
                        eel_axis_ev(axis, *first), eel_axis_ev(axis, *last));
    *first = (uint32_t)low;
    *last = (uint32_t)high;
    return EEL_OK;
}

/* Spectra that one can ask about, but may not have meant. */
static void warn_of(const eel_axis *axis, const eel_gap *gap, const eel_image_info *image)
{
    double end_ev = eel_axis_ev(axis, axis->n - 1.0);
    const eel_unrecorded *u = &image->unrecorded;
    const char *file = image->path;

    if (u->head || u->tail)
        eel_log("caution: %s: %u channels in front and %u at the end hold no counts: taken for not recorded", file, u->head,
                u->tail);
    if (gap->to_ev > gap->from_ev)
        eel_log("caution: %s: nothing was recorded between %.1f and %.1f eV: no edge can be seen there", file, gap->from_ev,
                gap->to_ev);
    if (axis->step_ev > EEL_STEP_WIDEST_EV)
        eel_log("caution: %s: %g eV per channel; networks learn from spectra of at most %g, so elements may be "
                "missed or mistaken", file, axis->step_ev, EEL_STEP_WIDEST_EV);
    if (axis->start_ev <= 0 && end_ev < CORE_LOSS_EV)
        eel_log("caution: %s: this is a low loss, %.4g to %.4g eV with the zero-loss peak: only edges above %g eV are looked "
                "for", file, axis->start_ev, end_ev, EEL_NET_START_EV);
}

/* None, where it is bridged without a loss or outside the channels that are used. */
static eel_gap gap_of(const eel_axis *whole, const eel_unrecorded *u, uint32_t first, uint32_t last)
{
    if (u->gap_n * whole->step_ev <= EEL_BRIDGED_EV || u->gap <= first || u->gap + u->gap_n > last)
        return (eel_gap){0, 0};
    return (eel_gap){eel_axis_ev(whole, u->gap - 1.0), eel_axis_ev(whole, u->gap + u->gap_n)};
}

int eel_calibrator_new(eel_calibrator **calibrator, const eel_correction *correction, const eel_image_info *image)
{
    eel_axis axis, whole, to = eel_axis_net();
    uint32_t first, last;
    int code = eel_correction_apply(correction, image, &axis, &first, &last);

    if (code != EEL_OK)
        return code;
    whole = axis;
    axis = (eel_axis){eel_axis_ev(&axis, first), axis.step_ev, last - first + 1};
    eel_calibrator *c = eel_alloc(1, sizeof *c);
    if (!c)
        return EEL_ENOMEM;
    c->first = first;
    c->n = axis.n;
    c->whole = whole;
    c->gap = gap_of(&whole, &image->unrecorded, first, last);
    c->used = axis;
    code = eel_resample_new(&c->plan, &axis, &to);
    if (code == EEL_OK) {
        c->to = *eel_resample_axis(c->plan);
        c->offset = eel_resample_offset(c->plan);
        *calibrator = c;
        warn_of(&axis, &c->gap, image);
    } else {
        eel_free(c);
    }
    return code;
}

const eel_gap *eel_calibrator_gap(const eel_calibrator *calibrator)
{
    return &calibrator->gap;
}

const eel_axis *eel_calibrator_whole(const eel_calibrator *calibrator)
{
    return &calibrator->whole;
}

static int replace_plan(eel_calibrator *c, const eel_axis *from, const eel_axis *to)
{
    eel_resample *plan;
    int code = eel_resample_new(&plan, from, to);

    if (code != EEL_OK)
        return code;
    eel_resample_free(c->plan);
    c->plan = plan;
    return EEL_OK;
}

int eel_calibrator_let_move(eel_calibrator *c, double reach_ev)
{
    double cut = ceil(reach_ev / c->used.step_ev);
    eel_axis least = c->used, net = eel_axis_net();

    if (2 * cut >= least.n)
        return eel_fail(EEL_EFORMAT, "energy axis: %.1f to %.1f eV is too short to be moved by %g eV",
                        least.start_ev, eel_axis_ev(&least, least.n - 1.0), reach_ev);
    least.start_ev += cut * least.step_ev;
    least.n -= 2 * (uint32_t)cut;
    int code = replace_plan(c, &least, &net);
    if (code != EEL_OK)
        return code;
    c->to = *eel_resample_axis(c->plan);
    c->offset = eel_resample_offset(c->plan);
    c->reach_ev = reach_ev;
    return replace_plan(c, &c->used, &c->to);
}

int eel_calibrator_move(eel_calibrator *c, double shift_ev)
{
    eel_axis moved = c->used;

    if (!(fabs(shift_ev) <= c->reach_ev))
        return eel_fail(EEL_EARGS, "energy axis: moved by %g eV, at most %g", shift_ev, c->reach_ev);
    if (shift_ev == c->shift_ev)
        return EEL_OK;
    moved.start_ev += shift_ev;
    int code = replace_plan(c, &moved, &c->to);
    if (code == EEL_OK)
        c->shift_ev = shift_ev;
    return code;
}

void eel_calibrator_free(eel_calibrator *calibrator)
{
    if (!calibrator)
        return;
    eel_resample_free(calibrator->plan);
    eel_free(calibrator);
}

const eel_axis *eel_calibrator_axis(const eel_calibrator *calibrator)
{
    return &calibrator->to;
}

uint32_t eel_calibrator_offset(const eel_calibrator *calibrator)
{
    return calibrator->offset;
}

/* 1 when every value is finite; without branches, since nearly every spectrum is. */
static int all_finite(const float *counts, uint32_t n)
{
    uint32_t bad = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, counts + i, sizeof bits);
        bad |= (bits & 0x7f800000) == 0x7f800000; /* infinite or not a number */
    }
    return !bad;
}

/* Between two counts: as a background falls, or on a straight line where one of them is not above zero. */
static float between(float before, float after, float t)
{
    return before > 0 && after > 0 ? before * powf(after / before, t) : before * (1 - t) + after * t;
}

/* Bridges values that are not finite. Returns how many were good. */
static uint32_t bridge(float *counts, uint32_t n)
{
    uint32_t good = 0, last = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(counts[i]))
            continue;
        uint32_t from = good ? last + 1 : 0;
        for (uint32_t k = from; k < i; k++) {
            counts[k] = good ? between(counts[last], counts[i], (float)(k - last) / (float)(i - last)) : counts[i];
        }
        last = i;
        good++;
    }
    for (uint32_t k = last + 1; good && k < n; k++)
        counts[k] = counts[last];
    return good;
}

void eel_calibrate_row(eel_calibrator *calibrator, float *counts, float *out)
{
    counts += calibrator->first;
    if (all_finite(counts, calibrator->n) || bridge(counts, calibrator->n)) {
        eel_resample_row(calibrator->plan, counts, out);
        return;
    }
    for (uint32_t i = 0; i < eel_resample_axis(calibrator->plan)->n; i++)
        out[i] = NAN;
}
