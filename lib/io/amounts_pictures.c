/*
 * amounts_pictures - atomic per cent as pictures: a map per element, a profile along a line scan,
 * and all of them in one overview.
 */
#include "io/amounts.h"
#include "io/figure.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#define MARGIN 28
#define TITLE  64
#define LEGEND 56
#define KEY    40  /* height of the overview's last line: what a length and what grey means */
#define FONT   18
#define SMALL_FONT 14 /* in the overview */
#define SIDE   640  /* of a map of its own */
#define SMALL  300  /* of one in the overview */
#define ACROSS 4    /* maps in a row of the overview */

static const eel_colour colours[] = {EEL_BLUE, EEL_ORANGE, EEL_GREEN, EEL_PURPLE};

/* The end of the colour scale: round, and at least as high as the highest value. */
static double scale_end(const eel_amounts_element *e)
{
    static const double ends[] = {1, 2, 5, 10, 20, 40, 60, 80};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (e->highest <= ends[i])
            return ends[i];
    }
    return 100;
}

static void draw_title(eel_picture *picture, const eel_amounts_element *e, double x, double y,
                       double size)
{
    eel_text name = {size, EEL_INK, EEL_LEFT, 1, 0}, grey = {0.65 * size, EEL_GREY, EEL_LEFT, 0, 0};
    char words[64];

    snprintf(words, sizeof words, "%s", e->symbol);
    eel_picture_text(picture, x, y, &name, "%s", words);
    x += eel_picture_text_width(picture, &name, words) + size / 2;
    if (isfinite(e->percent))
        eel_picture_text(picture, x, y, &grey, "%.1f ± %.1f at.%%", e->percent, e->percent_error);
    else
        eel_picture_text(picture, x, y, &grey, "not quantified");
}

static void draw_colours(eel_picture *picture, const eel_amounts_element *e, double end, double y, double font)
{
    char high[32];

    snprintf(high, sizeof high, "%g at.%%", scale_end(e));
    eel_figure_colours(picture, end, y, 9 * font, font, "0", high);
}

/* Of a series of pictures the first is shown; quantify.hspy and quantify.tif have them all. */
static int draw_map(eel_picture *picture, eel_amounts *amounts, int e, int x, int y,
                    const eel_figure_size *size)
{
    int code = eel_amounts_plane(amounts, e, EEL_LAYER_PERCENT, 0);

    if (code == EEL_OK)
        eel_picture_map(picture, x, y, size->tile_w, size->tile_h, amounts->layers.plane,
                        amounts->layers.rows, amounts->layers.columns, 0,
                        scale_end(&amounts->elements[e]));
    return code;
}

/* What figure.h asks of a result: one picture, whatever the number of them. */
static eel_result one_picture(const eel_amounts *amounts)
{
    return (eel_result){.about.image = amounts->layers.about.image, .planes = 1,
                        .rows = amounts->layers.rows, .columns = amounts->layers.columns};
}

static void draw_key(eel_picture *picture, const eel_amounts *amounts, double x, double y, double w,
                     const eel_figure_size *size)
{
    eel_result one = one_picture(amounts);
    uint64_t pixels = (uint64_t)amounts->layers.planes * amounts->layers.rows * amounts->layers.columns;

    eel_figure_key(picture, &one, amounts->complete < pixels, x, y, w, FONT, size->per_pixel);
}

static eel_figure_size fit_one(const eel_amounts *amounts, double side)
{
    eel_result one = one_picture(amounts);
    return eel_figure_fit(&one, side, side, 1);
}

static int is_image(const eel_amounts *amounts)
{
    return amounts->layers.rows > 1 && amounts->layers.columns > 1;
}

/* ---- line scans and single spectra: all elements in one plot ---- */

/* Per cent with their standard errors, of each point of a line. y, error (n): room. */
static int draw_profile(eel_picture *picture, eel_amounts *amounts, int e, const eel_plot *plot,
                        const double *x, double *y, double *error, int n)
{
    eel_colour colour = colours[e % 4];
    int code = eel_amounts_plane(amounts, e, EEL_LAYER_PERCENT_ERROR, 0);

    for (int i = 0; i < n; i++)
        error[i] = amounts->layers.plane[i];
    if (code == EEL_OK)
        code = eel_amounts_plane(amounts, e, EEL_LAYER_PERCENT, 0);
    for (int i = 0; i < n; i++) {
        y[i] = amounts->layers.plane[i];
        eel_plot_curve(picture, plot, (double[]){x[i], x[i]}, (double[]){y[i] - error[i], y[i] + error[i]}, 2, 1.5,
                       colour);
    }
    eel_plot_curve(picture, plot, x, y, n, 2.5, colour);
    if (n <= 100)
        eel_plot_points(picture, plot, x, y, n, 4, colour);
    return code;
}

