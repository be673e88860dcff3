#include "listener.h"
#include "child.h"
#include "where.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE_WORDS 10 /* its name, and what is said besides the words of its stage */

/* ---- signals ---- */

static int signals[2] = {-1, -1}; /* pipe, from the handler */

static void note_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;

    if (write(signals[1], &byte, 1) < 0)
        _exit(128 + number); /* more signals than a pipe holds: somebody means it */
    errno = saved;
}

int eel_listener_watch_signals(void)
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

static void take_signals(eel_listener *listener)
{
    unsigned char number;

    while (read(signals[0], &number, 1) == 1) {
        if (!listener->standing.signal) {
            eel_log("%s, stopping", strsignal(number));
            eel_standing_stop(&listener->standing, number);
        } else {
            kill(listener->standing.pid, SIGKILL);
            listener->killed_by = number;
        }
    }
}

/* ---- its beginning ---- */

static void become(const char *program, char **argv, const int fds[3], pid_t launcher)
{
    eel_child_follow(launcher, SIGKILL);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole terminal; the launcher decides */
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 3; i++)
        dup2(fds[i], i);
    eel_child_become(program, argv);
}

static int launch(eel_listener *listener, const char *program, char **argv)
{
    int in[2], out[2], err[2];

    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        return eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    pid_t launcher = getpid(), pid = fork();
    if (pid == 0)
        become(program, argv, (int[]){in[0], out[1], err[1]}, launcher);
    int code = pid < 0 ? eel_fail(EEL_EIO, "ingest: cannot be started: %s", strerror(errno)) : EEL_OK;
    close(in[0]);
    close(out[1]);
    close(err[1]);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    listener->standing = (eel_standing){.pid = pid, .tell = in[1], .words = err[0]};
    listener->said = out[0];
    return code;
}

int eel_listener_start(eel_listener *listener, const eel_pipeline_stage *stage, uint64_t first, const char *output)
{
    char program[PATH_MAX], results[PATH_MAX], number[24], *argv[EEL_PIPELINE_WORDS_MAX + MORE_WORDS];
    int argc = 0, code = eel_where_stage(program, stage->name);

    if (code == EEL_OK && !realpath(output, results))
        code = eel_fail(EEL_EIO, "%s: %s", output, strerror(errno));
    if (code != EEL_OK)
        return code;
    snprintf(number, sizeof number, "%" PRIu64, first);
    argv[argc++] = "eelstream ingest";
    for (int i = 0; i < stage->word_count; i++)
        argv[argc++] = stage->words[i];
    char *rest[] = {"--serve", "--first", number, "--results", results, "--name", "ingest", NULL};
    memcpy(argv + argc, rest, sizeof rest);
    return launch(listener, program, argv);
}

/* ---- what it says ---- */

static void hand_on_words(const eel_listener *listener)
{
    char text[4096];

    for (ssize_t n; (n = read(listener->standing.words, text, sizeof text)) > 0;) {
        if (write(STDERR_FILENO, text, (size_t)n) < 0)
            return; /* nobody reads: nothing more to say */
    }
}

int eel_listener_next(eel_listener *listener)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = listener->said, .events = POLLIN},
                               {.fd = signals[0], .events = POLLIN},
                               {.fd = listener->standing.words, .events = POLLIN}};
        char byte;

        poll(fds, 3, -1);
        take_signals(listener);
        hand_on_words(listener);
        if (!fds[0].revents)
            continue;
        if (read(listener->said, &byte, 1) != 1)
            return 0;
        if (byte == '\n') {
            listener->line[listener->line_bytes] = 0;
            listener->line_bytes = 0;
            return 1;
        }
        if (listener->line_bytes < sizeof listener->line - 1)
            listener->line[listener->line_bytes++] = byte;
    }
}

/* ---- its end ---- */

void eel_listener_end(eel_listener *listener, int at_once)
{
    eel_standing *standing = &listener->standing;
    int how;

    close(standing->tell);
    if (at_once && !standing->ended)
        kill(standing->pid, SIGTERM);
    while (!standing->ended) {
        pid_t pid = waitpid(standing->pid, &how, 0);
        if (pid == standing->pid)
            eel_standing_ended(standing, how);
        else if (pid < 0 && errno != EINTR)
            break;
    }
    hand_on_words(listener);
    close(standing->words);
    close(listener->said);
    if (standing->status > 128 && !at_once && !listener->killed_by)
        eel_log("ingest died (%s)", strsignal(standing->status - 128));
}
