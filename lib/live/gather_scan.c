#include "live/gather_state.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int gather_refuse(eel_gather *g, int code)
{
    g->refused = code;
    snprintf(g->why, sizeof g->why, "%s", eel_words());
    return EEL_OK;
}

int gather_put_refused(eel_gather *g, uint64_t number, int code, const char *words)
{
    eel_piece piece = {.kind = EEL_RING_REFUSED, .first = number, .code = code, .data = strdup(words)};

    return piece.data ? eel_ring_put(g->how.ring, &piece) : eel_fail(EEL_ENOMEM, "no memory for words");
}

int gather_begin(eel_gather *g, const eel_image_info *from, int shifted)
{
    g->scan = calloc(1, sizeof *g->scan);
    if (!g->scan)
        return eel_fail(EEL_ENOMEM, "no memory for a scan");
    g->scan->image = *from;
    g->scan->shifted = shifted;
    g->settled = g->unput = 0;
    g->refused = EEL_OK;
    g->next = g->first = g->left_out = g->passed = g->gap_count = g->frames_before = 0;
    g->count = 0;
    g->heard_s = eel_clock_s();
    int code = gather_settle_shape(g, from);
    if (code == EEL_OK && !g->refused)
        code = gather_settle_energies(g);
    if (g->refused) {
        free(g->scan);
        g->scan = NULL;
        return code;
    }
    g->row_bytes = eel_live_row_bytes(g->scan);
    size_t rows = code == EEL_OK ? EEL_LIVE_BLOCK_BYTES / g->row_bytes : 1;
    g->rows_max = rows < 1 ? 1 : rows > EEL_LIVE_BLOCK_ROWS ? EEL_LIVE_BLOCK_ROWS : (uint32_t)rows;
    return code;
}

static void stamp(char began[32])
{
    struct timespec now;
    struct tm utc;
    char when[24] = "";

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(began, 32, "%s.%03dZ", when, (int)(now.tv_nsec / 1000000));
}

static int make_spool(eel_gather *g)
{
    eel_live_scan *scan = g->scan;
    char *image = eel_image_info_to_json(&scan->image), *header = NULL;
    int length = image ? asprintf(&header, "{\"scan\": %ju, \"block_rows\": %u, \"columns\": %ju, "
                                  "\"open\": %s, \"shifted\": %s, \"began\": \"%s\", \"image\": %s}",
                                  (uintmax_t)scan->number, scan->block_rows,
                                  (uintmax_t)scan->columns, scan->open ? "true" : "false",
                                  scan->shifted ? "true" : "false", scan->began, image) : -1;
    int code = length < 0 ? eel_fail(EEL_ENOMEM, "no memory for a scan")
                          : eel_spool_create(&scan->spool, g->how.overrun->folder, scan->number,
                                             header, g->row_bytes);

    free(image);
    if (length >= 0)
        free(header);
    return code;
}

/* Another process may spool into that folder: each takes the next number that is free. */
static int open_spool(eel_gather *g)
{
    int code;

    while ((code = make_spool(g)) == EEL_ECANCEL)
        g->scan->number = g->number++;
    return code;
}

/* From then on it is the taker's. One that the disk has no room for, or not yet, is passed over. */
static int put_scan(eel_gather *g)
{
    int code = g->how.overrun->kind == EEL_SPOOL ? open_spool(g) : EEL_OK;

    if (code == EEL_EIO) {
        g->unput = 1;
        return gather_put_refused(g, g->scan->number, code, eel_words());
    }
    if (code != EEL_OK)
        free(g->scan);
    else
        code = eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_SCAN, .data = g->scan});
    if (code != EEL_OK) {
        g->scan = NULL;
        g->count = 0;
    }
    return code;
}

int gather_settle(eel_gather *g, double now_s)
{
    eel_live_scan *scan = g->scan;

    scan->block_rows = gather_block_rows(g, now_s);
    if (scan->open)
        gather_shape_open(scan, (uint64_t)EEL_LIVE_BLOCKS_MAX * scan->block_rows);
    scan->number = g->number++;
    stamp(scan->began);
    g->scans++;
    g->settled = 1;
    int code = put_scan(g);
    if (code == EEL_OK)
        code = gather_absence(g, 0, g->first, EEL_SOURCE_GAP);
    return code == EEL_OK ? gather_flush(g, 0) : code;
}

/* Nothing ever came of it: lost, unless it was not to come. */
static int put_unheard(eel_gather *g, eel_pixel_state why, const char *words)
{
    char text[EEL_WORDS_MAX];

    if (why == EEL_CANCELLED)
        return words ? gather_words(g, "a scan ended before its first pixel: %s", words) : EEL_OK;
    snprintf(text, sizeof text, "a scan ended before its first pixel%s%.900s", words ? ": " : "", words ? words : "");
    return gather_put_refused(g, 0, EEL_EFORMAT, text);
}

int gather_end(eel_gather *g, eel_pixel_state why, const char *words)
{
    eel_live_scan *scan = g->scan;
    int code = EEL_OK, unheard = scan ? g->next == 0 : g->refused && *g->why;

    g->refused = EEL_OK;
    if (!scan && !unheard)
        return EEL_OK;
    if (unheard) {
        free(scan);
        g->scan = NULL;
        return put_unheard(g, why, words);
    }
    if (!g->settled)
        code = gather_settle(g, eel_clock_s());
    if (!g->scan)
        return code;
    if (code == EEL_OK)
        code = gather_flush(g, 1);
    uint64_t total = scan->image.pixels;
    if (scan->open)
        total = scan->columns ? (g->next + scan->columns - 1) / scan->columns * scan->columns
                              : g->next;
    if (code == EEL_OK)
        code = gather_absence(g, g->next, total, why);
    if (code == EEL_OK && words && g->next < total)
        code = gather_words(g, "scan %ju ended %ju pixels early: %s", (uintmax_t)scan->number,
                         (uintmax_t)(total - g->next), words);
    if (code == EEL_OK && g->passed)
        code = gather_words(g, "scan %ju: %ju frames came after later ones; they are left out, for spectra have to come "
                         "in the order of the scan", (uintmax_t)scan->number, (uintmax_t)g->passed);
    if (code == EEL_OK && g->left_out)
        code = gather_words(g, "scan %ju: %ju frames were left out, they came twice or belong to no "
                         "pixel of it; is --scan right?", (uintmax_t)scan->number,
                         (uintmax_t)g->left_out);
    if (g->unput)
        free(scan);
    else if (code == EEL_OK)
        code = eel_ring_put(g->how.ring, &(eel_piece){.kind = EEL_RING_END, .rows = total});
    g->scan = NULL; /* the taker's, from now on */
    g->left_out = 0;
    return code;
}
