/*
 * shared - memory of a custodian from which receivers on the same machine take their blocks.
 *
 * A large block that goes through a socket is copied into the kernel and out again, piece by piece, each
 * with a wake-up. Instead the custodian keeps it in memory that receivers can map, and the message names
 * the place (proto/wire.md, W48 to W52). The memory is the custodian's alone: it puts a block there when
 * it takes it into custody and reuses the place when the block is acknowledged. A receiver only
 * reads, so its death changes nothing; and the system frees the memory when nobody has it any more.
 *
 * Every use of a place has its own number, which stands before the bytes and is written before them.
 * A receiver that finds another number after copying has read what was overwritten meanwhile: then
 * the block was acknowledged or given up without it, and there is nothing left to do.
 *
 * One thread on either side. Where the system gives no such memory, blocks travel in messages.
 */
#ifndef EEL_FLOW_SHARED_H
#define EEL_FLOW_SHARED_H

#include "flow/wire.h"

#define EEL_SHARED_LEAST 65536 /* bytes of a payload; a smaller one travels in its message */

typedef struct eel_shared eel_shared;   /* the custodian's */
typedef struct eel_mapping eel_mapping; /* a receiver's view of it */

/* Room for `bytes` of payloads, which becomes memory when it is used. NULL where the system gives none. */
eel_shared *eel_shared_open(const unsigned char instance[EEL_RUN_BYTES], uint64_t bytes);
void eel_shared_close(eel_shared *shared); /* NULL is fine */

/* Where a receiver finds it. */
eel_text eel_shared_path(const eel_shared *shared);

/* A place for a payload that is written next. Returns 0 when it is small or there is no room. */
int eel_shared_reserve(eel_shared *shared, size_t bytes, eel_place *place);
void *eel_shared_at(const eel_shared *shared, eel_place place);
void eel_shared_drop(eel_shared *shared, eel_place place); /* of no place does nothing */

/* The memory at `path`, if it is that custodian's: NULL on another machine. */
eel_mapping *eel_mapping_open(eel_text path, const unsigned char instance[EEL_RUN_BYTES]);
eel_mapping *eel_mapping_share(eel_mapping *mapping); /* one more who closes it */
void eel_mapping_close(eel_mapping *mapping);         /* NULL is fine */

/* Does the place lie inside? */
int eel_mapping_covers(const eel_mapping *mapping, eel_place place, size_t bytes);

/* Where a payload is, and whether it still is, asked when it has been read: 0 when the place was given back. */
const void *eel_mapping_at(eel_mapping *mapping, eel_place place, size_t bytes);
int eel_mapping_has(const eel_mapping *mapping, eel_place place);

/* Copies a payload out. Returns 0 when the place was given back. */
int eel_mapping_take(eel_mapping *mapping, eel_place place, void *data, size_t bytes);

#endif
