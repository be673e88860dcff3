#include "flow/wire.h"
#include "flow/flow.h"
#include "base/err.h"
#include "base/packed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int wrong(const char *key, const char *expected)
{
    return eel_fail(EEL_EFORMAT, "message: key '%s' is not %s", key, expected);
}

static const msgpack_object *find(const msgpack_object_map *map, const char *key)
{
    size_t bytes = strlen(key);

    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *k = &map->ptr[i].key;
        if (k->type == MSGPACK_OBJECT_STR && k->via.str.size == bytes &&
            !memcmp(k->via.str.ptr, key, bytes))
            return &map->ptr[i].val;
    }
    return NULL;
}

static int take_count(const msgpack_object_map *map, const char *key, uint64_t max, uint64_t *value)
{
    const msgpack_object *o = find(map, key);

    if (!o || o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return wrong(key, "a whole number");
    if (o->via.u64 > max)
        return eel_fail(EEL_ELIMIT, "message: key '%s' is %ju, at most %ju is allowed", key,
                        (uintmax_t)o->via.u64, (uintmax_t)max);
    *value = o->via.u64;
    return EEL_OK;
}

static int take_u32(const msgpack_object_map *map, const char *key, uint32_t max, uint32_t *value)
{
    uint64_t wide = 0;
    int code = take_count(map, key, max, &wide);

    if (code == EEL_OK)
        *value = (uint32_t)wide;
    return code;
}

static int take_text(const msgpack_object_map *map, const char *key, size_t max, eel_text *text)
{
    const msgpack_object *o = find(map, key);

    if (!o || o->type != MSGPACK_OBJECT_STR)
        return wrong(key, "text");
    if (o->via.str.size > max)
        return eel_fail(EEL_ELIMIT, "message: key '%s' has %u bytes, at most %zu are allowed", key,
                        o->via.str.size, max);
    *text = (eel_text){o->via.str.ptr, o->via.str.size};
    return EEL_OK;
}

/* Names are shown to people: printable ASCII, nothing else. */
static int copy_name(const char *key, const char *at, size_t bytes, char name[EEL_NAME_MAX])
{
    if (!bytes || bytes >= EEL_NAME_MAX)
        return eel_fail(EEL_ELIMIT, "message: '%s' has a name of %zu bytes, expected 1 to %d", key,
                        bytes, EEL_NAME_MAX - 1);
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] < ' ' || at[i] > '~')
            return wrong(key, "a printable name");
    }
    memcpy(name, at, bytes);
    name[bytes] = 0;
    return EEL_OK;
}

static int take_name(const msgpack_object_map *map, const char *key, char name[EEL_NAME_MAX])
{
    eel_text text = {0};
    int code = take_text(map, key, EEL_NAME_MAX - 1, &text);

    return code == EEL_OK ? copy_name(key, text.at, text.bytes, name) : code;
}

static int take_id(const msgpack_object_map *map, const char *key, unsigned char id[EEL_RUN_BYTES])
{
    const msgpack_object *o = find(map, key);

    if (!o || o->type != MSGPACK_OBJECT_BIN || o->via.bin.size != EEL_RUN_BYTES)
        return wrong(key, "16 bytes");
    memcpy(id, o->via.bin.ptr, EEL_RUN_BYTES);
    return EEL_OK;
}

static int take_letter(const msgpack_object_map *map, const char *key, const char *letters,
                       char *letter)
{
    eel_text text = {0};
    int code = take_text(map, key, 1, &text);

    if (code != EEL_OK)
        return code;
    if (!text.bytes || !text.at[0] || !strchr(letters, text.at[0]))
        return eel_fail(EEL_EFORMAT, "message: key '%s' is not one of '%s'", key, letters);
    *letter = text.at[0];
    return EEL_OK;
}

static int take_numbers(const msgpack_object_map *map, eel_message *m)
{
    const msgpack_object *o = find(map, "bs");

    if (!o || o->type != MSGPACK_OBJECT_ARRAY)
        return wrong("bs", "an array");
    size_t count = o->via.array.size;
    if (count > EEL_NUMBERS_MAX)
        return eel_fail(EEL_ELIMIT, "message: %zu block numbers, at most %u are allowed", count,
                        EEL_NUMBERS_MAX);
    if (count > m->number_room) {
        uint64_t *more = realloc(m->numbers, count * sizeof *more);
        if (!more)
            return eel_fail(EEL_ENOMEM, "message: no memory for %zu block numbers", count);
        m->numbers = more;
        m->number_room = count;
    }
    for (size_t i = 0; i < count; i++) {
        const msgpack_object *number = &o->via.array.ptr[i];
        if (number->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
            return wrong("bs", "an array of whole numbers");
        m->numbers[i] = number->via.u64;
    }
    m->number_count = count;
    return EEL_OK;
}

static int take_axis(const msgpack_object_map *map, eel_block *block)
{
    const msgpack_object *o = find(map, "ax");
    double ev[2];

    if (!o || o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2)
        return wrong("ax", "an array of two");
    for (int i = 0; i < 2; i++) {
        const msgpack_object *x = &o->via.array.ptr[i];
        if (x->type != MSGPACK_OBJECT_FLOAT64 || !isfinite(x->via.f64))
            return wrong("ax", "an array of two finite 64-bit numbers");
        ev[i] = x->via.f64;
    }
    block->start_ev = ev[0];
    block->step_ev = ev[1];
    return EEL_OK;
}

/* Where the payload lies, if it is in memory and not in the message. */
static int take_place(const msgpack_object_map *map, eel_place *place)
{
    const msgpack_object *o = find(map, "at");

    if (!o)
        return EEL_OK;
    if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2 ||
        o->via.array.ptr[0].type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
        o->via.array.ptr[1].type != MSGPACK_OBJECT_POSITIVE_INTEGER || !o->via.array.ptr[1].via.u64)
        return wrong("at", "an array of two whole numbers, the second above 0");
    *place = (eel_place){o->via.array.ptr[0].via.u64, o->via.array.ptr[1].via.u64};
    return EEL_OK;
}

