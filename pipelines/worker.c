#include "worker.h"
#include "child.h"
#include "map.h"
#include "meeting.h"
#include "supervise.h"
#include "where.h"
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/shipped.h"
#include "curve/keys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_S  0.5  /* between two looks at the folder */
#define GRACE_S 10.0 /* for the others when one has ended, and for the folder to say why */

static const char *run_dir, *keys;
static int workers;

static const eel_option options[] = {
    {"run-dir", 'd', EEL_OPT_TEXT, &run_dir, "DIR", "the folder that the run was given, too"},
    {"workers", 'w', EEL_OPT_INT, &workers, "N", "processes: one per core"},
    {"keys", 0, EEL_OPT_TEXT, &keys, "FILE", "secret certificate, instead of the run's for workers"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream worker",
    .summary = "Work for a run whose head is on another machine.",
    .options = options,
    .notes = "The run is `eelstream map --run-dir DIR`; DIR lies on storage that both machines see,\n"
             "or is copied here with its files. A worker may come and go at any time.\n"
             "Exit status: that of the run; 128 + the signal that ended the worker.",
};

typedef struct {
    eel_meeting_run run; /* the one that is worked for */
    pid_t pids[EEL_PIPELINE_WORKERS_MAX];
    int running, restarts;
    int signals; /* signalfd */
    sigset_t mask_before;
    double deadline_s; /* when patience ends; 0: never */
    int ending;        /* the signal that ended us, or 0 */
    int done;          /* one heard that the run is complete */
    int failed;        /* one ended otherwise */
    int said;          /* that nobody is there */
} crew;

/* ---- processes ---- */

static void become(const crew *c, int i, const char *program, pid_t launcher)
{
    char title[EEL_PIPELINE_NAME_MAX + 16], name[48], host[256] = "", hang[16];
    char in[EEL_MEETING_ENDPOINT_MAX + 16], out[EEL_MEETING_ENDPOINT_MAX + 16];
    char *argv[EEL_PIPELINE_WORDS_MAX + 24];
    char own[PATH_MAX + 32], server[PATH_MAX + 32];
    int argc = 0;

    eel_child_follow(launcher, SIGKILL);
    signal(SIGINT, SIG_IGN);
    sigprocmask(SIG_SETMASK, &c->mask_before, NULL);
    gethostname(host, sizeof host - 1);
    snprintf(title, sizeof title, "eelstream %s", c->run.stage);
    snprintf(name, sizeof name, "%.12s.%.20s.%d", c->run.stage, host, i + 1);
    snprintf(in, sizeof in, "connect:%s", c->run.in);
    snprintf(out, sizeof out, "connect:%s", c->run.out);
    snprintf(hang, sizeof hang, "%d", c->run.hang_s);
    argv[argc++] = title;
    for (int w = 0; w < c->run.word_count; w++)
        argv[argc++] = c->run.words[w];
    char *rest[] = {"--in", in, "--out", out, "--run", (char *)c->run.id, "--name", name, "--hang", hang};
    memcpy(argv + argc, rest, sizeof rest);
    argc += (int)(sizeof rest / sizeof *rest);
    snprintf(own, sizeof own, "%s/worker" EEL_SECRET_SUFFIX, run_dir);
    snprintf(server, sizeof server, "%s/server", run_dir);
    char *safe[] = {"--keys", keys ? (char *)keys : own, "--server", server, NULL};
    char *unsafe[] = {"--insecure-tcp", NULL};
    memcpy(argv + argc, c->run.insecure ? unsafe : safe, c->run.insecure ? sizeof unsafe : sizeof safe);
    eel_child_become(program, argv);
}

static int start(crew *c, int i)
{
    char program[PATH_MAX];
    int code = eel_where_stage(program, c->run.stage);

    if (code != EEL_OK)
        return code;
    pid_t launcher = getpid(), pid = fork();
    if (pid < 0)
        return eel_fail(EEL_EIO, "%s: cannot be started: %s", c->run.stage, strerror(errno));
    if (pid == 0)
        become(c, i, program, launcher);
    c->pids[i] = pid;
    c->running++;
    return EEL_OK;
}

static void signal_all(const crew *c, int number)
{
    for (int i = 0; i < EEL_PIPELINE_WORKERS_MAX; i++) {
        if (c->pids[i])
            kill(c->pids[i], number);
    }
}

/* Killing is always safe: what a worker held is handed to another. */
static void kill_all(crew *c)
{
    signal_all(c, SIGKILL);
    for (int i = 0; i < EEL_PIPELINE_WORKERS_MAX; i++) {
        if (c->pids[i])
            waitpid(c->pids[i], NULL, 0);
        c->pids[i] = 0;
    }
    c->running = 0;
}

/* Starts another in its place where it should still be there; after a failure, `code`, nothing new is started. */
static int ended(crew *c, int i, int how, int code)
{
    int fine = WIFEXITED(how) && WEXITSTATUS(how) == 0, number = eel_ended_by(how);

    c->pids[i] = 0;
    c->running--;
    c->done |= fine;
    if (code != EEL_OK || c->ending || fine || c->done)
        return code;
    if (!number) {
        c->failed = 1; /* it has said why, or the run ended; the folder knows */
        return EEL_OK;
    }
    if (c->restarts == EEL_RESTARTS_MAX)
        return eel_fail(EEL_EIO, "%s died (%s), after %d others", c->run.stage, strsignal(number),
                        c->restarts);
    c->restarts++;
    eel_log("%s died (%s) and is started again", c->run.stage, strsignal(number));
    return start(c, i);
}

static int reap(crew *c)
{
    int how, code = EEL_OK;

    for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;) {
        for (int i = 0; i < workers; i++) {
            if (c->pids[i] == pid)
                code = ended(c, i, how, code);
        }
    }
    if ((c->done || c->failed) && !c->deadline_s)
        c->deadline_s = eel_clock_s() + GRACE_S;
    return code;
}

