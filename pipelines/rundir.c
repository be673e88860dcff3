#include "rundir.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char template[] = "%s/eelstream-XXXXXX";

static int make_id(char id[33])
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return eel_fail(EEL_EIO, "no random numbers from the system: %s", strerror(errno));
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return EEL_OK;
}

int eel_rundir_open(eel_rundir *dir)
{
    const char *parent = getenv("XDG_RUNTIME_DIR");

    *dir = (eel_rundir){0};
    int code = make_id(dir->id);
    if (code != EEL_OK)
        return code;
    if (!parent || *parent != '/' || access(parent, W_OK) ||
        strlen(parent) + sizeof template > sizeof dir->path)
        parent = "/tmp";
    snprintf(dir->path, sizeof dir->path, template, parent);
    if (!mkdtemp(dir->path)) {
        dir->path[0] = 0;
        return eel_fail(EEL_EIO, "%s: cannot make a folder for the run: %s", parent,
                        strerror(errno));
    }
    return EEL_OK;
}

void eel_rundir_close(eel_rundir *dir)
{
    DIR *folder = dir->path[0] ? opendir(dir->path) : NULL;

    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        unlinkat(dirfd(folder), entry->d_name, 0); /* refuses "." and "..", as it should */
    closedir(folder);
    rmdir(dir->path);
    dir->path[0] = 0;
}
