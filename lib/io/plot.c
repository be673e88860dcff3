#include "io/plot.h"
#include "base/mem.h"
#include "base/sorted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPIKE 10 /* times what nine channels in ten range over; white lines of measured spectra stay below 9 */

static eel_plot_axis airy(double low, double high, const char *label)
{
    if (!(low <= high))
        low = 0, high = 1;
    double air = high > low ? 0.06 * (high - low) : fmax(fabs(high), 1) / 2;
    return (eel_plot_axis){.low = low - air, .high = high + air, .label = label};
}

eel_plot_axis eel_plot_range(const double *values, int n, const char *label)
{
    double low = INFINITY, high = -INFINITY;

    for (int i = 0; i < n; i++) {
        low = isfinite(values[i]) ? fmin(low, values[i]) : low;
        high = isfinite(values[i]) ? fmax(high, values[i]) : high;
    }
    return airy(low, high, label);
}

eel_plot_axis eel_plot_range_of_spectrum(const double *values, int n, const char *label)
{
    double *sorted = eel_alloc((size_t)n + 1, sizeof *sorted);
    int first = 0, last = -1;

    for (int i = 0; sorted && i < n; i++) {
        if (isfinite(values[i]))
            sorted[++last] = values[i];
    }
    if (last < 0) {
        eel_free(sorted);
        return eel_plot_range(values, n, label);
    }
    eel_sort(sorted, (size_t)last + 1);
    int aside = last / 20;
    double low = sorted[aside], high = sorted[last - aside], reach = high > low ? SPIKE * (high - low) : INFINITY;
    while (sorted[first] < low - reach)
        first++;
    while (sorted[last] > high + reach)
        last--;
    eel_plot_axis axis = airy(sorted[first], sorted[last], label);
    eel_free(sorted);
    return axis;
}

static double place(const eel_plot_axis *axis, double value)
{
    if (!axis->log)
        return (value - axis->low) / (axis->high - axis->low);
    return value > 0 ? log(value / axis->low) / log(axis->high / axis->low) : NAN;
}

double eel_plot_x(const eel_plot *plot, double x)
{
    return plot->x + plot->w * place(&plot->across, x);
}

double eel_plot_y(const eel_plot *plot, double y)
{
    return plot->y + plot->h * (1 - place(&plot->up, y));
}

/* ---- axes ---- */

/* The power of ten times 1, 2 or 5 that cuts the axis into about `wanted` pieces. */
static double tick_step(const eel_plot_axis *axis, int wanted)
{
    double rough = fabs(axis->high - axis->low) / wanted, power = pow(10, floor(log10(rough)));
    double lead = rough / power;

    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

int eel_plot_ticks(const eel_plot_axis *axis, int wanted, double ticks[EEL_PLOT_TICKS_MAX])
{
    int n = 0;

    if (axis->plain || !(fabs(axis->high - axis->low) > 0))
        return 0;
    if (axis->log) {
        double decades = log10(axis->high / axis->low), step = ceil(decades / EEL_PLOT_TICKS_MAX);
        for (double p = ceil(log10(axis->low) - 1e-9);
             n < EEL_PLOT_TICKS_MAX && pow(10, p) <= axis->high * 1.000001; p += step)
            ticks[n++] = pow(10, p);
        return n;
    }
    double step = tick_step(axis, wanted), low = fmin(axis->low, axis->high), high = fmax(axis->low, axis->high);
    for (double i = ceil(low / step - 1e-6); n < EEL_PLOT_TICKS_MAX && i * step <= high + 1e-6 * step; i++)
        ticks[n++] = i * step;
    return n;
}

/* Six digits are enough but far from the origin, as stages have it. */
void eel_plot_number(char words[EEL_PLOT_NUMBER_BYTES], const double *ticks, int n, int i)
{
    double furthest = n > 1 ? fmax(fabs(ticks[0]), fabs(ticks[n - 1])) / fabs(ticks[1] - ticks[0]) : 0;
    int digits = furthest > 1e4 ? (int)fmin(ceil(log10(furthest)) + 2, 15) : 6;

    snprintf(words, EEL_PLOT_NUMBER_BYTES, "%.*g", digits, ticks[i] == 0 ? 0.0 : ticks[i]);
}

static void write_number(char words[EEL_PLOT_NUMBER_BYTES], const eel_plot_axis *axis, const double *ticks, int n,
                         int i)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const size_t size = EEL_PLOT_NUMBER_BYTES;
    double value = ticks[i];

    if (axis->log && (value >= 1e4 || value < 1e-3)) {
        int power = (int)lround(log10(value));
        int used = snprintf(words, size, "10%s", power < 0 ? "⁻" : "");
        if (abs(power) >= 10)
            used += snprintf(words + used, size - (size_t)used, "%s", digits[abs(power) / 10 % 10]);
        snprintf(words + used, size - (size_t)used, "%s", digits[abs(power) % 10]);
    } else if (axis->log) {
        snprintf(words, size, "%.6g", value);
    } else {
        eel_plot_number(words, ticks, n, i);
    }
}

