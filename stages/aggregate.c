/*
 * aggregate - keep the results durably; the only stage with a state.
 *
 * in:   probabilities (pixels, classes), float32, NAN where not observable; side data: the sum of
 *       the block's spectra on eel_axis_sum, float32; tombstones. Or other float32
 *       values, which "layers" in the description names (proto/store.md, S20)
 * out:  only the end, when every pixel of the image is durable or named absent: then writer starts
 *
 * A block is acknowledged after the commit that holds it (proto/store.md, S11), and commits are for
 * many blocks at once (S12). The maps so far are told to whoever watches at --tap (proto/tap.md).
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/axis.h"
#include "flow/flow.h"
#include "io/description.h"
#include "io/store.h"
#include "aggregate/tapping.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 1000 /* for a block when none waits for its commit */

static const char *folder, *tap, *advice;
static int resume, gather;

static const eel_option options[] = {
    {"store", 's', EEL_OPT_TEXT, &folder, "DIR", "where the results are kept"},
    {"tap", 0, EEL_OPT_TEXT, &tap, "ENDPOINT", "where viewers may watch the maps grow"},
    {"resume", 0, EEL_OPT_FLAG, &resume, NULL, "go on with the store that is there"},
    {"advice", 0, EEL_OPT_TEXT, &advice, "WORDS", "what to do where --resume finds that of another run"},
    {"gather", 0, EEL_OPT_FLAG, &gather, NULL, "fewer commits, of several blocks each: nobody waits for single pixels"},
    {0},
};
static const eel_usage usage = {.name = "eelstream aggregate",
                                .summary = "Keep the results of a run durably.",
                                .options = options};

typedef struct {
    eel_store *store;
    eel_tapping *tapping;                     /* NULL: nobody may watch */
    eel_block *held[EEL_STORE_COMMIT_BLOCKS]; /* in the store, not durable yet */
    int count;
    int open;       /* how many pixels there are is known at the end */
    double seconds; /* of work */
} keeper;

/* Only who started this run knows how to get on where the store is not of it. */
static int go_on(keeper *k, const eel_store_info *info)
{
    int code = eel_store_resume(&k->store, folder, info);

    return code == EEL_EFORMAT && advice ? eel_fail(code, "%s; %s", eel_words(), advice) : code;
}

static int open_store(keeper *k, const char *description)
{
    if (!folder)
        return eel_fail(EEL_EARGS, "--store: missing; name the folder where results are kept");
    if (strcmp(description, "{}") == 0)
        return eel_fail(EEL_EARGS, "--in: missing; results come from infer");
    eel_description *about = eel_alloc(1, sizeof *about);
    int code = about ? eel_description_parse(about, description) : EEL_ENOMEM;
    if (code == EEL_OK) {
        eel_store_info info = {
            .pixels = about->image.pixels, .classes = about->classes,
            .block_rows = about->block_rows,
            .sum_channels = about->layered ? 0 : EEL_SUM_CHANNELS, /* layers have no spectra */
            .sum_start_ev = eel_axis_sum().start_ev, .sum_step_ev = eel_axis_sum().step_ev, .description = description,
        };
        code = resume ? go_on(k, &info) : eel_store_create(&k->store, folder, &info);
    }
    if (code == EEL_OK && gather)
        eel_store_gather(k->store);
    if (code == EEL_OK)
        code = eel_tapping_open(&k->tapping, tap, about, k->store, folder);
    if (code == EEL_OK)
        k->open = about->open;
    eel_free(about);
    return code;
}

static int put(keeper *k, eel_block *block)
{
    k->held[k->count++] = block;
    if (block->kind == EEL_BLOCK_TOMBSTONE)
        return eel_store_absent(k->store, block->first, block->rows, block->why);

    uint32_t classes = eel_store_info_of(k->store)->classes;
    if (block->dtype != EEL_F32 || block->channels != classes)
        return eel_fail(EEL_EFORMAT, "block %llu: %u %s values per pixel, expected %u f32",
                        (unsigned long long)block->number, block->channels,
                        eel_dtype_name(block->dtype), classes);
    if (block->side && block->side_bytes != EEL_SUM_CHANNELS * sizeof(float))
        return eel_fail(EEL_EFORMAT, "block %llu: a sum of %zu bytes, expected %zu",
                        (unsigned long long)block->number, block->side_bytes,
                        EEL_SUM_CHANNELS * sizeof(float));
    return eel_store_put(k->store, block->first, block->rows, block->data, block->side);
}

static int keep(keeper *k, eel_block *block)
{
    int code = put(k, block);

    if (code == EEL_OK)
        eel_tapping_add(k->tapping, block);
    return code;
}

static void commit(keeper *k, eel_flow *flow)
{
    eel_flow_check(flow, eel_store_commit(k->store));
    for (int i = 0; i < k->count; i++)
        eel_done(flow, k->held[i]); /* frees only, when the commit failed */
    k->count = 0;
}

/* Every pixel has a value or a reason why not. */
static int check_complete(const keeper *k)
{
    uint64_t missing = eel_store_count(k->store).pixels[EEL_MISSING];
    uint64_t pixels = eel_store_info_of(k->store)->pixels;

    if (missing > 0)
        return eel_fail(EEL_EFORMAT, "%s: %llu of %llu pixels never arrived", folder,
                        (unsigned long long)missing, (unsigned long long)pixels);
    return EEL_OK;
}

static int finish(const keeper *k, const eel_flow *flow)
{
    const char *stage;
    uint64_t pixels;
    double seconds;
    int code = k->open ? eel_store_trim(k->store, eel_flow_announced(flow)) : EEL_OK;

    if (code == EEL_OK)
        code = check_complete(k);
    if (code != EEL_OK)
        return code;
    json_t *stages = json_array();
    for (int i = 0; eel_flow_timing(flow, i, &stage, &pixels, &seconds); i++)
        json_array_append_new(stages, json_pack("{s:s, s:I, s:f}", "stage", stage, "pixels",
                                                (json_int_t)pixels, "seconds", seconds));
    json_array_append_new(stages, json_pack("{s:s, s:I, s:f}", "stage", "aggregate", "pixels",
                                            (json_int_t)eel_flow_announced(flow), "seconds",
                                            k->seconds));
    char *text = json_dumps(stages, 0);
    code = text ? eel_store_finish(k->store, text) : eel_fail(EEL_ENOMEM, "no memory");
    free(text);
    json_decref(stages);
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    keeper k = {0};

    eel_flow_keep_tombstones(flow);
    if (eel_flow_running(flow))
        eel_flow_check(flow, open_store(&k, eel_flow_description(flow)));
    while (eel_flow_running(flow)) {
        int wait_ms = k.count ? eel_store_patience_ms(k.store) : eel_tapping_patience_ms(k.tapping, WAIT_MS);
        eel_block *block = eel_recv_within(flow, wait_ms);
        double start_s = eel_clock_s();
        if (block)
            eel_flow_check(flow, keep(&k, block));
        if (eel_store_due(k.store, !block))
            commit(&k, flow);
        if (!k.count)
            eel_flow_check(flow, eel_tapping_tell(k.tapping, k.store, 0));
        k.seconds += eel_clock_s() - start_s;
    }
    if (k.store)
        commit(&k, flow); /* also of a run that failed: what is here is right */
    if (eel_flow_check(flow, EEL_OK))
        eel_flow_check(flow, finish(&k, flow));
    eel_flow_check(flow, eel_tapping_tell(k.tapping, k.store, 1));
    eel_tapping_close(k.tapping);
    eel_store_close(k.store);
    eel_end(flow, eel_flow_announced(flow));
    return eel_flow_close(flow);
}
