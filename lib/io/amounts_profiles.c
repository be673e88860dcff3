/*
 * amounts_profiles - atomic per cent along a line scan, with a legend beside the plot; those of a single spectrum side
 * by side.
 */
#include "io/amounts_pictures.h"
#include "io/figure.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#define WIDTH  960
#define HEIGHT 540
#define MARGIN 28
#define TITLE  64
#define FONT   18
#define ROWS   13 /* of the legend, then another column of it begins */
#define POINTS_SHOWN 100 /* with more, points would hide the line */

static const eel_colour colours[] = {EEL_BLUE, EEL_ORANGE, EEL_GREEN, EEL_PURPLE,
                                     EEL_PINK, EEL_TEAL,   EEL_GOLD,  EEL_BROWN};

static eel_colour colour_of(int element)
{
    return colours[(size_t)element % (sizeof colours / sizeof *colours)];
}

/* ---- the numbers ---- */

/* Places, per cent as they are drawn, and standard errors: (n), NAN where there is none. */
typedef struct {
    int n;
    double *x, *y, *error;
    float *shown; /* scratch */
} profile;

static void free_profile(profile *p)
{
    eel_free(p->x);
    eel_free(p->shown);
}

static int make_profile(profile *p, const eel_amounts *amounts)
{
    size_t n = amounts->layers.rows * amounts->layers.columns;
    eel_figure_axis axis = n > 1 ? eel_figure_line_axis(&amounts->layers) : (eel_figure_axis){.first = 0.5};

    *p = (profile){.n = (int)n, .x = eel_alloc(3 * n, sizeof *p->x), .shown = eel_alloc(n, sizeof *p->shown)};
    if (!p->x || !p->shown) {
        free_profile(p);
        return EEL_ENOMEM;
    }
    p->y = p->x + n;
    p->error = p->y + n;
    for (size_t i = 0; i < n; i++)
        p->x[i] = axis.first + (double)i * axis.step;
    return EEL_OK;
}

static int take_element(profile *p, eel_amounts *amounts, int element)
{
    int code = eel_amounts_shown(amounts, element, 0, p->shown);

    if (code == EEL_OK)
        code = eel_amounts_plane(amounts, element, EEL_LAYER_PERCENT_ERROR, 0);
    for (int i = 0; code == EEL_OK && i < p->n; i++) {
        p->y[i] = p->shown[i];
        p->error[i] = amounts->layers.plane[i];
    }
    return code;
}

/* The axis that holds 0, all values and their error bars. */
static int fit_axis(profile *p, eel_amounts *amounts, int only, eel_plot_axis *axis)
{
    double ends[2] = {0, 0};
    int code = EEL_OK;

    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        if (only >= 0 && e != only)
            continue;
        code = take_element(p, amounts, e);
        for (int i = 0; code == EEL_OK && i < p->n; i++) {
            double error = isnan(p->error[i]) ? 0 : p->error[i];
            ends[0] = fmin(ends[0], p->y[i] - error);
            ends[1] = fmax(ends[1], p->y[i] + error);
        }
    }
    if (!(ends[1] > ends[0]))
        ends[1] = 1;
    *axis = eel_plot_range(ends, 2, "Atomic per cent");
    return code;
}

/* ---- drawing ---- */

/* Grey behind the points without a number; on whole pixels, so that neighbours have no seam. */
static void shade_absent(eel_picture *picture, const eel_plot *plot, const profile *p)
{
    double half = plot->w / p->n / 2;

    for (int i = 0; i < p->n; i++) {
        double x = eel_plot_x(plot, p->x[i]), from = floor(x - half), to = floor(x + half);
        if (isnan(p->y[i]))
            eel_picture_rect(picture, from, plot->y, to - from, plot->h, EEL_ABSENT_COLOUR);
    }
}

static void draw_profile(eel_picture *picture, const eel_plot *plot, const profile *p, eel_colour colour)
{
    for (int i = 0; i < p->n; i++)
        eel_plot_curve(picture, plot, (double[]){p->x[i], p->x[i]},
                       (double[]){p->y[i] - p->error[i], p->y[i] + p->error[i]}, 2, 1.5, colour);
    eel_plot_curve(picture, plot, p->x, p->y, p->n, 2.5, colour);
    if (p->n <= POINTS_SHOWN)
        eel_plot_points(picture, plot, p->x, p->y, p->n, 4, colour);
}

/* Beside the plot, where no data are. */
static void draw_legend(eel_picture *picture, const eel_plot *plot, int element, const char *name, double column_w)
{
    double x = plot->x + plot->w + FONT + element / ROWS * column_w, y = plot->y + FONT * (1 + 1.5 * (element % ROWS));

    eel_picture_line(picture, x, y - FONT * 0.35, x + 1.5 * FONT, y - FONT * 0.35, 3, colour_of(element));
    eel_picture_text(picture, x + 2 * FONT, y, &(eel_text){.size = FONT, .colour = EEL_INK}, "%s", name);
}

