#include "base/shipped.h"
#include "base/err.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char *const places[] = {
    "share/eelstream/",
    "",
    "../share/eelstream/",    /* from bin/ */
    "../../share/eelstream/", /* from libexec/eelstream/ */
};

void eel_own_folder(char path[EEL_SHIPPED_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, EEL_SHIPPED_MAX - 1);

    path[length > 0 ? length : 0] = 0;
    if (length <= 0) { /* a chroot without /proc: what the program was started as */
        char real[PATH_MAX];
        const char *started = (const char *)getauxval(AT_EXECFN);
        if (started && realpath(started, real))
            snprintf(path, EEL_SHIPPED_MAX, "%s", real);
    }
    char *slash = strrchr(path, '/');
    if (slash)
        slash[slash == path] = 0;
    else
        strcpy(path, ".");
}

int eel_shipped(char path[EEL_SHIPPED_MAX], const char *name)
{
    char own[EEL_SHIPPED_MAX];

    eel_own_folder(own);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length = snprintf(path, EEL_SHIPPED_MAX, "%s/%s%s", own, places[i], name);
        if (length < EEL_SHIPPED_MAX && access(path, R_OK) == 0)
            return EEL_OK;
    }
    return eel_fail(EEL_EIO, "%s: not among the files that came with eelstream in %s", name, own);
}