static void axis_across(eel_picture *picture, const eel_plot *plot)
{
    double ticks[EEL_PLOT_TICKS_MAX];
    int n = eel_plot_ticks(&plot->across, (int)fmin(fmax(2, plot->w / (6 * plot->font)), 12), ticks);
    double bottom = plot->y + plot->h;
    char words[EEL_PLOT_NUMBER_BYTES];

    for (int i = 0; i < n; i++) {
        double x = floor(eel_plot_x(plot, ticks[i])) + 0.5;
        eel_picture_line(picture, x, plot->y, x, bottom, 1, EEL_FAINT);
        eel_picture_line(picture, x, bottom, x, bottom + plot->font * 0.4, 1, EEL_INK);
        write_number(words, &plot->across, ticks, n, i);
        eel_picture_text(picture, x, bottom + plot->font * 1.5,
                         &(eel_text){plot->font, EEL_INK, EEL_CENTRE, 0, 0}, "%s", words);
    }
    if (plot->across.label)
        eel_picture_text(picture, plot->x + plot->w / 2, bottom + plot->font * 3.1,
                         &(eel_text){plot->font * 1.1, EEL_INK, EEL_CENTRE, 0, 0}, "%s",
                         plot->across.label);
}

static void axis_up(eel_picture *picture, const eel_plot *plot)
{
    double ticks[EEL_PLOT_TICKS_MAX], widest = 0;
    int n = eel_plot_ticks(&plot->up, (int)fmin(fmax(2, plot->h / (3.2 * plot->font)), 12), ticks);
    char words[EEL_PLOT_NUMBER_BYTES];

    for (int i = 0; i < n; i++) {
        double y = floor(eel_plot_y(plot, ticks[i])) + 0.5;
        eel_text text = {plot->font, EEL_INK, EEL_RIGHT, 0, 0};
        eel_picture_line(picture, plot->x, y, plot->x + plot->w, y, 1, EEL_FAINT);
        eel_picture_line(picture, plot->x - plot->font * 0.4, y, plot->x, y, 1, EEL_INK);
        write_number(words, &plot->up, ticks, n, i);
        eel_picture_text(picture, plot->x - plot->font * 0.6, y + plot->font * 0.36, &text, "%s",
                         words);
        widest = fmax(widest, eel_picture_text_width(picture, &text, words));
    }
    if (plot->up.label)
        eel_picture_text(picture, plot->x - widest - plot->font * 1.3, plot->y + plot->h / 2,
                         &(eel_text){plot->font * 1.1, EEL_INK, EEL_CENTRE, 0, 1}, "%s",
                         plot->up.label);
}

void eel_plot_axes(eel_picture *picture, const eel_plot *plot)
{
    axis_across(picture, plot);
    axis_up(picture, plot);
    eel_plot_frame(picture, plot);
}

void eel_plot_frame(eel_picture *picture, const eel_plot *plot)
{
    eel_picture_frame(picture, floor(plot->x) + 0.5, floor(plot->y) + 0.5, floor(plot->w),
                      floor(plot->h), 1, EEL_INK);
}

/* ---- data ---- */

/* Where the points lie in the picture: n across, then n up. Lets drawing show only in the plot. */
static double *begin_data(eel_picture *picture, const eel_plot *plot, const double *x,
                          const double *y, int n)
{
    double *places = eel_alloc(2 * (size_t)n, sizeof *places);

    for (int i = 0; places && i < n; i++) {
        places[i] = eel_plot_x(plot, x[i]);
        places[n + i] = eel_plot_y(plot, y[i]);
    }
    if (places)
        eel_picture_clip(picture, plot->x, plot->y, plot->w, plot->h);
    return places;
}

static void end_data(eel_picture *picture, double *places)
{
    eel_picture_unclip(picture);
    eel_free(places);
}

void eel_plot_curve(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                    int n, double width, eel_colour colour)
{
    double *places = begin_data(picture, plot, x, y, n);

    if (!places)
        return;
    eel_picture_curve(picture, places, places + n, n, width, colour);
    end_data(picture, places);
}

void eel_plot_points(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                     int n, double radius, eel_colour colour)
{
    double *places = begin_data(picture, plot, x, y, n);

    if (!places)
        return;
    for (int i = 0; i < n; i++) {
        if (!isnan(places[i]) && !isnan(places[n + i]))
            eel_picture_dot(picture, places[i], places[n + i], radius, colour);
    }
    end_data(picture, places);
}

void eel_plot_area(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                   int n, eel_colour colour)
{
    double *places = begin_data(picture, plot, x, y, n);

    if (!places)
        return;
    eel_picture_fill(picture, places, places + n, n, plot->y + plot->h, colour);
    end_data(picture, places);
}

void eel_plot_level(eel_picture *picture, const eel_plot *plot, double y, eel_colour colour)
{
    double at = floor(eel_plot_y(plot, y)) + 0.5;

    eel_picture_line(picture, plot->x, at, plot->x + plot->w, at, 1, colour);
}

void eel_plot_mark(eel_picture *picture, const eel_plot *plot, double x, eel_colour colour)
{
    double at = floor(eel_plot_x(plot, x)) + 0.5;

    eel_picture_line(picture, at, plot->y, at, plot->y + plot->h, 1.5, colour);
}

void eel_plot_legend(eel_picture *picture, const eel_plot *plot, int row, const char *name,
                     eel_colour colour)
{
    double right = plot->x + plot->w - plot->font, y = plot->y + plot->font * (1.8 + 1.5 * row);
    eel_text text = {plot->font, EEL_INK, EEL_RIGHT, 0, 0};
    double left = right - eel_picture_text_width(picture, &text, name) - plot->font / 2;

    eel_picture_text(picture, right, y, &text, "%s", name);
    eel_picture_line(picture, left - 2 * plot->font, y - plot->font * 0.35, left,
                     y - plot->font * 0.35, 3, colour);
}
