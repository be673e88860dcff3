#include "io/unrecorded.h"

#include <math.h>

static int is_nothing(float count)
{
    return count == 0 || !isfinite(count);
}

/* How many of the channels from … to - 1 hold nothing. */
static uint32_t nothing_between(const float *counts, uint32_t from, uint32_t to)
{
    uint32_t nothing = 0;

    for (uint32_t i = from; i < to; i++)
        nothing += (uint32_t)is_nothing(counts[i]);
    return nothing;
}

static void find_gap(eel_unrecorded *u, const float *counts, uint32_t from, uint32_t to)
{
    uint32_t start = from; /* of the stretch that ends at i */

    u->gap = u->gap_n = 0;
    for (uint32_t i = from; i < to; i++) {
        if (isfinite(counts[i]))
            start = i + 1;
        else if (i + 1 - start > u->gap_n)
            u->gap = start, u->gap_n = i + 1 - start;
    }
}

int eel_unrecorded_in(eel_unrecorded *u, const float *counts, uint32_t n)
{
    uint32_t head = 0, end = n, filled;

    while (head < n && !isfinite(counts[head]))
        head++;
    while (end > head && !isfinite(counts[end - 1]))
        end--;
    for (filled = end; filled > head && is_nothing(counts[filled - 1]);)
        filled--;
    if (filled == head)
        return 0;
    uint32_t zeros = end - filled, before = filled - head < zeros ? head : filled - zeros;
    if (zeros >= EEL_ZEROS_LEAST && 4 * nothing_between(counts, before, filled) <= filled - before)
        end = filled;
    u->head = head;
    u->tail = n - end;
    find_gap(u, counts, head, end);
    return 1;
}

void eel_unrecorded_both(eel_unrecorded *u, const eel_unrecorded *other)
{
    uint32_t from = u->gap > other->gap ? u->gap : other->gap;
    uint32_t end = u->gap + u->gap_n, other_end = other->gap + other->gap_n, to = end < other_end ? end : other_end;

    u->head = u->head < other->head ? u->head : other->head;
    u->tail = u->tail < other->tail ? u->tail : other->tail;
    u->gap = to > from ? from : 0;
    u->gap_n = to > from ? to - from : 0;
}
