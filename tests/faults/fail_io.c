/*
 * fail_io - a disk that breaks: preloaded into a stage, makes one call of the C library fail.
 *
 *     LD_PRELOAD=fail_io.so FAIL_IO=pwrite:3:ENOSPC FAIL_IO_STAGE=aggregate …
 *
 * The third pwrite and each after it fails with that error; in a process whose name holds the
 * stage's. Calls: pread, pwrite, fdatasync. Errors: EIO, ENOSPC.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is this call the one, or one after it? Sets errno. */
static int fails(const char *call)
{
    static long calls;
    const char *spec = getenv("FAIL_IO"), *stage = getenv("FAIL_IO_STAGE");
    size_t length = strlen(call);

    if (!spec || !stage || !strstr(program_invocation_name, stage) ||
        strncmp(spec, call, length) != 0 || spec[length] != ':')
        return 0;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) < strtol(spec + length + 1, NULL, 10))
        return 0;
    errno = strstr(spec, ":ENOSPC") ? ENOSPC : EIO;
    return 1;
}

/* The C library's own function behind ours. */
static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

ssize_t pread(int fd, void *to, size_t bytes, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = next("pread");
    return fails("pread") ? -1 : real(fd, to, bytes, at);
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = next("pwrite");
    return fails("pwrite") ? -1 : real(fd, from, bytes, at);
}

/* What programs with large files in mind call them. */
ssize_t pread64(int fd, void *to, size_t bytes, off_t at) __attribute__((alias("pread")));
ssize_t pwrite64(int fd, const void *from, size_t bytes, off_t at) __attribute__((alias("pwrite")));

int fdatasync(int fd)
{
    int (*real)(int) = next("fdatasync");
    return fails("fdatasync") ? -1 : real(fd);
}
