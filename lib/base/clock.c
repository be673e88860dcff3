#include "base/clock.h"

#include <time.h>

static double seconds(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double eel_clock_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double eel_clock_cpu_s(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}
