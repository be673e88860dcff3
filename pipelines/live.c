#include "live.h"
#include "check.h"
#include "listener.h"
#include "map.h"
#include "pipeline.h"
#include "scan_folders.h"
#include "summary.h"
#include "supervise.h"
#include "viewer.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/shipped.h"
#include "io/result.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *output = "live-maps", *overrun, *scan, *flyback, *axis, *axes, *rate, *stall, *scans,
                  *ring, *rows, *signal_name, *offset, *dispersion, *window, *model, *align, *anchor, *axis_error,
                  *formats, *view_at, *view_token, *karabo_at, *keys, *allow;
static int workers, json, insecure_tcp, hang_s = EEL_HANG_S;

static const eel_option options[] = {
    {"on-overrun", 0, EEL_OPT_TEXT, &overrun, "POLICY", "drop-newest, drop-oldest, 'thin K', 'spool DIR MAX'"},
    {"scan", 0, EEL_OPT_TEXT, &scan, "NYxNX", "pixels of the scan; 0xNX: as many rows as come"},
    {"flyback", 0, EEL_OPT_TEXT, &flyback, "N", "frames at the end of each row that are no pixels"},
    {"axis", 0, EEL_OPT_TEXT, &axis, "FIRST:STEP", "energies in eV, where the source has none"},
    {"axes", 0, EEL_OPT_TEXT, &axes, "NAMES", "the dimensions of a TIFF or NumPy file, slowest first: Eyx"},
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "folder of the results"},
    {"workers", 'w', EEL_OPT_INT, &workers, "N", "processes that infer: one per core"},
    {"rate", 0, EEL_OPT_TEXT, &rate, "N", "spectra per second of a replay"},
    {"scans", 0, EEL_OPT_TEXT, &scans, "N", "stop after so many"},
    {"stall", 0, EEL_OPT_TEXT, &stall, "S", "a scan in which nothing comes for so long is over"},
    {"ring", 0, EEL_OPT_TEXT, &ring, "BYTES", "spectra that may wait in memory"},
    {"rows", 0, EEL_OPT_TEXT, &rows, "A:B", "rows of a detector's image to sum, from A to before B"},
    {"signal", 0, EEL_OPT_TEXT, &signal_name, "NAME", "which of a file's signals, a detector's channels"},
    {"offset", 0, EEL_OPT_TEXT, &offset, "EV", "add this to every energy"},
    {"dispersion", 0, EEL_OPT_TEXT, &dispersion, "EV", "width of a channel, instead of the source's"},
    {"window", 0, EEL_OPT_TEXT, &window, "FROM:TO", "use this part of the energy axis only, in eV"},
    {"align", 0, EEL_OPT_TEXT, &align, "zero-loss", "put the zero-loss peak at 0 eV, block by block"},
    {"anchor", 0, EEL_OPT_TEXT, &anchor, "ELEMENT", "put the edge of this element where it should begin"},
    {"formats", 0, EEL_OPT_NAMES, &formats, EEL_RESULT_NAMES, "what to write [all that are cheap]"},
    {"axis-error", 0, EEL_OPT_TEXT, &axis_error, "EV", "how far the energies may be off, at most 20: slower, and surer"},
    {"model", 0, EEL_OPT_TEXT, &model, "FILE", "trained network [the one that ships]"},
    {"keys", 0, EEL_OPT_TEXT, &keys, "FILE", "for a feed over tcp: own secret certificate, of keygen"},
    {"allow", 0, EEL_OPT_TEXT, &allow, "DIR", "for a feed over tcp: certificates of who may send"},
    {"insecure-tcp", 0, EEL_OPT_FLAG, &insecure_tcp, NULL, "a feed over tcp without encryption, from anybody"},
    EEL_VIEWER_OPTIONS(view_at, view_token, karabo_at),
    {"hang", 0, EEL_OPT_INT, &hang_s, "S", "replace a process that infers and is silent for so long"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print the report of each scan instead of a table"},
    {0},
};

static const eel_usage usage = {
    .name = "eelstream live",
    .summary = "Map each scan of a running source while it comes.",
    .operands = "SOURCE ADDRESS",
    .operands_min = 2,
    .operands_max = 2,
    .options = options,
    .notes = "SOURCE and ADDRESS are those of docs/live.md, such as: replay scan.dm3.\n"
             "OUTDIR/scan-0001 and so on get the same files as eelstream map makes.\n"
             "A detector does not wait: --on-overrun says what happens when it is too fast.\n"
             "Ctrl-C stops: the rest of the scan is named cancelled; a second one kills.\n"
             "Exit status: 0 done, 1 failed or pixels without a value, 2 misused, 130 interrupted while\n"
             "scans waited that are not mapped.",
};

