/*
 * source - where spectra come from while a microscope scans: replay, feed, watch …
 *
 *     const eel_source *kind;
 *     void *state;
 *     eel_live_event event;
 *
 *     eel_source_find(&kind, "replay");
 *     kind->open(&state, &how);
 *     while (kind->next(state, &event, 100) == EEL_OK && event.kind != EEL_LIVE_OVER)
 *         …
 *     kind->close(state);
 *
 * A source is one file in lib/live with one eel_source in it, and one line in the list of source.c.
 * It speaks its protocol and nothing else: what is missing, what comes twice, flyback, stalls and
 * what to do when the pipeline is slower is settled once for all of them, in gather.h.
 *
 * The order of events is that of the detector:
 *
 *   SCAN    a scan begins. `scan` says what the source knows of it: nav and pixels are the shape;
 *           nav_count 0 means it knows none, then pixels is the number of frames that will come, 0
 *           when that is unknown too. axis.n and type must be right, since frames have that many
 *           values of that type; axis.step_ev 0 means that the energies are not known. A scan that
 *           begins inside another ends that one.
 *   FRAMES  `count` spectra (count, axis.n), the first of which is number `first` since the scan
 *           began, flyback included. A jump in the numbers is a gap of the detector.
 *   END     nothing more comes of this scan. `why` is the reason for frames that did not come,
 *           EEL_SOURCE_GAP unless the source says that it was aborted: EEL_CANCELLED.
 *   LOST    a scan was announced, and `words` say why nothing of it will come. Ends the scan that is on.
 *   WORDS   one line for the user: garbage that was thrown away, an address that was bound.
 *   NOTHING within `timeout_ms`.
 *   OVER    no scan will ever come again.
 *
 * open is called by the thread that starts everything and returns when the source can lose nothing
 * any more: it is bound or connected. next and close are called by another thread, one at a time.
 * What an event points to is the source's and valid until the next call. A failure of next ends
 * everything; garbage from outside is no failure but WORDS.
 */
#ifndef EEL_LIVE_SOURCE_H
#define EEL_LIVE_SOURCE_H

#include "base/err.h"
#include "base/pixel.h"
#include "curve/gate.h"
#include "io/image.h"

typedef enum {
    EEL_LIVE_NOTHING, EEL_LIVE_SCAN, EEL_LIVE_FRAMES, EEL_LIVE_END, EEL_LIVE_LOST, EEL_LIVE_WORDS,
    EEL_LIVE_OVER
} eel_live_kind;

typedef struct {
    eel_live_kind kind;
    const eel_image_info *scan; /* SCAN */
    int shifted;                /* SCAN: each of its spectra is followed by a shift (companion.h) */
    uint64_t first;             /* FRAMES */
    uint32_t count;
    const void *frames;         /* (count, axis.n) of scan->type, with shifts between if it is shifted */
    eel_pixel_state why;        /* END */
    const char *words;          /* LOST, WORDS; END: NULL or why it came early */
} eel_live_event;

/* What the user says. What is not given is 0 or NULL. */
typedef struct {
    const char *address;    /* a file, a folder, an endpoint */
    const char *signal;     /* which signal of a file, which channel of a detector */
    double rate;            /* spectra per second, of what can choose */
    uint64_t rows, columns; /* of the scan */
    uint64_t flyback;       /* frames at the end of each row that are no pixels */
    const eel_security *security; /* for sources that are listened for on tcp; its gate is not used */
    double stall_s;         /* a scan in which nothing comes for so long is over */
    eel_axis axis;          /* step_ev 0: not given; n counts nothing */
    const char *axis_words, *axes; /* of files, as eel_image_options has them */
    uint32_t sum_from, sum_to; /* rows of a detector's images that are summed, sum_to not included;
                                * 0, 0: all of them */
} eel_live_how;

typedef struct {
    const char *name;    /* "replay" */
    const char *address; /* what stands for its address in --help: "FILE" */
    const char *summary; /* "any readable spectrum image, at --rate" */
    int patient;         /* it waits when the pipeline is slower: nothing can be lost */
    int files;           /* it reads files: `axis_words` and `axes` are for it */
    int (*open)(void **state, const eel_live_how *how); /* `how` stays valid */
    int (*next)(void *state, eel_live_event *event, int timeout_ms);
    int (*rest)(void *state, char words[EEL_WORDS_MAX]); /* 1: words that are still to be said when nobody
                                                          * asks for more; NULL: there are never any */
    void (*close)(void *state);                         /* NULL is fine */
} eel_source;

/* EEL_EARGS names those there are. */
int eel_source_find(const eel_source **source, const char *name);

#endif
