#include "io/figure.h"
#include "base/err.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define THIN      28   /* pixels: narrower maps are widened */
#define POINTS_MAX  100000 /* points of a line scan that is drawn as one */
#define TILES_MAX 400  /* pictures shown of a series; more are thinned out evenly */
#define TILE_GAP  3
#define NAMES_LONG 12 /* edges whose names fit with their shell */
#define PRE_EDGE_EV 5 /* a fit ends that far before an onset: edges are not sharp */

void eel_figure_percent(double share, char *words, int size)
{
    if (share > 0 && share < 0.001)
        snprintf(words, (size_t)size, "< 0.1 %%");
    else if (share > 0.999 && share < 1)
        snprintf(words, (size_t)size, "> 99.9 %%");
    else
        snprintf(words, (size_t)size, share < 0.0995 || (share >= 0.995 && share < 1) ? "%.1f %%" : "%.0f %%", 100 * share);
}

/* ---- maps ---- */

static const eel_nav_axis *axis_x(const eel_result *result)
{
    const eel_image_info *image = &result->about.image;
    return image->nav_count > 0 ? &image->nav[image->nav_count - 1] : NULL;
}

/* Height of an image pixel over its width. */
static double aspect(const eel_result *result)
{
    const eel_nav_axis *x = axis_x(result), *y = x ? x - 1 : NULL;

    if (result->about.image.nav_count < 2 || strcmp(x->units, y->units) != 0 ||
        !(fabs(x->scale) > 0) || !(fabs(y->scale) > 0))
        return 1;
    return fmin(fmax(fabs(y->scale / x->scale), 0.125), 8); /* a scan may run backwards */
}

static int widened(uint64_t pixels, double length, int least)
{
    if (length >= least)
        return (int)lround(length);
    return (int)(pixels * (((uint64_t)least + pixels - 1) / pixels));
}

eel_figure_size eel_figure_fit(const eel_result *result, double w, double h, int whole)
{
    eel_figure_size size;
    uint64_t tiles = result->planes < TILES_MAX ? result->planes : TILES_MAX;
    double rows = (double)result->rows * aspect(result), columns = (double)result->columns;
    double best = 0;

    for (int across = 1; (uint64_t)across <= tiles; across++) {
        int down = (int)((tiles + (uint64_t)across - 1) / (uint64_t)across);
        double factor = fmin((w - TILE_GAP * (across - 1)) / (columns * across),
                             (h - TILE_GAP * (down - 1)) / (rows * down));
        if (factor <= best)
            continue;
        best = factor;
        size.tiles_across = across;
        size.tiles_down = down;
    }
    if (whole && best >= 1)
        best = floor(best);
    size.per_pixel = columns * best < THIN ? 0 : best;
    size.tile_w = widened(result->columns, columns * best, THIN);
    size.tile_h = whole && best >= 1 ? (int)(result->rows * (uint64_t)lround(best * aspect(result)))
                                     : (int)lround(rows * best);
    size.tile_h = widened(result->rows, size.tile_h, THIN);
    size.w = size.tiles_across * (size.tile_w + TILE_GAP) - TILE_GAP;
    size.h = size.tiles_down * (size.tile_h + TILE_GAP) - TILE_GAP;
    return size;
}

int eel_figure_tile(const eel_result *result, const eel_figure_size *size, uint64_t t, uint64_t *plane, int *x, int *y)
{
    uint64_t tiles = result->planes < TILES_MAX ? result->planes : TILES_MAX, across = (uint64_t)size->tiles_across;

    if (t >= tiles)
        return 0;
    *plane = t * result->planes / tiles;
    *x = (int)(t % across) * (size->tile_w + TILE_GAP);
    *y = (int)(t / across) * (size->tile_h + TILE_GAP);
    return 1;
}

int eel_figure_map(eel_picture *picture, eel_result *result, uint32_t column, double low, double high,
                   int x, int y, const eel_figure_size *size)
{
    uint64_t plane;
    int code = EEL_OK, right, down;

    for (uint64_t t = 0; code == EEL_OK && eel_figure_tile(result, size, t, &plane, &right, &down); t++) {
        code = eel_result_plane(result, column, plane);
        if (code == EEL_OK)
            eel_picture_map(picture, x + right, y + down, size->tile_w, size->tile_h, result->plane, result->rows,
                            result->columns, low, high);
    }
    return code;
}

