#include "io/layers.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE      720  /* of the pictures, pixels */
#define POINTS    2000 /* of a line scan that is shown */
#define TILE_GAP  3    /* as eel_figure_fit leaves it */

const eel_colour eel_region_colours[EEL_REGIONS_MAX] = {0x3b7dd8, 0xe08a2e, 0x2f9e6e, 0xa05cc5,
                                                        0xd0527a};

/* ---- make ---- */

static eel_figure_size size_of(const eel_result *result)
{
    int points = eel_figure_line(result);

    if (points > 0) {
        int w = points < POINTS ? points : POINTS;
        return (eel_figure_size){.w = w, .h = 1, .tiles_across = 1, .tiles_down = 1, .tile_w = w,
                                 .tile_h = 1};
    }
    return eel_figure_fit(result, SIDE, SIDE, 1);
}

/* Lays picture `tile` of the series, which is in result->plane, in its place. */
static void lay_tile(eel_layers *layers, float *map, float *scratch, int tile)
{
    const eel_figure_size *s = &layers->size;
    const eel_result *result = layers->result;
    int line = eel_figure_line(result) > 0;
    size_t left = (size_t)(tile % s->tiles_across) * (size_t)(s->tile_w + TILE_GAP);
    size_t top = (size_t)(tile / s->tiles_across) * (size_t)(s->tile_h + TILE_GAP);

    eel_picture_resample(scratch, s->tile_w, s->tile_h, result->plane, line ? 1 : result->rows,
                         line ? result->rows * result->columns : result->columns);
    for (int row = 0; row < s->tile_h; row++)
        memcpy(map + (top + (size_t)row) * (size_t)s->w + left,
               scratch + (size_t)row * (size_t)s->tile_w, (size_t)s->tile_w * sizeof *map);
}

static double spread_of(const float *map, size_t n)
{
    double sum = 0, squares = 0, count = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(map[i]))
            continue;
        sum += map[i];
        squares += (double)map[i] * map[i];
        count++;
    }
    return count ? sqrt(fmax(squares / count - sum / count * sum / count, 0)) : 0;
}

static int lay_element(eel_layers *layers, eel_result *result, uint32_t i, float *scratch)
{
    const eel_figure_size *s = &layers->size;
    size_t n = (size_t)s->w * (size_t)s->h;
    uint64_t tiles = (uint64_t)s->tiles_across * (uint64_t)s->tiles_down;
    int code = EEL_OK;

    tiles = result->planes < tiles ? result->planes : tiles;
    layers->map[i] = eel_alloc(n, sizeof(float));
    if (!layers->map[i])
        return EEL_ENOMEM;
    for (size_t k = 0; k < n; k++)
        layers->map[i][k] = INFINITY;
    for (uint64_t t = 0; code == EEL_OK && t < tiles; t++) {
        code = eel_result_plane(result, result->found[i], t * result->planes / tiles);
        if (code == EEL_OK)
            lay_tile(layers, layers->map[i], scratch, (int)t);
    }
    layers->spread[i] = spread_of(layers->map[i], n);
    return code;
}

int eel_layers_make(eel_layers **layers, eel_result *result)
{
    eel_layers *made = eel_alloc(1, sizeof *made);
    float *scratch = NULL;
    int code = made ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK) {
        made->result = result;
        made->size = size_of(result);
        made->count = result->found_count;
        scratch = eel_alloc((size_t)made->size.tile_w * (size_t)made->size.tile_h, sizeof *scratch);
        code = scratch ? EEL_OK : EEL_ENOMEM;
    }
    for (uint32_t i = 0; code == EEL_OK && i < made->count; i++)
        code = lay_element(made, result, i, scratch);
    eel_free(scratch);
    if (code != EEL_OK) {
        eel_layers_free(made);
        return code;
    }
    *layers = made;
    return EEL_OK;
}

void eel_layers_free(eel_layers *layers)
{
    for (uint32_t i = 0; layers && i < layers->count; i++)
        eel_free(layers->map[i]);
    eel_free(layers);
}

