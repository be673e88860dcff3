/*
 * amounts_pictures - atomic per cent as pictures: a map per element, and all of them in one overview. Of line scans and
 * single spectra there are plots instead: amounts_profiles.c.
 *
 * An element that was not found in a pixel is drawn as 0, as it counts in the number of the title. Grey is what has no
 * number for any other reason.
 */
#include "io/amounts_pictures.h"
#include "io/figure.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

#define MARGIN 28
#define TITLE  64
#define LEGEND 56
#define KEY    40  /* height of the overview's last line: what a length is */
#define WORDS  28  /* of a line below that: what grey means */
#define FONT   18
#define SMALL_FONT 14 /* in the overview */
#define SIDE   640  /* of a map of its own */
#define SMALL  300  /* of one in the overview */
#define SERIES 2    /* times as large are maps of many pictures */
#define ACROSS 4    /* maps in a row of the overview */
/* At.%: colour scales end there at the latest. Beyond are pixels of next to no atoms, beside which nothing else would be
 * seen; the words at the colours say so. */
#define LEAST -100
#define MOST  200

/* ---- what is shown ---- */

int eel_amounts_shown(eel_amounts *amounts, int element, uint64_t p, float *shown)
{
    const float *plane = amounts->layers.plane;
    uint64_t pixels = amounts->layers.rows * amounts->layers.columns;
    int code = eel_amounts_plane(amounts, element, EEL_LAYER_STATE, p);

    for (uint64_t i = 0; code == EEL_OK && i < pixels; i++)
        shown[i] = plane[i] == EEL_AMOUNT_NOT_FOUND ? 0 : NAN;
    if (code == EEL_OK)
        code = eel_amounts_plane(amounts, element, EEL_LAYER_PERCENT, p);
    for (uint64_t i = 0; code == EEL_OK && i < pixels; i++)
        shown[i] = isnan(plane[i]) ? shown[i] : plane[i];
    return code;
}

static uint64_t pixels_of(const eel_amounts *amounts)
{
    return amounts->layers.planes * amounts->layers.rows * amounts->layers.columns;
}

/* Pixels of an element that have no colour. */
static int any_grey(const eel_amounts *amounts, const eel_amounts_element *e)
{
    return e->numbers + e->states[EEL_AMOUNT_NOT_FOUND] < pixels_of(amounts);
}

/* ---- title ---- */

int eel_amounts_few(const eel_amounts *amounts, int element, char *words, size_t size)
{
    uint64_t pixels = pixels_of(amounts);

    words[0] = 0;
    if (isfinite(amounts->elements[element].percent) && amounts->complete < pixels - pixels / 2)
        snprintf(words, size, "%llu of %llu pixels", (unsigned long long)amounts->complete, (unsigned long long)pixels);
    return words[0] != 0;
}

double eel_amounts_title(eel_picture *picture, const eel_amounts_element *e, double x, double y, double size)
{
    eel_text name = {size, EEL_INK, EEL_LEFT, 1, 0}, grey = {0.65 * size, EEL_GREY, EEL_LEFT, 0, 0};
    char words[64] = "no atomic per cent";

    eel_picture_text(picture, x, y, &name, "%s", e->symbol);
    x += eel_picture_text_width(picture, &name, e->symbol) + size / 2;
    if (isfinite(e->percent))
        snprintf(words, sizeof words, "%.1f ± %.1f at.%%", e->percent, e->percent_error);
    eel_picture_text(picture, x, y, &grey, "%s", words);
    return x + eel_picture_text_width(picture, &grey, words);
}

/* ---- colours ---- */

/* Round, and no less than `value`. */
static double round_up(double value)
{
    static const double ends[] = {1, 2, 5, 10, 20, 40, 60, 80, 100, 150};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (value <= ends[i])
            return ends[i];
    }
    return MOST;
}

/* The ends of an element's colour scale: it holds 0 and the per cent of every pixel, up to LEAST and MOST. */
static void scale_of(const eel_amounts_element *e, double *low, double *high)
{
    *low = e->lowest < 0 ? fmax(-round_up(-e->lowest), LEAST) : 0;
    *high = isnan(e->highest) ? 100 : *low < 0 && e->highest <= 0 ? 0 : round_up(e->highest);
}

static void draw_colours(eel_picture *picture, const eel_amounts_element *e, double end, double y, double font)
{
    eel_text text = {0.8 * font, EEL_INK, EEL_CENTRE, 0, 0};
    char first[32], last[32];
    double low, high, w = 9 * font;

    scale_of(e, &low, &high);
    snprintf(first, sizeof first, "%s%g", e->lowest < low ? "≤ " : "", low);
    snprintf(last, sizeof last, "%s%g at.%%", e->highest > high ? "≥ " : "", high);
    end = eel_figure_colours(picture, end, y, w, font, first, last);
    if (low < 0 && high > 0) { /* where nothing is, when it is at no end */
        double x = floor(end - w + w * -low / (high - low)) + 0.5;
        eel_picture_line(picture, x, y + font * 0.15, x, y + font * 0.4, 1, EEL_INK);
        eel_picture_text(picture, x, y + font * 1.2, &text, "0");
    }
}

/* What the colours do not say themselves; nothing where there is nothing to say. */
static void draw_words(eel_picture *picture, int grey, int not_found, double x, double y, double font)
{
    eel_text text = {font, EEL_INK, EEL_LEFT, 0, 0};

    if (grey) {
        eel_picture_rect(picture, x, y - font * 0.8, font, font, EEL_ABSENT_COLOUR);
        eel_picture_text(picture, x + font * 1.4, y, &text, "no number");
        x += font * 3.4 + eel_picture_text_width(picture, &text, "no number");
    }
    if (not_found)
        eel_picture_text(picture, x, y, &text, "not found = 0");
}

