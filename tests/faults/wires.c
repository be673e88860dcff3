/*
 * wires - cables between network namespaces that lose and delay what a host sends, in a process, so
 * that it needs nothing of the kernel but TAP devices:
 *
 *     wires DELAY_MS LOSS_PERCENT SEED HOST…
 *
 * Each HOST gets two devices, far-HOST, for its namespace, and cable-HOST. A frame that enters far-HOST
 * leaves cable-HOST after DELAY_MS, unless it is lost; the other way it goes at once. Says "ready" when
 * the devices are there, goes on until SIGTERM or the end of its parent, and says what was lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define HOSTS_MAX   8
#define WAITING_MAX 16384 /* frames; more are lost, as in any switch */
#define FRAME_MAX   65536

typedef struct {
    double due_ms;
    int to; /* device */
    size_t bytes;
    uint8_t *data;
} frame;

static frame waiting[WAITING_MAX]; /* in the order in which they are due, since each takes as long */
static size_t first, count;
static uint64_t state;
static unsigned long taken, lost;
static volatile sig_atomic_t over;

static void fail(const char *what)
{
    fprintf(stderr, "wires: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void end(int signal)
{
    (void)signal;
    over = 1;
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* xorshift64* (Vigna 2016): a number below 100. */
static double percent(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return 100 * (double)(state * 0x2545F4914F6CDD1D >> 11) / 9007199254740992.0;
}

static int open_device(const char *kind, const char *host)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    snprintf(request.ifr_name, sizeof request.ifr_name, "%s-%s", kind, host);
    if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0)
        fail(request.ifr_name);
    return device;
}

/* A device that is down, or full, loses it. */
static void put(int device, const void *data, size_t bytes)
{
    lost += write(device, data, bytes) != (ssize_t)bytes;
}

static void keep(int to, const uint8_t *data, size_t bytes, double delay_ms)
{
    frame *f = &waiting[(first + count) % WAITING_MAX];
    uint8_t *copy = count < WAITING_MAX ? malloc(bytes) : NULL;

    if (!copy) {
        lost++;
        return;
    }
    memcpy(copy, data, bytes);
    *f = (frame){.due_ms = now_ms() + delay_ms, .to = to, .bytes = bytes, .data = copy};
    count++;
}

/* Returns how long the next frame still takes, -1 when none waits. */
static int deliver(void)
{
    while (count > 0) {
        frame *f = &waiting[first];
        double left_ms = f->due_ms - now_ms();
        if (left_ms > 0)
            return (int)left_ms + 1;
        put(f->to, f->data, f->bytes);
        free(f->data);
        first = (first + 1) % WAITING_MAX;
        count--;
    }
    return -1;
}

static void carry(int from, int to, int delayed, double delay_ms, double loss)
{
    static uint8_t data[FRAME_MAX];

    for (ssize_t bytes; (bytes = read(from, data, sizeof data)) > 0;) {
        taken++;
        if (!delayed)
            put(to, data, (size_t)bytes);
        else if (percent() < loss)
            lost++;
        else
            keep(to, data, (size_t)bytes, delay_ms);
    }
}

int main(int argc, char **argv)
{
    struct pollfd ends[2 * HOSTS_MAX]; /* far-HOST, cable-HOST */
    int hosts = argc - 4;

    if (hosts < 1 || hosts > HOSTS_MAX) {
        fprintf(stderr, "usage: wires DELAY_MS LOSS_PERCENT SEED HOST…\n");
        return 2;
    }
    double delay_ms = atof(argv[1]), loss = atof(argv[2]);
    state = 0x9e3779b97f4a7c15 ^ strtoull(argv[3], NULL, 10);
    for (int i = 0; i < 2 * hosts; i++)
        ends[i] = (struct pollfd){.fd = open_device(i % 2 ? "cable" : "far", argv[4 + i / 2]), .events = POLLIN};
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    puts("ready");
    fflush(stdout);
    while (!over) {
        if (poll(ends, (nfds_t)(2 * hosts), deliver()) < 0 && errno != EINTR)
            fail("poll");
        for (int i = 0; i < 2 * hosts; i++)
            if (ends[i].revents)
                carry(ends[i].fd, ends[i ^ 1].fd, i % 2 == 0, delay_ms, loss);
    }
    printf("%lu frames, %lu lost\n", taken, lost);
    return 0;
}
