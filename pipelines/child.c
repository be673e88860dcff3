#include "child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

void eel_child_follow(pid_t launcher, int number)
{
    prctl(PR_SET_PDEATHSIG, number);
    if (getppid() != launcher)
        _exit(1); /* it died before we asked to go with it */
}

void eel_child_become(const char *program, char **argv)
{
    execv(program, argv);
    dprintf(STDERR_FILENO, "eelstream: %s: %s\n", program, strerror(errno));
    _exit(1);
}
