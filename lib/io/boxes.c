#include "io/boxes.h"

uint64_t eel_box(const uint64_t *sizes, int axes, uint64_t first, uint64_t rows, uint64_t *start,
                 uint64_t *count)
{
    uint64_t held = 1;
    int k;

    for (k = axes - 1; k >= 0; k--) {
        start[k] = first % sizes[k];
        count[k] = 1;
        first /= sizes[k];
    }
    /* Whole axes from the fastest on, then a part of the next. */
    for (k = axes - 1; k >= 0; k--) {
        uint64_t room = sizes[k] - start[k], want = rows / held;
        count[k] = want < room ? want : room;
        held *= count[k];
        if (count[k] < sizes[k])
            break;
    }
    return held;
}