static int take_work(const msgpack_object_map *map, eel_message *m)
{
    const msgpack_object *o = find(map, "us");

    if (!o || o->type != MSGPACK_OBJECT_MAP)
        return wrong("us", "a map");
    if (o->via.map.size > EEL_WORK_MAX)
        return eel_fail(EEL_ELIMIT, "message: work of %u stages, at most %d are allowed",
                        o->via.map.size, EEL_WORK_MAX);
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        const msgpack_object *k = &o->via.map.ptr[i].key, *v = &o->via.map.ptr[i].val;
        if (k->type != MSGPACK_OBJECT_STR || v->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
            return wrong("us", "a map of names to whole numbers");
        int code = copy_name("us", k->via.str.ptr, k->via.str.size, m->work[i].stage);
        if (code != EEL_OK)
            return code;
        m->work[i].us = v->via.u64;
    }
    m->work_count = (int)o->via.map.size;
    return EEL_OK;
}

static int take_why(const msgpack_object_map *map, eel_block *block)
{
    eel_text why = {0};
    int code = take_text(map, "why", EEL_NAME_MAX, &why);

    if (code != EEL_OK)
        return code;
    for (int s = EEL_POISON; s < EEL_PIXEL_STATES; s++) {
        const char *name = eel_pixel_state_name((eel_pixel_state)s);
        if (strlen(name) == why.bytes && !memcmp(name, why.at, why.bytes)) {
            block->why = (eel_pixel_state)s;
            return EEL_OK;
        }
    }
    return wrong("why", "a reason for absence");
}

static int take_data(const msgpack_object_map *map, eel_message *m)
{
    eel_block *b = &m->block;
    eel_text dtype = {0};
    uint64_t side = 0;
    int code;

    if ((code = take_u32(map, "ch", EEL_BLOCK_CHANNELS_MAX, &b->channels)) != EEL_OK ||
        (code = take_text(map, "dt", EEL_NAME_MAX, &dtype)) != EEL_OK ||
        (code = eel_dtype_parse(dtype.at, dtype.bytes, &b->dtype)) != EEL_OK ||
        (code = take_axis(map, b)) != EEL_OK ||
        (code = take_count(map, "sd", EEL_BLOCK_BYTES_MAX, &side)) != EEL_OK ||
        (code = take_place(map, &m->place)) != EEL_OK || (code = take_work(map, m)) != EEL_OK)
        return code;
    uint64_t bytes = (uint64_t)b->rows * b->channels * eel_dtype_size(b->dtype) + side;
    if (bytes > EEL_BLOCK_BYTES_MAX)
        return eel_fail(EEL_ELIMIT, "message: block of %ju bytes, at most %u are allowed",
                        (uintmax_t)bytes, EEL_BLOCK_BYTES_MAX);
    b->side_bytes = (size_t)side;
    return EEL_OK;
}

static int take_block(const msgpack_object_map *map, eel_message *m)
{
    eel_block *b = &m->block;
    char kind = 0;
    int code;

    if ((code = take_letter(map, "k", "dxe", &kind)) != EEL_OK ||
        (code = take_count(map, "b", UINT64_MAX, &b->number)) != EEL_OK ||
        (code = take_count(map, "px", EEL_WIRE_PIXELS_MAX, &b->first)) != EEL_OK)
        return code;
    b->kind = kind == 'd' ? EEL_BLOCK_DATA : kind == 'x' ? EEL_BLOCK_TOMBSTONE : EEL_BLOCK_END;
    if (b->kind == EEL_BLOCK_END)
        return EEL_OK;
    if (b->kind == EEL_BLOCK_DATA) {
        code = take_u32(map, "n", EEL_BLOCK_ROWS_MAX, &b->rows);
        return code == EEL_OK ? take_data(map, m) : code;
    }
    code = take_u32(map, "n", UINT32_MAX, &b->rows); /* an absence may be long */
    return code == EEL_OK ? take_why(map, b) : code;
}

