#include "live/spool_claim.h"
#include "base/err.h"
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct eel_spool_folder {
    char path[EEL_PATH_MAX];
    int fd;            /* of its claims */
    uint64_t *claimed; /* (room), the first `claims` of them: the scans that this process has */
    uint64_t claims, room;
    eel_spool_folder *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static eel_spool_folder *folders; /* with claims */

/* Belongs to the open file, which has all claims of this process: among these `claimed` decides. F_OFD_SETLK does not wait. */
static int set(const eel_spool_folder *folder, uint64_t number, short type)
{
    struct flock byte = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)(number & INT64_MAX), .l_len = 1};

    return fcntl(folder->fd, F_OFD_SETLK, &byte);
}

static eel_spool_folder *open_folder(const char *path)
{
    char file[EEL_PATH_MAX];
    eel_spool_folder *folder = folders;

    while (folder && strcmp(folder->path, path))
        folder = folder->next;
    if (folder)
        return folder;
    if (snprintf(file, sizeof file, "%s/.claims", path) >= (int)sizeof file) {
        eel_fail(EEL_ELIMIT, "%s: the path is too long", path);
        return NULL;
    }
    folder = calloc(1, sizeof *folder);
    int fd = folder ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd < 0) {
        eel_fail(EEL_EIO, "%s: %s", file, strerror(errno));
        free(folder);
        return NULL;
    }
    snprintf(folder->path, sizeof folder->path, "%s", path);
    folder->fd = fd;
    folder->next = folders;
    folders = folder;
    return folder;
}

/* Among its claims; their count where it is none of them. */
static uint64_t place_of(const eel_spool_folder *folder, uint64_t number)
{
    uint64_t i = 0;

    while (i < folder->claims && folder->claimed[i] != number)
        i++;
    return i;
}

static int take(eel_spool_folder *folder, uint64_t number)
{
    if (place_of(folder, number) < folder->claims)
        return eel_fail(EEL_ECANCEL, "%s: this process is at work with scan %ju", folder->path, (uintmax_t)number);
    uint64_t room = folder->claims < folder->room ? folder->room : 2 * folder->room + 16;
    uint64_t *claimed = realloc(folder->claimed, room * sizeof *claimed);

    if (!claimed)
        return eel_fail(EEL_ENOMEM, "%s: no memory for its claims", folder->path);
    folder->claimed = claimed;
    folder->room = room;
    if (set(folder, number, F_WRLCK) != 0)
        return errno == EAGAIN || errno == EACCES
                   ? eel_fail(EEL_ECANCEL, "%s: another process is at work with scan %ju", folder->path, (uintmax_t)number)
                   : eel_fail(EEL_EIO, "%s/.claims: %s", folder->path, strerror(errno));
    folder->claimed[folder->claims++] = number;
    return EEL_OK;
}

static void close_unused(eel_spool_folder *folder)
{
    eel_spool_folder **at = &folders;

    if (folder->claims)
        return;
    while (*at != folder)
        at = &(*at)->next;
    *at = folder->next;
    close(folder->fd);
    free(folder->claimed);
    free(folder);
}

int eel_spool_claim(eel_spool_folder **folder, const char *path, uint64_t number)
{
    pthread_mutex_lock(&lock);
    eel_spool_folder *found = open_folder(path);
    int code = found ? take(found, number) : EEL_EIO;

    if (code == EEL_OK)
        *folder = found;
    else if (found)
        close_unused(found);
    pthread_mutex_unlock(&lock);
    return code;
}

void eel_spool_unclaim(eel_spool_folder *folder, uint64_t number)
{
    if (!folder)
        return;
    pthread_mutex_lock(&lock);
    set(folder, number, F_UNLCK);
    folder->claimed[place_of(folder, number)] = folder->claimed[folder->claims - 1];
    folder->claims--;
    close_unused(folder);
    pthread_mutex_unlock(&lock);
}
