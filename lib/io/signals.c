/* Which of a file's signals is read, and the words about those that are not. */
#include "io/format.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "eels/elements.h"

#define ENERGY_MAX_EV 1e5 /* of a loss; what is higher was keV twice over */

void eel_elements_add(char elements[256], const char *symbol)
{
    char padded[260], wanted[16];

    if (eel_atomic_number(symbol) == 0 || strlen(elements) + 4 > 256)
        return;
    snprintf(padded, sizeof padded, " %s ", elements);
    snprintf(wanted, sizeof wanted, " %s ", symbol);
    if (strstr(padded, wanted))
        return;
    if (*elements)
        strcat(elements, " ");
    strcat(elements, symbol);
}

double eel_unit_ev(const char *units)
{
    char unit[32];
    const char *open = strchr(units, '('), *close = open ? strchr(open, ')') : NULL;

    /* "Energy Loss (eV)" is how ISO 22029 wants the label of the axis. */
    if (open && close && close > open + 1)
        eel_text_copy(unit, sizeof unit, open + 1, (size_t)(close - open - 1));
    else
        eel_text_copy(unit, sizeof unit, units, strlen(units));
    if (!*unit || !strcasecmp(unit, "<undefined>") || !strcasecmp(unit, "_None_"))
        return 0;
    if (!strcasecmp(unit, "eV") || !strcasecmp(unit, "electronvolt"))
        return 1;
    if (!strcasecmp(unit, "keV"))
        return 1000;
    return strcmp(unit, "meV") == 0 ? 0.001 : -1;
}

void eel_candidate_init(eel_candidate *c, const eel_stated *stated)
{
    *c = (eel_candidate){.prefix = "", .energy = -1, .stated = stated};
    for (int d = 0; d < EEL_DIMS_MAX; d++)
        c->order[d] = d;
}

void eel_candidate_refuse(eel_candidate *c, const char *format, ...)
{
    va_list args;

    if (*c->why_not)
        return;
    va_start(args, format);
    vsnprintf(c->why_not, sizeof c->why_not, format, args);
    va_end(args);
}

int eel_candidate_find_energy(eel_candidate *c, char units[EEL_DIMS_MAX][32], int eels)
{
    int bare = -1;

    for (int i = c->dims - 1; i >= 0; i--) {
        int d = c->order[i];
        double ev = eel_unit_ev(units[d]);
        if (ev > 0)
            return d;
        if (ev == 0 && bare < 0 && c->size[d] > 1)
            bare = d;
    }
    if (c->stated->has_axis && bare < 0)
        bare = c->order[c->dims - 1];
    if (bare >= 0 && (eels || c->stated->has_axis || c->stated->unit_ev > 0))
        return bare;
    eel_candidate_refuse(c, "no axis is in eV");
    return -1;
}

