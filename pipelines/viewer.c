#include "viewer.h"
#include "child.h"
#include "where.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS_MAX 1024

static void run_view(const char *program, char **argv, int leash, int said, pid_t launcher)
{
    eel_child_follow(launcher, SIGTERM);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole terminal; the launcher decides */
    dup2(leash, STDIN_FILENO);
    dup2(said, STDOUT_FILENO);
    eel_child_become(program, argv);
}

/* The address that it serves at is its first line; without one it has failed, and said why. */
static int read_address(int fd, char address[ADDRESS_MAX])
{
    size_t length = 0;

    while (length < ADDRESS_MAX - 1) {
        ssize_t n = read(fd, address + length, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return EEL_ECANCEL;
        if (address[length] == '\n')
            break;
        length++;
    }
    address[length] = 0;
    return EEL_OK;
}

static int start(eel_viewer *v, const char *listen, const char *token_file, const char *karabo,
                 int leash[2], int said[2])
{
    char program[PATH_MAX];
    char *argv[12] = {"eelstream view", "--tap", v->tap, "--health", v->health};
    int argc = 5, code = eel_where_stage(program, "view");

    if (*listen) {
        argv[argc++] = "--listen";
        argv[argc++] = (char *)listen;
    }
    if (token_file) {
        argv[argc++] = "--token-file";
        argv[argc++] = (char *)token_file;
    }
    if (karabo) {
        argv[argc++] = "--karabo";
        argv[argc++] = (char *)karabo;
    }
    if (code == EEL_OK && (pipe2(leash, O_CLOEXEC) || pipe2(said, O_CLOEXEC)))
        code = eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    if (code != EEL_OK)
        return code;
    pid_t launcher = getpid(), pid = fork();
    if (pid < 0)
        return eel_fail(EEL_EIO, "view: cannot be started: %s", strerror(errno));
    if (pid == 0)
        run_view(program, argv, leash[0], said[1], launcher);
    v->pid = pid;
    return EEL_OK;
}

int eel_viewer_start(eel_viewer *v, const char *listen, const char *token_file, const char *karabo)
{
    char address[ADDRESS_MAX];
    int leash[2] = {-1, -1}, said[2] = {-1, -1};

    *v = (eel_viewer){.leash = -1};
    int code = eel_rundir_open(&v->dir);
    snprintf(v->tap, sizeof v->tap, "ipc://%s/tap", v->dir.path);
    snprintf(v->health, sizeof v->health, "ipc://%s/health", v->dir.path);
    if (code == EEL_OK)
        code = start(v, listen, token_file, karabo, leash, said);
    if (leash[0] >= 0)
        close(leash[0]);
    if (said[1] >= 0)
        close(said[1]);
    v->leash = leash[1];
    if (code == EEL_OK)
        code = read_address(said[0], address);
    if (said[0] >= 0)
        close(said[0]);
    if (code == EEL_OK)
        eel_log("maps are shown at %s", address);
    else
        eel_viewer_finish(v, 0);
    return code;
}

static volatile sig_atomic_t waited_for; /* process that a signal shall end */

static void end_view(int number)
{
    (void)number;
    kill(waited_for, SIGTERM);
}

void eel_viewer_finish(eel_viewer *v, int at_once)
{
    struct sigaction action = {.sa_handler = end_view}, before[2];
    int how = 0;

    if (v->pid) {
        waited_for = v->pid;
        sigaction(SIGINT, &action, &before[0]);
        sigaction(SIGTERM, &action, &before[1]);
        if (v->leash >= 0)
            close(v->leash);
        if (at_once && waitpid(v->pid, &how, WNOHANG) == 0) /* who is gone already has its number no more */
            kill(v->pid, SIGTERM);
        while (waitpid(v->pid, &how, 0) < 0 && errno == EINTR)
            ;
        sigaction(SIGINT, &before[0], NULL);
        sigaction(SIGTERM, &before[1], NULL);
        v->misused = WIFEXITED(how) && WEXITSTATUS(how) == 2;
    }
    v->leash = -1;
    v->pid = 0;
    eel_rundir_close(&v->dir);
}
