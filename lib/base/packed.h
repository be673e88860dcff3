/*
 * packed - do the lengths in a msgpack object fit into its bytes? The msgpack library takes memory
 * for arrays and maps by their announced length, so what comes from outside is asked this first.
 */
#ifndef EEL_BASE_PACKED_H
#define EEL_BASE_PACKED_H

#include <stddef.h>

/* 1 when the bytes are one whole object, as far as lengths go. */
int eel_packed_fits(const void *bytes, size_t size);

#endif
