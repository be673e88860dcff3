#include "io/ends.h"

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

int eel_ends_of(eel_ends *ends, const float *counts, uint32_t n)
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
    if (zeros >= EEL_ENDS_ZEROS && 4 * nothing_between(counts, before, filled) <= filled - before)
        end = filled;
    *ends = (eel_ends){head, n - end};
    return 1;
}
