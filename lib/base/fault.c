#include "base/fault.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *armed; /* "POINT:COUNT…", or NULL */
static size_t point_bytes;
static long left;
static enum { KILL, STOP, SPIN } how;

/* "infer" is all of infer.1, infer.2, … */
static int is_meant(const char *stage, const char *name)
{
    size_t bytes = strlen(stage);

    return strncmp(stage, name, bytes) == 0 && (name[bytes] == 0 || name[bytes] == '.');
}

void eel_fault_open(const char *name)
{
    const char *spec = getenv("EEL_FAIL"), *stage = getenv("EEL_FAIL_STAGE");
    const char *colon = spec ? strchr(spec, ':') : NULL;
    char *rest;

    armed = NULL;
    if (!colon || (stage && !is_meant(stage, name)))
        return;
    armed = spec;
    point_bytes = (size_t)(colon - spec);
    left = strtol(colon + 1, &rest, 10);
    how = strcmp(rest, ":stop") == 0 ? STOP : strcmp(rest, ":spin") == 0 ? SPIN : KILL;
}

static int is_first(void)
{
    const char *once = getenv("EEL_FAIL_ONCE");
    int made = once ? open(once, O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;

    if (made >= 0)
        close(made);
    return !once || made >= 0;
}

void eel_fault(const char *point)
{
    if (!armed || strlen(point) != point_bytes || memcmp(armed, point, point_bytes) != 0)
        return;
    if (--left != 0 || !is_first())
        return;
    if (how == SPIN) {
        for (;;)
            continue;
    }
    raise(how == STOP ? SIGSTOP : SIGKILL);
}

void eel_fault_block(uint64_t number)
{
    char point[32];

    if (!armed)
        return;
    snprintf(point, sizeof point, "block_%" PRIu64, number);
    eel_fault(point);
}
