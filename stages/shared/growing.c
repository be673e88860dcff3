#include "shared/growing.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#define LOAD_ROWS 1024

typedef struct {
    uint32_t valued, absent; /* pixels of the cell that arrived */
    uint8_t why;             /* of the latest absence */
} cell;

typedef struct {
    uint64_t rows, columns; /* pixels */
} extent;

typedef struct {
    double *sum;   /* (channels), 0 where nothing was recorded */
    double *count; /* (channels), pixels in it */
    uint64_t pixels;
} spectrum;

struct eel_growing {
    extent whole;     /* of a picture: what there can be … */
    extent shown;     /* … and what is told of it: all, unless the length is not known */
    uint64_t pictures, picture;
    uint32_t step, cell_rows, cell_columns, channels;
    uint32_t values;  /* of a pixel in the store: the classes first, then what is no probability */
    uint32_t classes;
    double start_ev, step_ev;
    uint8_t observable[EEL_STORE_CLASSES_MAX];
    uint8_t known[EEL_STORE_CLASSES_MAX]; /* a pixel had a number for it */

    uint8_t *states;      /* (rows, columns) of the whole picture */
    cell *cells;          /* (cell_rows, cell_columns) */
    float *p_sum;         /* (cells, classes), of the pixels with a value */
    uint8_t *cell_states; /* (cells) */
    uint8_t *p;           /* (classes, cells) */

    spectrum mean, recent;
    uint64_t recent_first;
    double *recent_p;     /* (classes), summed over `recent_values` */
    uint64_t recent_values;
    float *out;           /* (2 channels + classes): spectra of a frame */
};

