/*
 * result_map - the picture of one element: its map; along a line scan, its profile; for a single
 * spectrum, the surroundings of its edge.
 */
#include "io/figure.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#define MARGIN   28
#define TITLE    64   /* above the map */
#define LEGEND   64   /* below it */
#define LEAST    640  /* width that the legend needs */
#define SIDE     768  /* small images are enlarged to at most this */
#define SIDE_MAX 2048 /* large ones are reduced to this */
#define FONT     18
#define POINTS_SHOWN 100 /* on a line scan with more, points would hide the line */

static void draw_title(eel_picture *picture, const eel_result *result, uint32_t class)
{
    const eel_result_class *c = &result->class[class];
    char edge[32], percent[32];
    eel_text name = {28, EEL_INK, EEL_LEFT, 1, 0}, grey = {FONT, EEL_GREY, EEL_LEFT, 0, 0};

    eel_result_edge(result, class, edge, sizeof edge);
    eel_figure_percent(c->share, percent, sizeof percent);
    eel_picture_text(picture, MARGIN, 46, &name, "%s", edge);
    double x = MARGIN + eel_picture_text_width(picture, &name, edge) + 18;
    if (c->valued > 1)
        eel_picture_text(picture, x, 46, &grey, "in %s of the pixels", percent);
    else
        eel_picture_text(picture, x, 46, &grey, "probability %.3f", c->max);
}

static int draw_image(eel_picture **picture, eel_result *result, uint32_t class)
{
    double side = fmax((double)result->columns, (double)result->rows);
    double box = fmin(fmax(side, SIDE), SIDE_MAX);
    eel_figure_size size = eel_figure_fit(result, box, box, 1);
    int width = size.w > LEAST ? size.w : LEAST;
    int code = eel_picture_new(picture, width + 2 * MARGIN, TITLE + size.h + LEGEND);

    if (code != EEL_OK)
        return code;
    draw_title(*picture, result, class);
    eel_figure_legend(*picture, result, MARGIN, TITLE + size.h + 40, width, FONT, size.per_pixel);
    return eel_figure_map(*picture, result, class, 0, 1, MARGIN + (width - size.w) / 2, TITLE, &size);
}

/* Grey behind the points without a value, up to the next ones that have one. */
static void shade_absent(eel_picture *picture, const eel_plot *plot, const double *x,
                         const double *y, int n)
{
    for (int i = 0; i < n; i++) {
        double from = eel_plot_x(plot, x[i > 0 ? i - 1 : 0]);
        double to = eel_plot_x(plot, x[i + 1 < n ? i + 1 : i]);
        if (isnan(y[i]))
            eel_picture_rect(picture, from, plot->y, to - from, plot->h, EEL_ABSENT_COLOUR);
    }
}

static int draw_profile(eel_picture **picture, eel_result *result, uint32_t class)
{
    int n = eel_figure_line(result);
    double *x = eel_alloc(2 * (size_t)n, sizeof *x), *y = x + n;
    eel_figure_axis axis = eel_figure_line_axis(result);
    int code = x ? eel_picture_new(picture, 960, 540) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_result_plane(result, class, 0);
    if (code == EEL_OK) {
        for (int i = 0; i < n; i++) {
            x[i] = axis.first + i * axis.step;
            y[i] = result->plane[i];
        }
        eel_plot plot = {
            .x = 110, .y = TITLE + 10, .w = 960 - 110 - MARGIN, .h = 540 - TITLE - 10 - 80,
            .font = FONT,
            .across = {.low = x[0] - axis.step / 2, .high = x[n - 1] + axis.step / 2, .label = axis.label},
            .up = {.low = -0.02, .high = 1.05, .label = "Probability"},
        };
        draw_title(*picture, result, class);
        shade_absent(*picture, &plot, x, y, n);
        eel_plot_axes(*picture, &plot);
        eel_plot_area(*picture, &plot, x, y, n, EEL_PALE);
        eel_plot_level(*picture, &plot, result->class[class].threshold, EEL_ORANGE);
        eel_picture_text(*picture, plot.x + plot.w, eel_plot_y(&plot, result->class[class].threshold) - 6,
                         &(eel_text){.size = 14, .colour = EEL_ORANGE, .align = EEL_RIGHT}, "present from %g on ",
                         round(1e6 * (double)result->class[class].threshold) / 1e6);
        eel_plot_curve(*picture, &plot, x, y, n, 2.5, EEL_BLUE);
        if (n <= POINTS_SHOWN)
            eel_plot_points(*picture, &plot, x, y, n, 4, EEL_BLUE);
    }
    eel_free(x);
    return code;
}

static int draw_edge(eel_picture **picture, eel_result *result, uint32_t class)
{
    int code = eel_picture_new(picture, 960, 540);
    double low, high, onset = result->class[class].edge.onset_ev; /* NAN: no element */

    if (code != EEL_OK)
        return code;
    draw_title(*picture, result, class);
    if (!eel_figure_window(result, &low, &high))
        return EEL_OK;
    if (onset + 20 < high && onset - 20 > low) {
        low = fmax(low, onset - 80);
        high = fmin(high, onset + 120);
    }
    eel_plot plot = {
        .x = 110, .y = TITLE + 40, .w = 960 - 110 - MARGIN, .h = 540 - TITLE - 40 - 80,
        .font = FONT, .across = {.low = low, .high = high},
    };
    return eel_figure_spectrum(*picture, result, &plot, (int)class);
}

int eel_result_draw_map(eel_result *result, uint32_t class, const char *path)
{
    eel_picture *picture = NULL;
    int code;

    if (result->planes * result->rows * result->columns == 1)
        code = draw_edge(&picture, result, class);
    else if (eel_figure_line(result))
        code = draw_profile(&picture, result, class);
    else
        code = draw_image(&picture, result, class);
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}