/* ---- lengths ---- */

typedef struct {
    const char *name;
    double metres;
} length_unit;

static const length_unit *find_length(const char *units)
{
    static const length_unit known[] = {{"nm", 1e-9}, {"µm", 1e-6}, {"μm", 1e-6}, {"um", 1e-6}, {"mm", 1e-3},
                                        {"m", 1},     {"Å", 1e-10}, {"Å", 1e-10}, {"A", 1e-10}, {"pm", 1e-12}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(units, known[i].name) == 0)
            return &known[i];
    }
    return NULL;
}

/* Lengths read best between 1 and 1000: the unit for one, and how many of it are in the axis's. */
static double readable_units(const eel_nav_axis *axis, double length, const char **units)
{
    const length_unit *unit = find_length(axis->units);

    *units = axis->units;
    if (!unit)
        return 1;
    double metres = length * unit->metres;
    *units = metres < 1e-6 ? "nm" : metres < 1e-3 ? "µm" : "mm";
    return unit->metres * (metres < 1e-6 ? 1e9 : metres < 1e-3 ? 1e6 : 1e3);
}

/* ---- legend ---- */

/* The largest 1, 2 or 5 times a power of ten that is at most `most`. */
static double round_length(double most)
{
    double power = pow(10, floor(log10(most)));
    return power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
}

int eel_figure_scale_bar(const eel_nav_axis *axis, double most, double *pixels, char *words,
                         size_t size)
{
    const char *units;

    double width = fabs(axis->scale);

    if (!axis->units[0] || !(width > 0) || !(most > 0))
        return 0;
    double scale = width * readable_units(axis, most * width, &units);
    double length = round_length(most * scale);
    snprintf(words, size, "%g %s", length, units);
    *pixels = length / scale;
    return 1;
}

static double draw_scale_bar(eel_picture *picture, const eel_result *result, double x, double y,
                             double most, double font, double per_pixel)
{
    const eel_nav_axis *axis = axis_x(result);
    eel_text text = {font, EEL_INK, EEL_LEFT, 0, 0};
    double pixels;
    char words[64];

    if (!axis || !(per_pixel > 0) ||
        !eel_figure_scale_bar(axis, most / per_pixel, &pixels, words, sizeof words))
        return x;
    double width = pixels * per_pixel;
    eel_picture_rect(picture, x, y - font * 0.55, width, font * 0.3, EEL_INK);
    eel_picture_text(picture, x + width + font * 0.5, y, &text, "%s", words);
    return x + width + font * 2 + eel_picture_text_width(picture, &text, words);
}

double eel_figure_key(eel_picture *picture, const eel_result *result, int absent, double x, double y, double w,
                    double font, double per_pixel)
{
    eel_text text = {font, EEL_INK, EEL_LEFT, 0, 0};
    double half_map = per_pixel * (double)result->columns / 2;
    double at = draw_scale_bar(picture, result, x, y, fmin(w / 4, half_map), font, per_pixel);

    if (!absent)
        return at;
    eel_picture_rect(picture, at, y - font * 0.8, font, font, EEL_ABSENT_COLOUR);
    eel_picture_text(picture, at + font * 1.4, y, &text, "no value");
    return at;
}

double eel_figure_colours(eel_picture *picture, double end, double y, double w, double font, const char *low,
                        const char *high)
{
    eel_text right = {font, EEL_INK, EEL_RIGHT, 0, 0};
    float ramp[256];

    for (int i = 0; i < 256; i++)
        ramp[i] = (float)i / 255;
    eel_picture_text(picture, end, y, &right, "%s", high);
    end -= eel_picture_text_width(picture, &right, high) + font * 0.5;
    eel_picture_map(picture, (int)(end - w), (int)(y - font * 0.85), (int)w, (int)font, ramp, 1, 256, 0, 1);
    eel_picture_text(picture, end - w - font * 0.5, y, &right, "%s", low);
    return end;
}