/* Below the bars of a single spectrum: whose it is. */
static void draw_name(eel_picture *picture, const eel_plot *plot, const eel_amounts_element *e, double at)
{
    eel_text ink = {.size = FONT, .colour = EEL_INK, .align = EEL_CENTRE}, grey = ink;
    double x = eel_plot_x(plot, at), y = plot->y + plot->h;

    grey.colour = EEL_GREY;
    eel_picture_text(picture, x, y + 1.5 * FONT, &ink, "%s", e->symbol);
    eel_picture_text(picture, x, y + 3 * FONT, &grey,
                     isfinite(e->percent) ? "%.1f ± %.1f" : "no number", e->percent, e->percent_error);
}

/* A line has its elements in a legend, a single spectrum side by side with their names below. */
static int draw_elements(eel_picture *picture, eel_amounts *amounts, profile *p, int only, const eel_plot *plot,
                         double column_w)
{
    int code = EEL_OK;

    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        if (only >= 0 && e != only)
            continue;
        code = take_element(p, amounts, e);
        if (p->n == 1)
            draw_name(picture, plot, &amounts->elements[e], p->x[0] = only < 0 ? e + 0.5 : 0.5);
        else if (only < 0)
            draw_legend(picture, plot, e, amounts->elements[e].symbol, column_w);
        if (code == EEL_OK)
            draw_profile(picture, plot, p, colour_of(e));
    }
    return code;
}

static eel_plot_axis axis_across(const eel_amounts *amounts, const profile *p, int only, char *label, size_t size)
{
    if (p->n == 1)
        return (eel_plot_axis){.low = 0, .high = only < 0 ? fmax(amounts->count, 1) : 1, .plain = 1};
    eel_figure_axis axis = eel_figure_line_axis(&amounts->layers);
    snprintf(label, size, "%s", axis.label);
    return (eel_plot_axis){.low = p->x[0] - axis.step / 2, .high = p->x[p->n - 1] + axis.step / 2, .label = label};
}

/* What the plot does not say itself. */
static void list_words(const eel_amounts *amounts, int only, char *words, size_t size)
{
    uint64_t pixels = amounts->layers.rows * amounts->layers.columns;
    int absent = 0, not_found = 0;

    for (int i = 0; i < amounts->count; i++) {
        const eel_amounts_element *e = &amounts->elements[i];
        if (only >= 0 && i != only)
            continue;
        not_found |= e->states[EEL_AMOUNT_NOT_FOUND] > 0;
        absent |= e->numbers + e->states[EEL_AMOUNT_NOT_FOUND] < pixels;
    }
    snprintf(words, size, "bars: standard error%s%s%s", absent && only >= 0 ? "   ·   grey: no number" : "",
             absent && only < 0 ? "   ·   gaps: no number" : "", not_found ? "   ·   not found = 0" : "");
}

static void draw_titles(eel_picture *picture, const eel_amounts *amounts, int only)
{
    eel_text grey = {.size = FONT, .colour = EEL_GREY}, right = {.size = 14, .colour = EEL_GREY, .align = EEL_RIGHT};
    char few[64], words[128];

    list_words(amounts, only, words, sizeof words);
    if (only < 0) {
        eel_picture_text(picture, MARGIN, 46, &(eel_text){.size = 28, .colour = EEL_INK, .bold = 1}, "Atomic per cent");
    } else {
        double end = eel_amounts_title(picture, &amounts->elements[only], MARGIN, 46, 28);
        if (eel_amounts_few(amounts, only, few, sizeof few))
            eel_picture_text(picture, end + FONT / 2.0, 46, &grey, "(%s)", few);
    }
    eel_picture_text(picture, WIDTH - MARGIN, 46, &right, "%s", words);
}

static int draw_plot(eel_picture *picture, eel_amounts *amounts, int only)
{
    eel_plot plot = {.x = 110, .y = TITLE + 10, .w = WIDTH - 110 - MARGIN, .h = HEIGHT - TITLE - 90, .font = FONT};
    double column_w = 4.5 * FONT;
    char label[80] = "";
    profile p;
    int code = make_profile(&p, amounts);

    if (code != EEL_OK)
        return code;
    if (p.n > 1 && only < 0) /* room for the legend */
        plot.w -= column_w * ((amounts->count + ROWS - 1) / ROWS);
    plot.across = axis_across(amounts, &p, only, label, sizeof label);
    code = fit_axis(&p, amounts, only, &plot.up);
    if (code == EEL_OK) {
        if (only >= 0) /* of which it holds the numbers now */
            shade_absent(picture, &plot, &p);
        eel_plot_axes(picture, &plot);
        eel_plot_level(picture, &plot, 0, EEL_GREY);
        code = draw_elements(picture, amounts, &p, only, &plot, column_w);
    }
    free_profile(&p);
    return code;
}

int eel_amounts_draw_plot(eel_amounts *amounts, int only, const char *path)
{
    eel_picture *picture = NULL;
    int code = eel_picture_new(&picture, WIDTH, HEIGHT);

    if (code != EEL_OK)
        return code;
    draw_titles(picture, amounts, only);
    code = draw_plot(picture, amounts, only);
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}
