#include "flow/cancel.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Signals belong to the process, and so does this. */
static int event = -1;
static volatile sig_atomic_t came;

static void note(int signal_number)
{
    int saved = errno;
    uint64_t one = 1;

    came = signal_number;
    if (write(event, &one, sizeof one) < 0)
        came = signal_number; /* `came` alone still says it */
    errno = saved;
}

/* Who started us may have decided that a signal is not for us. */
static void watch(int signal_number)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | SA_RESETHAND}, now;

    if (sigaction(signal_number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

int eel_cancel_watch(void)
{
    if (event < 0)
        event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0)
        return -1;
    watch(SIGTERM);
    watch(SIGINT);
    return event;
}

int eel_cancelled(void)
{
    return came;
}

void eel_cancel_forget(void)
{
    uint64_t count;

    came = 0;
    if (event >= 0 && read(event, &count, sizeof count) < 0)
        came = 0; /* there was none */
}
