#include "io/regions.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PIECE_ROWS 256
#define SETS_BITS  20 /* found elements that are told apart; there are no more than 20 */

static uint32_t told_apart(const eel_result *result)
{
    return result->found_count < SETS_BITS ? result->found_count : SETS_BITS;
}

/* Which of the found elements a pixel holds. values (classes). */
static uint32_t set_of(const eel_result *result, const float *values)
{
    uint32_t set = 0, n = told_apart(result);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t class = result->found[i];
        set |= (uint32_t)(values[class] >= result->class[class].threshold) << i;
    }
    return set;
}

/* ---- which regions there are ---- */

static int count_sets(eel_result *result, uint64_t *counts, uint64_t *valued)
{
    uint64_t pixels = eel_store_info_of(result->store)->pixels;
    uint32_t columns = eel_store_info_of(result->store)->classes;
    float *values = eel_alloc((size_t)PIECE_ROWS * columns, sizeof *values);
    uint8_t states[PIECE_ROWS];
    int code = values ? EEL_OK : EEL_ENOMEM;

    for (uint64_t first = 0; code == EEL_OK && first < pixels; first += PIECE_ROWS) {
        uint32_t rows = pixels - first < PIECE_ROWS ? (uint32_t)(pixels - first) : PIECE_ROWS;
        code = eel_store_values(result->store, first, rows, values);
        if (code == EEL_OK)
            code = eel_store_states(result->store, first, rows, states);
        for (uint32_t i = 0; code == EEL_OK && i < rows; i++) {
            if (states[i] != EEL_VALUE)
                continue;
            counts[set_of(result, values + (size_t)i * columns)]++;
            ++*valued;
        }
    }
    eel_free(values);
    return code;
}

int eel_regions_list(eel_result *result, eel_region list[EEL_REGIONS_MAX], uint32_t *count)
{
    size_t sets = (size_t)1 << told_apart(result);
    uint64_t *counts = eel_alloc(sets, sizeof *counts), valued = 0;
    int code = counts ? count_sets(result, counts, &valued) : EEL_ENOMEM;

    *count = 0;
    for (size_t s = 0; code == EEL_OK && s < sets; s++) {
        if (counts[s] == 0 || (double)counts[s] < EEL_REGIONS_SHARE * (double)valued)
            continue;
        uint32_t at = *count < EEL_REGIONS_MAX ? (*count)++ : EEL_REGIONS_MAX;
        for (; at > 0 && list[at - 1].pixels < counts[s]; at--) {
            if (at < EEL_REGIONS_MAX)
                list[at] = list[at - 1];
        }
        if (at < EEL_REGIONS_MAX)
            list[at] = (eel_region){.set = (uint32_t)s, .pixels = counts[s]};
    }
    eel_free(counts);
    return code;
}

/* ---- their spectra ---- */

static int give_memory(eel_regions *regions, const eel_result *result)
{
    size_t n = regions->axis.n;

    regions->found = told_apart(result);
    regions->memory = eel_alloc((regions->count + 2 * (size_t)regions->found) * n, sizeof(double));
    if (!regions->memory)
        return EEL_ENOMEM;
    double *at = regions->memory;
    for (uint32_t r = 0; r < regions->count; r++, at += n)
        regions->region[r].mean = at;
    for (uint32_t i = 0; i < regions->found; i++, at += 2 * n) {
        regions->element[i].inside = at;
        regions->element[i].outside = at + n;
    }
    return EEL_OK;
}

/* Sums; NAN of a channel stays NAN. */
static void add(double *restrict sum, const double *restrict more, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sum[i] += more[i];
}

/* `rows` pixels in which the same was found, and the sum of their spectra. */
static void add_alike(eel_regions *regions, uint32_t set, const double *sum, uint64_t rows)
{
    uint32_t n = regions->axis.n;

    for (uint32_t r = 0; r < regions->count; r++) {
        if (regions->region[r].set != set)
            continue;
        add(regions->region[r].mean, sum, n);
        regions->region[r].read += rows;
    }
    for (uint32_t i = 0; i < regions->found; i++) {
        int inside = set >> i & 1;
        add(inside ? regions->element[i].inside : regions->element[i].outside, sum, n);
        regions->element[i].inside_read += inside ? rows : 0;
        regions->element[i].outside_read += inside ? 0 : rows;
    }
    regions->read += rows;
}

typedef struct {
    char *raw;     /* (PIECE_ROWS, channels) as in the file */
    float *counts; /* (channels) of one of them */
    float *values; /* (PIECE_ROWS, classes) */
    uint8_t states[PIECE_ROWS];
    double *sum; /* (channels) */
} piece;

