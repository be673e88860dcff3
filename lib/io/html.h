/*
 * html - the pieces of a page that is one file: escaped text, pictures inside it, plots.
 *
 * A plot is a frame whose curves are stretched with it (SVG) and whose numbers and names are text of
 * the page, placed by percentages: it fits a phone and a wide screen, follows the page's colours in
 * light and dark, and prints sharply. Curves are given a CSS colour.
 *
 *     eel_html_plot plot = {.across = {.low = 90, .high = 1000}, .up = {.low = 0, .high = 2},
 *                           .label = "Energy loss (eV)", .title = "Mean spectrum"};
 *     eel_html_plot_begin(out, &plot);
 *     eel_html_plot_curve(out, &plot, ev, counts, n, "#3b7dd8");
 *     eel_html_plot_end(out, &plot, marks, count);
 *
 * Writing is to a FILE; whoever closes it looks for its error.
 */
#ifndef EEL_IO_HTML_H
#define EEL_IO_HTML_H

#include <stdio.h>
#include "io/picture.h"
#include "io/plot.h"

/* Text as text: markup and what is no UTF-8 are made harmless. */
void eel_html_text(FILE *out, const char *text);

/* <img> with the picture in it. `words`: what it shows, for who cannot see it. EEL_ENOMEM. */
int eel_html_picture(FILE *out, eel_picture *picture, const char *words);

typedef struct {
    eel_plot_axis across, up;
    const char *title; /* for who cannot see it */
    int flat;          /* low, for several below each other */
} eel_html_plot;

typedef struct {
    const char *name; /* stands above its line */
    double at;
} eel_html_mark;

void eel_html_plot_begin(FILE *out, const eel_html_plot *plot);

/* A line through n points, NAN leaves a gap; more points than show are averaged. */
void eel_html_plot_curve(FILE *out, const eel_html_plot *plot, const double *x, const double *y,
                         int n, const char *colour);

/* A horizontal line, dashed. */
void eel_html_plot_level(FILE *out, const eel_html_plot *plot, double y);

/* Vertical lines with their names, ascending, and the end of the plot. */
void eel_html_plot_end(FILE *out, const eel_html_plot *plot, const eel_html_mark *marks, int count);

#endif
