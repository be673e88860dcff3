/*
 * writer - make the result files from the store of a run.
 *
 * in:   only the end, from aggregate: the store is complete. Without --in the store is exported as
 *       it stands, as often as one likes.
 * out:  the files of io/result.h, at last report.json; of amounts: quantify.hspy, quantify.tif and
 *       the like (io/amounts.h)
 *
 * The network of the run looks at the mean spectrum once more: would it make sense with other energies?
 */
#include "shared/axis_hint.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/replace.h"
#include "eels/resample.h"
#include "flow/flow.h"
#include "io/amounts.h"
#include "io/result.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *store, *output, *formats, *model;

static const eel_option options[] = {
    {"store", 's', EEL_OPT_TEXT, &store, "DIR", "the store [OUTDIR/store]"},
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "where the files go"},
    {"formats", 0, EEL_OPT_NAMES, &formats, EEL_RESULT_NAMES, "what to write [all that are cheap]"},
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "the run's network, instead of the one that ships"},
    {0},
};
static const eel_usage usage = {.name = "eelstream writer",
                                .summary = "Make maps, pictures and a report from a store.",
                                .options = options};

static int write_amounts(const char *place)
{
    eel_amounts *amounts = NULL;
    int code = eel_amounts_open(&amounts, place);

    if (code == EEL_OK)
        code = eel_amounts_export(amounts, output);
    eel_amounts_close(amounts);
    return code;
}

static int holds_amounts(const char *place)
{
    eel_store *opened = NULL;
    int yes = eel_store_open(&opened, place, EEL_STORE_READ) == EEL_OK &&
              eel_amounts_described(eel_store_info_of(opened)->description);

    eel_store_close(opened);
    return yes;
}

/* The recorded part of the mean spectrum, as the network takes it. counts (EEL_NET_CHANNELS); 0: no such part. */
static int show_mean(const eel_result *result, float *counts, eel_axis *axis)
{
    const eel_store_info *info = eel_store_info_of(result->store);
    uint32_t first = 0, end = info->sum_channels;
    eel_axis net = eel_axis_net();
    eel_resample *plan;

    while (first < end && isnan(result->mean[first]))
        first++;
    while (end > first && isnan(result->mean[end - 1]))
        end--;
    *axis = (eel_axis){info->sum_start_ev + first * info->sum_step_ev, info->sum_step_ev, end - first};
    if (!result->mean_pixels || eel_resample_new(&plan, axis, &net) != EEL_OK)
        return 0;
    *axis = *eel_resample_axis(plan);
    eel_resample_row(plan, result->mean + first, counts);
    eel_resample_free(plan);
    return 1;
}

/* Asks the network of the run; another one that lies here instead is not asked. */
static int ask_network(eel_result *result, const float *counts, const eel_axis *axis)
{
    eel_recogniser *network = NULL;
    int code = eel_recogniser_new(&network, model, EEL_NET_PAIRS);

    if (code == EEL_OK)
        code = eel_recogniser_doubt_axis(network, result->about.axis_error_ev);
    if (code == EEL_OK && !strcmp(eel_recogniser_info(network)->sha256, result->about.model_sha256)) {
        eel_ask_about_axis(network, counts, axis, &result->off);
    } else if (code == EEL_OK && model) {
        eel_log("caution: %s is not the network of this run: it is not asked about the energy axis", model);
    }
    eel_recogniser_free(network);
    return code;
}

static int check_axis(eel_result *result)
{
    float *counts = eel_alloc(EEL_NET_CHANNELS, sizeof *counts);
    eel_axis axis;
    int code = counts ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK && !result->off.edges && show_mean(result, counts, &axis))
        code = ask_network(result, counts, &axis);
    eel_free(counts);
    return code;
}

static int write_files(unsigned chosen)
{
    eel_result *result = NULL;
    char place[EEL_PATH_MAX];

    if (!output)
        return eel_fail(EEL_EARGS, "--output: missing; name the folder where the files go");
    if (snprintf(place, sizeof place, "%s/store", output) >= (int)sizeof place)
        return eel_fail(EEL_ELIMIT, "--output: the path is too long");
    if (mkdir(output, 0777) != 0 && errno != EEXIST)
        return eel_fail(EEL_EIO, "%s: %s", output, strerror(errno));
    if (holds_amounts(store ? store : place))
        return write_amounts(store ? store : place);
    int code = eel_result_open(&result, store ? store : place);
    if (code == EEL_OK && formats)
        result->formats = chosen;
    if (code == EEL_OK)
        code = check_axis(result);
    if (code == EEL_OK)
        code = eel_result_export(result, output);
    eel_result_close(result);
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    int upstream = strcmp(eel_flow_description(flow), "{}") != 0;
    unsigned chosen = 0;
    eel_block *block;

    if (formats) /* misuse shows before the work, not after it */
        eel_flow_check(flow, eel_result_formats(&chosen, formats));
    while (upstream && (block = eel_recv(flow)))
        eel_done(flow, block);
    if (eel_flow_check(flow, EEL_OK))
        eel_flow_check(flow, write_files(chosen));
    return eel_flow_close(flow);
}
