#include "live/pieces.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024        /* places; later twice as many each time */
#define SCAN_BYTES (1u << 20)  /* for a scan that begins, and some of its pieces */
#define ENDS_BYTES (64u << 10) /* for the absence, the end and the words of the scan that fills it */

static eel_piece *at(const eel_pieces *pieces, uint32_t i)
{
    return &pieces->piece[(pieces->head + i) % pieces->room];
}

eel_piece *eel_pieces_last(const eel_pieces *pieces)
{
    return pieces->count ? at(pieces, pieces->count - 1) : NULL;
}

/* An absence of no pixels is one that was joined to the piece behind it. */
static int is_void(const eel_piece *piece)
{
    return piece->kind == EEL_RING_ABSENT && piece->rows == 0;
}

static size_t counted(const eel_piece *piece)
{
    size_t bytes = sizeof *piece;

    if (piece->kind == EEL_RING_SCAN)
        bytes += sizeof(eel_live_scan) + (((const eel_live_scan *)piece->data)->spool ? EEL_PATH_MAX : 0);
    else if (piece->kind == EEL_RING_WORDS || piece->kind == EEL_RING_REFUSED)
        bytes += strlen(piece->data) + 1;
    return bytes;
}

int eel_pieces_full(const eel_pieces *pieces, eel_piece_kind kind)
{
    size_t needed = ENDS_BYTES + (kind == EEL_RING_SCAN ? SCAN_BYTES : 0);

    return pieces->bytes + needed > EEL_PIECES_BYTES_MAX;
}

/* In their order from place 0 on, those that are void left out. */
static void move_to(eel_pieces *pieces, eel_piece *to)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < pieces->count; i++) {
        if (!is_void(at(pieces, i)))
            to[kept++] = *at(pieces, i);
    }
    pieces->bytes -= pieces->void_count * sizeof *to;
    pieces->bare -= pieces->void_count; /* all of them stand before spectra */
    pieces->void_count = pieces->head = 0;
    pieces->count = kept;
}

static int grow(eel_pieces *pieces)
{
    uint32_t room = pieces->void_count > pieces->count / 2 ? pieces->room
                    : pieces->room                         ? 2 * pieces->room
                                                           : ROOM_FIRST;
    eel_piece *more = malloc(room * sizeof *more);

    if (!more)
        return eel_fail(EEL_ENOMEM, "no memory for what waits to be mapped");
    move_to(pieces, more);
    free(pieces->piece);
    pieces->piece = more;
    pieces->room = room;
    return EEL_OK;
}

int eel_pieces_add(eel_pieces *pieces, const eel_piece *piece)
{
    if (pieces->bytes + counted(piece) > EEL_PIECES_BYTES_MAX)
        return eel_fail(EEL_ELIMIT, "more than %u MiB of scans and their pieces wait to be mapped",
                        EEL_PIECES_BYTES_MAX >> 20);
    if (pieces->count == pieces->room && grow(pieces) != EEL_OK)
        return EEL_ENOMEM;
    pieces->bytes += counted(piece);
    *at(pieces, pieces->count++) = *piece;
    return EEL_OK;
}

static void leave_first(eel_pieces *pieces)
{
    pieces->void_count -= (uint32_t)is_void(at(pieces, 0));
    pieces->bytes -= counted(at(pieces, 0));
    pieces->head = (pieces->head + 1) % pieces->room;
    pieces->count--;
    pieces->bare -= pieces->bare > 0;
}

static void leave_void(eel_pieces *pieces)
{
    while (pieces->count && is_void(at(pieces, 0)))
        leave_first(pieces);
}

/* The first block of those that wait on the disk; the others stay. */
static void split(eel_piece *piece, eel_piece *rest)
{
    size_t row_bytes = piece->bytes / piece->block_rows;

    piece->rows = piece->block_rows;
    rest->first += piece->rows;
    rest->rows -= piece->rows;
    rest->place = eel_spool_after(piece->place, piece->bytes);
    if (rest->rows < rest->block_rows)
        rest->block_rows = rest->rows;
    rest->bytes = rest->block_rows * row_bytes;
}

void eel_pieces_take(eel_pieces *pieces, eel_piece *piece)
{
    eel_piece *first = at(pieces, 0);

    *piece = *first;
    if (piece->kind == EEL_RING_DATA && piece->rows > piece->block_rows && piece->spool) {
        split(piece, first);
        return;
    }
    leave_first(pieces);
    leave_void(pieces);
}

static int is_overrun(const eel_piece *piece)
{
    return piece->kind == EEL_RING_ABSENT && piece->why == EEL_OVERRUN;
}

void *eel_pieces_drop_oldest(eel_pieces *pieces, size_t *bytes)
{
    uint32_t i = pieces->bare;

    while (i < pieces->count && (at(pieces, i)->kind != EEL_RING_DATA || !at(pieces, i)->data))
        i++;
    pieces->bare = i;
    if (i == pieces->count)
        return NULL;
    eel_piece *oldest = at(pieces, i), *before = i > 0 ? at(pieces, i - 1) : NULL;
    void *data = oldest->data;
    *bytes = oldest->bytes;
    *oldest = (eel_piece){.kind = EEL_RING_ABSENT, .first = oldest->first, .rows = oldest->rows, .why = EEL_OVERRUN};
    pieces->bare = i + 1;
    if (before && is_overrun(before) && before->first + before->rows == oldest->first) {
        oldest->first = before->first;
        oldest->rows += before->rows;
        before->rows = 0; /* the next one finds the joined piece right before it */
        pieces->void_count++;
        leave_void(pieces);
    }
    return data;
}

void eel_pieces_release(eel_pieces *pieces)
{
    for (uint32_t i = 0; i < pieces->count; i++) {
        eel_piece *piece = at(pieces, i);
        if (piece->kind == EEL_RING_SCAN)
            eel_spool_close(((eel_live_scan *)piece->data)->spool);
        free(piece->data);
    }
    free(pieces->piece);
    *pieces = (eel_pieces){0};
}
