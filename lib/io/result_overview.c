/*
 * result_overview - one picture of everything, in the size of a slide: the found maps side by side,
 * below them the mean spectrum with the found edges.
 *
 * Along a line scan the maps are strips under each other on one distance axis; for a single
 * spectrum there are bars of probability instead.
 */
#include "io/figure.h"
#include "base/err.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH    1920
#define HEIGHT   1080
#define MARGIN   60
#define MAPS_TOP 126
#define MAPS_END 684  /* base line of the legend, if they fill their place */
#define LEGEND   44   /* from the maps to the base line of their legend */
#define SPECTRUM 764
#define SPECTRUM_H 204
#define FONT     20
#define NAME     34   /* height of a map's name */
#define GAP      22   /* between maps */
#define AXIS     64   /* from a plot to the base line of its axis's label */
#define STRIP    150  /* largest height of a line scan's map */
#define LIST     256  /* bytes of a list in words */

/* ---- words ---- */

__attribute__((format(printf, 3, 4)))
static void append(char *words, size_t size, const char *format, ...)
{
    size_t used = strlen(words);
    va_list args;

    va_start(args, format);
    vsnprintf(words + used, size - used, format, args);
    va_end(args);
}

static void draw_header(eel_picture *picture, const eel_result *result)
{
    const eel_image_info *image = &result->about.image;
    const char *file = eel_image_file(image);
    char line[512] = "", hint[EEL_HINT_MAX];

    for (int a = image->nav_count - 1; a >= 0; a--) /* width × height */
        append(line, sizeof line, "%llu%s", (unsigned long long)image->nav[a].size, a ? " × " : "");
    append(line, sizeof line, image->nav_count ? " pixels" : "single spectrum");
    if (*image->select)
        append(line, sizeof line, ", %s", image->select);
    if (*image->bin)
        append(line, sizeof line, ", binned %s", image->bin);
    append(line, sizeof line, "   ·   %.0f – %.0f eV", image->axis.start_ev,
           eel_axis_ev(&image->axis, image->axis.n - 1.0));
    if (image->beam_kev > 0)
        append(line, sizeof line, "   ·   %g kV", image->beam_kev);
    if (file[0] && image->title[0])
        append(line, sizeof line, "   ·   %s", file);
    eel_picture_text(picture, MARGIN, 66, &(eel_text){36, EEL_INK, EEL_LEFT, 1, 0}, "%s",
                     image->title[0] ? image->title : file);
    eel_picture_text(picture, MARGIN, 102, &(eel_text){FONT, EEL_GREY, EEL_LEFT, 0, 0}, "%s", line);
    if (eel_result_hint(result, hint, sizeof hint))
        eel_picture_text(picture, MARGIN, 26, &(eel_text){18, EEL_ORANGE, EEL_LEFT, 1, 0}, "Check the energy axis: %s",
                         hint);
}

static void list_unobservable(const eel_result *result, char *words, size_t size)
{
    words[0] = 0;
    for (uint32_t c = 0; c < result->classes; c++) {
        if (!result->class[c].observable && result->class[c].edge.atomic_number)
            append(words, size, "%s%s", words[0] ? ", " : "", result->class[c].name);
    }
}

/* Edges of none of the elements, where they are found, and where they begin. */
static void list_other(const eel_result *result, char *words, size_t size)
{
    for (uint32_t c = 0; c < result->classes; c++) {
        char percent[32];
        if (result->class[c].edge.atomic_number || !result->class[c].found)
            continue;
        eel_figure_percent(result->class[c].share, percent, sizeof percent);
        append(words, size, "%sother edges: %s", words[0] ? "   ·   " : "", percent);
        for (int i = 0; i < result->other_count; i++)
            append(words, size, "%s %.0f%s", i ? "," : ", near", round(result->other[i].onset_ev),
                   i + 1 == result->other_count ? " eV" : "");
    }
}

static void draw_footer(eel_picture *picture, const eel_result *result)
{
    uint64_t pixels = eel_store_info_of(result->store)->pixels;
    eel_text left = {16, EEL_GREY, EEL_LEFT, 0, 0}, right = {16, EEL_GREY, EEL_RIGHT, 0, 0};
    char list[LIST], line[512] = "";

    list_unobservable(result, list, sizeof list);
    if (list[0])
        append(line, sizeof line, "not observable in this window: %s", list);
    list_other(result, line, sizeof line);
    if (result->counts.pixels[EEL_VALUE] < pixels)
        append(line, sizeof line, "%s%llu of %llu pixels without a value", line[0] ? "   ·   " : "",
               (unsigned long long)(pixels - result->counts.pixels[EEL_VALUE]),
               (unsigned long long)pixels);
    eel_picture_text(picture, MARGIN, HEIGHT - 22, &left, "%s", line);
    eel_picture_text(picture, WIDTH - MARGIN, HEIGHT - 22, &right, "eelstream %s   ·   %s",
                     EEL_VERSION, result->about.model);
}

