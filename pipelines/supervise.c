#include "supervise.h"
#include "child.h"
#include "meeting.h"
#include "rundir.h"
#include "voices.h"
#include "where.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "flow/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX (EEL_PIPELINE_STAGES_MAX + EEL_PIPELINE_WORKERS_MAX)
#define REDRAW_MS     200
#define GRACE_S       5.0 /* between asking and killing */
#define LISTEN_S      1.0 /* between two looks at who is silent */
#define FILES_LEAST   48  /* descriptors that each process may open */
#define FILES_EACH    3   /* and the one where all workers meet, for each of them */

typedef struct {
    const eel_pipeline_stage *stage;
    int position;   /* of the stage in the pipeline */
    char name[EEL_PIPELINE_NAME_MAX + 8];
    pid_t pid;      /* 0 when it is not running */
    int excused;    /* asked to end because all is done: how it ends is of no interest */
    double silent_s; /* since it told its status */
    uint64_t pixels, total;
} process;

typedef struct {
    const eel_pipeline *pipeline;
    const eel_supervision *how;
    process processes[PROCESSES_MAX];
    int count, running, restarts;

    eel_rundir dir;
    eel_watch *watch;
    int signals;          /* signalfd */
    sigset_t mask_before; /* what the stages start with */
    eel_voices voices;
    eel_costs costs;

    int ending;        /* SIGTERM was sent */
    double turn_s;     /* when the last turn of the wheel was */
    double deadline_s; /* when patience ends; 0 for never */
    const process *failed;
    int status;        /* exit status so far */
} supervisor;

/* A line of the launcher's own. */
#define say(s, ...) (eel_voices_hush(&(s)->voices), eel_log(__VA_ARGS__))

/* ---- starting ---- */

/* "bind:" or "connect:" and the endpoint of the link between stage `left` and the next. */
static void link_words(char *words, size_t size, const supervisor *s, int left, int is_output)
{
    const eel_pipeline_stage *stages = s->pipeline->stages;
    int output_binds = !stages[left].elastic;

    if (eel_meeting_words(s->pipeline->meeting, words, size, left, is_output))
        return;
    snprintf(words, size, "%s:ipc://%s/link%d", output_binds == is_output ? "bind" : "connect",
             s->dir.path, left + 1);
}

static void run_program(supervisor *s, const char *program, char **argv, pid_t launcher)
{
    eel_child_follow(launcher, SIGKILL);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole terminal; the launcher decides */
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    if (s->voices.pipe[1] >= 0)
        dup2(s->voices.pipe[1], STDERR_FILENO);
    eel_child_become(program, argv);
}

static int is_standing(const supervisor *s, const process *p)
{
    return s->how->first && p->position == 0;
}

static int meet(supervisor *s, process *p, char *const words[])
{
    int code = eel_standing_tell(s->how->first, p->name, words);

    if (code == EEL_OK)
        p->pid = s->how->first->pid;
    return code;
}

static int start(supervisor *s, process *p)
{
    char program[PATH_MAX], title[EEL_PIPELINE_NAME_MAX + 16], status[EEL_RUNDIR_MAX + 16];
    char in[EEL_RUNDIR_MAX + 32], out[EEL_RUNDIR_MAX + 32];
    char *argv[EEL_PIPELINE_WORDS_MAX + 16], tap[EEL_RUNDIR_MAX + 16];
    int argc = 0;

    int code = eel_where_stage(program, p->stage->name);
    if (code != EEL_OK)
        return code;
    snprintf(title, sizeof title, "eelstream %s", p->stage->name);
    argv[argc++] = title;
    for (int i = 0; i < p->stage->word_count; i++)
        argv[argc++] = p->stage->words[i];
    if (p->position > 0) {
        link_words(in, sizeof in, s, p->position - 1, 0);
        argv[argc++] = "--in";
        argv[argc++] = in;
    }
    if (p->position < s->pipeline->count - 1) {
        link_words(out, sizeof out, s, p->position, 1);
        argv[argc++] = "--out";
        argv[argc++] = out;
    }
    if (s->how->tapped && !strcmp(p->stage->name, s->how->tapped)) {
        snprintf(tap, sizeof tap, "ipc://%s/tap", s->dir.path);
        argv[argc++] = "--tap";
        argv[argc++] = s->how->tap ? (char *)s->how->tap : tap;
    }
    snprintf(status, sizeof status, "ipc://%s/status", s->dir.path);
    if (is_standing(s, p)) {
        argv[argc++] = "--folder";
        argv[argc++] = s->how->first->folder;
    }
    char *rest[] = {"--run", s->dir.id, "--name", p->name, "--status", status, NULL};
    memcpy(argv + argc, rest, sizeof rest);
    if (is_standing(s, p))
        return meet(s, p, argv + 1 + p->stage->word_count);

    pid_t launcher = getpid(), pid = fork();
    if (pid < 0)
        return eel_fail(EEL_EIO, "%s: cannot be started: %s", p->name, strerror(errno));
    if (pid == 0)
        run_program(s, program, argv, launcher);
    p->pid = pid;
    p->silent_s = 0;
    s->running++;
    return EEL_OK;
}

