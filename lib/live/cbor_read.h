/*
 * cbor_read - CBOR (RFC 8949) from outside, item after item, without taking memory.
 *
 *     eel_cbor r = eel_cbor_of(bytes, size);
 *     eel_cbor_each map = eel_cbor_map(&r);
 *
 *     while (eel_cbor_more(&r, &map)) {
 *         if (eel_cbor_says(eel_cbor_text(&r), "series_id"))
 *             …
 *     }
 *     if (r.failed)
 *         …                                   eel_words() says why
 *
 * A reader remembers its first failure; after it everything reads as 0 and every container is at its
 * end. Strings point into the bytes. Strings in pieces are refused: no detector sends them.
 */
#ifndef EEL_LIVE_CBOR_READ_H
#define EEL_LIVE_CBOR_READ_H

#include <stddef.h>
#include <stdint.h>

#define EEL_CBOR_DEPTH_MAX 16

typedef struct {
    const uint8_t *at;
    size_t left;
    int failed; /* EEL_OK or EEL_EFORMAT */
} eel_cbor;

typedef struct {
    const char *bytes; /* not ended by 0 */
    size_t size;
} eel_cbor_string;

typedef struct {
    uint64_t left; /* UINT64_MAX: until a break */
} eel_cbor_each;

eel_cbor eel_cbor_of(const void *bytes, size_t size);

/* Each takes the next item, which must be of this kind. */
uint64_t eel_cbor_uint(eel_cbor *r);
double eel_cbor_real(eel_cbor *r); /* integers too */
eel_cbor_string eel_cbor_text(eel_cbor *r);
eel_cbor_string eel_cbor_bytes(eel_cbor *r);
eel_cbor_each eel_cbor_array(eel_cbor *r);
eel_cbor_each eel_cbor_map(eel_cbor *r);

/* The tag before the next item; UINT64_MAX and nothing taken when there is none. */
uint64_t eel_cbor_tag(eel_cbor *r);

/* Is there another item (of a map: a key and its value)? */
int eel_cbor_more(eel_cbor *r, eel_cbor_each *container);

void eel_cbor_skip(eel_cbor *r); /* one item with all that is in it */
int eel_cbor_is_map(const eel_cbor *r); /* the next item */
int eel_cbor_says(eel_cbor_string string, const char *text);
int eel_cbor_fail(eel_cbor *r, const char *what); /* the first one counts; returns r->failed */

#endif