void eel_figure_legend(eel_picture *picture, const eel_result *result, double x, double y,
                       double w, double font, double per_pixel)
{
    int absent = result->counts.pixels[EEL_VALUE] < eel_store_info_of(result->store)->pixels;

    eel_figure_key(picture, result, absent, x, y, w, font, per_pixel);
    eel_figure_colours(picture, x + w, y, fmin(9 * font, w / 3), font, "probability  0", "1");
}

/* ---- spectrum ---- */

int eel_figure_window(const eel_result *result, double *low_ev, double *high_ev)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    uint32_t first = 0, last = info->sum_channels;

    while (first < last && isnan(result->mean[first]))
        first++;
    while (last > first && isnan(result->mean[last - 1]))
        last--;
    if (last - first < 4)
        return 0;
    /* The window may begin and end within a bin, which then holds too little. */
    *low_ev = info->sum_start_ev + (first + 1) * info->sum_step_ev;
    *high_ev = info->sum_start_ev + (last - 2) * info->sum_step_ev;
    return 1;
}

/* ln I = ln A - r ln E by least squares over the positive counts up to `end_ev`; 0 when there are too few. */
static int fit_power_law(const double *ev, const double *counts, int n, double end_ev, double *log_a, double *r)
{
    double sum = 0, x = 0, y = 0, xx = 0, xy = 0;

    for (int i = 0; i < n; i++) {
        if (!(counts[i] > 0) || !(ev[i] > 0) || ev[i] > end_ev)
            continue;
        double lx = log(ev[i]), ly = log(counts[i]);
        sum += 1, x += lx, y += ly, xx += lx * lx, xy += lx * ly;
    }
    double spread = sum * xx - x * x;
    if (sum < 10 || !(spread > 0))
        return 0;
    *r = -(sum * xy - x * y) / spread;
    *log_a = (y + *r * x) / sum;
    return 1;
}

int eel_figure_ratio(const double *counts, const eel_axis *axis, double low_ev, double high_ev, double fit_end_ev,
                     double *ev, double *ratio, double *exponent)
{
    double log_a;
    int n = 0;

    for (uint32_t i = 0; i < axis->n; i++) {
        double e = eel_axis_ev(axis, i);
        if (e < low_ev || e > high_ev)
            continue;
        ev[n] = e;
        ratio[n++] = counts[i];
    }
    *exponent = NAN;
    if (!fit_power_law(ev, ratio, n, fit_end_ev, &log_a, exponent) &&
        !fit_power_law(ev, ratio, n, INFINITY, &log_a, exponent))
        return n;
    for (int i = 0; i < n; i++)
        ratio[i] /= exp(log_a - *exponent * log(ev[i]));
    return n;
}

typedef struct {
    char words[24];
    double onset_ev, at, half; /* where its name stands, half its width */
} edge_mark;

static int list_edges(const eel_result *result, const eel_plot *plot, int class, edge_mark *marks)
{
    int n = 0;

    for (uint32_t i = 0; i < result->found_count; i++) {
        uint32_t c = result->found[i];
        double onset_ev = result->class[c].edge.onset_ev;
        if ((class >= 0 && (uint32_t)class != c) || onset_ev < plot->across.low ||
            onset_ev > plot->across.high)
            continue;
        if (result->found_count > NAMES_LONG)
            snprintf(marks[n].words, sizeof marks[n].words, "%s", result->class[c].name);
        else
            eel_result_edge(result, c, marks[n].words, sizeof marks[n].words);
        marks[n++].onset_ev = onset_ev;
    }
    return n;
}

/* Names stand above their edges. Where they would overlap they are moved apart: the mean of all
 * pushed to the right and all pushed to the left keeps them apart as well. */
static void place_names(eel_picture *picture, const eel_plot *plot, const eel_text *text,
                        edge_mark *marks, int n)
{
    double right = -INFINITY, left = INFINITY, gap = text->size * 0.5;

    for (int i = 0; i < n; i++) {
        marks[i].half = eel_picture_text_width(picture, text, marks[i].words) / 2;
        right = fmax(eel_plot_x(plot, marks[i].onset_ev), right + marks[i].half);
        marks[i].at = right / 2;
        right += marks[i].half + gap;
    }
    for (int i = n - 1; i >= 0; i--) {
        left = fmin(eel_plot_x(plot, marks[i].onset_ev), left - marks[i].half);
        marks[i].at += left / 2;
        left -= marks[i].half + gap;
    }
    right = plot->x;
    for (int i = 0; i < n; i++) {
        marks[i].at = fmax(marks[i].at, right + marks[i].half);
        right = marks[i].at + marks[i].half + gap;
    }
    left = plot->x + plot->w;
    for (int i = n - 1; i >= 0; i--) {
        marks[i].at = fmin(marks[i].at, left - marks[i].half);
        left = marks[i].at - marks[i].half - gap;
    }
}

