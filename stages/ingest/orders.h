/*
 * orders - what the launcher says on standard input: lines, which wait until they are taken, and among them "stop",
 * which is noted as soon as it is there.
 *
 * The end of standard input is a stop too: whoever gave orders is gone. All zero at first.
 */
#ifndef EEL_STAGES_ORDERS_H
#define EEL_STAGES_ORDERS_H

#include <stddef.h>

#define EEL_ORDERS_BYTES_MAX 8192 /* that wait; more is taken for the end */

typedef struct {
    char text[EEL_ORDERS_BYTES_MAX];
    size_t length, whole; /* bytes that wait, and of them in lines that have come to their end */
    int stop, over;
} eel_orders;

/* Was it asked to stop, by now? Does not wait. */
int eel_orders_stopped(eel_orders *orders);

/* Waits for the next line, of at most EEL_ORDERS_BYTES_MAX with its end: 1, or 0 when none will come; `unless_stopped`,
 * also when none is there and it was asked to stop. */
int eel_orders_next(eel_orders *orders, char *line, int unless_stopped);

#endif
