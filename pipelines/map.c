#include "map.h"
#include "meeting.h"
#include "pipeline.h"
#include "quantify.h"
#include "spare.h"
#include "summary.h"
#include "supervise.h"
#include "viewer.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/shipped.h"
#include "io/image.h"
#include "io/result.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *output, *model, *offset, *dispersion, *window, *align, *anchor, *axis_error, *formats, *retry, *run_dir, *listen_at,
                  *view_at, *view_token, *karabo_at;
static eel_image_options image_options;
static int workers, force, json, costs, quantify, insecure_tcp, hang_s = EEL_HANG_S;
static eel_quantify_options amounts;

static const eel_option options[] = {
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "folder of the results [INPUT's name-maps]"},
    {"workers", 'w', EEL_OPT_INT, &workers, "N", "processes that infer: one per core"},
    EEL_IMAGE_OPTIONS(image_options),
    {"offset", 0, EEL_OPT_TEXT, &offset, "EV", "add this to every energy"},
    {"dispersion", 0, EEL_OPT_TEXT, &dispersion, "EV", "width of a channel, instead of the file's"},
    {"window", 0, EEL_OPT_TEXT, &window, "FROM:TO", "use this part of the energy axis only, in eV"},
    {"align", 0, EEL_OPT_TEXT, &align, "zero-loss", "put the zero-loss peak at 0 eV, block by block"},
    {"anchor", 0, EEL_OPT_TEXT, &anchor, "ELEMENT", "put the edge of this element where it should begin"},
    {"axis-error", 0, EEL_OPT_TEXT, &axis_error, "EV", "how far the energies may be off, at most 20: slower, and surer"},
    {"model", 0, EEL_OPT_TEXT, &model, "FILE", "trained network [the one that ships]"},
    {"quantify", 'q', EEL_OPT_FLAG, &quantify, NULL, "and the atomic per cent, see eelstream quantify"},
    EEL_QUANTIFY_OPTIONS(amounts),
    {"formats", 0, EEL_OPT_NAMES, &formats, EEL_RESULT_NAMES, "what to write [all that are cheap]"},
    EEL_VIEWER_OPTIONS(view_at, view_token, karabo_at),
    {"force", 'f', EEL_OPT_FLAG, &force, NULL, "replace the results that OUTDIR holds"},
    {"retry", 0, EEL_OPT_TEXT, &retry, "poison", "try blocks again that a run gave up as poison"},
    {"hang", 0, EEL_OPT_INT, &hang_s, "S", "replace a process that infers and is silent for so long"},
    {"run-dir", 0, EEL_OPT_TEXT, &run_dir, "DIR", "let workers of other machines join, who see DIR, too"},
    {"listen", 0, EEL_OPT_TEXT, &listen_at, "HOST", "this machine, as they reach it [its host name]"},
    {"insecure-tcp", 0, EEL_OPT_FLAG, &insecure_tcp, NULL, "let anybody join, without encryption"},
    {"costs", 0, EEL_OPT_FLAG, &costs, NULL, "write OUTDIR/" EEL_COSTS_NAME ": time and memory that each stage took"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print the report instead of a table; with --quantify, both in one"},
    {0},
};

static const eel_usage usage = {
    .name = "eelstream map",
    .summary = "Spectrum image in, one map per element out.",
    .operands = "INPUT",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .notes = "INPUT is any file of `eelstream info --formats`. OUTDIR gets the maps for HyperSpy (hspy),\n"
             "NeXus viewers (nxs), ImageJ (tif) and as a table (csv), a PNG per found element,\n"
             "overview.png, report.html and report.json.\n"
             "With --view a page in the browser shows the maps as they grow, and stays for as long as it\n"
             "is open, or until Ctrl-C.\n"
             "A run that was cut short goes on when the same command is given again.\n"
             "Exit status: 0 done, 1 failed or pixels without a value, 2 misused, 130 interrupted.",
};

/* Which stage of core-loss.flow an option of this command belongs to. */
static const struct {
    const char *option; /* STAGE.OPTION */
    const char **value;
} forwarded[] = {
    {"reader.signal", &image_options.signal}, {"reader.axis", &image_options.axis},
    {"reader.axes", &image_options.axes}, {"reader.select", &image_options.select},
    {"reader.bin", &image_options.bin},
    {"calibrate.offset", &offset},
    {"calibrate.dispersion", &dispersion}, {"calibrate.window", &window},
    {"calibrate.align", &align}, {"calibrate.anchor", &anchor},
    {"infer.model", &model}, {"infer.axis-error", &axis_error}, {"writer.model", &model}, {"writer.formats", &formats},
};