/* ---- maps ---- */

static void draw_name(eel_picture *picture, const eel_result *result, uint32_t class, double x,
                      double y, double font)
{
    eel_text name = {font, EEL_INK, EEL_LEFT, 1, 0}, grey = {font * 0.8, EEL_GREY, EEL_LEFT, 0, 0};
    char edge[32], percent[32];

    eel_result_edge(result, class, edge, sizeof edge);
    eel_figure_percent(result->class[class].share, percent, sizeof percent);
    eel_picture_text(picture, x, y, &name, "%s", edge);
    eel_picture_text(picture, x + eel_picture_text_width(picture, &name, edge) + font * 0.6, y,
                     &grey, "%s", percent);
}

/* The number of columns that lets the maps be largest. */
static eel_figure_size fit_grid(const eel_result *result, double w, double h, int *across)
{
    eel_figure_size best = {0};
    int n = (int)result->found_count;

    for (int columns = 1; columns <= n; columns++) {
        int rows = (n + columns - 1) / columns;
        double cell_w = (w - GAP * (columns - 1)) / columns, cell_h = (h - GAP * (rows - 1)) / rows;
        if (cell_w < 40 || cell_h < NAME + 20)
            continue;
        eel_figure_size size = eel_figure_fit(result, cell_w, cell_h - NAME, 0);
        if ((double)size.w * size.h <= (double)best.w * best.h)
            continue;
        best = size;
        *across = columns;
    }
    return best;
}

static int draw_maps(eel_picture *picture, eel_result *result)
{
    int across = 1, code = EEL_OK, n = (int)result->found_count;
    eel_figure_size size = fit_grid(result, WIDTH - 2 * MARGIN, MAPS_END - LEGEND - MAPS_TOP,
                                    &across);
    int down = (n + across - 1) / across, step = size.w > 130 ? size.w + GAP : 130 + GAP;
    int left = (WIDTH - across * step + GAP) / 2;
    int high = down * (size.h + NAME + GAP) - GAP;
    int top = MAPS_TOP + (MAPS_END - LEGEND - MAPS_TOP - high) / 2;

    for (int i = 0; code == EEL_OK && i < n; i++) {
        int x = left + i % across * step, y = top + i / across * (size.h + NAME + GAP);
        draw_name(picture, result, result->found[i], x, y + NAME - 12, 22);
        code = eel_figure_map(picture, result, result->found[i], 0, 1, x, y + NAME, &size);
    }
    int width = across * step - GAP, first = (WIDTH - width) / 2; /* the scale bar begins below the first map */
    int room = WIDTH - MARGIN - first < 900 ? WIDTH - MARGIN - first : 900;
    eel_figure_legend(picture, result, first, top + high + LEGEND, width > room ? width : room, FONT,
                      size.per_pixel);
    return code;
}

/* ---- line scan ---- */

static int draw_strips(eel_picture *picture, eel_result *result)
{
    int points = eel_figure_line(result);
    int n = (int)result->found_count, code = EEL_OK, end = MAPS_END - AXIS;
    int step = (end - MAPS_TOP) / n < STRIP ? (end - MAPS_TOP) / n : STRIP;
    int left = MARGIN + 190, width = WIDTH - MARGIN - left;
    int top = MAPS_TOP + (end - MAPS_TOP - n * step) / 2;
    eel_figure_axis axis = eel_figure_line_axis(result);
    eel_plot plot = {
        .x = left, .y = top, .w = width, .h = n * step, .font = FONT,
        .across = {.low = axis.first - axis.step / 2, .high = axis.first + (points - 0.5) * axis.step, .label = axis.label},
        .up = {.low = 0, .high = 1, .plain = 1},
    };
    eel_plot_axes(picture, &plot);
    for (int i = 0; code == EEL_OK && i < n; i++) {
        int y = top + i * step;
        draw_name(picture, result, result->found[i], MARGIN, y + step / 2.0 + 8, 22);
        code = eel_result_plane(result, result->found[i], 0);
        eel_picture_map(picture, left, y + 2, width, step - 4, result->plane, 1, (uint64_t)points,
                        0, 1);
    }
    eel_plot_frame(picture, &plot); /* the strips lie on the one that is there */
    eel_figure_legend(picture, result, MARGIN, top + n * step + AXIS, WIDTH - 2 * MARGIN, FONT, 0);
    return code;
}

