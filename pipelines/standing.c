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
    if (standing->ended || length >= sizeof line ||
        (standing->tell >= 0 && write(standing->tell, line, length) != (ssize_t)length))
        return eel_fail(EEL_EIO, "%s: cannot be told of the run", name);
    return EEL_OK;
}

void eel_standing_ended(eel_standing *standing, int how)
{
    standing->ended = 1;
    standing->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
