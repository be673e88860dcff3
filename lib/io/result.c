#include "io/result.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Digits of the shell as subscripts, U+2080 on; commas between them are left out. */
void eel_result_edge(const eel_result *result, uint32_t class, char *words, int size)
{
    const eel_result_class *c = &result->class[class];
    int used = snprintf(words, (size_t)size, "%s%s", c->name, c->edge.atomic_number ? " " : "");

    for (const char *s = c->edge.shell; *s && used + 4 < size; s++) {
        if (*s >= '1' && *s <= '7')
            used += snprintf(words + used, (size_t)(size - used), "\xe2\x82%c", 0x80 + *s - '0');
        else if (*s != ',')
            used += snprintf(words + used, (size_t)(size - used), "%c", *s);
    }
}

uint32_t eel_result_channels(const eel_result *result)
{
    return result->classes + (result->shift_column != 0);
}

uint64_t eel_result_pages(const eel_result *result)
{
    return eel_result_channels(result) * result->planes;
}

int eel_result_plane(eel_result *result, uint32_t class, uint64_t p)
{
    uint64_t count = result->rows * result->columns;

    return eel_store_plane(result->store, class, p * count, count, result->plane);
}

/* ---- what was found ---- */

/* Sets the group of marked neighbours around `start` to unmarked and returns its size. */
static uint64_t take_patch(float *marks, uint64_t rows, uint64_t columns, uint64_t start,
                           uint64_t *stack)
{
    uint64_t depth = 0, size = 0;

    marks[start] = 0;
    stack[depth++] = start;
    while (depth > 0) {
        uint64_t at = stack[--depth], row = at / columns, column = at % columns;
        uint64_t last_row = row + 1 < rows ? row + 1 : row;
        uint64_t last_column = column + 1 < columns ? column + 1 : column;
        size++;
        for (uint64_t r = row ? row - 1 : 0; r <= last_row; r++) {
            for (uint64_t c = column ? column - 1 : 0; c <= last_column; c++) {
                if (marks[r * columns + c] == 0)
                    continue;
                marks[r * columns + c] = 0;
                stack[depth++] = r * columns + c;
            }
        }
    }
    return size;
}

void eel_found_add(eel_result_class *c, float *plane, uint64_t rows, uint64_t columns,
                   uint64_t *stack)
{
    uint64_t n = rows * columns;

    for (uint64_t i = 0; i < n; i++) {
        float value = plane[i];
        plane[i] = value >= c->threshold; /* 0 for NAN */
        if (isnan(value))
            continue;
        c->valued++;
        c->above += value >= c->threshold;
        c->mean += value;
        c->max = fmax(c->max, value);
    }
    for (uint64_t i = 0; i < n; i++) {
        if (plane[i] == 0)
            continue;
        uint64_t size = take_patch(plane, rows, columns, i, stack);
        c->patch = size > c->patch ? size : c->patch;
    }
}

int eel_found(const eel_result_class *c, uint64_t rows, uint64_t columns)
{
    double n = (double)c->valued, tenth = ceil(n / 10);
    double neighbours = rows == 1 || columns == 1 ? 2 : 8;

    if (c->patch == 0 || (double)c->patch < fmin(EEL_FOUND_PATCH, tenth))
        return 0;
    double outside = (double)(c->valued - c->patch);
    double p = outside > 0 ? (double)(c->above - c->patch) / outside : 0;
    double by_chance = n * p * pow(neighbours * p, (double)c->patch - 1);
    return c->share >= EEL_FOUND_SHARE || by_chance < EEL_FOUND_CHANCE;
}

static int measure_class(eel_result *result, uint32_t index, uint64_t *stack)
{
    eel_result_class *c = &result->class[index];
    int code = EEL_OK;

    memcpy(c->name, result->about.class_name[index], sizeof c->name);
    c->edge = result->about.edge[index];
    c->observable = result->about.observable[index];
    c->threshold = result->about.threshold[index];
    for (uint64_t p = 0; code == EEL_OK && p < result->planes; p++) {
        code = eel_result_plane(result, index, p);
        if (code == EEL_OK)
            eel_found_add(c, result->plane, result->rows, result->columns, stack);
    }
    c->share = c->valued ? (double)c->above / (double)c->valued : NAN;
    c->mean = c->valued ? c->mean / (double)c->valued : NAN;
    c->max = c->valued ? c->max : NAN;
    c->found = c->observable && eel_found(c, result->rows, result->columns);
    return code;
}

static double onset(const eel_result *result, uint32_t class)
{
    return result->class[class].edge.onset_ev;
}

static void list_found(eel_result *result)
{
    for (uint32_t c = 0; c < result->classes; c++) {
        if (!result->class[c].found || !result->class[c].edge.atomic_number)
            continue;
        uint32_t at = result->found_count++;
        for (; at > 0 && onset(result, result->found[at - 1]) > onset(result, c); at--)
            result->found[at] = result->found[at - 1];
        result->found[at] = c;
    }
}