/* Every spectrum is added once, to those of the piece in which the same was found. */
static void add_rows(eel_regions *regions, const eel_result *result, piece *p, uint32_t rows)
{
    uint32_t n = regions->axis.n, columns = eel_store_info_of(result->store)->classes;
    eel_image_type type = result->about.image.type;
    size_t size = n * eel_image_type_size(type);
    uint32_t sets[PIECE_ROWS];

    for (uint32_t i = 0; i < rows; i++)
        sets[i] = set_of(result, p->values + (size_t)i * columns);
    for (uint32_t first = 0; first < rows; first++) {
        uint64_t alike = 0;
        for (uint32_t i = first; i < rows; i++) {
            if (p->states[i] != EEL_VALUE || sets[i] != sets[first])
                continue;
            eel_image_to_float(p->counts, p->raw + i * size, type, n);
            for (uint32_t k = 0; k < n; k++)
                p->sum[k] = (alike ? p->sum[k] : 0) + p->counts[k];
            p->states[i] = EEL_MISSING; /* is in a sum */
            alike++;
        }
        if (alike)
            add_alike(regions, sets[first], p->sum, alike);
    }
}

static int add_piece(eel_regions *regions, eel_result *result, eel_image *image, piece *p,
                     uint64_t first)
{
    uint64_t pixels = result->about.image.pixels;
    uint32_t rows = pixels - first < PIECE_ROWS ? (uint32_t)(pixels - first) : PIECE_ROWS;
    int code = eel_image_read(image, first, rows, p->raw);

    if (code == EEL_OK)
        code = eel_store_values(result->store, first, rows, p->values);
    if (code == EEL_OK)
        code = eel_store_states(result->store, first, rows, p->states);
    if (code != EEL_OK)
        return code;
    add_rows(regions, result, p, rows);
    return EEL_OK;
}

static int add_image(eel_regions *regions, eel_result *result, eel_image *image)
{
    const eel_image_info *info = eel_image_info_of(image);
    uint64_t size = eel_image_type_size(info->type) * (uint64_t)info->axis.n;
    uint64_t pieces = EEL_REGIONS_BYTES / (size * PIECE_ROWS) + 1;
    uint64_t step = (info->pixels / PIECE_ROWS / pieces + 1) * PIECE_ROWS;
    piece *p = eel_alloc(1, sizeof *p);
    int code = p ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK) {
        p->raw = eel_alloc(PIECE_ROWS, size);
        p->counts = eel_alloc(info->axis.n, sizeof *p->counts);
        p->values = eel_alloc((size_t)PIECE_ROWS * eel_store_info_of(result->store)->classes,
                              sizeof *p->values);
        p->sum = eel_alloc(info->axis.n, sizeof *p->sum);
        if (!p->raw || !p->counts || !p->values || !p->sum)
            code = EEL_ENOMEM;
    }
    for (uint64_t first = 0; code == EEL_OK && first < info->pixels; first += step)
        code = add_piece(regions, result, image, p, first);
    if (p) {
        eel_free(p->raw);
        eel_free(p->counts);
        eel_free(p->values);
        eel_free(p->sum);
    }
    eel_free(p);
    return code;
}

static void divide(double *sum, uint32_t n, uint64_t pixels)
{
    for (uint32_t i = 0; i < n; i++)
        sum[i] = pixels ? sum[i] / (double)pixels : NAN;
}

static void make_means(eel_regions *regions)
{
    uint32_t n = regions->axis.n;

    for (uint32_t r = 0; r < regions->count; r++)
        divide(regions->region[r].mean, n, regions->region[r].read);
    for (uint32_t i = 0; i < regions->found; i++) {
        divide(regions->element[i].inside, n, regions->element[i].inside_read);
        divide(regions->element[i].outside, n, regions->element[i].outside_read);
    }
}

int eel_regions_make(eel_regions **regions, eel_result *result)
{
    eel_image *image;

    *regions = NULL;
    if (eel_image_open_again(&image, &result->about.image) != EEL_OK)
        return EEL_OK; /* what is under its name is not that any more */
    eel_regions *made = eel_alloc(1, sizeof *made);
    int code = made ? EEL_OK : EEL_ENOMEM;
    if (code == EEL_OK) {
        made->axis = eel_image_info_of(image)->axis;
        if (!isnan(result->about.dispersion_ev))
            made->axis.step_ev = result->about.dispersion_ev;
        made->axis.start_ev += result->about.offset_ev;
        if (!isnan(result->shift.mean_ev)) /* where the axis followed the spectra, on average */
            made->axis.start_ev += result->shift.mean_ev;
        code = eel_regions_list(result, made->region, &made->count);
    }
    if (code == EEL_OK)
        code = give_memory(made, result);
    int readable = code != EEL_OK || add_image(made, result, image) == EEL_OK;
    eel_image_close(image);
    if (code != EEL_OK || !readable) {
        eel_regions_free(made);
        return code;
    }
    make_means(made);
    *regions = made;
    return EEL_OK;
}

void eel_regions_free(eel_regions *regions)
{
    if (!regions)
        return;
    eel_free(regions->memory);
    eel_free(regions);
}
