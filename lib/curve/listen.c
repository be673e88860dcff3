#include "curve/listen.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#define PORT_MAX 65535

int eel_endpoint_check(const char *endpoint)
{
    char *end;

    if (strncmp(endpoint, "tcp://", 6) != 0)
        return EEL_OK;
    const char *port = strrchr(endpoint, ':') + 1;
    unsigned long number = strtoul(port, &end, 10);
    if (!strcmp(port, "*")) /* any that is free */
        return EEL_OK;
    if (*port < '0' || *port > '9' || *end || number > PORT_MAX)
        return eel_fail(EEL_EARGS, "%s: the port is '%s', expected 1 to %d", endpoint, port, PORT_MAX);
    return EEL_OK;
}

/* The path of ipc://PATH; NULL for what has no file: tcp, and names that the system keeps or chooses. */
static const char *path_of(const char *endpoint)
{
    return strncmp(endpoint, "ipc://", 6) == 0 && !strchr("@*", endpoint[6]) ? endpoint + 6 : NULL;
}

static int fail_to_listen(const char *endpoint, int error)
{
    return eel_fail(error == EINVAL || error == EPROTONOSUPPORT ? EEL_EARGS : EEL_ENET, "%s: cannot be listened at: %s",
                    endpoint, zmq_strerror(error));
}

/* How connecting to it fails: ECONNREFUSED where its program is gone, 0 where one takes it. */
static int knock(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int error = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
}

/* ZeroMQ will delete what is there: may it? */
static int check_path(const char *endpoint, const char *path)
{
    struct stat info;

    if (lstat(path, &info) != 0)
        return errno == ENOENT ? EEL_OK : fail_to_listen(endpoint, errno);
    if (!S_ISSOCK(info.st_mode))
        return eel_fail(EEL_EARGS, "%s: there is a %s already, expected a path that is free", endpoint,
                        S_ISDIR(info.st_mode) ? "folder" : "file");
    int error = knock(path);
    if (error == ECONNREFUSED)
        return EEL_OK;
    return fail_to_listen(endpoint, error == 0 || error == EAGAIN ? EADDRINUSE : error);
}

int eel_listen(eel_listening *at, void *socket, const char *endpoint)
{
    const char *path = path_of(endpoint);
    struct stat info;
    int code = eel_endpoint_check(endpoint);

    if (code == EEL_OK && path)
        code = check_path(endpoint, path);
    if (code == EEL_OK && zmq_bind(socket, endpoint) != 0)
        code = fail_to_listen(endpoint, zmq_errno());
    if (code == EEL_OK && path && lstat(path, &info) == 0) {
        snprintf(at->path, sizeof at->path, "%s", path);
        at->device = info.st_dev;
        at->inode = info.st_ino;
    }
    return code;
}

void eel_listen_end(eel_listening *at)
{
    struct stat info;

    if (*at->path && lstat(at->path, &info) == 0 && info.st_dev == at->device && info.st_ino == at->inode)
        unlink(at->path);
    *at = (eel_listening){0};
}