/* A line has its elements in a legend, a single spectrum side by side with their names below. */
static int draw_profiles(eel_picture *picture, eel_amounts *amounts, int only, const eel_plot *frame)
{
    int n = (int)(amounts->layers.rows * amounts->layers.columns), row = 0, code = EEL_OK;
    double *x = eel_alloc(3 * (size_t)n, sizeof *x), *y = x + n;
    eel_result one = one_picture(amounts);
    eel_plot plot = *frame;
    eel_figure_axis axis;

    if (!x)
        return EEL_ENOMEM;
    if (n > 1) {
        axis = eel_figure_line_axis(&one);
        for (int i = 0; i < n; i++)
            x[i] = axis.first + i * axis.step;
        plot.across = (eel_plot_axis){.low = x[0] - axis.step / 2, .high = x[n - 1] + axis.step / 2, .label = axis.label};
    } else {
        plot.across = (eel_plot_axis){.low = 0, .high = only < 0 ? fmax(amounts->count, 1) : 1, .plain = 1};
    }
    plot.up = (eel_plot_axis){.low = -2, .high = 102, .label = "Atomic per cent"};
    eel_plot_axes(picture, &plot);
    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        const eel_amounts_element *element = &amounts->elements[e];
        if (only >= 0 && e != only)
            continue;
        if (n == 1) {
            x[0] = row++ + 0.5;
            eel_picture_text(picture, eel_plot_x(&plot, x[0]), plot.y + plot.h + 1.5 * FONT,
                             &(eel_text){.size = FONT, .colour = EEL_INK, .align = EEL_CENTRE}, "%s", element->symbol);
            eel_picture_text(picture, eel_plot_x(&plot, x[0]), plot.y + plot.h + 3 * FONT,
                             &(eel_text){.size = FONT, .colour = EEL_GREY, .align = EEL_CENTRE},
                             isfinite(element->percent) ? "%.1f ± %.1f" : "not quantified", element->percent,
                             element->percent_error);
        } else {
            eel_plot_legend(picture, &plot, row++, element->symbol, colours[e % 4]);
        }
        code = draw_profile(picture, amounts, e, &plot, x, y, y + n, n);
    }
    eel_free(x);
    return code;
}

static int draw_line(eel_amounts *amounts, int only, const char *path)
{
    eel_picture *picture = NULL;
    int code = eel_picture_new(&picture, 960, 540);
    eel_plot plot = {.x = 110, .y = TITLE + 10, .w = 960 - 110 - MARGIN, .h = 540 - TITLE - 90,
                     .font = FONT};

    if (code == EEL_OK && only >= 0)
        draw_title(picture, &amounts->elements[only], MARGIN, 46, 28);
    else if (code == EEL_OK)
        eel_picture_text(picture, MARGIN, 46, &(eel_text){.size = 28, .colour = EEL_INK, .bold = 1},
                         "Atomic per cent");
    if (code == EEL_OK)
        code = draw_profiles(picture, amounts, only, &plot);
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

/* ---- maps ---- */

int eel_amounts_draw_element(eel_amounts *amounts, int element, const char *path)
{
    const eel_amounts_element *e = &amounts->elements[element];
    eel_picture *picture = NULL;

    if (!is_image(amounts))
        return draw_line(amounts, element, path);
    eel_figure_size size = fit_one(amounts, SIDE);
    int width = size.tile_w > SIDE ? size.tile_w : SIDE;
    int code = eel_picture_new(&picture, width + 2 * MARGIN, TITLE + size.tile_h + LEGEND);
    if (code == EEL_OK) {
        draw_title(picture, e, MARGIN, 46, 28);
        draw_key(picture, amounts, MARGIN, TITLE + size.tile_h + 36, width, &size);
        draw_colours(picture, e, MARGIN + width, TITLE + size.tile_h + 36, FONT);
        code = draw_map(picture, amounts, element, MARGIN + (width - size.tile_w) / 2, TITLE, &size);
    }
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

int eel_amounts_draw_overview(eel_amounts *amounts, const char *path)
{
    eel_picture *picture = NULL;

    if (!is_image(amounts))
        return draw_line(amounts, -1, path);
    eel_figure_size size = fit_one(amounts, SMALL);
    int across = amounts->count < ACROSS ? amounts->count : ACROSS;
    int down = (amounts->count + across - 1) / across;
    int cell_w = (size.tile_w > SMALL ? size.tile_w : SMALL) + MARGIN;
    int cell_h = TITLE + size.tile_h + LEGEND;
    int width = MARGIN + across * cell_w, code = eel_picture_new(&picture, width, down * cell_h + KEY);

    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        int x = MARGIN + e % across * cell_w, y = e / across * cell_h;
        draw_title(picture, &amounts->elements[e], x, y + 44, 24);
        draw_colours(picture, &amounts->elements[e], x + cell_w - MARGIN, y + TITLE + size.tile_h + 30, SMALL_FONT);
        code = draw_map(picture, amounts, e, x, y + TITLE, &size);
    }
    if (code == EEL_OK)
        draw_key(picture, amounts, MARGIN, down * cell_h + 16, width - 2 * MARGIN, &size);
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}