/* Starts all, or those that have waited until their workers' links are bound. */
static int start_all(supervisor *s, int waited)
{
    int code = EEL_OK;

    for (int i = 0; i < s->count && code == EEL_OK; i++) {
        if (waited == (s->pipeline->meeting && s->processes[i].stage->elastic))
            code = start(s, &s->processes[i]);
    }
    return code;
}

static int list_processes(supervisor *s)
{
    for (int i = 0; i < s->pipeline->count; i++) {
        const eel_pipeline_stage *stage = &s->pipeline->stages[i];
        for (int w = 1; w <= stage->workers; w++) {
            if (s->count == PROCESSES_MAX)
                return eel_fail(EEL_ELIMIT, "%s: more than %d processes", s->pipeline->path,
                                PROCESSES_MAX);
            process *p = &s->processes[s->count++];
            *p = (process){.stage = stage, .position = i};
            snprintf(p->name, sizeof p->name, stage->elastic ? "%s.%d" : "%s", stage->name, w);
        }
    }
    return EEL_OK;
}

static int open_signals(supervisor *s)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return eel_fail(EEL_EIO, "signalfd: %s", strerror(errno));
    sigaddset(&mask, SIGPIPE); /* a closed stderr is no reason to leave stages behind */
    sigprocmask(SIG_BLOCK, &mask, &s->mask_before);
    return EEL_OK;
}

/* libzmq aborts a program that it cannot give another descriptor: there are enough, or no start. */
static int allow_files(const supervisor *s)
{
    rlim_t wanted = FILES_LEAST + FILES_EACH * (rlim_t)s->count;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= wanted)
        return EEL_OK;
    if (files.rlim_max < wanted)
        return eel_fail(EEL_ELIMIT, "open files: %ju at once (ulimit -n), expected %ju for %d processes",
                        (uintmax_t)files.rlim_max, (uintmax_t)wanted, s->count);
    files.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &files)
               ? eel_fail(EEL_ELIMIT, "open files: %s", strerror(errno)) : EEL_OK;
}

static int open_all(supervisor *s)
{
    char endpoint[EEL_RUNDIR_MAX + 16], program[PATH_MAX];
    int code = list_processes(s);

    if (code == EEL_OK)
        code = allow_files(s);

    for (int i = 0; i < s->pipeline->count && code == EEL_OK; i++) {
        code = eel_where_stage(program, s->pipeline->stages[i].name);
        if (code != EEL_OK)
            return eel_fail_in(code, "%s:%d", s->pipeline->path, s->pipeline->stages[i].line);
    }
    if (code == EEL_OK)
        code = open_signals(s);
    if (code == EEL_OK)
        code = eel_rundir_open(&s->dir);
    if (code != EEL_OK)
        return code;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/status", s->dir.path);
    code = eel_watch_open(&s->watch, endpoint);
    if (code == EEL_OK && s->how->health)
        code = eel_watch_relay(s->watch, s->how->health);
    return code == EEL_OK ? eel_voices_listen(&s->voices) : code;
}

/* ---- ending ---- */

static void signal_all(supervisor *s, int number)
{
    for (int i = 0; i < s->count; i++) {
        if (s->processes[i].pid && (number != SIGKILL || !is_standing(s, &s->processes[i]) || s->status >= 128))
            kill(s->processes[i].pid, number);
    }
}

/* Asks all to end; asked again, kills. */
static void end_all(supervisor *s)
{
    signal_all(s, s->ending ? SIGKILL : SIGTERM);
    s->ending = 1;
    s->deadline_s = eel_clock_s() + GRACE_S;
}

static void fail(supervisor *s, const process *p, int status)
{
    if (!s->failed)
        s->failed = p;
    s->status = status;
    end_all(s);
}

