/*
 * reset - a cable that breaks: hands on all bytes between a tcp port and another, and ends the first
 * connections by a reset (RST) when so many bytes have gone through them, whatever they are part of.
 *
 *     reset LISTEN TARGET BYTES TIMES    addresses as 127.0.0.1:7001; one connection at a time
 *
 * A line on stdout for each reset. Runs until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    fprintf(stderr, "reset: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in address_of(const char *text)
{
    const char *colon = strchr(text, ':');
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[16];

    if (!colon || (size_t)(colon - text) >= sizeof host)
        fail(text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    address.sin_port = htons((unsigned short)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        fail(text);
    return address;
}

static int listening(const char *at)
{
    struct sockaddr_in address = address_of(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8))
        fail(at);
    return fd;
}

/* Hands on at most `most` bytes. Returns how many; 0 when one of the ends has gone. */
static long hand_on(int from, int to, long most)
{
    char bytes[65536];
    long want = most < (long)sizeof bytes ? most : (long)sizeof bytes;
    ssize_t n = recv(from, bytes, (size_t)want, 0);

    for (ssize_t done = 0; done < n;) {
        ssize_t sent = send(to, bytes + done, (size_t)(n - done), MSG_NOSIGNAL);
        if (sent < 0)
            return 0;
        done += sent;
    }
    return n > 0 ? n : 0;
}

/* Until one end has gone, or `most` bytes went through. Returns whether these did. */
static int relay(const int *ends, long most)
{
    while (most > 0) {
        struct pollfd polled[2] = {{.fd = ends[0], .events = POLLIN},
                                   {.fd = ends[1], .events = POLLIN}};
        if (poll(polled, 2, -1) < 0)
            return 0;
        for (int i = 0; i < 2 && most > 0; i++) {
            long done = polled[i].revents ? hand_on(ends[i], ends[1 - i], most) : -1;
            if (done == 0)
                return 0;
            most -= done > 0 ? done : 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    int listener = listening(argv[1]), times = atoi(argv[4]);
    struct sockaddr_in target = address_of(argv[2]);
    const long bytes = atol(argv[3]);
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0}; /* close() resets */

    for (int resets = 0;;) {
        int ends[] = {accept(listener, NULL, NULL), socket(AF_INET, SOCK_STREAM, 0)};
        if (ends[0] < 0)
            fail("accept");
        if (!connect(ends[1], (struct sockaddr *)&target, sizeof target) &&
            relay(ends, resets < times ? bytes : 1L << 62)) {
            for (int i = 0; i < 2; i++)
                setsockopt(ends[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            printf("reset %d\n", ++resets);
            fflush(stdout);
        }
        close(ends[0]);
        close(ends[1]);
    }
}
