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

int eel_cancel_watch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | SA_RESETHAND};

    if (event < 0)
        event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0)
        return -1;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return event;
}

int eel_cancelled(void)
{
    return came;
}
