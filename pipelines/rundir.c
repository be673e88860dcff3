#include "rundir.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define YOUNG_S 60 /* between a folder and its lock lies less, by far */

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

static void remove_folder(int folder_fd, const char *path)
{
    DIR *folder = fdopendir(folder_fd);

    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        unlinkat(folder_fd, entry->d_name, 0); /* refuses "." and "..", as it should */
    rmdir(path);
    closedir(folder);
}

/* The descriptor of a folder that no launcher holds, or -1. A young one may not be locked yet. */
static int lock_abandoned(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (!fstat(fd, &info) && info.st_uid == geteuid() && time(NULL) - info.st_mtime > YOUNG_S &&
        !flock(fd, LOCK_EX | LOCK_NB))
        return fd;
    close(fd);
    return -1;
}

/* Removes what launchers that were killed have left. */
static void sweep(const char *parent)
{
    char path[EEL_RUNDIR_MAX];
    DIR *folder = opendir(parent);

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (fnmatch("eelstream-??????", entry->d_name, 0) ||
            snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) >= (int)sizeof path)
            continue;
        int fd = lock_abandoned(path);
        if (fd >= 0)
            remove_folder(fd, path);
    }
    if (folder)
        closedir(folder);
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
    sweep(parent);
    snprintf(dir->path, sizeof dir->path, template, parent);
    if (!mkdtemp(dir->path)) {
        dir->path[0] = 0;
        return eel_fail(EEL_EIO, "%s: cannot make a folder for the run: %s", parent,
                        strerror(errno));
    }
    dir->lock = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->lock >= 0 && !flock(dir->lock, LOCK_EX | LOCK_NB))
        return EEL_OK;
    eel_fail(EEL_EIO, "%s: cannot be locked: %s", dir->path, strerror(errno));
    if (dir->lock >= 0)
        close(dir->lock);
    rmdir(dir->path);
    dir->path[0] = 0;
    return EEL_EIO;
}

void eel_rundir_close(eel_rundir *dir)
{
    if (dir->path[0])
        remove_folder(dir->lock, dir->path);
    dir->path[0] = 0;
}