/* ---- maps ---- */

static eel_figure_size fit(const eel_amounts *amounts, double side)
{
    double room = amounts->layers.planes > 1 ? SERIES * side : side;

    return eel_figure_fit(&amounts->layers, room, room, 1);
}

/* All pictures of a series, as tiles. */
static int draw_map(eel_picture *picture, eel_amounts *amounts, int e, int x, int y, const eel_figure_size *size)
{
    const eel_result *layers = &amounts->layers;
    float *shown = eel_alloc(layers->rows * layers->columns, sizeof *shown);
    int code = shown ? EEL_OK : EEL_ENOMEM, right, down;
    double low, high;
    uint64_t plane;

    scale_of(&amounts->elements[e], &low, &high);
    for (uint64_t t = 0; code == EEL_OK && eel_figure_tile(layers, size, t, &plane, &right, &down); t++) {
        code = eel_amounts_shown(amounts, e, plane, shown);
        if (code == EEL_OK)
            eel_picture_map(picture, x + right, y + down, size->tile_w, size->tile_h, shown, layers->rows,
                            layers->columns, low, high);
    }
    eel_free(shown);
    return code;
}

/* Scale bar and words below each other; the words come first where no length is known. */
static void draw_key(eel_picture *picture, const eel_amounts *amounts, int grey, int not_found, double y, double w,
                     const eel_figure_size *size)
{
    double end = eel_figure_key(picture, &amounts->layers, 0, MARGIN, y, w, FONT, size->per_pixel);

    draw_words(picture, grey, not_found, MARGIN, end > MARGIN ? y + WORDS : y, FONT);
}

static int is_plot(const eel_amounts *amounts)
{
    return pixels_of(amounts) == 1 || eel_figure_line(&amounts->layers);
}

int eel_amounts_draw_element(eel_amounts *amounts, int element, const char *path)
{
    const eel_amounts_element *e = &amounts->elements[element];
    int grey = any_grey(amounts, e), not_found = e->states[EEL_AMOUNT_NOT_FOUND] > 0;
    eel_picture *picture = NULL;
    char few[64];

    if (is_plot(amounts))
        return eel_amounts_draw_plot(amounts, element, path);
    eel_figure_size size = fit(amounts, SIDE);
    int width = size.w > SIDE ? size.w : SIDE, below = TITLE + size.h + 36;
    int code = eel_picture_new(&picture, width + 2 * MARGIN, TITLE + size.h + LEGEND + (grey || not_found ? WORDS : 0));
    if (code == EEL_OK) {
        double end = eel_amounts_title(picture, e, MARGIN, 46, 28);
        if (eel_amounts_few(amounts, element, few, sizeof few))
            eel_picture_text(picture, end + FONT / 2.0, 46, &(eel_text){.size = FONT, .colour = EEL_GREY}, "(%s)", few);
        draw_key(picture, amounts, grey, not_found, below, width, &size);
        draw_colours(picture, e, MARGIN + width, below, FONT);
        code = draw_map(picture, amounts, element, MARGIN + (width - size.w) / 2, TITLE, &size);
    }
    if (code == EEL_OK)
        code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

/* ---- overview ---- */

/* One element of the overview, with its upper left corner at (x, y). */
static int draw_cell(eel_picture *picture, eel_amounts *amounts, int element, int x, int y, int w,
                     const eel_figure_size *size)
{
    const eel_amounts_element *e = &amounts->elements[element];
    eel_text small = {.size = SMALL_FONT, .colour = EEL_GREY};
    char few[64];
    int two = eel_amounts_few(amounts, element, few, sizeof few);

    eel_amounts_title(picture, e, x, y + (two ? 34 : 44), 24);
    eel_picture_text(picture, x, y + 55, &small, "%s", few);
    draw_colours(picture, e, x + w, y + TITLE + size->h + 30, SMALL_FONT);
    return draw_map(picture, amounts, element, x, y + TITLE, size);
}

int eel_amounts_draw_overview(eel_amounts *amounts, const char *path)
{
    eel_picture *picture = NULL;
    int grey = 0, not_found = 0;

    if (is_plot(amounts))
        return eel_amounts_draw_plot(amounts, -1, path);
    for (int e = 0; e < amounts->count; e++) {
        grey |= any_grey(amounts, &amounts->elements[e]);
        not_found |= amounts->elements[e].states[EEL_AMOUNT_NOT_FOUND] > 0;
    }
    eel_figure_size size = fit(amounts, SMALL);
    int across = amounts->count < ACROSS ? amounts->count : ACROSS;
    int down = (amounts->count + across - 1) / across;
    int cell_w = size.w > SMALL ? size.w : SMALL, cell_h = TITLE + size.h + LEGEND;
    int width = MARGIN + across * (cell_w + MARGIN), bottom = down * cell_h;
    int code = eel_picture_new(&picture, width, bottom + KEY + (grey || not_found ? WORDS : 0));

    for (int e = 0; code == EEL_OK && e < amounts->count; e++)
        code = draw_cell(picture, amounts, e, MARGIN + e % across * (cell_w + MARGIN), e / across * cell_h, cell_w,
                         &size);
    if (code == EEL_OK) {
        draw_key(picture, amounts, grey, not_found, bottom + 16, width - 2 * MARGIN, &size);
        code = eel_picture_save(picture, path);
    }
    eel_picture_free(picture);
    return code;
}