/* ---- the run ---- */

static int resolve(eel_meeting_run *run)
{
    char models[PATH_MAX];
    int code = eel_shipped(models, "models");

    for (int i = 0; i < run->word_count && code == EEL_OK; i++) {
        char *word = run->words[i], *place = strstr(word, "$models");
        if (!place)
            continue;
        if (asprintf(&run->words[i], "%.*s%s%s", (int)(place - word), word, models,
                     place + strlen("$models")) < 0) {
            run->words[i] = word;
            return eel_fail(EEL_ENOMEM, "no memory");
        }
        free(word);
    }
    return code;
}

/* Another run than before, or none: nobody works for the old one any more. */
static int change(crew *c, eel_meeting_run *run)
{
    int code = EEL_OK;

    kill_all(c);
    eel_meeting_run_release(&c->run);
    c->run = *run;
    *run = (eel_meeting_run){0};
    c->deadline_s = c->failed = c->restarts = 0;
    if (c->run.state == EEL_MEETING_RUNS)
        code = resolve(&c->run);
    for (int i = 0; i < workers && code == EEL_OK && c->run.state == EEL_MEETING_RUNS; i++)
        code = start(c, i);
    return code;
}

/* Returns 1 when it is time to go, with *status set. */
static int look(crew *c, int *status)
{
    eel_meeting_run run = {0};
    int code = EEL_OK;

    if (c->ending || c->done)
        return 0;
    code = eel_meeting_look(run_dir, &run);
    int over = run.state == EEL_MEETING_ENDED;
    *status = over ? run.status : 1;
    if (code == EEL_OK && !over && (run.state != c->run.state || strcmp(run.id, c->run.id)))
        code = change(c, &run);
    if (c->run.state == EEL_MEETING_NOBODY && !over && code == EEL_OK && !c->said++)
        eel_log("waiting for a run in %s", run_dir);
    eel_meeting_run_release(&run);
    if (code != EEL_OK)
        *status = eel_log_exit(code);
    return over || code != EEL_OK;
}

static void read_signals(crew *c)
{
    struct signalfd_siginfo info;

    while (read(c->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        signal_all(c, c->ending ? SIGKILL : SIGTERM);
        c->ending = (int)info.ssi_signo;
        c->deadline_s = eel_clock_s() + GRACE_S;
    }
}

static int work(crew *c)
{
    int status;

    for (;;) {
        struct pollfd fd = {.fd = c->signals, .events = POLLIN};
        if (look(c, &status))
            return status;
        poll(&fd, 1, (int)(1000 * LOOK_S));
        read_signals(c);
        int code = reap(c);
        if (code != EEL_OK)
            return eel_log_exit(code);
        if (!c->running && (c->ending || c->done))
            return c->ending ? 128 + c->ending : 0;
        if (c->deadline_s && eel_clock_s() > c->deadline_s)
            return c->ending ? 128 + c->ending : !c->done;
    }
}

static int open_signals(crew *c)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    sigprocmask(SIG_BLOCK, &mask, &c->mask_before);
    c->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    return c->signals < 0 ? eel_fail(EEL_EIO, "signalfd: %s", strerror(errno)) : EEL_OK;
}

int eel_worker_main(int argc, char **argv)
{
    crew *c = calloc(1, sizeof *c);
    int first, code = c ? EEL_OK : eel_fail(EEL_ENOMEM, "no memory");

    workers = eel_cores();
    if (code == EEL_OK)
        code = eel_args(&usage, argc, argv, &first);
    if (code == EEL_OK && !run_dir)
        code = eel_fail(EEL_EARGS, "--run-dir: missing; name the folder where the run is met");
    if (code == EEL_OK && (workers < 1 || workers > EEL_PIPELINE_WORKERS_MAX))
        code = eel_fail(EEL_EARGS, "--workers: %d, expected 1 to %d", workers,
                        EEL_PIPELINE_WORKERS_MAX);
    if (code == EEL_OK)
        code = open_signals(c);
    int status = code == EEL_OK ? work(c) : eel_log_exit(code);
    if (c) {
        kill_all(c);
        eel_meeting_run_release(&c->run);
    }
    free(c);
    return status;
}