void eel_candidate_energy(eel_candidate *c, int energy, double offset, double scale,
                          const char *units, int eels)
{
    double ev = eel_unit_ev(units);
    uint64_t n = c->size[energy];

    c->energy = energy;
    if (c->stated->has_axis) {
        offset = c->stated->start_ev;
        scale = c->stated->step_ev;
        ev = 1;
    } else if (ev == 0) {
        ev = c->stated->unit_ev;
    } else if (ev > 0 && c->stated->unit_ev > 0 && c->stated->unit_ev != ev) {
        eel_candidate_refuse(c, "its energies are in %s, --axis states another unit (FIRST:STEP replaces "
                             "what a file says)", units);
    }
    if (ev < 0 || (ev == 0 && !eels))
        eel_candidate_refuse(c, "its signal axis is %s%s, expected eV%s", ev < 0 ? "in " : "",
                             ev < 0 ? units : "without unit",
                             ev < 0 ? "" : " (--axis eV says so)");
    if (ev == 0 && offset == 0 && scale == 1)
        eel_candidate_refuse(c, "its energies are not calibrated, they count 0, 1, 2 … without unit (--axis states "
                             "them, FIRST:STEP or eV)");
    ev = ev > 0 ? ev : 1;
    if (scale < 0)
        eel_candidate_refuse(c, "its energies fall, from %g %s in steps of %g, expected rising ones",
                             offset, units, scale);
    if (!isfinite(offset) || !isfinite(scale) || scale * ev < 1e-6 || scale * ev > 1e6 ||
        fabs(offset * ev) > 1e9)
        eel_candidate_refuse(c, "its energy axis starts at %g %s in steps of %g, no energy axis",
                             offset, units, scale);
    double last = (offset + scale * ((double)n - 1)) * ev;
    if (last > ENERGY_MAX_EV)
        eel_candidate_refuse(c, "its energies go up to %g eV, expected at most %g (--axis FIRST:STEP replaces a wrong unit)",
                             last, ENERGY_MAX_EV);
    if (n < EEL_CHANNELS_MIN || n > EEL_CHANNELS_MAX)
        eel_candidate_refuse(c, "its energy axis has %ju channels, expected %d to %u",
                             (uintmax_t)n, EEL_CHANNELS_MIN, EEL_CHANNELS_MAX);
    if (!*c->why_not)
        c->axis = (eel_axis){offset * ev, scale * ev, (uint32_t)n};
}

static int navigation_dims(const eel_candidate *c)
{
    int n = 0;
    for (int d = 0; d < c->dims; d++)
        n += d != c->energy && c->size[d] > 1;
    return n;
}

static double pixel_count(const eel_candidate *c)
{
    double n = 1;
    for (int d = 0; d < c->dims; d++)
        n *= d == c->energy ? 1 : (double)c->size[d];
    return n;
}

static int low_loss(const eel_candidate *c)
{
    return c->axis.start_ev <= 0 && eel_axis_ev(&c->axis, c->axis.n - 1.0) >= 0;
}

#define LOW_LOSS "low-loss "

int eel_signal_is_low_loss(const eel_signal_info *signal)
{
    return strncmp(signal->kind, LOW_LOSS, strlen(LOW_LOSS)) == 0;
}

static void describe(eel_signal_info *out, const eel_candidate *c)
{
    static const char *const with_energy[] = {"spectrum", "line scan", "spectrum image"};
    static const char *const without[] = {"value", "profile", "image", "image stack"};
    int nav = navigation_dims(c);
    const char *kind = c->energy >= 0 ? with_energy[nav < 2 ? nav : 2] : without[nav < 3 ? nav : 3];
    const char *prefix = !*c->why_not && low_loss(c) ? LOW_LOSS : c->prefix;
    size_t at = 0;

    snprintf(out->name, sizeof out->name, "%s", c->name);
    snprintf(out->kind, sizeof out->kind, "%s%s", prefix, kind);
    out->shape[0] = 0;
    for (int d = 0; d < c->dims && at < sizeof out->shape; d++)
        at += (size_t)snprintf(out->shape + at, sizeof out->shape - at, "%s%ju", d ? " x " : "",
                               (uintmax_t)c->size[d]);
}

/* "image of 512 x 512 'HAADF'" */
static void say(char *out, size_t size, const eel_signal_info *s)
{
    snprintf(out, size, "%s of %s%s%s%s", s->kind, s->shape, *s->name ? " '" : "", s->name,
             *s->name ? "'" : "");
}

/* Whether a is a better choice than b. */
static int better(const eel_candidate *a, const eel_candidate *b)
{
    int nav_a = navigation_dims(a), nav_b = navigation_dims(b);

    nav_a = nav_a < 2 ? nav_a : 2;
    nav_b = nav_b < 2 ? nav_b : 2;
    if (nav_a != nav_b)
        return nav_a > nav_b;
    if (low_loss(a) != low_loss(b))
        return low_loss(b);
    return pixel_count(a) > pixel_count(b);
}

