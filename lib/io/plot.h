/*
 * plot - axes with ticks, curves, points and marks on a picture.
 *
 *     eel_plot plot = {
 *         .x = 80, .y = 20, .w = 600, .h = 400, .font = 16,
 *         .across = {.low = 90, .high = 1000, .label = "Energy loss (eV)"},
 *         .up = eel_plot_range(counts, n, "Counts"),
 *     };
 *     eel_plot_axes(picture, &plot);
 *     eel_plot_curve(picture, &plot, ev, counts, n, 2, EEL_BLUE);
 *
 * The rectangle is that of the data; ticks and labels need about 5 font sizes to the left of it and
 * 3.5 below. Curves are cut at the rectangle.
 */
#ifndef EEL_IO_PLOT_H
#define EEL_IO_PLOT_H

#include "io/picture.h"

#define EEL_PLOT_TICKS_MAX 24

typedef struct {
    double low, high; /* low < high; across, the other way round, values fall to the right */
    int log;          /* decades; low > 0 */
    int plain;        /* no ticks and numbers: arbitrary units */
    const char *label; /* "Energy loss (eV)", or NULL */
} eel_plot_axis;

typedef struct {
    double x, y, w, h; /* where the data go, pixels */
    double font;       /* size of the numbers, pixels */
    eel_plot_axis across, up;
} eel_plot;

/* The axis that holds all values, NAN and infinite ones aside, with a little air above and below. Of a
 * spectrum: all but cosmic rays and hot channels, beside which nothing else would be seen. */
eel_plot_axis eel_plot_range(const double *values, int n, const char *label);
eel_plot_axis eel_plot_range_of_spectrum(const double *values, int n, const char *label);

/* Round numbers within [low, high], about `wanted` of them. Returns how many. */
int eel_plot_ticks(const eel_plot_axis *axis, int wanted, double ticks[EEL_PLOT_TICKS_MAX]);

/* The number at one of n ticks, with the digits that tell it from its neighbours. */
#define EEL_PLOT_NUMBER_BYTES 32
void eel_plot_number(char words[EEL_PLOT_NUMBER_BYTES], const double *ticks, int n, int i);

/* Frame, grid, ticks with numbers, labels. */
void eel_plot_axes(eel_picture *picture, const eel_plot *plot);

/* The frame once more, where what was drawn covers it. */
void eel_plot_frame(eel_picture *picture, const eel_plot *plot);

void eel_plot_curve(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                    int n, double width, eel_colour colour);
void eel_plot_points(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                     int n, double radius, eel_colour colour);

/* Fills between the curve and the lower axis. */
void eel_plot_area(eel_picture *picture, const eel_plot *plot, const double *x, const double *y,
                   int n, eel_colour colour);

/* A horizontal line (a threshold) or a vertical one (an edge) through the plot. */
void eel_plot_level(eel_picture *picture, const eel_plot *plot, double y, eel_colour colour);
void eel_plot_mark(eel_picture *picture, const eel_plot *plot, double x, eel_colour colour);

/* Line `row` of a legend in the upper right corner. */
void eel_plot_legend(eel_picture *picture, const eel_plot *plot, int row, const char *name,
                     eel_colour colour);

/* Where a value lies in the picture. */
double eel_plot_x(const eel_plot *plot, double x);
double eel_plot_y(const eel_plot *plot, double y);

#endif
