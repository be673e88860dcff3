#include "live.h"
#include "check.h"
#include "map.h"
#include "pipeline.h"
#include "summary.h"
#include "supervise.h"
#include "viewer.h"
#include "where.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/shipped.h"
#include "io/result.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES (PATH_MAX + 64) /* of what the listener says of a scan */

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
    eel_standing listener;
    eel_viewer viewer;     /* with --view */
    int said;              /* pipe: its standard output */
    char line[LINE_BYTES]; /* of it */
    size_t line_bytes;
    const char *spool;     /* of the scan that is gone on with, in `line`; or NULL */
    uint64_t next;         /* folders below this number are not looked at any more */
    uint64_t left;         /* scans that had come, at least in part, when it was stopped, and are not mapped */
    int worst;             /* exit status of the scans so far */
} live;

static int signals[2] = {-1, -1}; /* pipe, from the handler */

static void note_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;

    if (write(signals[1], &byte, 1) < 0)
        _exit(128 + number); /* more signals than a pipe holds: somebody means it */
    errno = saved;
}

static int watch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

    if (pipe2(signals, O_CLOEXEC | O_NONBLOCK) != 0)
        return eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return EEL_OK;
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

/* One above those that are there. */
static uint64_t next_number(void)
{
    DIR *folder = opendir(output);
    uint64_t number, next = 1;

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (sscanf(entry->d_name, "scan-%" SCNu64, &number) == 1 && number >= next)
            next = number + 1;
    }
    if (folder)
        closedir(folder);
    return next;
}

/* ---- the listener ---- */

static void run_listener(char **argv, const char *program, const int fds[3], pid_t launcher)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launcher)
        _exit(1);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole terminal; the launcher decides */
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 3; i++)
        dup2(fds[i], i);
    execv(program, argv);
    dprintf(STDERR_FILENO, "eelstream: %s: %s\n", program, strerror(errno));
    _exit(1);
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

static int start_listener(live *l)
{
    eel_pipeline pipeline = {0};
    char program[PATH_MAX], results[PATH_MAX], number[24], *argv[EEL_PIPELINE_WORDS_MAX + 10];
    int in[2], out[2], err[2], argc = 0;
    int code = read_pipeline(l, &pipeline, "");

    if (code == EEL_OK)
        code = eel_where_stage(program, pipeline.stages[0].name);
    if (code == EEL_OK && !realpath(output, results))
        code = eel_fail(EEL_EIO, "%s: %s", output, strerror(errno));
    if (code == EEL_OK && (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)))
        code = eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    if (code == EEL_OK) {
        snprintf(number, sizeof number, "%" PRIu64, next_number());
        argv[argc++] = "eelstream ingest";
        for (int i = 0; i < pipeline.stages[0].word_count; i++)
            argv[argc++] = pipeline.stages[0].words[i];
        char *rest[] = {"--serve", "--first", number, "--results", results, "--name", "ingest", NULL};
        memcpy(argv + argc, rest, sizeof rest);
        pid_t launcher = getpid(), pid = fork();
        if (pid == 0)
            run_listener(argv, program, (int[]){in[0], out[1], err[1]}, launcher);
        if (pid < 0)
            code = eel_fail(EEL_EIO, "ingest: cannot be started: %s", strerror(errno));
        close(in[0]);
        close(out[1]);
        close(err[1]);
        fcntl(err[0], F_SETFL, O_NONBLOCK);
        l->listener = (eel_standing){.pid = pid, .tell = in[1], .words = err[0]};
        l->said = out[0];
    }
    eel_pipeline_release(&pipeline);
    return code;
}

static void hand_on_words(const live *l)
{
    char text[4096];

    for (ssize_t n; (n = read(l->listener.words, text, sizeof text)) > 0;) {
        if (write(STDERR_FILENO, text, (size_t)n) < 0)
            return; /* nobody reads: nothing more to say */
    }
}

/* Asks the listener to stop, and kills it when asked again. */
static void take_signals(live *l)
{
    unsigned char number;

    while (read(signals[0], &number, 1) == 1) {
        if (l->listener.tell >= 0) {
            eel_log("%s, stopping", strsignal(number));
            eel_standing_stop(&l->listener, number);
        } else {
            kill(l->listener.pid, SIGKILL);
            l->worst = 128 + number;
        }
    }
}

