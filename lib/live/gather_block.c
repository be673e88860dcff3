#include "live/gather_state.h"
#include "base/clock.h"
#include "base/err.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_S      0.01 /* of frames make a block */
#define OPEN_BLOCK_S 0.25 /* the same of a scan of unknown length: its blocks are limited … */
#define OPEN_ROWS_MIN 16   /* … so that one that begins slowly needs larger ones: a map of 512 x 512 fits */

int gather_words(eel_gather *g, const char *format, ...)
{
    char words[EEL_WORDS_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    char *copy = strdup(words);
    return copy ? eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_WORDS, .data = copy})
                : eel_fail(EEL_ENOMEM, "no memory for words");
}

int gather_absence(eel_gather *g, uint64_t first, uint64_t end, eel_pixel_state why)
{
    if (first >= end || g->unput)
        return EEL_OK;
    return eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_ABSENT, .first = first,
                                                  .rows = end - first, .why = why});
}

/* `count` rows of the buffer, from row `from` on, as one piece of their own. */
static int put_rows(eel_gather *g, uint32_t from, uint32_t count)
{
    size_t bytes = count * g->row_bytes;

    if (g->unput)
        return EEL_OK;
    char *data = eel_ring_buffer(g->how.ring, bytes);
    if (!data)
        return eel_fail(EEL_ENOMEM, "no memory for what arrives");
    memcpy(data, g->rows + from * g->row_bytes, bytes);
    return eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_DATA, .first = g->first + from,
                                                  .rows = count, .data = data, .bytes = bytes});
}

static uint32_t rows_to_boundary(const eel_gather *g, uint64_t pixel)
{
    return (uint32_t)(g->scan->block_rows - pixel % g->scan->block_rows);
}

int gather_flush(eel_gather *g, int all)
{
    uint32_t done = 0;
    int code = EEL_OK;

    while (done < g->count && code == EEL_OK) {
        uint32_t rows = rows_to_boundary(g, g->first + done);
        if (rows > g->count - done && !all)
            break;
        rows = rows < g->count - done ? rows : g->count - done;
        code = put_rows(g, done, rows);
        done += rows;
    }
    memmove(g->rows, g->rows + done * g->row_bytes, (g->count - done) * g->row_bytes);
    g->first += done;
    g->count -= done;
    return code;
}

/* Thinned, whole rows are kept or left out. */
static int is_by_row(const eel_gather *g)
{
    return g->how.overrun->kind == EEL_THIN && g->scan->columns && g->scan->columns < g->rows_max;
}

uint64_t gather_pixels_max(const eel_gather *g)
{
    if (!g->scan->open || g->settled)
        return g->scan->image.pixels;
    return EEL_LIVE_BLOCKS_MAX * (is_by_row(g) ? g->scan->columns : g->rows_max);
}

uint32_t gather_block_rows(const eel_gather *g, double now_s)
{
    uint64_t pixels = g->scan->open ? g->next : g->scan->image.pixels; /* that there will be at least */
    double rate = g->count / fmax(now_s - g->since_s, 1e-6);
    double rows = rate * (g->scan->open ? OPEN_BLOCK_S : BLOCK_S);
    uint32_t power = 1;

    if (is_by_row(g))
        return (uint32_t)g->scan->columns;
    if (g->scan->open)
        rows = fmax(rows, OPEN_ROWS_MIN);
    rows = fmax(rows, 2.0 * (double)pixels / EEL_LIVE_BLOCKS_MAX); /* small blocks, but not more than that of them */
    while (2.0 * power <= rows && 2 * power <= g->rows_max)
        power *= 2;
    return 2.0 * power <= rows ? g->rows_max : power;
}
