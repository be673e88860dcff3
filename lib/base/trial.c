#include "base/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int eel_trial(void (*work)(void *context), void *context)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct rlimit cpu = {EEL_TRIAL_CPU_S, EEL_TRIAL_CPU_S}, core = {0, 0};
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(EEL_TRIAL_WALL_S);
        setrlimit(RLIMIT_CPU, &cpu);
        setrlimit(RLIMIT_CORE, &core);
        work(context);
        _exit(0);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return 1; /* someone else reaps our children: we cannot know */
    }
    return child < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