/* What it says: 1 with a line, 0 when it has closed its output. */
static int next_line(live *l)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = l->said, .events = POLLIN},
                               {.fd = signals[0], .events = POLLIN},
                               {.fd = l->listener.words, .events = POLLIN}};
        char byte;

        poll(fds, 3, -1);
        take_signals(l);
        hand_on_words(l);
        if (!fds[0].revents)
            continue;
        if (read(l->said, &byte, 1) != 1)
            return 0;
        if (byte == '\n') {
            l->line[l->line_bytes] = 0;
            l->line_bytes = 0;
            return 1;
        }
        if (l->line_bytes < sizeof l->line - 1)
            l->line[l->line_bytes++] = byte;
    }
}

/* ---- scan after scan ---- */

/* EEL_ELIMIT when the path of that folder of OUTDIR is too long. */
static int name_folder(char folder[PATH_MAX], uint64_t number)
{
    if (snprintf(folder, PATH_MAX, "%s/scan-%04" PRIu64, output, number) < PATH_MAX)
        return EEL_OK;
    return eel_fail(EEL_ELIMIT, "--output: the path is too long");
}

/* Makes the folder with the next free number, at least `number`, which becomes the one that was found. Who makes a
 * folder has it for himself: another run may take numbers at the same time. */
static int take_folder(live *l, char folder[PATH_MAX], uint64_t *number)
{
    for (*number = *number > l->next ? *number : l->next;; ++*number) {
        int code = name_folder(folder, *number);
        if (code != EEL_OK)
            return code;
        int made = mkdir(folder, 0777) == 0;
        if (!made && errno == ENOENT && (mkdir(output, 0777) == 0 || errno == EEXIST))
            made = mkdir(folder, 0777) == 0; /* a run that found nothing took OUTDIR with it */
        if (made) {
            l->next = *number + 1;
            return EEL_OK;
        }
        if (errno != EEXIST)
            return eel_fail(EEL_EIO, "%s: cannot be made: %s", folder, strerror(errno));
    }
}

/* The folder of a scan that comes from a spool: the one where it was begun, number `own`, if it is still there. */
static int find_folder(live *l, char folder[PATH_MAX], uint64_t *number, uint64_t own)
{
    int code = name_folder(folder, own);

    if (code != EEL_OK || !eel_folder_holds(folder, "store/store.json"))
        return code == EEL_OK ? take_folder(l, folder, number) : code;
    *number = own;
    return EEL_OK;
}

/* It costs itself only: the listener hears that there is no run for it, and goes on. */
static void leave_out(live *l, const char *bar, const char *words)
{
    eel_log("%s: %s%snot mapped", bar, words, *words ? ": " : "");
    eel_standing_refuse(&l->listener);
    l->worst = 1;
}

/* A scan out of a spool goes on in the store where it was begun, if that is of the same run. */
static int go_on(const live *l, eel_pipeline *pipeline)
{
    char setting[PATH_MAX + 128];

    snprintf(setting, sizeof setting, "aggregate.advice=give the same command as then, or delete %s", l->spool);
    int code = eel_pipeline_set(pipeline, setting);
    return code == EEL_OK ? eel_pipeline_set(pipeline, "aggregate.resume") : code;
}

/* 0, or the exit status that ends everything: the listener is gone, or a signal said so. */
static int map_scan(live *l, const char *folder, const char *bar)
{
    char words[EEL_WORDS_MAX] = "";
    eel_pipeline pipeline = {0};
    int code = read_pipeline(l, &pipeline, (char *)folder);

    if (code == EEL_OK && l->spool && eel_folder_holds(folder, "store/store.json"))
        code = go_on(l, &pipeline);
    int status = eel_exit(code);
    if (code != EEL_OK)
        snprintf(words, sizeof words, "%s", eel_words());
    else
        status = eel_supervise(&pipeline, &(eel_supervision){
            .first = &l->listener, .bar = bar, .why = words, .watched = "aggregate", .hang_s = hang_s,
            .tapped = "aggregate", .tap = view_at ? l->viewer.tap : NULL,
            .health = view_at ? l->viewer.health : NULL,
            .again = overrun && !strncmp(overrun, "spool", 5)
                         ? "; run the same command again to go on" : ""});
    if (status == 0 && eel_summary_print(folder, json) != EEL_OK)
        l->worst = eel_log_exit(EEL_EFORMAT); /* pixels are missing: the next scan may be whole */
    if (status != 0)
        rmdir(folder);
    eel_pipeline_release(&pipeline);
    int over = status >= 128 || (l->listener.ended && l->listener.status != 0);
    if (status != 0 && status < 128 && (*words || !over))
        leave_out(l, bar, words);
    return over ? status : 0;
}