static const struct {
    const char *option; /* STAGE.OPTION of live.flow */
    const char **value;
} forwarded[] = {
    {"ingest.on-overrun", &overrun}, {"ingest.scan", &scan}, {"ingest.flyback", &flyback},
    {"ingest.axis", &axis}, {"ingest.axes", &axes}, {"ingest.rate", &rate}, {"ingest.scans", &scans},
    {"ingest.stall", &stall}, {"ingest.ring", &ring}, {"ingest.signal", &signal_name},
    {"ingest.rows", &rows}, {"ingest.keys", &keys}, {"ingest.allow", &allow},
    {"calibrate.offset", &offset}, {"calibrate.dispersion", &dispersion},
    {"calibrate.window", &window}, {"calibrate.align", &align}, {"calibrate.anchor", &anchor},
    {"infer.model", &model}, {"infer.axis-error", &axis_error}, {"writer.model", &model}, {"writer.formats", &formats},
};

typedef struct {
    char **operands; /* SOURCE, ADDRESS */
    char flow[PATH_MAX], models[PATH_MAX];
    eel_listener listener;
    eel_scan_folders folders;
    eel_viewer viewer; /* with --view */
    uint64_t left;     /* scans that had come, at least in part, when it was stopped, and are not mapped */
    int worst;         /* exit status of the scans so far */
} live;

typedef struct {
    char bar[48];          /* "scan 1": what it is called */
    char folder[PATH_MAX]; /* of its results */
    const char *spool;     /* it comes from this one, and goes on with what is in its folder; or NULL */
} live_scan;

static int is_spooled(void)
{
    return overrun && !strncmp(overrun, "spool", 5);
}

/* ---- the pipeline of a scan ---- */

static int read_pipeline(live *l, eel_pipeline *pipeline, char *folder)
{
    char *operands[] = {l->operands[0], l->operands[1], folder};
    char setting[PATH_MAX + 64];
    int code = eel_pipeline_read(pipeline, l->flow);

    if (code == EEL_OK)
        code = eel_pipeline_bind(pipeline, operands, 3, l->models);
    if (code == EEL_OK)
        code = eel_pipeline_workers(pipeline, workers);
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded && code == EEL_OK; i++) {
        if (!*forwarded[i].value)
            continue;
        snprintf(setting, sizeof setting, "%s=%s", forwarded[i].option, *forwarded[i].value);
        code = eel_pipeline_set(pipeline, setting);
    }
    if (code == EEL_OK && insecure_tcp)
        code = eel_pipeline_set(pipeline, "ingest.insecure-tcp");
    return code;
}

/* What is wrong with the options, as the stages see it, while it costs no scan. Returns 0, or the exit status; then it
 * has been said. */
static int check_options(live *l)
{
    eel_pipeline pipeline = {0};
    int code = read_pipeline(l, &pipeline, "");
    int status = code == EEL_OK ? eel_pipeline_check(&pipeline) : eel_log_exit(code);

    eel_pipeline_release(&pipeline);
    return status;
}

/* ---- scan after scan ---- */

/* It costs itself only. */
static void leave_out(live *l, const live_scan *now, const char *words)
{
    eel_log("%s: %s%snot mapped", now->bar, words, *words ? ": " : "");
    l->worst = 1;
}

/* A scan out of a spool goes on in the store where it was begun, if that is of the same run. */
static int read_pipeline_of(live *l, eel_pipeline *pipeline, live_scan *now)
{
    char setting[PATH_MAX + 128];
    int code = read_pipeline(l, pipeline, now->folder);

    if (code != EEL_OK || !now->spool)
        return code;
    snprintf(setting, sizeof setting, "aggregate.advice=give the same command as then, or delete %s", now->spool);
    code = eel_pipeline_set(pipeline, setting);
    return code == EEL_OK ? eel_pipeline_set(pipeline, "aggregate.resume") : code;
}

/* 0, or the exit status that ends everything: the listener is gone, or a signal said so. */
static int map_scan(live *l, live_scan *now)
{
    const eel_standing *standing = &l->listener.standing;
    char words[EEL_WORDS_MAX] = "";
    eel_pipeline pipeline = {0};
    int code = read_pipeline_of(l, &pipeline, now), status = eel_exit(code);

    if (code != EEL_OK)
        snprintf(words, sizeof words, "%s", eel_words());
    else
        status = eel_supervise(&pipeline, &(eel_supervision){
            .first = &l->listener.standing, .bar = now->bar, .why = words, .watched = "aggregate", .hang_s = hang_s,
            .tapped = "aggregate", .tap = view_at ? l->viewer.tap : NULL,
            .health = view_at ? l->viewer.health : NULL,
            .again = is_spooled() ? "; run the same command again to go on" : ""});
    eel_standing_over(&l->listener.standing, status == 0);
    if (status == 0 && eel_summary_print(now->folder, json) != EEL_OK)
        l->worst = eel_log_exit(EEL_EFORMAT); /* pixels are missing: the next scan may be whole */
    if (status != 0)
        rmdir(now->folder);
    eel_pipeline_release(&pipeline);
    int over = status >= 128 || (standing->ended && standing->status != 0);
    if (status != 0 && status < 128 && (*words || !over))
        leave_out(l, now, words);
    return over ? status : 0;
}

