/*
 * simplon - the messages of a DECTRIS detector's stream, whatever their version.
 *
 * Version 2 is one CBOR map a message (github.com/dectris/documentation, stream_v2 and
 * cbor/dectris-compression-tag.md). What is read of it: `type`, `series_id`; of a start
 * `number_of_images`, `saturation_value`, `pixel_mask`, `incident_energy`, `detector_description`
 * and `user_data`; of an image `image_id` and `data`. The rest is passed over.
 *
 * Version 1 is several frames a message, JSON and values in turn (SIMPLON API reference, "stream", and
 * github.com/LiberTEM/LiberTEM-rs, libertem_dectris, which reads it): dheader-1.0, then the configuration
 * of the detector, pixel mask and appendix as `header_detail` has them; dimage-1.0, dimage_d-1.0, the
 * values, dconfig-1.0; dseries_end-1.0.
 *
 * Nothing is copied: what a message points to is the caller's bytes. Broken ones are EEL_EFORMAT,
 * too large ones EEL_ELIMIT; nothing is allocated.
 */
#ifndef EEL_LIVE_SIMPLON_H
#define EEL_LIVE_SIMPLON_H

#include "live/unpack.h"

#include <stdint.h>

#define EEL_SIMPLON_SIDE_MAX   16384u      /* pixels along a side of an image */
#define EEL_SIMPLON_PIXELS_MAX (1u << 24)  /* of an image */
#define EEL_SIMPLON_BYTES_MAX  (65u << 20) /* of a message */
#define EEL_SIMPLON_PARTS_MAX  16          /* frames of a message of version 1 */
#define EEL_SIMPLON_JSON_MAX   (1u << 20)  /* bytes of one of them */
#define EEL_SIMPLON_NUMBER_MAX (1ull << 48) /* of an image */

typedef enum { EEL_SIMPLON_START, EEL_SIMPLON_IMAGE, EEL_SIMPLON_END } eel_simplon_kind;

/* Unsigned integers, row by row, little-endian. value_bytes 0: there is none. */
typedef struct {
    uint32_t rows, columns;
    uint32_t value_bytes; /* 1, 2, 4 */
    eel_packing packing;
    const void *data;
    size_t bytes;
} eel_simplon_array;

typedef struct {
    eel_simplon_kind kind;
    uint64_t series;

    uint64_t number;         /* IMAGE: from 0 in its series */
    eel_simplon_array image;

    uint64_t images;         /* START: how many will come; 0: not told, like all that follows */
    uint64_t saturation;     /* largest value of a measurement */
    eel_simplon_array mask;  /* of 32-bit values, 0: a good pixel */
    double beam_ev;
    char detector[128];
    uint64_t scan_rows, scan_columns; /* what the user put into the header appendix: {"shape": … */
    double first_ev, step_ev;         /* … "axis": [first, step]} */
    int odd_shape, odd_axis;          /* there is one, which makes no sense and is left out */
} eel_simplon;

/* Does it look like a message of version 2? */
int eel_simplon_is_cbor(const void *bytes, size_t size);

/* `channel` is that of the images and masks to take; NULL the first. */
int eel_simplon_from_cbor(eel_simplon *message, const void *bytes, size_t size,
                          const char *channel);

typedef struct {
    const void *bytes;
    size_t size;
} eel_simplon_part;

int eel_simplon_from_parts(eel_simplon *message, const eel_simplon_part *parts, int count);

/* ---- for both versions ---- */

/* As many images as there will be. */
void eel_simplon_images(eel_simplon *message, uint64_t triggers, uint64_t each);

/* What a user's "shape" and "axis" hold: NULL when it is something else than two numbers. */
void eel_simplon_shape(eel_simplon *message, const double pair[2]);
void eel_simplon_axis(eel_simplon *message, const double pair[2]);

/* Both from a text that is a JSON object; any other says nothing. */
void eel_simplon_appendix(eel_simplon *message, const void *text, size_t size);

/* Are its numbers and arrays within the limits, and values that are not packed as many as they should be? */
int eel_simplon_check(const eel_simplon *message);

#endif