static int is_running(const supervisor *s, int position)
{
    for (int i = 0; i < s->count; i++) {
        if (s->processes[i].position == position && s->processes[i].pid)
            return 1;
    }
    return 0;
}

/* A worker died. It is needed again unless a neighbour has ended: the upstream one ends when all
 * is acknowledged, the downstream one when all has arrived. */
static void replace(supervisor *s, process *p, const char *why)
{
    if (!is_running(s, p->position - 1) || !is_running(s, p->position + 1))
        return;
    if (s->restarts == EEL_RESTARTS_MAX) {
        say(s, "%s died (%s), after %d others in this run", p->name, why, s->restarts);
        fail(s, NULL, 1);
        return;
    }
    s->restarts++;
    say(s, "%s died (%s) and is started again", p->name, why);
    if (start(s, p) != EEL_OK) {
        say(s, "%s", eel_words());
        fail(s, NULL, 1);
    }
}

/* A worker between neighbours that have ended has nothing left to do. One that came too late to
 * hear of the end would wait for ever. */
static void excuse_workers(supervisor *s)
{
    for (int i = 0; i < s->count; i++) {
        process *p = &s->processes[i];
        if (p->pid && p->stage->elastic && !p->excused && !is_running(s, p->position - 1) &&
            !is_running(s, p->position + 1)) {
            p->excused = 1;
            kill(p->pid, SIGTERM);
        }
    }
}

int eel_ended_by(int how)
{
    if (WIFSIGNALED(how))
        return WTERMSIG(how);
    return WEXITSTATUS(how) > 128 ? WEXITSTATUS(how) - 128 : 0; /* it left in good order */
}

static void ended(supervisor *s, process *p, int how)
{
    int status = WIFEXITED(how) ? WEXITSTATUS(how) : -1, number = eel_ended_by(how);

    p->pid = 0;
    if (is_standing(s, p))
        eel_standing_ended(s->how->first, how);
    else
        s->running--;
    if (s->ending) {
        if (status == 2 && s->status == 1)
            s->status = 2;
    } else if (status == 0 || p->excused || (is_standing(s, p) && status > 0)) {
        /* A standing stage closes its part in the run before it leaves for a reason of its own. */
        /* The sink has everything: those before it may take a moment to hear of it. */
        if (p->position == s->pipeline->count - 1)
            s->deadline_s = eel_clock_s() + GRACE_S;
        excuse_workers(s);
    } else if (number && p->stage->elastic) {
        replace(s, p, strsignal(number));
    } else if (status > 0) {
        fail(s, p, status == 2 ? 2 : 1);
    } else {
        say(s, "%s died (%s)%s", p->name, strsignal(WTERMSIG(how)), s->how->again);
        fail(s, NULL, 1);
    }
}

static void reap(supervisor *s)
{
    int how;
    struct rusage usage;

    for (pid_t pid; (pid = wait4(-1, &how, WNOHANG, &usage)) > 0;) {
        for (int i = 0; i < s->count; i++) {
            if (s->processes[i].pid == pid) {
                eel_costs_add(&s->costs, s->processes[i].stage->name, &usage);
                ended(s, &s->processes[i], how);
                break;
            }
        }
    }
}

/* ---- watching ---- */

static void read_signals(supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo != SIGCHLD && s->how->first && !s->how->first->signal) {
            say(s, "%s, stopping: the rest of this scan is cancelled", strsignal((int)info.ssi_signo));
            eel_standing_stop(s->how->first, (int)info.ssi_signo);
        } else if (info.ssi_signo != SIGCHLD) {
            if (!s->ending)
                say(s, "%s, ending%s", strsignal((int)info.ssi_signo), s->how->again);
            s->status = 128 + (int)info.ssi_signo;
            end_all(s);
        }
    }
    reap(s);
}

/* Workers can join, from here and elsewhere, once both of their links are bound. */
static void call_workers(supervisor *s, const process *p, const eel_status *status)
{
    eel_meeting *meeting = s->pipeline->meeting;

    if (!meeting || s->ending || !eel_meeting_bound(meeting, p->position, status->in_at, status->out_at))
        return;
    if (eel_meeting_announce(meeting, s->dir.id) != EEL_OK || start_all(s, 1) != EEL_OK) {
        say(s, "%s", eel_words());
        fail(s, NULL, 1);
    }
}

