/*
 * reader - the pixels of a spectrum image, as the file has them.
 *
 * in:   a file of any format that `eelstream info --formats` lists
 * out:  spectra (pixels, channels) of the file's own type, on the file's energy axis; in the
 *       description of the run: "input", which file it is, "image", what the file says of itself,
 *       "version", "block_rows" and "numbers", what the network's products shall be made of (nn/numbers.h)
 *
 * With --quantify "image" has the beam energy and the angles that are stated instead of the file's, so that what is
 * written of the maps and what is quantified of them say the same.
 *
 * With --resume it sends only the blocks in which the store of an earlier run misses a pixel. They
 * are the same blocks as then: a spectrum's result may depend on its place in the block. With --whole
 * those before them go along, for a calibrate that follows the spectra (--anchor).
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "flow/flow.h"
#include "io/description.h"
#include "io/image.h"
#include "shared/joints.h"
#include "nn/numbers.h"
#include "shared/optics.h"

#define BLOCK_BYTES    (1u << 20) /* of one block, roughly: large enough that wake-ups cost little */
#define BLOCK_ROWS_MIN 16u
#define BLOCK_ROWS_MAX 256u

static const char *input, *resume, *advice, *retry, *numbers;
static eel_image_options image_options;
static eel_optics optics = EEL_OPTICS_UNKNOWN;
static int quantify, whole;

static const eel_option options[] = {
    {"input", 'i', EEL_OPT_TEXT, &input, "FILE", "the spectrum image"},
    EEL_IMAGE_OPTIONS(image_options),
    {"resume", 0, EEL_OPT_TEXT, &resume, "STORE", "send only what this store misses"},
    {"advice", 0, EEL_OPT_TEXT, &advice, "WORDS", "what to do where that store is of another run"},
    {"retry", 0, EEL_OPT_TEXT, &retry, "poison", "and what it names as poison"},
    {"whole", 0, EEL_OPT_FLAG, &whole, NULL, "and all that comes before, for a stage that follows the spectra"},
    {"numbers", 0, EEL_OPT_TEXT, &numbers, "NAME",
     "bfloat16-pairs or bfloat16-tiles in the network's products [what is fast here]"},
    {"quantify", 0, EEL_OPT_FLAG, &quantify, NULL, "refuse a file unless what is to be quantified with is known:"},
    EEL_OPTICS_OPTIONS(optics),
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

typedef struct {
    eel_image *image;
    uint32_t block_rows;
    uint64_t blocks;
    uint64_t end;     /* after the last block with something to do */
    eel_store *store; /* of an earlier run, or NULL */
} source;

/* What the store was begun with, which may be slow on this machine. */
static void keep_numbers(json_t *run, const char *stored)
{
    json_t *before = json_loads(stored, 0, NULL), *value = json_object_get(before, "numbers");

    if (value)
        json_object_set(run, "numbers", value);
    else
        json_object_del(run, "numbers");
    json_decref(before);
}

static int check_same(const source *s, json_t *run)
{
    const eel_store_info *info = eel_store_info_of(s->store);

    if (!numbers)
        keep_numbers(run, info->description);
    char *text = json_dumps(run, JSON_COMPACT);
    int code = text ? eel_description_same(info->description, text, 0) : EEL_ENOMEM;
    free(text);
    if (code != EEL_OK)
        return eel_fail_in(code, "%s", resume);
    if (info->pixels != eel_image_info_of(s->image)->pixels || info->block_rows != s->block_rows)
        return eel_fail(EEL_EFORMAT, "%s: holds other pixels than %s", resume, input);
    return EEL_OK;
}

/* Only who started this run knows how to get on where the store is not of it. */
static int open_resumed(source *s, json_t *run)
{
    int code = resume ? eel_store_open(&s->store, resume, EEL_STORE_READ) : EEL_OK;

    if (code == EEL_OK && resume)
        code = check_same(s, run);
    return code == EEL_EFORMAT && advice ? eel_fail(code, "%s; %s", eel_words(), advice) : code;
}

/* What the file says of itself, and what was stated instead. */
static json_t *describe_image(const eel_image_info *info)
{
    eel_image_info stated = *info;

    if (quantify) {
        stated.beam_kev = optics.beam_kev;
        stated.collection_mrad = optics.collection_mrad;
        stated.convergence_mrad = optics.convergence_mrad;
    }
    char *text = eel_image_info_to_json(&stated);
    json_t *image = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return image;
}

static int prepare(source *s, eel_flow *flow)
{
    if (!input)
        return eel_fail(EEL_EARGS, "--input: a file is needed");
    if (retry && strcmp(retry, "poison"))
        return eel_fail(EEL_EARGS, "--retry: '%s', expected poison", retry);
    eel_numbers wanted;
    if (eel_numbers_find(&wanted, numbers) != EEL_OK)
        return eel_fail_in(EEL_EARGS, "--numbers");
    json_t *identity = eel_file_identity(input); /* before it is read: a change meanwhile shows next time */
    int code = eel_image_open_as(&s->image, input, &image_options);
    if (code != EEL_OK) {
        json_decref(identity);
        return code;
    }
    const eel_image_info *info = eel_image_info_of(s->image);
    if (quantify && (code = eel_optics_complete(&optics, info)) != EEL_OK) {
        json_decref(identity);
        return code;
    }
    s->block_rows = rows_per_block(info);
    s->blocks = (info->pixels + s->block_rows - 1) / s->block_rows;

    json_t *run = json_pack("{s:o, s:o, s:s, s:i, s:s}", "input", identity, "image", describe_image(info), "version",
                            EEL_VERSION, "block_rows", (int)s->block_rows, "numbers",
                            numbers ? numbers : eel_numbers_name(eel_numbers_here()));
    code = run ? open_resumed(s, run) : eel_fail(EEL_EIO, "%s: %s", input, strerror(errno));
    if (code == EEL_OK)
        return eel_describe_run(flow, run);
    json_decref(run);
    return code;
}

static uint32_t rows_of(const source *s, uint64_t number)
{
    uint64_t left = eel_image_info_of(s->image)->pixels - number * s->block_rows;

    return left < s->block_rows ? (uint32_t)left : s->block_rows;
}

/* Is there something to do in a block? */
static int is_wanted(const source *s, eel_flow *flow, uint64_t number)
{
    uint8_t states[BLOCK_ROWS_MAX];
    uint32_t rows = rows_of(s, number);

    if (!s->store)
        return 1;
    if (!eel_flow_check(flow, eel_store_states(s->store, number * s->block_rows, rows, states)))
        return 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (states[i] == EEL_MISSING || (retry && states[i] == EEL_POISON))
            return 1;
    }
    return 0;
}

