/*
 * wire - the header of one message: a struct here, a msgpack map on the wire (proto/wire.md).
 *
 *     eel_message message = {0};
 *     code = eel_message_unpack(&message, bytes, size);
 *     …
 *     eel_message_release(&message);
 *
 * Unpacking believes nothing: keys it does not know are skipped, types and limits are checked, and
 * what does not fit is EEL_EFORMAT or EEL_ELIMIT with words. Text fields point into the bytes that
 * were unpacked and have no end mark. One struct may be unpacked into again and again; `numbers`
 * keeps its memory.
 */
#ifndef EEL_FLOW_WIRE_H
#define EEL_FLOW_WIRE_H

#include <msgpack.h>

#include "flow/block.h"

#define EEL_WIRE_VERSION     1
#define EEL_RUN_BYTES        16
#define EEL_HEADER_BYTES_MAX (8u << 20)
#define EEL_NUMBERS_MAX      65536u
#define EEL_WORK_MAX         16 /* stages that a block passes */
#define EEL_NAME_MAX         48 /* bytes of a stage's name, its end included */
#define EEL_MEMORY_MAX       63 /* bytes of a path */
#define EEL_WIRE_PIXELS_MAX  (1ull << 48)

typedef enum {
    EEL_HELLO = 'H', EEL_WELCOME = 'W', EEL_BLOCK = 'B', EEL_ACK = 'A', EEL_NACK = 'N',
    EEL_KEEPALIVE = 'K', EEL_PROBE = 'P', EEL_QUIT = 'Q', EEL_ERROR = 'R'
} eel_message_type;

typedef enum { EEL_CUSTODIAN = 'c', EEL_RECEIVER = 'r' } eel_role;

typedef struct { /* work that one stage spent on one block */
    char stage[EEL_NAME_MAX];
    uint64_t us;
} eel_work;

typedef struct {
    const char *at; /* not ended by a zero */
    size_t bytes;
} eel_text;

typedef struct { /* of a payload in a custodian's memory (flow/shared.h); use 0: in no such memory */
    uint64_t at, use;
} eel_place;

typedef struct {
    eel_message_type type;
    unsigned char run[EEL_RUN_BYTES];

    unsigned char instance[EEL_RUN_BYTES]; /* HELLO and WELCOME: who, and what it takes or tells */
    char name[EEL_NAME_MAX];
    eel_role role;
    uint64_t pixels;       /* expected in this run, 0: unknown */
    eel_text description;  /* of a custodian */
    eel_text memory;       /* of a custodian: where a receiver of this machine finds it; may be empty */
    uint64_t window_bytes; /* of a receiver; also KEEPALIVE */
    uint32_t window_blocks;
    int maps;          /* KEEPALIVE: the custodian's memory is mapped */
    uint64_t *numbers; /* owned: blocks a receiver holds; also ACK */
    size_t number_count, number_room;

    eel_block block; /* BLOCK: all but the memory; NACK: its number */
    eel_place place;
    eel_work work[EEL_WORK_MAX];
    int work_count;

    char stage[EEL_NAME_MAX]; /* ERROR */
    int code;
    int refused;   /* the receiver of the message is the one at fault */
    eel_text text; /* also NACK */
} eel_message;

/* Appends the packed header to `out`. */
int eel_message_pack(const eel_message *message, msgpack_sbuffer *out);

int eel_message_unpack(eel_message *message, const void *bytes, size_t size);

void eel_message_release(eel_message *message);

/* A key, and a text, of a header; for the other maps that a stage sends. */
void eel_pack_text(msgpack_packer *packer, const char *text);

#endif
