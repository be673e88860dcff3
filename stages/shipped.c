#include "shipped.h"
#include "base/err.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = {
    "share/eelstream/models",       /* the build folder */
    ".",                            /* the build folder: the edge library */
    "../../share/eelstream/models", /* installed: programs in libexec/eelstream */
};

int eel_shipped(char *path, const char *name)
{
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

    if (n < 0)
        return eel_fail(EEL_EIO, "/proc/self/exe: cannot be read");
    program[n] = 0;
    *strrchr(program, '/') = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, EEL_SHIPPED_MAX, "%s/%s/%s", program, places[i], name);
        if (access(path, R_OK) == 0)
            return EEL_OK;
    }
    return eel_fail(EEL_EIO, "%s: not found in models beside %s", name, program);
}
