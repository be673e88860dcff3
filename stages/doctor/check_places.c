/* The places that a run needs: what ships, the folder of its sockets, that of its results, ports. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/replace.h"
#include "base/shipped.h"
#include "doctor/checkup.h"
#include "pipelines/rundir.h"
#include "pipelines/where.h"

#define MIB        1048576.0
#define RESULT_MIB 1024 /* maps, pictures and the store of some million pixels */

static void check_shipped(eel_checkup *checkup)
{
    static const char *const files[] = {"core-loss.flow", "models/core-loss-20.h5", "edges.txt"};
    static const char *const stages[] = {"reader", "calibrate", "infer", "aggregate", "writer"};
    static const char again[] = "install eelstream again, or build it: ./quickstart";
    char path[PATH_MAX], own[EEL_SHIPPED_MAX];
    int missing = 0;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (eel_shipped(path, files[i]) != EEL_OK) {
            eel_find(checkup, EEL_FOUND_BAD, "installation", again, "%s", eel_words());
            missing++;
        }
    }
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (eel_where_stage(path, stages[i]) != EEL_OK) {
            eel_find(checkup, EEL_FOUND_BAD, "installation", again, "%s", eel_words());
            missing++;
        }
    }
    eel_own_folder(own);
    if (!missing)
        eel_find(checkup, EEL_FOUND_OK, "installation", NULL, "whole, programs in %s", own);
}

/* Stages meet at sockets in this folder: does its file system take them? */
static void check_run_folder(eel_checkup *checkup)
{
    static const char change[] = "let XDG_RUNTIME_DIR name a folder of yours on a local disk";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    eel_rundir dir;

    if (eel_rundir_open(&dir) != EEL_OK) {
        eel_find(checkup, EEL_FOUND_BAD, "run folder", change, "%s", eel_words());
        return;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/link", dir.path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address))
        eel_find(checkup, EEL_FOUND_BAD, "run folder", change, "%s: takes no sockets: %s", dir.path,
                 strerror(errno));
    else
        eel_find(checkup, EEL_FOUND_OK, "run folder", NULL, "%.*s takes folders and sockets",
                 (int)(strrchr(dir.path, '/') - dir.path), dir.path);
    if (fd >= 0)
        close(fd);
    eel_rundir_close(&dir);
}

/* Writes as a run does: a file that is flushed and renamed. */
static void check_output(eel_checkup *checkup, const char *folder)
{
    char path[EEL_PATH_MAX];
    struct statvfs disk;
    int code = EEL_OK;

    if (access(folder, F_OK)) {
        eel_find(checkup, EEL_FOUND_BAD, "results", "make it, or name another folder", "%s: %s",
                 folder, strerror(errno));
        return;
    }
    if (snprintf(path, sizeof path, "%s/.eelstream-doctor.%ld", folder, (long)getpid()) >=
        (int)sizeof path)
        code = eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder);
    if (code == EEL_OK)
        code = eel_replace_text(path, "eelstream doctor was here\n");
    if (code != EEL_OK) {
        eel_find(checkup, EEL_FOUND_BAD, "results",
                 "take another folder with --output, or make room and get the right to write",
                 "%s", eel_words());
        return;
    }
    unlink(path);
    double free_mib = statvfs(folder, &disk) ? 0 : (double)disk.f_bavail * (double)disk.f_frsize / MIB;
    int few = free_mib < RESULT_MIB;
    eel_find(checkup, few ? EEL_FOUND_NOTE : EEL_FOUND_OK, "results",
             few ? "make room: a million pixels take some 100 MiB for each twenty maps" : NULL,
             "%s can be written, %.0f MiB free", folder, free_mib);
}

static void check_port(eel_checkup *checkup, long port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (fd >= 0) /* as servers do: a port whose last connection has just ended is free */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1))
        eel_find(checkup, EEL_FOUND_BAD, "port", errno == EACCES ? "take one above 1023"
                 : "take another one, or end the program that has it: ss -ltnp",
                 "%ld: %s", port, strerror(errno));
    else
        eel_find(checkup, EEL_FOUND_OK, "port", NULL, "%ld is free", port);
    if (fd >= 0)
        close(fd);
}

static int check_ports(eel_checkup *checkup, const char *ports)
{
    for (const char *next = ports; next;) {
        char *end;
        long port = strtol(next, &end, 10);
        if (end == next || (*end && *end != ',') || port < 1 || port > 65535)
            return eel_fail(EEL_EARGS, "--port: '%s', expected numbers from 1 to 65535, such as "
                            "8080,5555", ports);
        check_port(checkup, port);
        next = *end ? end + 1 : NULL;
    }
    return EEL_OK;
}

int eel_check_places(eel_checkup *checkup, const char *output, const char *ports)
{
    check_shipped(checkup);
    check_run_folder(checkup);
    check_output(checkup, output);
    return check_ports(checkup, ports);
}
