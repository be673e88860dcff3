/*
 * garbage - a neighbour that does not speak the protocol, at the socket file of a link.
 *
 *     garbage noise SOCKET       bytes that are no ZeroMQ at all, until the other end hangs up
 *     garbage oversize SOCKET    after a proper handshake a frame of a tebibyte, likewise
 *     garbage messages SOCKET    after a proper handshake a thousand messages of noise
 *
 * Exit status 0: it went as expected. The handshake is ZMTP 3.0 with the NULL mechanism
 * (https://rfc.zeromq.org/spec/23/).
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE_S 60
#define MESSAGES   1000

static int fail(const char *what)
{
    fprintf(stderr, "garbage: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (strlen(path) >= sizeof address.sun_path)
        fail("path is too long");
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail(path);
    return fd;
}

static int put(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
        if (done < 0)
            return 0;
        at += done;
        n -= (size_t)done;
    }
    return 1;
}

/* Reads until the other end hangs up. */
static void await_end(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        ;
    if (n < 0 && errno != ECONNRESET && errno != EPIPE)
        fail("reading");
}

static void shake_hands(int fd)
{
    static const char ready[] = "\4\31\5READY\13Socket-Type\0\0\0\6DEALER";
    unsigned char greeting[64] = {0xff, [9] = 0x7f, [10] = 3}, answer[64];

    memcpy(greeting + 12, "NULL", 4);
    if (!put(fd, greeting, sizeof greeting))
        fail("greeting");
    for (size_t got = 0; got < sizeof answer;) {
        ssize_t n = read(fd, answer + got, sizeof answer - got);
        if (n <= 0)
            fail("no greeting came back");
        got += (size_t)n;
    }
    unsigned char frame[sizeof ready - 1];
    memcpy(frame, ready, sizeof frame);
    frame[1] = sizeof frame - 2;
    if (!put(fd, frame, sizeof frame))
        fail("handshake");
}

static void fill(unsigned char *bytes, size_t n)
{
    static uint32_t state = 1;

    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223; /* Numerical Recipes, 3rd edition, 7.1.7 */
        bytes[i] = (unsigned char)(state >> 24);
    }
}

int main(int argc, char **argv)
{
    static const unsigned char tebibyte[] = {2, 0, 0, 1, 0, 0, 0, 0, 0};
    unsigned char noise[2 + 200];

    if (argc != 3)
        return 2;
    alarm(DEADLINE_S);
    int fd = connected(argv[2]);
    if (strcmp(argv[1], "noise") == 0) {
        do
            fill(noise, sizeof noise);
        while (put(fd, noise, sizeof noise));
    } else if (strcmp(argv[1], "oversize") == 0) {
        shake_hands(fd);
        put(fd, tebibyte, sizeof tebibyte);
        await_end(fd);
    } else {
        shake_hands(fd);
        for (int i = 0; i < MESSAGES; i++) {
            fill(noise, sizeof noise);
            noise[0] = 0; /* a short frame, the last of its message */
            noise[1] = 200;
            if (!put(fd, noise, sizeof noise))
                fail("a message was not taken");
        }
    }
    close(fd);
    return 0;
}
