/*
 * tap - the maps of a run as they grow, for whoever wants to watch (proto/tap.md).
 *
 * The side that has the maps publishes; it never waits, and what nobody takes in time is dropped:
 *
 *     eel_tap_open(&tap, "ipc:///run/x/tap");
 *     if (eel_tap_wanted(tap, is_news))
 *         eel_tap_publish(tap, &frame);
 *     eel_tap_close(tap);
 *
 * A viewer gets the newest frame only, and whole:
 *
 *     eel_tap_watch_open(&watch, "ipc:///run/x/tap");
 *     … poll eel_tap_watch_fd(watch) for reading, then:
 *     while ((frame = eel_tap_watch_next(watch)))
 *         use(frame);                                   valid until there is another
 *     eel_tap_watch_close(watch);
 *
 * A picture of more than 512 x 512 pixels is told as cells of `step` x `step` pixels.
 */
#ifndef EEL_TAP_TAP_H
#define EEL_TAP_TAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/pixel.h"

#define EEL_TAP_SIDE_MAX        512u /* cells along a side */
#define EEL_TAP_CLASSES_MAX     256u
#define EEL_TAP_CHANNELS_MAX    (1u << 16)
#define EEL_TAP_DESCRIPTION_MAX (4u << 20)
#define EEL_TAP_TEXT_MAX        4096u
#define EEL_TAP_BYTES_MAX       (80u << 20) /* of a message */

#define EEL_TAP_NO_VALUE 255 /* of a probability; the others are 254ths */

typedef struct {
    uint64_t number;         /* of the message, from 1 */
    double time_s;           /* when it was made, seconds since 1970 */
    int ended;               /* the last one of its run */
    const char *run;         /* 32 hexadecimal digits */
    const char *store;       /* absolute path of the run's store */
    const char *description; /* of the run: a JSON object as text */

    uint64_t pixels;                   /* of the run */
    uint64_t counts[EEL_PIXEL_STATES]; /* of these, in each state */

    uint64_t picture, pictures; /* which of how many pictures this is */
    uint64_t rows, columns;     /* of it, in pixels */
    uint32_t step;              /* pixels along the side of a cell */
    uint32_t cell_rows, cell_columns;
    uint32_t classes;
    const uint8_t *states;      /* (cell_rows, cell_columns), eel_pixel_state */
    const uint8_t *p;           /* (classes, cell_rows, cell_columns), 254ths, or EEL_TAP_NO_VALUE */

    uint32_t channels;          /* of the spectra below */
    double start_ev, step_ev;
    uint64_t mean_pixels;
    const float *mean;          /* (channels) of all pixels so far, NAN where nothing was recorded */
    uint64_t recent_first, recent_pixels; /* from which pixel on, how many: since the last message */
    const float *recent;        /* (channels), their mean */
    const float *recent_p;      /* (classes), their mean probability */
} eel_tap_frame;

typedef struct eel_tap eel_tap;

int eel_tap_open(eel_tap **tap, const char *endpoint); /* binds; fails as in curve/listen.h */

/* Is somebody there to see what is new, or has somebody come who has seen nothing yet? */
int eel_tap_wanted(eel_tap *tap, int is_news);
int eel_tap_publish(eel_tap *tap, const eel_tap_frame *frame); /* EEL_ENOMEM */
void eel_tap_close(eel_tap *tap);                      /* NULL is fine */

typedef struct eel_tap_watch eel_tap_watch;

int eel_tap_watch_open(eel_tap_watch **watch, const char *endpoint);
int eel_tap_watch_fd(const eel_tap_watch *watch);

/* NULL when none waits. What is no frame is passed over. */
const eel_tap_frame *eel_tap_watch_next(eel_tap_watch *watch);
void eel_tap_watch_close(eel_tap_watch *watch); /* NULL is fine */

#endif
