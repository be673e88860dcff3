/*
 * count - a source for tests: every pixel is its own number.
 *
 * out:  (--rows, 1) int64 each
 */
#include "base/err.h"
#include "flow/flow.h"

static uint64_t blocks = 100, rows = 64;
static const eel_option options[] = {{"blocks", 0, EEL_OPT_SIZE, &blocks, "N", "how many"},
                                     {"rows", 0, EEL_OPT_SIZE, &rows, "N", "pixels of each"}, {0}};
static const eel_usage usage = {.name = "eelstream count", .summary = "Count pixels.",
                                .options = options};

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);

    eel_flow_total(flow, blocks * rows);
    for (uint64_t b = 0; b < blocks && eel_flow_check(flow, EEL_OK); b++) {
        eel_block *block = eel_block_new(b, b * rows, (uint32_t)rows, 1, EEL_I64);
        if (!eel_flow_check(flow, block ? EEL_OK : EEL_ENOMEM))
            break;
        for (uint64_t i = 0; i < rows; i++)
            ((int64_t *)block->data)[i] = (int64_t)(b * rows + i);
        eel_send(flow, block);
    }
    eel_end(flow, blocks * rows);
    return eel_flow_close(flow);
}
