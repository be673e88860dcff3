#include "standing.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>
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
        write(standing->tell, line, length) != (ssize_t)length)
        return eel_fail(EEL_EIO, "%s: cannot be told of the run", name);
    standing->told = 1;
    return EEL_OK;
}

/* Where it cannot be told, it is about to end. */
static void say(const eel_standing *standing, const char *line)
{
    if (!standing->ended && write(standing->tell, line, strlen(line)) < 0)
        return;
}

void eel_standing_over(eel_standing *standing, int mapped)
{
    say(standing, standing->told && mapped ? "mapped\n" : "\n");
}

void eel_standing_stop(eel_standing *standing, int signal_number)
{
    say(standing, "stop\n");
    standing->signal = signal_number;
}

void eel_standing_ended(eel_standing *standing, int how)
{
    standing->ended = 1;
    standing->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