static int pick_best(const eel_image_info *info, const char *path, const eel_candidate *c,
                     int count, int *picked)
{
    int best = -1;

    for (int i = 0; i < count; i++) {
        if (!*c[i].why_not && (best < 0 || better(&c[i], &c[best])))
            best = i;
    }
    if (best < 0 && count == 0)
        return eel_fail(EEL_EFORMAT, "%s: holds no signal, expected a spectrum image", path);
    if (best < 0) {
        char what[256], more[48] = "";
        say(what, sizeof what, &info->signals[0]);
        if (count > 1)
            snprintf(more, sizeof more, " (and %d more that are no EELS spectra)", count - 1);
        return eel_fail(EEL_EFORMAT, "%s: holds no EELS spectrum: %s: %s%s", path, what,
                        c[0].why_not, more);
    }
    *picked = best;
    return EEL_OK;
}

static int pick_named(const eel_image_info *info, const char *path, const eel_candidate *c,
                      int count, const char *signal, int *picked)
{
    int found = -1, same = 0, only_number = *signal == '#';
    char *end;
    long number = strtol(signal + only_number, &end, 10);

    for (int i = 0; i < count && !only_number; i++) {
        if (strcmp(info->signals[i].name, signal) == 0) {
            found = found < 0 ? i : found;
            same++;
        }
    }
    if (same > 1)
        return eel_fail(EEL_EARGS, "%s: %d signals are named '%s'; choose by number, this one's "
                        "first is %d", path, same, signal, found);
    if (!same && isdigit((unsigned char)signal[only_number]) && !*end && number < count)
        found = (int)number;
    if (found < 0)
        return eel_fail(EEL_EARGS, "%s: has no signal '%s'; it holds %d, from 0 '%s' on", path,
                        signal, count, count ? info->signals[0].name : "");
    if (*c[found].why_not) {
        char what[256];
        say(what, sizeof what, &info->signals[found]);
        return eel_fail(EEL_EFORMAT, "%s: signal %d is no EELS spectrum: %s: %s", path, found,
                        what, c[found].why_not);
    }
    *picked = found;
    return EEL_OK;
}

int eel_pick(eel_image_info *info, const char *path, const eel_candidate *candidates, int count,
             const char *signal)
{
    int picked = 0;

    info->signal_count = count;
    for (int i = 0; i < count; i++)
        describe(&info->signals[i], &candidates[i]);
    int code = signal ? pick_named(info, path, candidates, count, signal, &picked)
                      : pick_best(info, path, candidates, count, &picked);
    if (code != EEL_OK)
        return code;
    info->signal = picked;
    info->axis = candidates[picked].axis;
    info->type = candidates[picked].type;
    snprintf(info->title, sizeof info->title, "%s", candidates[picked].name);
    return EEL_OK;
}

int eel_pick_navigation(eel_image_info *info, const char *path, const eel_candidate *c,
                        int axis_of[EEL_NAV_MAX])
{
    info->nav_count = 0;
    info->pixels = 1;
    for (int i = 0; i < c->dims; i++) {
        int d = c->order[i];
        if (d == c->energy || c->size[d] == 1)
            continue;
        if (info->nav_count == EEL_NAV_MAX)
            return eel_fail(EEL_ELIMIT, "%s: more than %d navigation axes", path, EEL_NAV_MAX);
        if (__builtin_mul_overflow(info->pixels, c->size[d], &info->pixels) ||
            info->pixels > EEL_IMAGE_PIXELS_MAX)
            return eel_fail(EEL_ELIMIT, "%s: more than %llu pixels", path, EEL_IMAGE_PIXELS_MAX);
        axis_of[info->nav_count] = d;
        info->nav[info->nav_count++] = (eel_nav_axis){.size = c->size[d], .scale = 1};
    }
    return EEL_OK;
}

double eel_positive_or_nan(double value)
{
    return value > 0 && isfinite(value) ? value : NAN;
}