static void draw_edges(eel_picture *picture, const eel_plot *plot, const eel_text *text,
                       const edge_mark *marks, int n)
{
    for (int i = 0; i < n; i++) {
        double x = eel_plot_x(plot, marks[i].onset_ev), top = plot->y - plot->font * 0.6;
        eel_plot_mark(picture, plot, marks[i].onset_ev, EEL_ORANGE);
        eel_picture_line(picture, x, plot->y, marks[i].at, top, 1.5, EEL_ORANGE);
        eel_picture_text(picture, marks[i].at, top - plot->font * 0.3, text, "%s", marks[i].words);
    }
}

int eel_figure_spectrum(eel_picture *picture, const eel_result *result, eel_plot *plot, int class)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    eel_axis axis = {info->sum_start_ev, info->sum_step_ev, info->sum_channels};
    double *mean = eel_alloc(3 * (size_t)axis.n, sizeof *mean), *ev = mean + axis.n, *ratio = ev + axis.n, exponent;
    eel_text text = {plot->font * 1.15, EEL_ORANGE, EEL_CENTRE, 1, 0};
    edge_mark marks[EEL_STORE_CLASSES_MAX];

    if (!mean)
        return EEL_ENOMEM;
    for (uint32_t i = 0; i < axis.n; i++)
        mean[i] = result->mean[i];
    double fit_end_ev = class < 0 || !result->class[class].edge.atomic_number
                            ? INFINITY
                            : result->class[class].edge.onset_ev - PRE_EDGE_EV;
    int n = eel_figure_ratio(mean, &axis, plot->across.low, plot->across.high, fit_end_ev, ev, ratio, &exponent);
    plot->across.label = "Energy loss (eV)";
    plot->up = eel_plot_range_of_spectrum(ratio, n, isnan(exponent) ? "Mean counts" : "Mean ÷ power law");
    eel_plot_axes(picture, plot);
    int edges = list_edges(result, plot, class, marks);
    place_names(picture, plot, &text, marks, edges);
    draw_edges(picture, plot, &text, marks, edges);
    eel_plot_curve(picture, plot, ev, ratio, n, 2, EEL_BLUE);
    eel_free(mean);
    return EEL_OK;
}

/* ---- line scans ---- */

int eel_figure_line(const eel_result *result)
{
    uint64_t points = result->rows * result->columns;

    if (result->planes > 1 || points < 2 || (result->rows > 1 && result->columns > 1))
        return 0;
    return points <= POINTS_MAX ? (int)points : 0;
}

/* "Time (s)"; without a name that says more than "x": "s". */
static void name_axis(const eel_nav_axis *axis, char *words, size_t size)
{
    int named = strlen(axis->name) > 1;

    snprintf(words, size, named ? "%s (%s)" : "%s%s", named ? axis->name : "", axis->units);
    words[0] = (char)(named ? toupper((unsigned char)words[0]) : words[0]);
}

eel_figure_axis eel_figure_line_axis(const eel_result *result)
{
    const eel_nav_axis *axis = axis_x(result);
    eel_figure_axis line = {.first = 0, .step = 1, .label = "Pixel"};

    if (result->rows > 1)
        axis--;
    double step = fabs(axis->scale), length = step * eel_figure_line(result), factor = 1;
    if (!axis->units[0] || !(step > 0) || !isfinite(axis->offset))
        return line;
    if (find_length(axis->units)) {
        const char *units;
        factor = readable_units(axis, length, &units);
        snprintf(line.label, sizeof line.label, "Distance (%s)", units);
    } else {
        name_axis(axis, line.label, sizeof line.label);
    }
    line.first = axis->offset * factor;
    line.step = axis->scale * factor;
    return line;
}
