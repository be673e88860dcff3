/*
 * reader - the pixels of a spectrum image, as the file has them.
 *
 * in:   a file: dm3, dm4, hspy, msa, text
 * out:  spectra (pixels, channels) of the file's own type, on the file's energy axis; in the
 *       description of the run: "image", what the file says of itself, and "block_rows"
 */
#include <jansson.h>

#include "base/err.h"
#include "flow/flow.h"
#include "io/image.h"
#include "joints.h"

#define BLOCK_BYTES    (1u << 20) /* of one block, roughly: large enough that wake-ups cost little */
#define BLOCK_ROWS_MIN 16u
#define BLOCK_ROWS_MAX 256u

static const char *input, *signal_name;

static const eel_option options[] = {
    {"input", 'i', EEL_OPT_TEXT, &input, "FILE", "the spectrum image"},
    {"signal", 0, EEL_OPT_TEXT, &signal_name, "NAME", "which of the file's signals, by name or number"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream reader", .summary = "Read the pixels of a spectrum image.", .options = options};

static uint32_t rows_per_block(const eel_image_info *info)
{
    size_t row = info->axis.n * eel_image_type_size(info->type);
    uint32_t rows = row ? (uint32_t)(BLOCK_BYTES / row) : BLOCK_ROWS_MAX;

    return rows < BLOCK_ROWS_MIN ? BLOCK_ROWS_MIN : rows > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : rows;
}

static int describe(eel_flow *flow, const eel_image_info *info, uint32_t block_rows)
{
    char *text = eel_image_info_to_json(info);
    json_t *image = text ? json_loads(text, 0, NULL) : NULL;
    json_t *run = json_pack("{s:o, s:i}", "image", image, "block_rows", (int)block_rows);

    free(text);
    return eel_describe_run(flow, run);
}

/* The rows of block `number`, or NULL after a failure. */
static eel_block *read_block(eel_flow *flow, eel_image *image, uint64_t number, uint32_t block_rows)
{
    const eel_image_info *info = eel_image_info_of(image);
    uint64_t first = number * block_rows, left = info->pixels - first;
    uint32_t rows = left < block_rows ? (uint32_t)left : block_rows;
    eel_block *block = eel_block_new(number, first, rows, info->axis.n, eel_dtype_of(info->type));

    if (!eel_flow_check(flow, block ? EEL_OK : EEL_ENOMEM))
        return NULL;
    block->start_ev = info->axis.start_ev;
    block->step_ev = info->axis.step_ev;
    if (eel_flow_check(flow, eel_image_read(image, first, rows, block->data)))
        return block;
    eel_block_free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    eel_image *image = NULL;
    eel_block *block = NULL;

    if (eel_flow_check(flow, input ? EEL_OK : eel_fail(EEL_EARGS, "--input: a file is needed")) &&
        eel_flow_check(flow, eel_image_open(&image, input, signal_name))) {
        const eel_image_info *info = eel_image_info_of(image);
        uint32_t block_rows = rows_per_block(info);
        uint64_t blocks = (info->pixels + block_rows - 1) / block_rows;

        eel_flow_check(flow, describe(flow, info, block_rows));
        eel_flow_total(flow, info->pixels);
        for (uint64_t b = 0; b < blocks && (block = read_block(flow, image, b, block_rows)); b++)
            eel_send(flow, block);
        eel_end(flow, info->pixels);
    }
    int status = eel_flow_close(flow);
    eel_image_close(image);
    return status;
}
