/*
 * total - a sink for tests: the sum over all pixels, each counted once however often it comes.
 *
 * in:      (pixels, 1) int64, at most PIXELS_MAX pixels
 * stdout:  "PIXELS SUM"
 */
#include <stdio.h>

#include "base/err.h"
#include "flow/flow.h"

#define PIXELS_MAX 32000000

static char seen[PIXELS_MAX];
static const eel_option options[] = {{0}};
static const eel_usage usage = {.name = "eelstream total", .summary = "Sum up numbers.",
                                .options = options};

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    eel_block *block;
    int64_t sum = 0, pixels = 0;

    while ((block = eel_recv(flow))) {
        const int64_t *numbers = block->data;
        for (uint32_t i = 0; i < block->rows && block->first + i < PIXELS_MAX; i++) {
            if (seen[block->first + i])
                continue;
            seen[block->first + i] = 1;
            sum += numbers[i];
            pixels++;
        }
        eel_done(flow, block);
    }
    if (eel_flow_check(flow, EEL_OK))
        printf("%jd %jd\n", (intmax_t)pixels, (intmax_t)sum);
    return eel_flow_close(flow);
}
