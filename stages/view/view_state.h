/*
 * view_state - what `view` knows of the run it shows. Private to view.c and view_*.c; view.c owns it.
 */
#ifndef EEL_STAGES_VIEW_STATE_H
#define EEL_STAGES_VIEW_STATE_H

#include "shared/growing.h"
#include "eels/elements.h"
#include "io/result.h"
#include "view/view_drift.h"
#include "view/view_health.h"
#include "web/web.h"

#define VIEW_RATE_SAMPLES 64

typedef struct {
    double s[VIEW_RATE_SAMPLES];
    uint64_t done[VIEW_RATE_SAMPLES]; /* pixels of the run that had arrived then */
    int count;
    double first_s;                   /* when the run was first seen, with so many done */
    uint64_t first_done;
    double last_s;                    /* when the last pixel came */
} view_rate;

typedef struct {
    const eel_tap_frame *frame; /* NULL: nothing to see yet */
    eel_tap_frame from_store;   /* of a run that nobody tells */
    eel_growing *growing;       /* what it points into */
    uint64_t seq;               /* counts what is new for the page … */
    uint64_t maps;              /* … and the frames among it */

    char run[64];               /* id of the run that these belong to */
    eel_description about;
    eel_store *store;           /* for reading; NULL when it is not to be had */
    eel_result_class class[EEL_STORE_CLASSES_MAX];
    uint64_t *stack;            /* scratch: (cells) */
    float *plane;               /* scratch: (cells) */
    size_t cells;

    view_rate rate;
    view_health health;
    view_drift drift;
    int ended;                  /* the run that is shown has ended */
    int over;                   /* and no other will come */
} view_state;

/* Answers /frame: one JSON object with all there is to say, then the planes it names (view_frame.c).
 * `planes` lists classes, "3,7", or is NULL for those found; `known` is the seq that the page has. */
void view_answer_frame(view_state *v, eel_web_request *request);

/* Answers /pixel?row=…&column=…: state, probabilities and spectrum of one pixel. */
void view_answer_pixel(view_state *v, eel_web_request *request);

#endif