/* "scans/grain.dm3" to "grain-maps", in the current folder. */
static void name_output(char path[PATH_MAX], const char *input)
{
    const char *base = strrchr(input, '/') ? strrchr(input, '/') + 1 : input;
    const char *dot = strrchr(base, '.');
    int length = dot && dot != base ? (int)(dot - base) : (int)strlen(base);

    snprintf(path, PATH_MAX, "%.*s-maps", length, base);
}

int eel_cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return count > EEL_PIPELINE_WORKERS_MAX ? EEL_PIPELINE_WORKERS_MAX : count;
}

/* OUTDIR holds a run that was cut short and is worth going on with, or one that is over. */
static int is_resumable(const char *folder)
{
    return eel_folder_holds(folder, "store/store.json");
}

static int is_over(const char *folder)
{
    return eel_folder_holds(folder, EEL_REPORT_NAME) && eel_folder_holds(folder, "store/end.json");
}

/* Nothing in OUTDIR is replaced by accident, and INPUT not at all. A network of one's own may know any element. What is
 * to be quantified finds a place that is free, or is of a run that goes on and looks itself when its maps are there. */
static int spare_files(const struct stat *input, const char *folder)
{
    static const char *const names[] = {EEL_RESULT_FILES, EEL_REPORT_NAME, EEL_COSTS_NAME};
    int may_replace = force || retry || (is_resumable(folder) && !is_over(folder));
    int code = eel_spare_files(&(eel_spare){.folder = folder, .names = names, .count = sizeof names / sizeof *names,
                                            .all_elements = model != NULL, .other = "other", .input = input,
                                            .may_replace = may_replace});

    return code == EEL_OK && quantify && !may_replace ? eel_quantify_spare(folder, 0) : code;
}

/* What can be refused before anything starts. */
static int check_places(const char *input, const char *folder)
{
    struct stat file, info;

    if (!run_dir && (listen_at || insecure_tcp))
        return eel_fail(EEL_EARGS, "--%s: only with --run-dir, where workers find the run",
                        listen_at ? "listen" : "insecure-tcp");

    if (!*folder)
        return eel_fail(EEL_EARGS, "--output: is empty, expected a folder for the results");
    if (stat(input, &file))
        return eel_fail(EEL_EIO, "%s: %s", input, strerror(errno));
    if (S_ISDIR(file.st_mode))
        return eel_fail(EEL_EIO, "%s: is a folder, expected a file with spectra", input);
    if (!stat(folder, &info) && !S_ISDIR(info.st_mode))
        return eel_fail(EEL_EIO, "%s: is there and is no folder, expected one for the results",
                        folder);
    if (retry && strcmp(retry, "poison"))
        return eel_fail(EEL_EARGS, "--retry: '%s', expected poison", retry);
    if (retry && force)
        return eel_fail(EEL_EARGS, "--retry: does not go with --force, which starts anew");
    if (retry && !is_resumable(folder))
        return eel_fail(EEL_EIO, "%s: holds no run that could be tried again", folder);
    return spare_files(&file, folder);
}

int eel_map_resume(eel_pipeline *pipeline, const char *store)
{
    static const char *const settings[] = {"aggregate.resume", "reader.advice=--force starts anew",
                                           "aggregate.advice=--force starts anew"};
    char setting[PATH_MAX + 64];

    snprintf(setting, sizeof setting, "reader.resume=%s", store);
    int code = eel_pipeline_set(pipeline, setting);
    for (size_t i = 0; i < sizeof settings / sizeof *settings && code == EEL_OK; i++)
        code = eel_pipeline_set(pipeline, settings[i]);
    return code;
}

/* Goes on with what is there. */
static int resume(eel_pipeline *pipeline, const char *folder)
{
    char store[PATH_MAX + 16];

    snprintf(store, sizeof store, "%s/store", folder);
    int code = eel_map_resume(pipeline, store);
    if (code == EEL_OK && retry)
        code = eel_pipeline_set(pipeline, "reader.retry=poison");
    if (code == EEL_OK && anchor) /* the axis follows a mean over the blocks before */
        code = eel_pipeline_set(pipeline, "reader.whole");
    return code;
}