static void read_status(supervisor *s)
{
    eel_status status;

    while (eel_watch_next(s->watch, &status)) {
        for (int i = 0; i < s->count; i++) {
            process *p = &s->processes[i];
            if (strcmp(p->name, status.name) || p->pid != status.pid)
                continue;
            p->silent_s = 0;
            p->pixels = status.pixels;
            p->total = status.total;
            call_workers(s, p, &status);
        }
    }
}

static void show_bar(supervisor *s)
{
    uint64_t done = 0, total = 0;

    for (int i = 0; i < s->count; i++) {
        const process *p = &s->processes[i];
        if (!strcmp(p->stage->name, s->how->watched))
            done += p->pixels;
        if (p->total > total)
            total = p->total;
    }
    eel_voices_draw(&s->voices, done, total);
}

static int patience_ms(const supervisor *s)
{
    double left_s = s->deadline_s - eel_clock_s();
    int wait_ms = -1;

    if (s->deadline_s > 0)
        wait_ms = left_s > 0 ? (int)(1000 * left_s) + 1 : 0;
    int often_ms = s->voices.bar ? REDRAW_MS : s->how->hang_s ? (int)(1000 * LISTEN_S) : -1;
    if (often_ms >= 0 && (wait_ms < 0 || wait_ms > often_ms))
        wait_ms = often_ms;
    return wait_ms;
}

/* Kills workers that have been silent for too long: they hang, or are stopped. A launcher that
 * stood still itself, with the whole terminal perhaps, has heard nobody meanwhile. */
static void listen(supervisor *s)
{
    double now_s = eel_clock_s(), passed_s = now_s - s->turn_s;

    s->turn_s = now_s;
    if (passed_s > LISTEN_S)
        passed_s = LISTEN_S;
    for (int i = 0; i < s->count && s->how->hang_s && !s->ending; i++) {
        process *p = &s->processes[i];
        if (!p->pid || !p->stage->elastic || p->silent_s > s->how->hang_s)
            continue;
        p->silent_s += passed_s;
        if (p->silent_s > s->how->hang_s) {
            say(s, "%s is silent for %d s", p->name, s->how->hang_s);
            kill(p->pid, SIGKILL);
        }
    }
}

static void supervise(supervisor *s)
{
    s->turn_s = eel_clock_s();
    while (s->running > 0) {
        struct pollfd fds[] = {
            {.fd = s->signals, .events = POLLIN},
            {.fd = eel_watch_fd(s->watch), .events = POLLIN},
            {.fd = s->voices.pipe[0], .events = POLLIN}, /* -1 is passed over */
            {.fd = s->how->first && !s->how->first->ended ? s->how->first->words : -1,
             .events = POLLIN},
        };
        if (s->voices.bar && !s->ending)
            show_bar(s);
        poll(fds, 4, patience_ms(s));
        eel_voices_read(&s->voices, s->voices.pipe[0]);
        eel_voices_read(&s->voices, fds[3].fd);
        read_signals(s);
        read_status(s);
        listen(s);
        if (s->deadline_s > 0 && eel_clock_s() >= s->deadline_s)
            end_all(s);
    }
}

static void close_all(supervisor *s)
{
    char *why = s->status && s->status < 128 ? s->how->why : NULL;
    int listened = s->voices.pipe[0] >= 0, heard = eel_voices_close(&s->voices, why, EEL_WORDS_MAX);

    if (s->failed && listened && !heard && !s->how->first) /* a standing stage may be about to say why */
        eel_log("%s failed and did not say why", s->failed->name);
    eel_watch_close(s->watch);
    eel_rundir_close(&s->dir);
    if (s->signals >= 0) {
        close(s->signals);
        sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    }
}

int eel_supervise(const eel_pipeline *pipeline, const eel_supervision *how)
{
    supervisor *s = calloc(1, sizeof *s);
    double start_s = eel_clock_s();

    if (!s)
        return eel_log_exit(eel_fail(EEL_ENOMEM, "no memory for the processes"));
    *s = (supervisor){.pipeline = pipeline, .how = how, .signals = -1};
    eel_voices_open(&s->voices, how->bar);
    s->voices.holds = how->why != NULL;
    int code = open_all(s);
    if (code == EEL_OK)
        code = start_all(s, 0);
    if (code != EEL_OK) {
        say(s, "%s", eel_words());
        fail(s, NULL, eel_exit(code));
    }
    supervise(s);
    close_all(s);
    s->costs.seconds = eel_clock_s() - start_s;
    if (how->costs)
        *how->costs = s->costs;
    int status = s->status;
    free(s);
    return status;
}
