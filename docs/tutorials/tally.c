/*
 * tally - counts between two energies, pixel by pixel: the example of docs/tutorials/own-stage.md.
 *
 * in:      spectra (pixels, channels), float32 counts, each block with its energy axis
 * stdout:  "PIXEL,COUNTS", a line per pixel; a pixel that will never arrive has its reason instead
 */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "flow/flow.h"

static double from_ev = NAN, to_ev = NAN;
static const eel_option options[] = {
    {"from", 0, EEL_OPT_REAL, &from_ev, "EV", "first energy that counts"},
    {"to", 0, EEL_OPT_REAL, &to_ev, "EV", "last energy that counts"},
    {0},
};
static const eel_usage usage = {.name = "eelstream tally",
                                .summary = "Counts between two energies, pixel by pixel.",
                                .options = options};

static int check_options(void)
{
    return from_ev < to_ev ? EEL_OK : eel_fail(EEL_EARGS, "--from, --to: give two energies in eV");
}

static int tally(const eel_block *block)
{
    if (block->kind == EEL_BLOCK_TOMBSTONE) {
        for (uint32_t row = 0; row < block->rows; row++)
            printf("%ju,%s\n", (uintmax_t)block->first + row, eel_pixel_state_name(block->why));
        return EEL_OK;
    }
    if (block->dtype != EEL_F32)
        return eel_fail(EEL_EFORMAT, "block %ju: %s, expected f32 as calibrate sends it",
                        (uintmax_t)block->number, eel_dtype_name(block->dtype));
    for (uint32_t row = 0; row < block->rows; row++) {
        const float *counts = (const float *)block->data + (size_t)row * block->channels;
        double sum = 0;
        for (uint32_t c = 0; c < block->channels; c++) {
            double ev = block->start_ev + c * block->step_ev;
            sum += ev >= from_ev && ev <= to_ev ? counts[c] : 0;
        }
        printf("%ju,%.1f\n", (uintmax_t)block->first + row, sum);
    }
    return EEL_OK;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    eel_block *block;

    if (eel_flow_running(flow))
        eel_flow_check(flow, check_options());
    eel_flow_keep_tombstones(flow);
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, tally(block));
        eel_done(flow, block);
    }
    return eel_flow_close(flow);
}