int eel_layers_choose(const eel_layers *layers, uint32_t rgb[3])
{
    uint32_t chosen[3] = {0};

    if (layers->count < 3)
        return 0;
    for (int k = 0; k < 3; k++) {
        int best = -1;
        for (uint32_t i = 0; i < layers->count; i++) {
            int taken = 0;
            for (int j = 0; j < k; j++)
                taken |= chosen[j] == i;
            if (!taken && (best < 0 || layers->spread[i] > layers->spread[best]))
                best = (int)i;
        }
        chosen[k] = (uint32_t)best;
    }
    for (int k = 0; k < 3; k++) { /* three numbers in order */
        rgb[k] = chosen[0] < chosen[1] ? chosen[0] : chosen[1];
        rgb[k] = chosen[2] < rgb[k] ? chosen[2] : rgb[k];
        for (int j = 0; j < 3; j++)
            chosen[j] = chosen[j] == rgb[k] ? UINT32_MAX : chosen[j];
    }
    return 1;
}

/* ---- draw ---- */

typedef eel_colour (*colour_at)(const eel_layers *layers, size_t at, const void *context);

static int draw(eel_picture **picture, const eel_layers *layers, colour_at colour,
                const void *context)
{
    const eel_figure_size *s = &layers->size;
    size_t n = (size_t)s->w * (size_t)s->h;
    eel_colour *colours = eel_alloc(n, sizeof *colours);
    int code = colours ? eel_picture_new(picture, s->w, s->h) : EEL_ENOMEM;

    for (size_t i = 0; code == EEL_OK && i < n; i++) {
        float value = layers->map[0][i];
        colours[i] = isinf(value) ? EEL_WHITE : isnan(value) ? EEL_ABSENT_COLOUR
                                                             : colour(layers, i, context);
    }
    if (code == EEL_OK)
        eel_picture_pixels(*picture, s->w, s->h, colours);
    eel_free(colours);
    return code;
}

static eel_colour element_colour(const eel_layers *layers, size_t at, const void *context)
{
    static _Thread_local eel_colour colours[256];

    if (!colours[255]) {
        for (int i = 0; i < 256; i++)
            colours[i] = eel_colour_of(i / 255.0);
    }
    float value = layers->map[*(const uint32_t *)context][at];
    return isnan(value) ? EEL_ABSENT_COLOUR : colours[lroundf(255 * fminf(fmaxf(value, 0), 1))];
}

int eel_layers_element(eel_picture **picture, const eel_layers *layers, uint32_t i)
{
    return draw(picture, layers, element_colour, &i);
}

static eel_colour composite_colour(const eel_layers *layers, size_t at, const void *context)
{
    const uint32_t *rgb = context;
    eel_colour colour = 0;

    for (int k = 0; k < 3; k++) {
        float value = layers->map[rgb[k]][at];
        colour = colour << 8 | (eel_colour)lroundf(255 * fminf(fmaxf(value, 0), 1));
    }
    return colour;
}

int eel_layers_composite(eel_picture **picture, const eel_layers *layers, const uint32_t rgb[3])
{
    return draw(picture, layers, composite_colour, rgb);
}

typedef struct {
    const eel_region *regions;
    uint32_t count;
} region_list;

static eel_colour region_colour(const eel_layers *layers, size_t at, const void *context)
{
    const region_list *list = context;
    const eel_result *result = layers->result;
    uint32_t set = 0;

    for (uint32_t i = 0; i < layers->count && i < 32; i++)
        set |= (uint32_t)(layers->map[i][at] >= result->class[result->found[i]].threshold) << i;
    for (uint32_t r = 0; r < list->count; r++) {
        if (list->regions[r].set == set)
            return eel_region_colours[r];
    }
    return EEL_GREY;
}

int eel_layers_regions(eel_picture **picture, const eel_layers *layers, const eel_region *regions,
                       uint32_t count)
{
    return draw(picture, layers, region_colour, &(region_list){regions, count});
}