static int take_window(const msgpack_object_map *map, eel_message *m)
{
    int code = take_count(map, "cr", UINT64_MAX, &m->window_bytes);

    return code == EEL_OK ? take_u32(map, "cb", UINT32_MAX, &m->window_blocks) : code;
}

static int take_keepalive(const msgpack_object_map *map, eel_message *m)
{
    const msgpack_object *maps = find(map, "mem");

    if (maps && maps->type != MSGPACK_OBJECT_BOOLEAN)
        return wrong("mem", "true or false");
    m->maps = maps && maps->via.boolean;
    return take_window(map, m);
}

static int take_greeting(const msgpack_object_map *map, eel_message *m)
{
    char role = 0;
    int code;

    if ((code = take_id(map, "inst", m->instance)) != EEL_OK ||
        (code = take_name(map, "name", m->name)) != EEL_OK ||
        (code = take_letter(map, "role", "cr", &role)) != EEL_OK ||
        (code = take_count(map, "px", EEL_WIRE_PIXELS_MAX, &m->pixels)) != EEL_OK)
        return code;
    m->role = (eel_role)role;
    if (m->role == EEL_CUSTODIAN) {
        code = find(map, "mem") ? take_text(map, "mem", EEL_MEMORY_MAX, &m->memory) : EEL_OK;
        return code == EEL_OK ? take_text(map, "meta", EEL_DESCRIPTION_MAX, &m->description) : code;
    }
    code = take_window(map, m);
    return code == EEL_OK ? take_numbers(map, m) : code;
}

static int take_error(const msgpack_object_map *map, eel_message *m)
{
    const msgpack_object *number = find(map, "code"), *you = find(map, "you");
    int code;

    if ((code = take_name(map, "stage", m->stage)) != EEL_OK ||
        (code = take_text(map, "text", EEL_WORDS_MAX - 1, &m->text)) != EEL_OK)
        return code;
    int negative =
        number && number->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && number->via.i64 >= INT32_MIN;
    int zero = number && number->type == MSGPACK_OBJECT_POSITIVE_INTEGER && number->via.u64 == 0;
    if (!negative && !zero)
        return wrong("code", "zero or a negative number");
    if (!you || you->type != MSGPACK_OBJECT_BOOLEAN)
        return wrong("you", "true or false");
    m->code = negative ? (int)number->via.i64 : EEL_OK;
    m->refused = you->via.boolean;
    return EEL_OK;
}

static int take_message(const msgpack_object *o, eel_message *m)
{
    char type = 0;
    uint64_t version = 0;
    int code;

    if (o->type != MSGPACK_OBJECT_MAP)
        return eel_fail(EEL_EFORMAT, "message: the header is not a map");
    const msgpack_object_map *map = &o->via.map;
    if ((code = take_letter(map, "t", "HWBANKPQR", &type)) != EEL_OK ||
        (code = take_count(map, "v", UINT64_MAX, &version)) != EEL_OK ||
        (code = take_id(map, "sid", m->run)) != EEL_OK)
        return code;
    if (version != EEL_WIRE_VERSION)
        return eel_fail(EEL_EFORMAT, "message: version %ju, expected %d", (uintmax_t)version,
                        EEL_WIRE_VERSION);
    m->type = (eel_message_type)type;
    switch (m->type) {
    case EEL_HELLO:
    case EEL_WELCOME:
        return take_greeting(map, m);
    case EEL_BLOCK:
        return take_block(map, m);
    case EEL_ACK:
        return take_numbers(map, m);
    case EEL_KEEPALIVE:
        return take_keepalive(map, m);
    case EEL_ERROR:
        return take_error(map, m);
    case EEL_NACK:
        code = take_count(map, "b", UINT64_MAX, &m->block.number);
        return code == EEL_OK ? take_text(map, "text", EEL_WORDS_MAX - 1, &m->text) : code;
    case EEL_PROBE:
    case EEL_QUIT:
        break;
    }
    return EEL_OK;
}

int eel_message_unpack(eel_message *m, const void *bytes, size_t size)
{
    msgpack_unpacked unpacked;
    uint64_t *numbers = m->numbers;
    size_t room = m->number_room, used = 0;
    int code;

    *m = (eel_message){.numbers = numbers, .number_room = room};
    if (size > EEL_HEADER_BYTES_MAX)
        return eel_fail(EEL_ELIMIT, "message: header of %zu bytes, at most %u are allowed", size,
                        EEL_HEADER_BYTES_MAX);
    if (!eel_packed_fits(bytes, size))
        return eel_fail(EEL_EFORMAT, "message: %zu bytes that are not one msgpack map", size);
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, bytes, size, &used) == MSGPACK_UNPACK_SUCCESS)
        code = take_message(&unpacked.data, m);
    else
        code = eel_fail(EEL_EFORMAT, "message: %zu bytes that msgpack cannot read", size);
    msgpack_unpacked_destroy(&unpacked);
    return code;
}

void eel_message_release(eel_message *m)
{
    free(m->numbers);
    *m = (eel_message){0};
}