static int prepare(eel_pipeline *pipeline, char path[PATH_MAX], char **operands)
{
    static char whole_model[PATH_MAX];
    char models[PATH_MAX], setting[PATH_MAX + 64];

    if (run_dir && model && realpath(model, whole_model))
        model = whole_model; /* workers elsewhere have another current folder */

    int code = eel_shipped(path, "core-loss.flow");
    if (code == EEL_OK)
        code = eel_shipped(models, "models");
    if (code == EEL_OK)
        code = eel_pipeline_read(pipeline, path);
    if (code == EEL_OK)
        code = eel_pipeline_bind(pipeline, operands, 2, models);
    if (code == EEL_OK && workers == 0 && run_dir)
        eel_pipeline_no_workers(pipeline);
    else if (code == EEL_OK)
        code = eel_pipeline_workers(pipeline, workers);
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded && code == EEL_OK; i++) {
        if (!*forwarded[i].value)
            continue;
        snprintf(setting, sizeof setting, "%s=%s", forwarded[i].option, *forwarded[i].value);
        code = eel_pipeline_set(pipeline, setting);
    }
    if (code == EEL_OK && quantify)
        code = eel_quantify_foresee(pipeline, &amounts);
    if (code == EEL_OK && !force && is_resumable(operands[1]))
        code = resume(pipeline, operands[1]);
    return code;
}

/* The exit status of both: `status` is that of the map. */
static int quantify_too(const char *input, const char *folder, int status)
{
    int quantified = eel_quantify(input, folder, &image_options, &amounts, workers ? workers : 1, hang_s, force,
                                  json ? EEL_QUANTIFY_NOTHING : EEL_QUANTIFY_TABLE);
    int code = json ? eel_summary_print_both(folder, quantified == 0) : EEL_OK;

    if (code != EEL_OK && quantified == 0)
        quantified = eel_log_exit(code);
    return quantified ? quantified : status;
}

int eel_map_main(int argc, char **argv)
{
    eel_pipeline pipeline = {0};
    eel_meeting meeting = {0};
    eel_viewer viewer = {.leash = -1};
    eel_costs taken;
    char path[PATH_MAX], default_output[PATH_MAX];
    int first;

    workers = eel_cores();
    int code = eel_args(&usage, argc, argv, &first);
    if (code != EEL_OK)
        return eel_log_exit(code);
    char *input = argv[first];
    name_output(default_output, input);
    char *operands[] = {input, output ? (char *)output : default_output};
    const char *folder = operands[1];

    code = hang_s < 0 ? eel_fail(EEL_EARGS, "--hang: %d, expected 0 or more seconds", hang_s)
                      : check_places(input, folder);
    if (code == EEL_OK)
        code = prepare(&pipeline, path, operands);
    if (code == EEL_OK && karabo_at && !view_at)
        code = eel_fail(EEL_EARGS, "--karabo: needs --view");
    if (code == EEL_OK && view_at)
        code = eel_viewer_start(&viewer, view_at, view_token, karabo_at);
    if (code == EEL_OK && mkdir(folder, 0777) && errno != EEXIST)
        code = eel_fail(EEL_EIO, "%s: cannot be made: %s", folder, strerror(errno));
    if (code == EEL_OK && run_dir)
        code = eel_meeting_open(&meeting, &pipeline, run_dir, listen_at, insecure_tcp, hang_s);
    int status = eel_exit(code), mapped = 0;
    if (code == EEL_OK) {
        status = eel_supervise(&pipeline, &(eel_supervision){
            .bar = "map", .watched = "aggregate", .tapped = "aggregate",
            .tap = view_at ? viewer.tap : NULL, .health = view_at ? viewer.health : NULL,
            .costs = &taken, .hang_s = hang_s,
            .again = "; run the same command again to go on"});
        mapped = status == 0;
        if (mapped && costs)
            code = eel_costs_write(&taken, folder);
        if (mapped && code == EEL_OK)
            code = quantify && json ? eel_summary_check(folder) : eel_summary_print(folder, json);
        else
            rmdir(folder); /* where nothing came of it, nothing stays; one with files remains */
    }
    if (status == 0 || code != EEL_OK)
        status = eel_log_exit(code);
    eel_meeting_close(&meeting, status);
    eel_viewer_finish(&viewer, status >= 128);
    if (code == EEL_ECANCEL && viewer.misused)
        status = 2;
    eel_pipeline_release(&pipeline);
    if (mapped && quantify) /* also where some pixels have no value */
        status = quantify_too(input, folder, status);
    return status;
}
