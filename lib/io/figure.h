/*
 * figure - the parts that the pictures of a result are made of; private to the result_….c that draw.
 */
#ifndef EEL_IO_FIGURE_H
#define EEL_IO_FIGURE_H

#include "io/picture.h"
#include "io/plot.h"
#include "io/result.h"

/* "43 %", "0.4 %", "< 0.1 %", "99.8 %", "> 99.9 %": neither nothing nor all where it is not. */
void eel_figure_percent(double share, char *words, int size);

/* Largest size of one map, (w, h) at most, with the pixels' true proportions. `whole`: an image
 * that is enlarged is enlarged by a whole number. Very thin images are widened so that they show. */
typedef struct {
    int w, h;               /* of the whole map */
    int tiles_across, tiles_down, tile_w, tile_h; /* pictures, when there are several */
    double per_pixel;       /* width of an image pixel in the picture; 0 when it was widened */
} eel_figure_size;

eel_figure_size eel_figure_fit(const eel_result *result, double w, double h, int whole);

/* Which picture of a series tile `t` of its map shows, and where from the map's upper left corner; 0 behind the last
 * tile. */
int eel_figure_tile(const eel_result *result, const eel_figure_size *size, uint64_t t, uint64_t *plane, int *x, int *y);

/* The map of a column of the store, from `low` to `high`, with its upper left corner at (x, y). */
int eel_figure_map(eel_picture *picture, eel_result *result, uint32_t column, double low, double high,
                   int x, int y, const eel_figure_size *size);

/* A round length of at most `most` pixels along an axis: how many pixels it has, and "20 nm". 0 when
 * the pixel size is not known. */
int eel_figure_scale_bar(const eel_nav_axis *axis, double most, double *pixels, char *words,
                         size_t size);

/* Scale bar, and what grey means where pixels are `absent`, from x on in a line of width w; `per_pixel` 0 for no scale
 * bar. Returns where the scale bar ends, x without one. */
double eel_figure_key(eel_picture *picture, const eel_result *result, int absent, double x, double y, double w,
                    double font, double per_pixel);

/* A colour bar of width w with words at its ends; all of it ends at `end`. Returns where the bar itself ends. */
double eel_figure_colours(eel_picture *picture, double end, double y, double w, double font, const char *low,
                        const char *high);

/* Both in one line from x to x + w, for probabilities. */
void eel_figure_legend(eel_picture *picture, const eel_result *result, double x, double y,
                       double w, double font, double per_pixel);

/* The mean spectrum between two energies with its power law divided out, and the found edges; with
 * `class` >= 0 only that edge, and the power law is the one before it. The plot's place, font and
 * range of energies are given. */
int eel_figure_spectrum(eel_picture *picture, const eel_result *result, eel_plot *plot, int class);

/* The part of a spectrum between two energies over its power law, fitted up to fit_end_ev, or to all where there is too
 * little; *exponent: its r. Where nothing can be fitted it stays counts, and *exponent is NAN. Returns how many points;
 * ev and ratio have room for all channels of counts (axis->n). */
int eel_figure_ratio(const double *counts, const eel_axis *axis, double low_ev, double high_ev, double fit_end_ev,
                     double *ev, double *ratio, double *exponent);

/* The energies between which the mean spectrum is known; 0 when it is not. */
int eel_figure_window(const eel_result *result, double *low_ev, double *high_ev);

/* Points of a line scan (whichever of its axes runs along it), 0 when the result is none. */
int eel_figure_line(const eel_result *result);

/* Its axis, with the file's own values. Lengths are in the unit that reads best, "Distance (nm)"; time, temperature …
 * in the file's, "Time (s)"; without a unit points are counted, "Pixel". */
typedef struct {
    double first, step; /* of point i: first + i step; step < 0 of a scan that ran backwards */
    char label[80];
} eel_figure_axis;

eel_figure_axis eel_figure_line_axis(const eel_result *result);

#endif
