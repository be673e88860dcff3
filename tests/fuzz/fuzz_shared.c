/*
 * shared: any bytes as the header of a message that names memory of a custodian, or a place in it.
 * There are two blocks in that memory, at the first place under its second use.
 */
#include "fuzz.h"

#include "base/err.h"
#include "flow/transport.h"

#include <string.h>

#define PAYLOAD 65536 /* bytes */
#define LINE    64

static const unsigned char owner[EEL_RUN_BYTES] = "whose memory";
static eel_shared *memory;
static eel_mapping *mapping;
static size_t memory_bytes = LINE + 3 * (PAYLOAD + LINE);

static eel_place put(int value)
{
    eel_place place;

    fuzz_must(eel_shared_reserve(memory, PAYLOAD, &place));
    memset(eel_shared_at(memory, place), value, PAYLOAD);
    return place;
}

static void begin(void)
{
    memory = eel_shared_open(owner, memory_bytes - LINE);
    fuzz_must(memory);
    mapping = eel_mapping_open(eel_shared_path(memory), owner);
    fuzz_must(mapping);
    eel_place first = put(1);
    put(2);
    eel_shared_drop(memory, first);
    put(3);
}

/* A block that is taken lies inside, and is not late exactly when its number stands before it. */
static void fetch(const eel_message *message, eel_block *block)
{
    size_t bytes = (size_t)block->rows * block->channels * eel_dtype_size(block->dtype);
    eel_place place = message->place;
    uint64_t use;
    int late = 0;

    if (bytes == 0) /* nothing of it lies there */
        return;
    fuzz_must(place.at >= 2 * LINE && place.at <= memory_bytes && bytes <= memory_bytes - place.at);
    memcpy(&use, (char *)eel_shared_at(memory, place) - LINE, sizeof use);
    if (fuzz_ok(eel_block_fetch(block, &late))) {
        fuzz_must(late == (use != place.use));
        fuzz_must(!memcmp(block->data, eel_shared_at(memory, place), bytes));
    }
}

static void receive(const eel_message *message)
{
    eel_block *block = NULL;
    zmq_msg_t body, side;

    zmq_msg_init(&body);
    fuzz_must(zmq_msg_init_size(&side, message->block.side_bytes) == 0);
    if (fuzz_ok(eel_block_received(message, &body, &side, mapping, &block)) &&
        block->kind == EEL_BLOCK_DATA)
        fetch(message, block);
    eel_block_free(block);
    zmq_msg_close(&body);
    zmq_msg_close(&side);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    eel_message message = {0};

    if (!memory)
        begin();
    if (fuzz_ok(eel_message_unpack(&message, data, size))) {
        eel_mapping *named = eel_mapping_open(message.memory, message.instance);
        fuzz_must(!named || !memcmp(message.instance, owner, EEL_RUN_BYTES));
        eel_mapping_close(named);
        if (message.type == EEL_BLOCK && message.block.side_bytes <= 4096)
            receive(&message);
    }
    eel_message_release(&message);
    return 0;
}