/* `own`: number of the folder in which an earlier process had begun it, or 0; `spool` then holds it. */
static int begin_scan(live *l, uint64_t number, uint64_t own, const char *spool)
{
    live_scan now = {.spool = NULL};
    char words[EEL_WORDS_MAX];
    uint64_t taken = number;
    int begun = 0;

    l->listener.standing.told = 0;
    snprintf(now.bar, sizeof now.bar, "scan %" PRIu64, number);
    int code = own ? eel_scan_folders_find(&l->folders, now.folder, &taken, own, &begun)
                   : eel_scan_folders_take(&l->folders, now.folder, &taken);
    if (code != EEL_OK) {
        snprintf(words, sizeof words, "%s", eel_words());
        leave_out(l, &now, words);
        eel_standing_over(&l->listener.standing, 0); /* the listener hears that there is no run, and goes on */
        return 0;
    }
    now.spool = begun ? spool : NULL;
    if (taken != number)
        eel_log("%s: its results go into %s", now.bar, now.folder);
    snprintf(l->listener.standing.folder, sizeof l->listener.standing.folder, "%" PRIu64, taken);
    return map_scan(l, &now);
}

/* What the listener says (stages/ingest/serving.h). */
static int take_line(live *l)
{
    const char *line = l->listener.line;
    uint64_t number, own = 0;
    int spool = 0;

    if (sscanf(line, "left %" SCNu64, &l->left) == 1)
        return 0;
    if (!strncmp(line, "passed ", 7)) {
        l->worst = 1;
        return 0;
    }
    if (sscanf(line, "scan %" SCNu64 " again %" SCNu64 " %n", &number, &own, &spool) < 1)
        return eel_log_exit(eel_fail(EEL_EFORMAT, "ingest: says '%s', expected a scan", line));
    if (l->listener.standing.signal)
        return 0; /* it stops, and will say how many scans are left */
    return begin_scan(l, number, own, line + spool);
}

/* After a signal: what was lost by it, and the exit status that says so; 0 when nothing was. */
static int say_left(const live *l)
{
    int number = l->listener.standing.signal;

    if (!l->left || !number)
        return 0;
    eel_log("%s: %" PRIu64 " scan%s that had come %s not mapped%s", strsignal(number), l->left,
            l->left == 1 ? "" : "s", l->left == 1 ? "is" : "are",
            is_spooled() ? "; the same command maps what is in the spool" : "");
    return 128 + number;
}

/* ---- the whole ---- */

static int prepare(live *l)
{
    int code = hang_s < 0 ? eel_fail(EEL_EARGS, "--hang: %d, expected 0 or more seconds", hang_s)
                          : eel_shipped(l->flow, "live.flow");

    if (code == EEL_OK && karabo_at && !view_at)
        code = eel_fail(EEL_EARGS, "--karabo: needs --view");
    if (code == EEL_OK && !*output)
        code = eel_fail(EEL_EARGS, "--output: is empty, expected a folder for the results");
    if (code == EEL_OK)
        code = eel_shipped(l->models, "models");
    return code;
}

static int listen_to_source(live *l)
{
    eel_pipeline pipeline = {0};
    int code = read_pipeline(l, &pipeline, "");

    l->folders.output = output;
    if (code == EEL_OK)
        code = eel_listener_start(&l->listener, &pipeline.stages[0], eel_scan_folders_after(&l->folders), output);
    eel_pipeline_release(&pipeline);
    return code;
}

static int start(live *l)
{
    int code = EEL_OK;

    if (mkdir(output, 0777) && errno != EEXIST)
        code = eel_fail(EEL_EIO, "%s: cannot be made: %s", output, strerror(errno));
    if (code == EEL_OK)
        code = eel_listener_watch_signals();
    if (code == EEL_OK && view_at)
        code = eel_viewer_start(&l->viewer, view_at, view_token, karabo_at);
    if (code == EEL_OK)
        code = listen_to_source(l);
    if (code != EEL_OK)
        rmdir(output);
    return code;
}

int eel_live_main(int argc, char **argv)
{
    static live l; /* two paths are too much for some stacks */
    int first, status = 0;

    workers = eel_cores();
    int code = eel_args(&usage, argc, argv, &first);
    if (code != EEL_OK)
        return eel_log_exit(code);
    l.operands = argv + first;
    code = prepare(&l);
    if (code != EEL_OK)
        return eel_log_exit(code);
    status = check_options(&l);
    if (status != 0)
        return status;
    code = start(&l);
    if (code != EEL_OK) {
        eel_viewer_finish(&l.viewer, 1);
        return l.viewer.misused ? 2 : eel_log_exit(code);
    }
    while (status == 0 && eel_listener_next(&l.listener))
        status = take_line(&l);
    eel_listener_end(&l.listener, status != 0);
    if (status == 0)
        status = l.listener.killed_by ? 128 + l.listener.killed_by : say_left(&l);
    eel_viewer_finish(&l.viewer, status >= 128);
    rmdir(output); /* where nothing came of it, nothing stays */
    if (status == 0 && l.listener.standing.status != 0)
        status = l.listener.standing.status == 2 ? 2 : 1;
    return status ? status : eel_log_exit(EEL_OK) ? 1 : l.worst;
}
