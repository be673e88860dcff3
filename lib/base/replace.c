#include "base/replace.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int eel_replace_begin(eel_replace *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;

    file->temporary[0] = 0;
    if (strlen(path) + 32 > EEL_PATH_MAX)
        return eel_fail(EEL_ELIMIT, "%.64s…: a path of %zu bytes, at most %d", path, strlen(path),
                        EEL_PATH_MAX - 32);
    snprintf(file->path, sizeof file->path, "%.*s", folder ? folder : 2, folder ? path : "./");
    if (access(file->path, W_OK) != 0)
        return eel_fail(EEL_EIO, "%s: cannot be created: %s", path, strerror(errno));
    snprintf(file->path, sizeof file->path, "%s", path);
    snprintf(file->temporary, sizeof file->temporary, "%.*s.%s.%ld", folder, path, path + folder,
             (long)getpid());
    return EEL_OK;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd < 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    int code = fsync(fd) == 0 ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    close(fd);
    return code;
}

int eel_sync_folder(const char *folder)
{
    return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

int eel_replace_end(eel_replace *file, int code)
{
    if (!file->temporary[0])
        return code;
    if (code == EEL_OK)
        code = sync_path(file->temporary, O_RDONLY);
    if (code == EEL_OK && rename(file->temporary, file->path) != 0)
        code = eel_fail(EEL_EIO, "%s: %s", file->path, strerror(errno));
    if (code != EEL_OK) {
        unlink(file->temporary);
        return code;
    }
    char *slash = strrchr(file->path, '/');
    if (!slash)
        return eel_sync_folder(".");
    slash[slash == file->path] = 0;
    return eel_sync_folder(file->path);
}

static int write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    int failed = fwrite(bytes, 1, size, out) != size;
    failed |= fclose(out) != 0;
    return failed ? eel_fail(EEL_EIO, "%s: %s", path, strerror(errno)) : EEL_OK;
}

int eel_replace_bytes(const char *path, const void *bytes, size_t size)
{
    eel_replace file;
    int code = eel_replace_begin(&file, path);

    if (code == EEL_OK)
        code = write_bytes(file.temporary, bytes, size);
    return eel_replace_end(&file, code);
}

int eel_replace_text(const char *path, const char *text)
{
    return eel_replace_bytes(path, text, strlen(text));
}
