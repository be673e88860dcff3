#include "flow/block.h"
#include "flow/transport.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define SIDE_ALIGN 8 /* bytes: side data may hold any type */

static const struct {
    const char *name;
    size_t size;
} dtypes[EEL_DTYPES] = {
    [EEL_U8] = {"u8", 1},   [EEL_I8] = {"i8", 1},   [EEL_U16] = {"u16", 2}, [EEL_I16] = {"i16", 2},
    [EEL_U32] = {"u32", 4}, [EEL_I32] = {"i32", 4}, [EEL_U64] = {"u64", 8}, [EEL_I64] = {"i64", 8},
    [EEL_F32] = {"f32", 4}, [EEL_F64] = {"f64", 8},
};

size_t eel_dtype_size(eel_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *eel_dtype_name(eel_dtype dtype)
{
    return dtypes[dtype].name;
}

int eel_dtype_parse(const char *name, size_t length, eel_dtype *dtype)
{
    for (int i = 0; i < EEL_DTYPES; i++) {
        if (strlen(dtypes[i].name) == length && !memcmp(dtypes[i].name, name, length)) {
            *dtype = (eel_dtype)i;
            return EEL_OK;
        }
    }
    return eel_fail(EEL_EFORMAT, "'%.*s' is no type of values, expected u8, i8, … f32, f64",
                    (int)(length < 32 ? length : 32), name);
}

static int payload_bytes(uint32_t rows, uint32_t channels, eel_dtype dtype, size_t *bytes)
{
    uint64_t wide = (uint64_t)rows * channels;

    if (rows > EEL_BLOCK_ROWS_MAX || channels > EEL_BLOCK_CHANNELS_MAX ||
        wide > EEL_BLOCK_BYTES_MAX || wide * eel_dtype_size(dtype) > EEL_BLOCK_BYTES_MAX)
        return eel_fail(EEL_ELIMIT, "block: %u rows of %u channels %s, at most %u MiB fit", rows,
                        channels, eel_dtype_name(dtype), EEL_BLOCK_BYTES_MAX >> 20);
    *bytes = (size_t)wide * eel_dtype_size(dtype);
    return EEL_OK;
}

static int message_init(zmq_msg_t *message, size_t bytes)
{
    if (zmq_msg_init_size(message, bytes))
        return eel_fail(EEL_ENOMEM, "block: no memory for %zu bytes", bytes);
    return EEL_OK;
}

static eel_block *block_empty(void)
{
    struct {
        eel_block block;
        struct eel_block_transport transport;
    } *both = calloc(1, sizeof *both);

    if (!both) {
        eel_fail(EEL_ENOMEM, "block: no memory");
        return NULL;
    }
    both->block.transport = &both->transport;
    zmq_msg_init(&both->transport.body);
    zmq_msg_init(&both->transport.side);
    both->transport.since_s = eel_clock_s();
    return &both->block;
}

eel_block *eel_block_new(uint64_t number, uint64_t first, uint32_t rows, uint32_t channels,
                         eel_dtype dtype)
{
    eel_block *block = block_empty();

    if (!block)
        return NULL;
    block->number = number;
    block->first = first;
    block->rows = rows;
    if (eel_block_reshape(block, channels, dtype) != EEL_OK) {
        eel_block_free(block);
        return NULL;
    }
    return block;
}

eel_block *eel_block_tombstone(uint64_t number, uint64_t first, uint32_t rows, eel_pixel_state why)
{
    eel_block *block = block_empty();

    if (!block)
        return NULL;
    block->kind = EEL_BLOCK_TOMBSTONE;
    block->number = number;
    block->first = first;
    block->rows = rows;
    block->why = why;
    return block;
}

static void drop_place(struct eel_block_transport *transport)
{
    if (transport->place.use)
        eel_shared_drop(transport->shared, transport->place);
    transport->place = (eel_place){0};
}

static size_t payload(const eel_block *block)
{
    return (size_t)block->rows * block->channels * eel_dtype_size(block->dtype);
}

size_t eel_block_bytes(const eel_block *block)
{
    const struct eel_block_transport *transport = block->transport;
    size_t body = transport->place.use ? payload(block) : zmq_msg_size(&transport->body);

    return body + zmq_msg_size(&transport->side);
}

/* What was read in upstream's memory was there until now, or came too late. */
static void leave_upstream(struct eel_block_transport *transport)
{
    if (!transport->mapping)
        return;
    transport->late = !eel_mapping_has(transport->mapping, transport->there);
    eel_mapping_close(transport->mapping);
    transport->mapping = NULL;
}

int eel_block_reshape(eel_block *block, uint32_t channels, eel_dtype dtype)
{
    struct eel_block_transport *transport = block->transport;
    eel_place place = {0};
    zmq_msg_t fresh;
    size_t bytes = 0;
    int code = payload_bytes(block->rows, channels, dtype, &bytes);

    if (code != EEL_OK)
        return code;
    int shared = transport->shared && eel_shared_reserve(transport->shared, bytes, &place);
    if ((code = message_init(&fresh, shared ? 0 : bytes)) != EEL_OK)
        return code;
    leave_upstream(transport);
    zmq_msg_move(&transport->body, &fresh);
    zmq_msg_close(&fresh);
    drop_place(transport);
    transport->place = place;
    block->data = shared ? eel_shared_at(transport->shared, place) : zmq_msg_data(&transport->body);
    block->channels = channels;
    block->dtype = dtype;
    return EEL_OK;
}

int eel_block_side(eel_block *block, const void *side, size_t bytes)
{
    struct eel_block_transport *transport = block->transport;
    zmq_msg_t fresh;

    if (bytes > EEL_BLOCK_BYTES_MAX - (eel_block_bytes(block) - zmq_msg_size(&transport->side)))
        return eel_fail(EEL_ELIMIT, "block: %zu bytes of side data, at most %u MiB fit", bytes,
                        EEL_BLOCK_BYTES_MAX >> 20);
    int code = message_init(&fresh, bytes);
    if (code != EEL_OK)
        return code;
    if (bytes)
        memcpy(zmq_msg_data(&fresh), side, bytes);
    zmq_msg_move(&transport->side, &fresh);
    zmq_msg_close(&fresh);
    block->side = bytes ? zmq_msg_data(&transport->side) : NULL;
    block->side_bytes = bytes;
    return EEL_OK;
}

void eel_block_free(eel_block *block)
{
    if (!block)
        return;
    zmq_msg_close(&block->transport->body);
    zmq_msg_close(&block->transport->side);
    eel_mapping_close(block->transport->mapping);
    drop_place(block->transport);
    free(block);
}

/* Moves a received frame into place, or copies it where its memory is not aligned. */
static int frame_take(zmq_msg_t *to, zmq_msg_t *from, size_t align)
{
    if ((uintptr_t)zmq_msg_data(from) % align == 0) {
        zmq_msg_move(to, from);
        if ((uintptr_t)zmq_msg_data(to) % align == 0)
            return EEL_OK; /* a short message lives inside zmq_msg_t and moves with it */
        zmq_msg_move(from, to);
    }
    zmq_msg_t fresh;
    int code = message_init(&fresh, zmq_msg_size(from));
    if (code != EEL_OK)
        return code;
    memcpy(zmq_msg_data(&fresh), zmq_msg_data(from), zmq_msg_size(from));
    zmq_msg_move(to, &fresh);
    zmq_msg_close(&fresh);
    return EEL_OK;
}

void eel_block_look(eel_block *block)
{
    struct eel_block_transport *transport = block->transport;

    if (transport->mapping)
        block->data = (void *)eel_mapping_at(transport->mapping, transport->there, payload(block));
}

int eel_block_fetch(eel_block *block, int *late)
{
    struct eel_block_transport *transport = block->transport;
    eel_mapping *mapping = transport->mapping;
    int code = EEL_OK;

    if (mapping) {
        transport->mapping = NULL;
        code = eel_block_reshape(block, block->channels, block->dtype);
        if (code == EEL_OK)
            transport->late = !eel_mapping_take(mapping, transport->there, block->data, payload(block));
        eel_mapping_close(mapping);
    }
    *late = transport->late;
    return code;
}

int eel_block_received(const eel_message *message, zmq_msg_t *body, zmq_msg_t *side,
                       eel_mapping *mapping, eel_block **result)
{
    const eel_block *head = &message->block;
    size_t bytes = 0;
    int code = EEL_OK;

    if (head->kind == EEL_BLOCK_DATA)
        code = payload_bytes(head->rows, head->channels, head->dtype, &bytes);
    if (code != EEL_OK)
        return code;
    int elsewhere = message->place.use && zmq_msg_size(body) == 0 &&
                    eel_mapping_covers(mapping, message->place, bytes);
    if ((zmq_msg_size(body) != bytes && !elsewhere) || zmq_msg_size(side) != head->side_bytes)
        return eel_fail(EEL_EFORMAT,
                        "block %ju: payload of %zu and side data of %zu bytes, expected %zu and "
                        "%zu",
                        (uintmax_t)head->number, zmq_msg_size(body), zmq_msg_size(side), bytes,
                        head->side_bytes);
    eel_block *block = block_empty();
    if (!block)
        return EEL_ENOMEM;
    struct eel_block_transport *transport = block->transport;
    *block = *head;
    block->transport = transport;
    if ((code = frame_take(&transport->body, body, eel_dtype_size(head->dtype))) != EEL_OK ||
        (code = frame_take(&transport->side, side, SIDE_ALIGN)) != EEL_OK) {
        eel_block_free(block);
        return code;
    }
    block->data = bytes && !elsewhere ? zmq_msg_data(&transport->body) : NULL;
    transport->mapping = elsewhere ? eel_mapping_share(mapping) : NULL;
    transport->there = message->place;
    block->side = head->side_bytes ? zmq_msg_data(&transport->side) : NULL;
    memcpy(transport->work, message->work, sizeof transport->work);
    transport->work_count = message->work_count;
    transport->received = 1;
    *result = block;
    return EEL_OK;
}
