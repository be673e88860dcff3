#include "check.h"
#include "child.h"
#include "where.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of one stage that looks at its options. */
static int check_stage(const eel_pipeline_stage *stage)
{
    char program[PATH_MAX], title[EEL_PIPELINE_NAME_MAX + 16], *argv[EEL_PIPELINE_WORDS_MAX + 5];
    int argc = 0, how = 0;
    int code = eel_where_stage(program, stage->name);

    if (code != EEL_OK)
        return eel_log_exit(code);
    snprintf(title, sizeof title, "eelstream %s", stage->name);
    argv[argc++] = title;
    for (int i = 0; i < stage->word_count; i++)
        argv[argc++] = stage->words[i];
    char *rest[] = {"--check", "--name", stage->name, NULL};
    memcpy(argv + argc, rest, sizeof rest);

    pid_t launcher = getpid(), pid = fork();
    if (pid == 0) {
        eel_child_follow(launcher, SIGKILL);
        eel_child_become(program, argv);
    }
    while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    if (pid > 0 && WIFEXITED(how))
        return WEXITSTATUS(how);
    eel_log("%s: cannot be asked about its options: %s", stage->name,
            pid < 0 ? strerror(errno) : strsignal(WTERMSIG(how)));
    return 1;
}

int eel_pipeline_check(const eel_pipeline *pipeline)
{
    int status = 0;

    for (int i = 0; i < pipeline->count && status == 0; i++)
        status = check_stage(&pipeline->stages[i]);
    return status;
}
