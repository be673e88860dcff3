/*
 * twice - a worker for tests: doubles every number; fails at the pixel --at.
 *
 * in, out:  (pixels, 1) int64
 */
#include "base/err.h"
#include "flow/flow.h"

static uint64_t at = UINT64_MAX;
static const eel_option options[] = {{"at", 0, EEL_OPT_SIZE, &at, "PIXEL", "fail there"}, {0}};
static const eel_usage usage = {.name = "eelstream twice", .summary = "Double numbers.",
                                .options = options};

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    eel_block *block;

    while ((block = eel_recv(flow))) {
        int64_t *numbers = block->data;
        for (uint32_t i = 0; i < block->rows; i++)
            numbers[i] *= 2;
        if (at >= block->first && at - block->first < block->rows)
            eel_flow_check(flow, eel_fail(EEL_EFORMAT, "pixel %ju: is not liked", (uintmax_t)at));
        eel_send(flow, block);
    }
    return eel_flow_close(flow);
}
