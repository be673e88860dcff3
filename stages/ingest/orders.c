#include "ingest/orders.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define STOP "stop\n"

static void cut_out(eel_orders *orders, size_t from, size_t bytes)
{
    orders->length -= bytes;
    memmove(orders->text + from, orders->text + from + bytes, orders->length - from);
}

/* Waits for more. A stop does not wait behind lines that nobody takes yet. */
static void listen(eel_orders *orders)
{
    ssize_t n = read(STDIN_FILENO, orders->text + orders->length, sizeof orders->text - orders->length);

    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0)
        orders->stop = orders->over = 1;
    orders->length += n > 0 ? (size_t)n : 0;
    for (char *line, *end; line = orders->text + orders->whole,
         (end = memchr(line, '\n', orders->length - orders->whole));) {
        size_t bytes = (size_t)(end - line) + 1;
        if (bytes == strlen(STOP) && !memcmp(line, STOP, bytes)) {
            cut_out(orders, orders->whole, bytes);
            orders->stop = 1;
        } else {
            orders->whole += bytes;
        }
    }
}

int eel_orders_stopped(eel_orders *orders)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    if (!orders->stop && poll(&fd, 1, 0) > 0)
        listen(orders);
    return orders->stop;
}

int eel_orders_next(eel_orders *orders, char *line, int unless_stopped)
{
    while (!orders->whole && !orders->over && !(unless_stopped && orders->stop))
        listen(orders);
    if (!orders->whole)
        return 0;
    size_t length = (size_t)((char *)memchr(orders->text, '\n', orders->whole) - orders->text);
    memcpy(line, orders->text, length);
    line[length] = 0;
    cut_out(orders, 0, length + 1);
    orders->whole -= length + 1;
    return 1;
}
