#include "standing.h"
#include "base/err.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int eel_standing_tell(eel_standing *standing, const char *name, char *const words[])
{
    char line[1024];
    size_t length = 0;

    for (int i = 0; words[i] && length < sizeof line; i++)
        length += (size_t)snprintf(line + length, sizeof line - length, "%s%c", words[i],
                                   words[i + 1] ? '\t' : '\n');
    if (standing->ended || standing->tell < 0 || length >= sizeof line ||
        write(standing->tell, line, length) != (ssize_t)length)
        return eel_fail(EEL_EIO, "%s: cannot be told of the run", name);
    standing->told = 1;
    return EEL_OK;
}

void eel_standing_refuse(eel_standing *standing)
{
    if (!standing->told && !standing->ended && standing->tell >= 0 && write(standing->tell, "\n", 1) < 0)
        return; /* it is about to end */
    standing->told = 1;
}

void eel_standing_stop(eel_standing *standing, int signal_number)
{
    close(standing->tell);
    standing->tell = -1;
    standing->signal = signal_number;
}

void eel_standing_ended(eel_standing *standing, int how)
{
    standing->ended = 1;
    standing->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
