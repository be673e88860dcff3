#include "flow/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *armed; /* "POINT:COUNT", or NULL */
static size_t point_bytes;
static long left;

void eel_fault_open(const char *name)
{
    const char *spec = getenv("EEL_FAIL"), *stage = getenv("EEL_FAIL_STAGE");
    const char *colon = spec ? strchr(spec, ':') : NULL;

    armed = NULL;
    if (!colon || (stage && strcmp(stage, name) != 0))
        return;
    armed = spec;
    point_bytes = (size_t)(colon - spec);
    left = strtol(colon + 1, NULL, 10);
}

void eel_fault(const char *point)
{
    if (!armed || strlen(point) != point_bytes || memcmp(armed, point, point_bytes) != 0)
        return;
    if (--left == 0)
        raise(SIGKILL);
}
