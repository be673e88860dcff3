/*
 * writer - make the result files from the store of a run.
 *
 * in:   only the end, from aggregate: the store is complete. Without --in the store is exported as
 *       it stands, as often as one likes.
 * out:  the files of io/result.h, at last report.json; of amounts: quantify.hspy, quantify.tif and
 *       the like (io/amounts.h)
 */
#include "base/err.h"
#include "base/replace.h"
#include "flow/flow.h"
#include "io/amounts.h"
#include "io/result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *store, *output, *formats;

static const eel_option options[] = {
    {"store", 's', EEL_OPT_TEXT, &store, "DIR", "the store [OUTDIR/store]"},
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "where the files go"},
    {"formats", 0, EEL_OPT_NAMES, &formats, EEL_RESULT_NAMES, "what to write [all that are cheap]"},
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
