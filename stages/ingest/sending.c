#include "ingest/sending.h"
#include "base/err.h"
#include "nn/numbers.h"
#include "shared/joints.h"

#include <stdlib.h>
#include <string.h>

static int describe(const eel_request *request, eel_flow *flow, const eel_live_scan *scan)
{
    char *text = eel_image_info_to_json(&scan->image);
    json_t *image = text ? json_loads(text, 0, NULL) : NULL;
    json_t *run = json_pack("{s:{s:s, s:I, s:s}, s:o, s:s, s:i, s:b, s:b, s:s}", "input", "source",
                            request->source->name, "scan", (json_int_t)scan->number, "began", scan->began,
                            "image", image, "version", EEL_VERSION, "block_rows",
                            (int)scan->block_rows, "open", scan->open, "shifted", scan->shifted, "numbers",
                            eel_numbers_name(eel_numbers_here()));

    free(text);
    eel_flow_total(flow, scan->open ? 0 : scan->image.pixels);
    return eel_describe_run(flow, run);
}

typedef struct {
    eel_flow *flow;
    const eel_live_scan *scan;
    uint64_t blocks;
} sender;

/* Takes the shifts from between the spectra. */
static int part(const eel_live_scan *scan, eel_block *block, const char *data)
{
    size_t spectrum = eel_live_spectrum_bytes(scan), row = eel_live_row_bytes(scan);
    float shifts[EEL_LIVE_BLOCK_ROWS];

    for (uint32_t i = 0; i < block->rows; i++) {
        memcpy((char *)block->data + i * spectrum, data + i * row, spectrum);
        memcpy(&shifts[i], data + i * row + spectrum, sizeof *shifts);
    }
    return eel_block_side(block, shifts, block->rows * sizeof *shifts);
}

static int send_pixels(sender *s, uint64_t first, uint32_t rows, const void *data)
{
    const eel_image_info *image = &s->scan->image;
    eel_block *block = eel_block_new(s->blocks++, first, rows, image->axis.n,
                                     eel_dtype_of(image->type));

    if (!block)
        return EEL_ENOMEM;
    block->start_ev = image->axis.start_ev;
    block->step_ev = image->axis.step_ev;
    int code = EEL_OK;
    if (s->scan->shifted)
        code = part(s->scan, block, data);
    else
        memcpy(block->data, data, rows * eel_live_spectrum_bytes(s->scan));
    if (code == EEL_OK)
        eel_send(s->flow, block);
    else
        eel_block_free(block);
    return code;
}

static int send_absence(sender *s, uint64_t first, uint64_t rows, eel_pixel_state why)
{
    while (rows > 0 && eel_flow_running(s->flow)) {
        uint32_t piece = rows < EEL_BLOCK_ROWS_MAX ? (uint32_t)rows : EEL_BLOCK_ROWS_MAX;
        eel_block *block = eel_block_tombstone(s->blocks++, first, piece, why);
        if (!block)
            return EEL_ENOMEM;
        eel_send(s->flow, block);
        first += piece;
        rows -= piece;
    }
    return EEL_OK;
}

eel_sent eel_send_scan(eel_hearing *hearing, eel_flow *flow, const eel_live_scan *scan)
{
    sender s = {.flow = flow, .scan = scan};
    eel_piece piece;

    eel_flow_check(flow, describe(hearing->request, flow, scan));
    while (eel_hearing_next(hearing, flow, &piece)) {
        int end = piece.kind == EEL_RING_END;
        if (piece.kind == EEL_RING_DATA)
            eel_flow_check(flow, send_pixels(&s, piece.first, (uint32_t)piece.rows, piece.data));
        else if (piece.kind == EEL_RING_ABSENT)
            eel_flow_check(flow, send_absence(&s, piece.first, piece.rows, piece.why));
        else if (end)
            eel_end(flow, piece.rows);
        eel_ring_give_back(hearing->ring, &piece);
        if (end)
            return EEL_SENT;
    }
    if (!eel_flow_running(flow))
        return EEL_FLOW_ENDED;
    eel_flow_check(flow, eel_ring_code(hearing->ring)); /* the source failed inside the scan */
    return EEL_SOURCE_ENDED;
}

void eel_send_leftover(const eel_request *request, eel_flow *flow, eel_leftover *left)
{
    sender s = {.flow = flow, .scan = &left->scan};
    uint64_t first, next = 0, total = left->scan.image.pixels;
    eel_pixel_state why;
    uint32_t rows;
    int code = describe(request, flow, &left->scan);

    while (code == EEL_OK && eel_flow_running(flow) && eel_leftover_next(left, &first, &rows, &why)) {
        if (first < next || first + rows > total)
            continue;
        code = send_absence(&s, next, first - next, EEL_SOURCE_GAP);
        if (code == EEL_OK)
            code = why == EEL_VALUE ? send_pixels(&s, first, rows, left->rows) : send_absence(&s, first, rows, why);
        next = first + rows;
    }
    if (left->scan.open && left->scan.columns)
        total = (next + left->scan.columns - 1) / left->scan.columns * left->scan.columns;
    else if (left->scan.open)
        total = next;
    if (code == EEL_OK && total > next)
        code = send_absence(&s, next, total - next, EEL_SOURCE_GAP);
    if (eel_flow_check(flow, code))
        eel_end(flow, total);
}