static int measure(eel_result *result)
{
    uint64_t *stack = eel_alloc(result->rows * result->columns, sizeof *stack);
    int code = stack ? EEL_OK : EEL_ENOMEM;

    for (uint32_t c = 0; code == EEL_OK && c < result->classes; c++)
        code = measure_class(result, c, stack);
    if (code == EEL_OK)
        list_found(result);
    if (code == EEL_OK)
        code = eel_result_measure_other(result);
    if (code == EEL_OK)
        code = eel_result_measure_shift(result);
    eel_free(stack);
    return code;
}

/* ---- the energy axis ---- */

static void look_for_shift(eel_result *result)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    eel_axis axis = {info->sum_start_ev, info->sum_step_ev, info->sum_channels};
    double onsets[EEL_STORE_CLASSES_MAX];
    eel_shift *off = &result->off;

    for (uint32_t i = 0; i < result->found_count; i++)
        onsets[i] = onset(result, result->found[i]);
    if (result->mean_pixels > 0 && eel_shift_find(off, result->mean, &axis, onsets, (int)result->found_count)) {
        for (int i = 0; i < off->edges; i++)
            off->which[i] = (int)result->found[off->which[i]];
    }
}

double eel_result_hint_offset(const eel_result *result)
{
    return eel_shift_offset(&result->off, result->about.offset_ev);
}

int eel_result_hint(const eel_result *result, char *words, size_t size)
{
    const eel_shift *off = &result->off;
    double offset_ev = eel_result_hint_offset(result);
    const char *names[EEL_SHIFT_EDGES];

    for (int i = 0; i < off->edges; i++)
        names[i] = result->class[off->which[i]].name;
    eel_shift_words(off, names, words, size);
    size_t used = strlen(words);
    if (isnan(offset_ev))
        snprintf(words + used, size - used, "; check the dispersion and the offset of the energy axis");
    else if (!result->shift_column) /* what follows the spectra undoes an offset */
        snprintf(words + used, size - used, "; if the energy axis is off, try --offset %.0f", offset_ev);
    return off->edges > 0;
}

/* ---- open and close ---- */

/* The last column that is left is no class but this one. */
static int ends_with(const eel_result *result, const char *column)
{
    return result->classes > 1 && !strcmp(result->about.class_name[result->classes - 1], column);
}

/* The store and the description of the run in it must speak of the same pixels. */
static int check_shape(eel_result *result)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    const eel_image_info *image = &result->about.image;
    uint64_t pixels = 1;

    for (int a = 0; a < image->nav_count; a++) {
        if (image->nav[a].size < 1 || image->nav[a].size > EEL_STORE_PIXELS_MAX / pixels)
            return eel_fail(EEL_EFORMAT, "store: navigation axis %d has %llu pixels", a,
                            (unsigned long long)image->nav[a].size);
        pixels *= image->nav[a].size;
    }
    if (pixels != info->pixels || result->about.classes != info->classes)
        return eel_fail(EEL_EFORMAT,
                        "store: described as %llu pixels x %u classes, holds %llu x %u",
                        (unsigned long long)pixels, result->about.classes,
                        (unsigned long long)info->pixels, info->classes);
    int n = image->nav_count;
    result->columns = n > 0 ? image->nav[n - 1].size : 1;
    result->rows = n > 1 ? image->nav[n - 2].size : 1;
    result->planes = pixels / (result->columns * result->rows);
    result->classes = info->classes;
    if (ends_with(result, EEL_SHIFT_EV))
        result->shift_column = --result->classes;
    if (ends_with(result, EEL_OTHER_EV))
        result->other_column = --result->classes;
    return EEL_OK;
}

static int load(eel_result *result, const char *store)
{
    int code = eel_store_open(&result->store, store, EEL_STORE_READ);

    if (code != EEL_OK)
        return code;
    const eel_store_info *info = eel_store_info_of(result->store);
    result->counts = eel_store_count(result->store);
    code = eel_description_parse(&result->about, info->description);
    if (code == EEL_OK)
        code = check_shape(result);
    if (code != EEL_OK)
        return code;
    result->plane = eel_alloc(result->rows * result->columns, sizeof *result->plane);
    result->mean = eel_alloc(info->sum_channels, sizeof *result->mean);
    if (!result->plane || !result->mean)
        return EEL_ENOMEM;
    result->formats = eel_result_formats_cheap(result);
    code = eel_store_mean(result->store, result->mean, &result->mean_pixels);
    if (code == EEL_OK)
        code = measure(result);
    if (code == EEL_OK)
        look_for_shift(result);
    return code;
}

int eel_result_open(eel_result **result, const char *store)
{
    eel_result *made = eel_alloc(1, sizeof *made);
    int code = made ? load(made, store) : EEL_ENOMEM;

    if (code != EEL_OK) {
        eel_result_close(made);
        return code;
    }
    *result = made;
    return EEL_OK;
}

void eel_result_close(eel_result *result)
{
    if (!result)
        return;
    eel_store_close(result->store);
    eel_free(result->plane);
    eel_free(result->mean);
    eel_free(result);
}