static uint64_t count_wanted(source *s, eel_flow *flow)
{
    uint64_t pixels = 0, before = 0;

    for (uint64_t b = 0; b < s->blocks; b++) {
        uint32_t rows = rows_of(s, b);
        before += rows;
        if (!is_wanted(s, flow, b))
            continue;
        s->end = b + 1;
        pixels = whole ? before : pixels + rows;
    }
    return pixels;
}

/* A block, or NULL after a failure. */
static eel_block *read_block(const source *s, eel_flow *flow, uint64_t number)
{
    const eel_image_info *info = eel_image_info_of(s->image);
    uint64_t first = number * s->block_rows;
    uint32_t rows = rows_of(s, number);
    eel_block *block =
        eel_flow_block(flow, number, first, rows, info->axis.n, eel_dtype_of(info->type));

    if (!block)
        return NULL;
    block->start_ev = info->axis.start_ev;
    block->step_ev = info->axis.step_ev;
    if (eel_flow_check(flow, eel_image_read(s->image, first, rows, block->data)))
        return block;
    eel_block_free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    source s = {0};

    if (eel_flow_running(flow) && eel_flow_check(flow, prepare(&s, flow))) {
        uint64_t pixels = count_wanted(&s, flow);
        eel_flow_total(flow, pixels);
        for (uint64_t b = 0; b < s.end && eel_flow_running(flow); b++) {
            if (whole || is_wanted(&s, flow, b))
                eel_send(flow, read_block(&s, flow, b));
        }
        eel_end(flow, pixels);
    }
    int status = eel_flow_close(flow);
    eel_store_close(s.store);
    eel_image_close(s.image);
    return status;
}
