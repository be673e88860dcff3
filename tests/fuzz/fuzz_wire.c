/* wire: any bytes as the header of a message; what is taken packs to bytes that mean the same. */
#include "fuzz.h"

#include "flow/transport.h"
#include "flow/wire.h"

#include <string.h>

#define FRAME_MAX 4096 /* bytes of payload that are made to fit a header */

static zmq_msg_t frame(size_t bytes)
{
    zmq_msg_t made;

    fuzz_must(zmq_msg_init_size(&made, bytes) == 0);
    memset(zmq_msg_data(&made), 1, bytes);
    return made;
}

/* Frames of the announced size become a block, one byte less does not. */
static void receive(const eel_message *message)
{
    const eel_block *b = &message->block;
    size_t bytes = b->kind == EEL_BLOCK_DATA
                       ? (size_t)b->rows * b->channels * eel_dtype_size(b->dtype) : 0;

    if (bytes > FRAME_MAX || b->side_bytes > FRAME_MAX)
        return;
    for (size_t missing = 0; missing <= (bytes > 0); missing++) {
        zmq_msg_t body = frame(bytes - missing), side = frame(b->side_bytes);
        eel_block *block = NULL;
        fuzz_must(fuzz_ok(eel_block_received(message, &body, &side, NULL, &block)) == !missing);
        eel_block_free(block);
        zmq_msg_close(&body);
        zmq_msg_close(&side);
    }
}

static void pack(const eel_message *message, msgpack_sbuffer *packed)
{
    msgpack_sbuffer_init(packed);
    fuzz_must(fuzz_ok(eel_message_pack(message, packed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    eel_message message = {0}, again = {0};
    msgpack_sbuffer once, twice;

    if (fuzz_ok(eel_message_unpack(&message, data, size))) {
        pack(&message, &once);
        fuzz_must(fuzz_ok(eel_message_unpack(&again, once.data, once.size)));
        pack(&again, &twice);
        fuzz_must(once.size == twice.size && !memcmp(once.data, twice.data, once.size));
        if (message.type == EEL_BLOCK)
            receive(&message);
        msgpack_sbuffer_destroy(&once);
        msgpack_sbuffer_destroy(&twice);
    }
    eel_message_release(&message);
    eel_message_release(&again);
    return 0;
}