static int new_spectrum(spectrum *s, uint32_t channels)
{
    s->sum = eel_alloc(channels, sizeof *s->sum);
    s->count = eel_alloc(channels, sizeof *s->count);
    return s->sum && s->count ? EEL_OK : EEL_ENOMEM;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint32_t cells_along(uint64_t pixels, uint32_t step)
{
    return (uint32_t)((pixels + step - 1) / step);
}

static uint64_t longer_side(const eel_growing *g)
{
    return g->shown.columns > g->shown.rows ? g->shown.columns : g->shown.rows;
}

static void divide(eel_growing *g)
{
    g->cell_rows = cells_along(g->shown.rows, g->step);
    g->cell_columns = cells_along(g->shown.columns, g->step);
}

/* A scan whose length is not known is told as a square at first, or as a line that fits. */
static int measure(eel_growing *g, const eel_description *about)
{
    const eel_image_info *image = &about->image;
    int n = image->nav_count;
    extent *whole = &g->whole;

    whole->columns = n > 0 ? image->nav[n - 1].size : 1;
    whole->rows = n > 1 ? image->nav[n - 2].size : 1;
    if (!whole->columns || !whole->rows || whole->columns > EEL_GROWING_PIXELS_MAX / whole->rows)
        return eel_fail(EEL_ELIMIT, "a picture of %ju x %ju pixels, at most %ju can be watched",
                        (uintmax_t)whole->rows, (uintmax_t)whole->columns,
                        (uintmax_t)EEL_GROWING_PIXELS_MAX);
    g->shown = *whole;
    if (about->open && n > 1)
        g->shown.rows = least(whole->rows, whole->columns);
    else if (about->open)
        g->shown.columns = least(whole->columns, EEL_TAP_SIDE_MAX);
    g->step = cells_along(longer_side(g), EEL_TAP_SIDE_MAX);
    divide(g);
    return EEL_OK;
}

/* The most cells there can become: cells only get larger. */
static size_t most_cells(const eel_growing *g)
{
    uint64_t rows = least(cells_along(g->whole.rows, g->step), EEL_TAP_SIDE_MAX);

    return (size_t)(rows * least(cells_along(g->whole.columns, g->step), EEL_TAP_SIDE_MAX));
}

static void clear_picture(eel_growing *g)
{
    size_t cells = (size_t)g->cell_rows * g->cell_columns;

    memset(g->states, EEL_MISSING, g->whole.rows * g->whole.columns);
    memset(g->cells, 0, cells * sizeof *g->cells);
    memset(g->p_sum, 0, cells * g->classes * sizeof *g->p_sum);
    memset(g->cell_states, EEL_MISSING, cells);
    memset(g->p, EEL_TAP_NO_VALUE, cells * g->classes);
}

int eel_growing_new(eel_growing **growing, const eel_description *about,
                    const eel_store_info *info)
{
    eel_growing *g = eel_alloc(1, sizeof *g);
    int code = g ? measure(g, about) : EEL_ENOMEM;

    if (code == EEL_OK) {
        size_t cells = most_cells(g);
        g->values = info->classes;
        g->classes = eel_description_probabilities(about);
        g->channels = info->sum_channels;
        g->start_ev = info->sum_start_ev;
        g->step_ev = info->sum_step_ev;
        g->pictures = info->pixels / (g->whole.rows * g->whole.columns);
        memcpy(g->observable, about->observable, sizeof g->observable);
        g->states = eel_alloc(g->whole.rows * g->whole.columns, 1);
        g->cells = eel_alloc(cells, sizeof *g->cells);
        g->p_sum = eel_alloc(cells, g->classes * sizeof *g->p_sum);
        g->cell_states = eel_alloc(cells, 1);
        g->p = eel_alloc(cells, g->classes);
        g->recent_p = eel_alloc(g->classes, sizeof *g->recent_p);
        g->out = eel_alloc(2 * (size_t)g->channels + g->classes, sizeof *g->out);
        if (!g->states || !g->cells || !g->p_sum || !g->cell_states || !g->p || !g->recent_p ||
            !g->out || new_spectrum(&g->mean, g->channels) != EEL_OK ||
            new_spectrum(&g->recent, g->channels) != EEL_OK)
            code = EEL_ENOMEM;
    }
    if (code != EEL_OK) {
        eel_growing_free(g);
        return code;
    }
    clear_picture(g);
    *growing = g;
    return EEL_OK;
}

void eel_growing_free(eel_growing *g)
{
    if (!g)
        return;
    void *parts[] = {g->states, g->cells, g->p_sum, g->cell_states, g->p, g->mean.sum,
                     g->mean.count, g->recent.sum, g->recent.count, g->recent_p, g->out, g};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        eel_free(parts[i]);
}

/* Turns to the picture of a pixel. 0: the picture is an earlier one, of no interest any more. */
static int turn_to(eel_growing *g, uint64_t pixel, uint64_t *in_picture)
{
    uint64_t size = g->whole.rows * g->whole.columns, picture = pixel / size;

    if (picture > g->picture) {
        clear_picture(g);
        g->picture = picture;
    }
    *in_picture = pixel % size;
    return picture == g->picture;
}

/* ---- the cells ---- */

static void tell_state(eel_growing *g, size_t at)
{
    const cell *c = &g->cells[at];

    g->cell_states[at] = !c->valued && !c->absent ? EEL_MISSING
                         : c->valued > c->absent  ? EEL_VALUE
                                                  : c->why;
}

static void tell_values(eel_growing *g, size_t at)
{
    size_t cells = (size_t)g->cell_rows * g->cell_columns;
    const float *sum = g->p_sum + at * g->classes;
    float valued = (float)g->cells[at].valued;

    for (uint32_t k = 0; k < g->classes; k++)
        g->p[k * cells + at] = valued > 0 && g->known[k] ? (uint8_t)lrintf(sum[k] / valued * 254)
                                                         : EEL_TAP_NO_VALUE;
}

static void tell_all(eel_growing *g)
{
    for (size_t at = 0; at < (size_t)g->cell_rows * g->cell_columns; at++) {
        tell_state(g, at);
        tell_values(g, at);
    }
}

/* One cell comes to another. Pixels come in the order of the scan, so the later cell has the latest absence. */
static void merge(eel_growing *g, size_t into, size_t from)
{
    cell *a = &g->cells[into];
    const cell *b = &g->cells[from];

    a->valued += b->valued;
    a->absent += b->absent;
    a->why = b->absent ? b->why : a->why;
    for (uint32_t k = 0; k < g->classes; k++)
        g->p_sum[into * g->classes + k] += g->p_sum[from * g->classes + k];
}

static void empty_cells(eel_growing *g, size_t first, size_t end)
{
    if (end <= first)
        return;
    memset(g->cells + first, 0, (end - first) * sizeof *g->cells);
    memset(g->p_sum + first * g->classes, 0, (end - first) * g->classes * sizeof *g->p_sum);
}

/* Two by two cells become one, in place: a cell never lies behind the first of the four that it is made of. */
static void halve(eel_growing *g)
{
    uint32_t rows = g->cell_rows, columns = g->cell_columns;
    uint32_t half_rows = (rows + 1) / 2, half_columns = (columns + 1) / 2;

    for (uint32_t r = 0; r < half_rows; r++) {
        for (uint32_t c = 0; c < half_columns; c++) {
            size_t into = (size_t)r * half_columns + c;
            for (uint32_t part = 0; part < 4; part++) {
                uint32_t row = 2 * r + part / 2, column = 2 * c + part % 2;
                size_t from = (size_t)row * columns + column;
                if (row >= rows || column >= columns || from == into)
                    continue;
                if (!part) /* what was there has gone to a cell before */
                    empty_cells(g, into, into + 1);
                merge(g, into, from);
            }
        }
    }
    g->cell_rows = half_rows;
    g->cell_columns = half_columns;
    g->step *= 2;
}

/* The scan is longer than what is told of it: twice as much is told, in cells twice as large where their number is at
 * its limit. */
static void lengthen(eel_growing *g)
{
    extent *shown = &g->shown;

    if (shown->rows < g->whole.rows)
        shown->rows = least(2 * shown->rows, g->whole.rows);
    else
        shown->columns = least(2 * shown->columns, g->whole.columns);
    while (cells_along(longer_side(g), g->step) > EEL_TAP_SIDE_MAX)
        halve(g);
    size_t told = (size_t)g->cell_rows * g->cell_columns;
    divide(g);
    empty_cells(g, told, (size_t)g->cell_rows * g->cell_columns);
    tell_all(g);
}

/* Of a pixel of the picture; there is one afterwards. */
static size_t cell_of(eel_growing *g, uint64_t in_picture)
{
    uint64_t row = in_picture / g->whole.columns, column = in_picture % g->whole.columns;

    while (row >= g->shown.rows || column >= g->shown.columns)
        lengthen(g);
    return (size_t)(row / g->step * g->cell_columns + column / g->step);
}

/* ---- what comes ---- */

static void add_absent(eel_growing *g, uint64_t pixel, eel_pixel_state why)
{
    uint64_t i;

    if (!turn_to(g, pixel, &i) || g->states[i] != EEL_MISSING)
        return;
    size_t at = cell_of(g, i);
    g->states[i] = (uint8_t)why;
    g->cells[at].absent++;
    g->cells[at].why = (uint8_t)why;
    tell_state(g, at);
}

void eel_growing_absent(eel_growing *g, uint64_t first, uint32_t rows, eel_pixel_state why)
{
    for (uint32_t r = 0; r < rows; r++)
        add_absent(g, first + r, why);
}

/* A value comes to its cell, in place of an absence if there is one. */
static void add_value(eel_growing *g, uint64_t i, const float *values)
{
    size_t at = cell_of(g, i);
    cell *c = &g->cells[at];
    float *sum = g->p_sum + at * g->classes;

    c->absent -= g->states[i] != EEL_MISSING;
    c->valued++;
    g->states[i] = EEL_VALUE;
    for (uint32_t k = 0; k < g->classes; k++) {
        if (isnan(values[k]))
            continue; /* not observable, here and everywhere */
        float p = fminf(fmaxf(values[k], 0), 1);
        sum[k] += p;
        g->known[k] = 1;
        g->recent_p[k] += p;
    }
    g->recent_values++;
    tell_state(g, at);
    tell_values(g, at);
}

static int is_unreadable(const float *values, uint32_t n)
{
    uint32_t k = 0;

    while (k < n && isnan(values[k]))
        k++;
    return k == n;
}

static void add_sum(spectrum *s, const float *sum, uint32_t channels, uint32_t rows)
{
    for (uint32_t i = 0; i < channels; i++) {
        if (isnan(sum[i]))
            continue;
        s->sum[i] += sum[i];
        s->count[i] += rows;
    }
    s->pixels += rows;
}

void eel_growing_add(eel_growing *g, uint64_t first, uint32_t rows, const float *values,
                     const float *sum)
{
    uint32_t news = 0, again = 0;
    uint64_t i;

    for (uint32_t r = 0; r < rows; r++, values += g->values) {
        if (is_unreadable(values, g->values)) {
            add_absent(g, first + r, EEL_DECODE_ERROR);
        } else if (turn_to(g, first + r, &i)) {
            if (g->states[i] == EEL_VALUE) {
                again++;
                continue;
            }
            add_value(g, i, values);
            news++;
        }
    }
    if (!sum || !news || again) /* of a block that came in part before, its sum was added then */
        return;
    if (!g->recent.pixels)
        g->recent_first = first;
    add_sum(&g->mean, sum, g->channels, news); /* the others could not be read, and are not in it */
    add_sum(&g->recent, sum, g->channels, news);
}

static int is_all_missing(const uint8_t *states, uint32_t rows)
{
    while (rows > 0 && states[rows - 1] == EEL_MISSING)
        rows--;
    return rows == 0;
}

int eel_growing_load(eel_growing *g, const eel_store *store)
{
    uint64_t pixels = eel_store_info_of(store)->pixels, summed = 0;
    float *values = eel_alloc(LOAD_ROWS, g->values * sizeof *values);
    float *mean = eel_alloc(g->channels, sizeof *mean);
    uint8_t states[LOAD_ROWS];
    int code = values && mean ? EEL_OK : EEL_ENOMEM;

    for (uint64_t first = 0; code == EEL_OK && first < pixels; first += LOAD_ROWS) {
        uint32_t rows = pixels - first < LOAD_ROWS ? (uint32_t)(pixels - first) : LOAD_ROWS;
        code = eel_store_states(store, first, rows, states);
        if (code == EEL_OK && is_all_missing(states, rows))
            continue;
        if (code == EEL_OK)
            code = eel_store_values(store, first, rows, values);
        for (uint32_t r = 0; code == EEL_OK && r < rows; r++) {
            if (states[r] == EEL_VALUE)
                eel_growing_add(g, first + r, 1, values + (size_t)r * g->values, NULL);
            else if (states[r] != EEL_MISSING)
                eel_growing_absent(g, first + r, 1, (eel_pixel_state)states[r]);
        }
    }
    if (code == EEL_OK)
        code = eel_store_mean(store, mean, &summed);
    for (uint32_t i = 0; code == EEL_OK && i < g->channels && summed; i++) {
        if (!isnan(mean[i])) {
            g->mean.sum[i] = (double)mean[i] * (double)summed;
            g->mean.count[i] = (double)summed;
        }
    }
    g->mean.pixels = summed;
    g->recent_values = 0;
    memset(g->recent_p, 0, g->classes * sizeof *g->recent_p);
    eel_free(values);
    eel_free(mean);
    return code;
}

static const float *average(const spectrum *s, uint32_t channels, float *out)
{
    for (uint32_t i = 0; i < channels; i++)
        out[i] = s->count[i] > 0 ? (float)(s->sum[i] / s->count[i]) : NAN;
    return out;
}

void eel_growing_frame(eel_growing *g, eel_tap_frame *f)
{
    float *recent_p = g->out + 2 * g->channels;

    f->picture = g->picture;
    f->pictures = g->pictures;
    f->rows = g->shown.rows;
    f->columns = g->shown.columns;
    f->step = g->step;
    f->cell_rows = g->cell_rows;
    f->cell_columns = g->cell_columns;
    f->classes = g->classes;
    f->states = g->cell_states;
    f->p = g->p;
    f->channels = g->channels;
    f->start_ev = g->start_ev;
    f->step_ev = g->step_ev;
    f->mean_pixels = g->mean.pixels;
    f->mean = average(&g->mean, g->channels, g->out);
    f->recent_first = g->recent_first;
    f->recent_pixels = g->recent.pixels;
    f->recent = average(&g->recent, g->channels, g->out + g->channels);
    for (uint32_t k = 0; k < g->classes; k++)
        recent_p[k] = g->recent_values && g->observable[k]
                          ? (float)(g->recent_p[k] / (double)g->recent_values) : NAN;
    f->recent_p = recent_p;
    g->recent.pixels = 0;
    g->recent_values = 0;
    memset(g->recent.sum, 0, g->channels * sizeof *g->recent.sum);
    memset(g->recent.count, 0, g->channels * sizeof *g->recent.count);
    memset(g->recent_p, 0, g->classes * sizeof *g->recent_p);
}