/* The listener says that a scan begins. */
static int take_line(live *l)
{
    char folder[PATH_MAX], bar[48], words[EEL_WORDS_MAX];
    uint64_t number, taken, own;
    int spool = 0, known = sscanf(l->line, "scan %" SCNu64 " again %" SCNu64 " %n", &number, &own, &spool);

    if (sscanf(l->line, "left %" SCNu64, &l->left) == 1)
        return 0;
    if (!strncmp(l->line, "passed ", 7)) {
        l->worst = 1;
        return 0;
    }
    if (known < 1)
        return eel_log_exit(eel_fail(EEL_EFORMAT, "ingest: says '%s', expected a scan", l->line));
    if (l->listener.tell < 0)
        return 0; /* it stops, and will say how many scans are left */
    l->listener.told = 0;
    snprintf(bar, sizeof bar, "scan %" PRIu64, number);
    l->spool = spool ? l->line + spool : NULL;
    taken = number;
    int code = known == 2 ? find_folder(l, folder, &taken, own) : take_folder(l, folder, &taken);
    if (code != EEL_OK) {
        snprintf(words, sizeof words, "%s", eel_words());
        leave_out(l, bar, words);
        return 0;
    }
    if (taken != number)
        eel_log("%s: its results go into %s", bar, folder);
    snprintf(l->listener.folder, sizeof l->listener.folder, "%" PRIu64, taken);
    return map_scan(l, folder, bar);
}

/* After a signal: what was lost by it, and the exit status that says so; 0 when nothing was. */
static int say_left(const live *l)
{
    int spooled = overrun && !strncmp(overrun, "spool", 5);

    if (!l->left || !l->listener.signal)
        return 0;
    eel_log("%s: %" PRIu64 " scan%s that had come %s not mapped%s", strsignal(l->listener.signal), l->left,
            l->left == 1 ? "" : "s", l->left == 1 ? "is" : "are",
            spooled ? "; the same command maps what is in the spool" : "");
    return 128 + l->listener.signal;
}

static void end_listener(live *l, int status)
{
    int how;

    if (l->listener.tell >= 0)
        close(l->listener.tell);
    if (status != 0 && !l->listener.ended)
        kill(l->listener.pid, SIGTERM);
    while (!l->listener.ended) {
        pid_t pid = waitpid(l->listener.pid, &how, 0);
        if (pid == l->listener.pid)
            eel_standing_ended(&l->listener, how);
        else if (pid < 0 && errno != EINTR)
            break;
    }
    hand_on_words(l);
    close(l->listener.words);
    close(l->said);
    if (l->listener.status > 128 && status == 0 && l->worst < 128)
        eel_log("ingest died (%s)", strsignal(l->listener.status - 128));
}

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

static int start(live *l)
{
    int code = EEL_OK;

    if (mkdir(output, 0777) && errno != EEXIST)
        code = eel_fail(EEL_EIO, "%s: cannot be made: %s", output, strerror(errno));
    if (code == EEL_OK)
        code = watch_signals();
    if (code == EEL_OK && view_at)
        code = eel_viewer_start(&l->viewer, view_at, view_token, karabo_at);
    if (code == EEL_OK)
        code = start_listener(l);
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
    while (status == 0 && next_line(&l))
        status = take_line(&l);
    end_listener(&l, status);
    if (status == 0)
        status = l.worst >= 128 ? l.worst : say_left(&l);
    eel_viewer_finish(&l.viewer, status >= 128);
    rmdir(output); /* where nothing came of it, nothing stays */
    if (status == 0 && l.listener.status != 0)
        status = l.listener.status == 2 ? 2 : 1;
    return status ? status : eel_log_exit(EEL_OK) ? 1 : l.worst;
}