/* ---- single spectrum ---- */

static int atomic_number(const eel_result_class *c)
{
    return c->edge.atomic_number ? c->edge.atomic_number : INT_MAX;
}

static void sort_by_atomic_number(const eel_result *result, uint32_t *order)
{
    for (uint32_t c = 0; c < result->classes; c++) {
        uint32_t at = c;
        for (; at > 0 && atomic_number(&result->class[order[at - 1]]) >
                             atomic_number(&result->class[c]); at--)
            order[at] = order[at - 1];
        order[at] = c;
    }
}

static void draw_bar(eel_picture *picture, const eel_plot *plot, const eel_result_class *class,
                     double x, double w)
{
    double base = plot->y + plot->h, y = eel_plot_y(plot, isnan(class->max) ? 0 : class->max);
    double threshold = eel_plot_y(plot, class->threshold);
    eel_text name = {FONT, class->found ? EEL_INK : EEL_GREY, EEL_CENTRE, class->found, 0};
    eel_text small = {15, EEL_GREY, EEL_LEFT, 0, 1};

    eel_picture_text(picture, x + w / 2, base + FONT * 1.5, &name, "%s", class->name);
    if (!class->observable) {
        eel_picture_text(picture, x + w / 2 + 5, base - 10, &small, "not observable");
        return;
    }
    eel_picture_rect(picture, x + w * 0.2, y, w * 0.6, base - y,
                     class->found ? EEL_BLUE : EEL_ABSENT_COLOUR);
    eel_picture_line(picture, x + w * 0.1, threshold, x + w * 0.9, threshold, 2, EEL_ORANGE);
}

static void draw_bars(eel_picture *picture, const eel_result *result)
{
    eel_plot plot = {
        .x = MARGIN + 60, .y = MAPS_TOP + 20, .w = WIDTH - 2 * MARGIN - 60,
        .h = MAPS_END - MAPS_TOP - 80, .font = FONT,
        .across = {.low = 0, .high = result->classes, .plain = 1},
        .up = {.low = 0, .high = 1.05, .label = "Probability"},
    };
    double w = plot.w / result->classes;
    uint32_t order[EEL_STORE_CLASSES_MAX];

    sort_by_atomic_number(result, order);
    eel_plot_axes(picture, &plot);
    for (uint32_t i = 0; i < result->classes; i++)
        draw_bar(picture, &plot, &result->class[order[i]], plot.x + i * w, w);
    eel_picture_text(picture, plot.x + plot.w, MAPS_END,
                     &(eel_text){16, EEL_ORANGE, EEL_RIGHT, 0, 0}, "— threshold");
}

/* ---- the whole ---- */

static int draw_found(eel_picture *picture, eel_result *result)
{
    if (result->planes * result->rows * result->columns == 1)
        draw_bars(picture, result);
    else if (result->found_count == 0)
        eel_picture_text(picture, WIDTH / 2, (MAPS_TOP + MAPS_END) / 2,
                         &(eel_text){32, EEL_GREY, EEL_CENTRE, 0, 0},
                         result->counts.pixels[EEL_VALUE] ? "no element found" : "no pixel has a value");
    else
        return eel_figure_line(result) ? draw_strips(picture, result) : draw_maps(picture, result);
    return EEL_OK;
}

static int draw_spectrum(eel_picture *picture, const eel_result *result)
{
    eel_plot plot = {.x = MARGIN + 70, .y = SPECTRUM, .w = WIDTH - 2 * MARGIN - 70,
                     .h = SPECTRUM_H, .font = FONT};

    if (!eel_figure_window(result, &plot.across.low, &plot.across.high))
        return EEL_OK;
    return eel_figure_spectrum(picture, result, &plot, -1);
}

int eel_result_draw_overview(eel_result *result, const char *path)
{
    eel_picture *picture;
    int code = eel_picture_new(&picture, WIDTH, HEIGHT);

    if (code != EEL_OK)
        return code;
    draw_header(picture, result);
    code = draw_found(picture, result);
    if (code == EEL_OK)
        code = draw_spectrum(picture, result);
    draw_footer(picture, result);
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}
