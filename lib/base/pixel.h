/*
 * pixel - what became of one pixel of a run: a value, or an absence with its reason.
 *
 * The codes travel in messages and are stored in results (proto/store.md): they never change.
 */
#ifndef EEL_BASE_PIXEL_H
#define EEL_BASE_PIXEL_H

typedef enum {
    EEL_MISSING, /* not there yet */
    EEL_VALUE, EEL_POISON, EEL_OVERRUN, EEL_SOURCE_GAP, EEL_DECODE_ERROR, EEL_CANCELLED,
    EEL_PIXEL_STATES
} eel_pixel_state;

const char *eel_pixel_state_name(eel_pixel_state state); /* "value", "source-gap", … */

#endif
