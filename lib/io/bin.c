#include "io/bin.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/stated.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (4u << 20) /* of spectra that are read at once */

static int parse(eel_binning *b, const eel_image_info *info, const char *bin)
{
    char *end = (char *)bin;
    uint64_t by = isdigit((unsigned char)*bin) ? strtoull(bin, &end, 10) : 0;
    int axis;

    if (by > 0 && !*end) {
        for (int k = b->axes > 2 ? b->axes - 2 : 0; k < b->axes; k++)
            b->by[k] = by;
        return EEL_OK;
    }
    if (!strchr(bin, '='))
        return eel_fail(EEL_EARGS, "--bin: '%s', expected N, as 2, or AXIS=N, as y=2,x=4", bin);
    for (const char *at = bin; *at;) {
        size_t n = strcspn(at, ",");
        int code = eel_stated_pair(&axis, &by, info, "bin", at, n);
        if (code != EEL_OK)
            return code;
        if (by == 0)
            return eel_fail(EEL_EARGS, "--bin: %.*s, expected 1 or more", (int)n, at);
        if (b->by[axis])
            return eel_fail(EEL_EARGS, "--bin: '%s' names an axis twice", bin);
        b->by[axis] = by;
        at += n + (at[n] == ',');
    }
    return EEL_OK;
}

int eel_bin(eel_binning *b, eel_image_info *info, const char *bin)
{
    *b = (eel_binning){.axes = info->nav_count, .type = info->type, .channels = info->axis.n};
    int code = parse(b, info, bin);
    if (code != EEL_OK || info->pixels == 1)
        return code;
    info->pixels = 1;
    for (int k = 0; k < b->axes; k++) {
        eel_nav_axis *axis = &info->nav[k];
        b->size[k] = axis->size;
        b->by[k] = b->by[k] == 0 ? 1 : b->by[k] < axis->size ? b->by[k] : axis->size;
        b->bins[k] = (axis->size + b->by[k] - 1) / b->by[k];
        axis->offset += axis->scale * ((double)b->by[k] - 1) / 2;
        axis->scale *= (double)b->by[k];
        axis->size = b->bins[k];
        info->pixels *= axis->size;
    }
    info->type = EEL_IMAGE_F32;
    strcpy(info->bin, bin);
    return EEL_OK;
}

static void add(float *restrict sum, uint32_t *restrict members, const float *restrict values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int is_number = !isnan(values[i]);
        sum[i] += is_number ? values[i] : 0;
        members[i] += (uint32_t)is_number;
    }
}

/* A channel that some spectra of a pixel have not is as high as if they had: no dip that none of them shows. */
static void fill_up(float *sum, const uint32_t *members, uint32_t n)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < n; i++)
        most = members[i] > most ? members[i] : most;
    for (uint32_t i = 0; i < n; i++) {
        if (members[i] < most || most == 0)
            sum[i] = members[i] ? sum[i] * (float)most / (float)members[i] : NAN;
    }
}

typedef struct {
    eel_read_spectra read;
    void *from;
    uint32_t rows;     /* that fit into what follows */
    void *raw;
    float *counts;
    uint32_t *members; /* (pixels, channels): how many numbers are in each sum */
} piece;

/* Adds `count` spectra from `first` on, neighbours along the last axis, to sums: `by` to each. */
static int add_run(const eel_binning *b, const piece *p, uint64_t first, uint64_t count, uint64_t by, float *sums)
{
    for (uint64_t done = 0; done < count;) {
        uint32_t rows = count - done < p->rows ? (uint32_t)(count - done) : p->rows;
        int code = p->read(p->from, first + done, rows, p->raw);
        if (code != EEL_OK)
            return code;
        eel_image_to_float(p->counts, p->raw, b->type, (size_t)rows * b->channels);
        for (uint32_t i = 0; i < rows; i++, done++) {
            size_t at = done / by * b->channels;
            add(sums + at, p->members + at, p->counts + (size_t)i * b->channels, b->channels);
        }
    }
    return EEL_OK;
}

/* The place after `at` in the box from `low` to `high` (excluded), the last axis aside. Returns 0 behind its end. */
static int next_place(uint64_t *at, const uint64_t *low, const uint64_t *high, int axes)
{
    for (int k = axes - 2; k >= 0; k--) {
        if (++at[k] < high[k])
            return 1;
        at[k] = low[k];
    }
    return 0;
}

/* Pixels first … of one line along the last axis, as many as there are or as are wanted; *n: how many. */
static int read_line(const eel_binning *b, const piece *p, uint64_t first, uint32_t wanted, float *sums, uint32_t *n)
{
    uint64_t low[EEL_NAV_MAX], high[EEL_NAV_MAX], at[EEL_NAV_MAX];
    int last = b->axes - 1, code = EEL_OK;
    uint64_t left = b->bins[last] - first % b->bins[last];

    *n = left < wanted ? (uint32_t)left : wanted;
    for (int k = last; k >= 0; k--) {
        uint64_t bin = first % b->bins[k], bins = k == last ? *n : 1;
        first /= b->bins[k];
        at[k] = low[k] = bin * b->by[k];
        high[k] = (bin + bins) * b->by[k] < b->size[k] ? (bin + bins) * b->by[k] : b->size[k];
    }
    memset(sums, 0, (size_t)*n * b->channels * sizeof *sums);
    memset(p->members, 0, (size_t)*n * b->channels * sizeof *p->members);
    do {
        uint64_t pixel = 0;
        for (int k = 0; k <= last; k++)
            pixel = pixel * b->size[k] + at[k];
        code = add_run(b, p, pixel, high[last] - low[last], b->by[last], sums);
    } while (code == EEL_OK && next_place(at, low, high, b->axes));
    for (uint32_t i = 0; i < *n; i++)
        fill_up(sums + (size_t)i * b->channels, p->members + (size_t)i * b->channels, b->channels);
    return code;
}

int eel_bin_read(const eel_binning *b, uint64_t first, uint32_t rows, float *sums, eel_read_spectra read, void *from)
{
    size_t row = b->channels * eel_image_type_size(b->type);
    uint64_t most = PIECE_BYTES / row + 1, line = rows < b->bins[b->axes - 1] ? rows : b->bins[b->axes - 1];
    uint64_t spectra = line * b->by[b->axes - 1];
    piece p = {.read = read, .from = from, .rows = (uint32_t)(spectra < most ? spectra : most)};
    int code = EEL_OK;

    p.raw = eel_alloc(p.rows, row);
    p.counts = eel_alloc((size_t)p.rows * b->channels, sizeof *p.counts);
    p.members = eel_alloc((size_t)line * b->channels, sizeof *p.members);
    if (!p.raw || !p.counts || !p.members)
        code = EEL_ENOMEM;
    while (code == EEL_OK && rows > 0) {
        uint32_t n;
        code = read_line(b, &p, first, rows, sums, &n);
        sums += (size_t)n * b->channels;
        first += n;
        rows -= n;
    }
    eel_free(p.raw);
    eel_free(p.counts);
    eel_free(p.members);
    return code;
}
