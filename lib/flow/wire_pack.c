#include "flow/wire.h"
#include "base/err.h"

#include <string.h>

typedef struct {
    msgpack_sbuffer *buffer;
    int failed; /* the only way to fail here: no memory */
} pack_output;

static int write_output(void *data, const char *bytes, size_t size)
{
    pack_output *out = data;

    out->failed |= msgpack_sbuffer_write(out->buffer, bytes, size) != 0;
    return 0;
}

static void pack_raw(msgpack_packer *pk, const void *data, size_t bytes)
{
    msgpack_pack_bin(pk, bytes);
    msgpack_pack_bin_body(pk, data, bytes);
}

static void pack_text(msgpack_packer *pk, const char *key, eel_text text)
{
    eel_pack_text(pk, key);
    msgpack_pack_str(pk, text.bytes);
    msgpack_pack_str_body(pk, text.at, text.bytes);
}

static void pack_string(msgpack_packer *pk, const char *key, const char *text)
{
    pack_text(pk, key, (eel_text){text, strlen(text)});
}

static void pack_count(msgpack_packer *pk, const char *key, uint64_t value)
{
    eel_pack_text(pk, key);
    msgpack_pack_uint64(pk, value);
}

static void pack_numbers(msgpack_packer *pk, const eel_message *m)
{
    eel_pack_text(pk, "bs");
    msgpack_pack_array(pk, m->number_count);
    for (size_t i = 0; i < m->number_count; i++)
        msgpack_pack_uint64(pk, m->numbers[i]);
}

static void pack_greeting(msgpack_packer *pk, const eel_message *m)
{
    eel_pack_text(pk, "inst");
    pack_raw(pk, m->instance, sizeof m->instance);
    pack_string(pk, "name", m->name);
    pack_text(pk, "role", (eel_text){(char[]){(char)m->role}, 1});
    pack_count(pk, "px", m->pixels);
    if (m->role == EEL_CUSTODIAN) {
        pack_text(pk, "meta", m->description);
        if (m->memory.bytes)
            pack_text(pk, "mem", m->memory);
    } else {
        pack_count(pk, "cr", m->window_bytes);
        pack_count(pk, "cb", m->window_blocks);
        pack_numbers(pk, m);
    }
}

static void pack_work(msgpack_packer *pk, const eel_message *m)
{
    eel_pack_text(pk, "us");
    msgpack_pack_map(pk, (size_t)m->work_count);
    for (int i = 0; i < m->work_count; i++)
        pack_count(pk, m->work[i].stage, m->work[i].us);
}

static void pack_block(msgpack_packer *pk, const eel_message *m)
{
    static const char kinds[] = {'d', 'x', 'e'};
    const eel_block *b = &m->block;

    pack_count(pk, "b", b->number);
    pack_text(pk, "k", (eel_text){&kinds[b->kind], 1});
    pack_count(pk, "px", b->first);
    if (b->kind == EEL_BLOCK_END)
        return;
    pack_count(pk, "n", b->rows);
    if (b->kind == EEL_BLOCK_TOMBSTONE) {
        pack_string(pk, "why", eel_pixel_state_name(b->why));
        return;
    }
    pack_count(pk, "ch", b->channels);
    pack_string(pk, "dt", eel_dtype_name(b->dtype));
    eel_pack_text(pk, "ax");
    msgpack_pack_array(pk, 2);
    msgpack_pack_double(pk, b->start_ev);
    msgpack_pack_double(pk, b->step_ev);
    pack_count(pk, "sd", b->side_bytes);
    if (m->place.use) {
        eel_pack_text(pk, "at");
        msgpack_pack_array(pk, 2);
        msgpack_pack_uint64(pk, m->place.at);
        msgpack_pack_uint64(pk, m->place.use);
    }
    pack_work(pk, m);
}

static size_t keys_of(const eel_message *m)
{
    switch (m->type) {
    case EEL_HELLO:
    case EEL_WELCOME:
        return m->role == EEL_RECEIVER ? 7 : m->memory.bytes ? 6 : 5;
    case EEL_BLOCK:
        return m->block.kind == EEL_BLOCK_TOMBSTONE ? 5 : m->block.kind == EEL_BLOCK_END ? 3
               : m->place.use                       ? 10 : 9;
    case EEL_ACK:
        return 1;
    case EEL_NACK:
        return 2;
    case EEL_KEEPALIVE:
        return m->maps ? 3 : 2;
    case EEL_ERROR:
        return 4;
    case EEL_PROBE:
    case EEL_QUIT:
        break;
    }
    return 0;
}

void eel_pack_text(msgpack_packer *pk, const char *text)
{
    size_t bytes = strlen(text);

    msgpack_pack_str(pk, bytes);
    msgpack_pack_str_body(pk, text, bytes);
}

int eel_message_pack(const eel_message *m, msgpack_sbuffer *out)
{
    pack_output output = {.buffer = out};
    msgpack_packer packer, *pk = &packer;
    size_t before = out->size;

    msgpack_packer_init(pk, &output, write_output);
    msgpack_pack_map(pk, 3 + keys_of(m));
    pack_text(pk, "t", (eel_text){(char[]){(char)m->type}, 1});
    pack_count(pk, "v", EEL_WIRE_VERSION);
    eel_pack_text(pk, "sid");
    pack_raw(pk, m->run, sizeof m->run);
    switch (m->type) {
    case EEL_HELLO:
    case EEL_WELCOME:
        pack_greeting(pk, m);
        break;
    case EEL_BLOCK:
        pack_block(pk, m);
        break;
    case EEL_ACK:
        pack_numbers(pk, m);
        break;
    case EEL_NACK:
        pack_count(pk, "b", m->block.number);
        pack_text(pk, "text", m->text);
        break;
    case EEL_KEEPALIVE:
        pack_count(pk, "cr", m->window_bytes);
        pack_count(pk, "cb", m->window_blocks);
        if (m->maps) {
            eel_pack_text(pk, "mem");
            msgpack_pack_true(pk);
        }
        break;
    case EEL_ERROR:
        pack_string(pk, "stage", m->stage);
        eel_pack_text(pk, "code");
        msgpack_pack_int(pk, m->code);
        pack_text(pk, "text", m->text);
        eel_pack_text(pk, "you");
        m->refused ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
        break;
    case EEL_PROBE:
    case EEL_QUIT:
        break;
    }
    if (output.failed)
        return eel_fail(EEL_ENOMEM, "message: no memory for its header");
    return out->size - before <= EEL_HEADER_BYTES_MAX
               ? EEL_OK
               : eel_fail(EEL_ELIMIT, "message: header of %zu bytes, at most %u fit",
                          out->size - before, EEL_HEADER_BYTES_MAX);
}
