/*
 * packed_map - the keys of a msgpack map that comes from outside.
 *
 *     msgpack_unpacked unpacked;
 *     msgpack_unpacked_init(&unpacked);
 *     const msgpack_object *map = eel_packed_map(&unpacked, bytes, size);     NULL: it is none
 *     …
 *     msgpack_unpacked_destroy(&unpacked);
 */
#ifndef EEL_LIVE_PACKED_MAP_H
#define EEL_LIVE_PACKED_MAP_H

#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

const msgpack_object *eel_packed_map(msgpack_unpacked *unpacked, const void *bytes, size_t size);

/* The value of a key; NULL when it is not there. */
const msgpack_object *eel_packed_find(const msgpack_object *map, const char *key);

/* Is it this text? NULL is none. */
int eel_packed_says(const msgpack_object *value, const char *text);

#endif
