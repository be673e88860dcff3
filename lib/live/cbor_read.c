#include "live/cbor_read.h"
#include "base/err.h"

#include <cbor.h>
#include <string.h>

typedef enum {
    NONE, UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, REAL, OTHER, BREAK, PIECES
} item_kind;

typedef struct {
    item_kind kind;
    uint64_t number; /* UINT; NEGATIVE: -1 - number; ARRAY, MAP: items; TAG */
    double real;
    eel_cbor_string string;
} item;

/* ---- libcbor tells one item by one call ---- */

static void take(void *to, item_kind kind, uint64_t number)
{
    *(item *)to = (item){.kind = kind, .number = number};
}

static void take_u8(void *to, uint8_t v) { take(to, UINT, v); }
static void take_u16(void *to, uint16_t v) { take(to, UINT, v); }
static void take_u32(void *to, uint32_t v) { take(to, UINT, v); }
static void take_u64(void *to, uint64_t v) { take(to, UINT, v); }
static void take_n8(void *to, uint8_t v) { take(to, NEGATIVE, v); }
static void take_n16(void *to, uint16_t v) { take(to, NEGATIVE, v); }
static void take_n32(void *to, uint32_t v) { take(to, NEGATIVE, v); }
static void take_n64(void *to, uint64_t v) { take(to, NEGATIVE, v); }
static void take_array(void *to, size_t n) { take(to, ARRAY, n); }
static void take_map(void *to, size_t n) { take(to, MAP, n); }
static void take_open_array(void *to) { take(to, ARRAY, UINT64_MAX); }
static void take_open_map(void *to) { take(to, MAP, UINT64_MAX); }
static void take_tag(void *to, uint64_t v) { take(to, TAG, v); }
static void take_pieces(void *to) { take(to, PIECES, 0); }
static void take_break(void *to) { take(to, BREAK, 0); }
static void take_other(void *to) { take(to, OTHER, 0); }
static void take_bool(void *to, bool v) { take(to, OTHER, v); }
static void take_f4(void *to, float v) { *(item *)to = (item){.kind = REAL, .real = v}; }
static void take_f8(void *to, double v) { *(item *)to = (item){.kind = REAL, .real = v}; }

static void take_bytes(void *to, cbor_data bytes, size_t size)
{
    *(item *)to = (item){.kind = BYTES, .string = {(const char *)bytes, size}};
}

static void take_text(void *to, cbor_data bytes, size_t size)
{
    *(item *)to = (item){.kind = TEXT, .string = {(const char *)bytes, size}};
}

static const struct cbor_callbacks takers = {
    .uint8 = take_u8, .uint16 = take_u16, .uint32 = take_u32, .uint64 = take_u64,
    .negint8 = take_n8, .negint16 = take_n16, .negint32 = take_n32, .negint64 = take_n64,
    .byte_string_start = take_pieces, .byte_string = take_bytes,
    .string_start = take_pieces, .string = take_text,
    .array_start = take_array, .indef_array_start = take_open_array,
    .map_start = take_map, .indef_map_start = take_open_map, .tag = take_tag,
    .float2 = take_f4, .float4 = take_f4, .float8 = take_f8,
    .undefined = take_other, .null = take_other, .boolean = take_bool, .indef_break = take_break,
};

static item look(const eel_cbor *r, size_t *size)
{
    item next = {.kind = NONE};
    struct cbor_decoder_result result = {0};

    if (!r->failed && r->left)
        result = cbor_stream_decode(r->at, r->left, &takers, &next);
    if (result.status != CBOR_DECODER_FINISHED)
        next.kind = NONE;
    *size = result.read;
    return next;
}

int eel_cbor_fail(eel_cbor *r, const char *what)
{
    if (!r->failed)
        r->failed = eel_fail(EEL_EFORMAT, "CBOR %s", what);
    r->left = 0;
    return r->failed;
}

/* The next item, which must be of this kind; else one of nothing but zeros. */
static item next_of(eel_cbor *r, item_kind kind, const char *what)
{
    size_t size;
    item next = look(r, &size);

    if (next.kind != kind) {
        eel_cbor_fail(r, next.kind == NONE ? "that ends or breaks within an item" : what);
        return (item){.kind = NONE};
    }
    r->at += size;
    r->left -= size;
    return next;
}

/* ---- what a reader asks ---- */

eel_cbor eel_cbor_of(const void *bytes, size_t size)
{
    return (eel_cbor){.at = bytes, .left = size};
}

uint64_t eel_cbor_uint(eel_cbor *r)
{
    return next_of(r, UINT, "with something where a whole number should be").number;
}

double eel_cbor_real(eel_cbor *r)
{
    size_t size;
    item next = look(r, &size);

    if (next.kind == UINT)
        return (double)eel_cbor_uint(r);
    if (next.kind == NEGATIVE)
        return -1.0 - (double)next_of(r, NEGATIVE, "").number;
    return next_of(r, REAL, "with something where a number should be").real;
}

eel_cbor_string eel_cbor_text(eel_cbor *r)
{
    return next_of(r, TEXT, "with something where text should be").string;
}

eel_cbor_string eel_cbor_bytes(eel_cbor *r)
{
    return next_of(r, BYTES, "with something where bytes should be").string;
}

eel_cbor_each eel_cbor_array(eel_cbor *r)
{
    return (eel_cbor_each){next_of(r, ARRAY, "with something where an array should be").number};
}

eel_cbor_each eel_cbor_map(eel_cbor *r)
{
    return (eel_cbor_each){next_of(r, MAP, "with something where a map should be").number};
}

uint64_t eel_cbor_tag(eel_cbor *r)
{
    size_t size;

    return look(r, &size).kind == TAG ? next_of(r, TAG, "").number : UINT64_MAX;
}

int eel_cbor_is_map(const eel_cbor *r)
{
    size_t size;

    return look(r, &size).kind == MAP;
}

int eel_cbor_more(eel_cbor *r, eel_cbor_each *container)
{
    size_t size;

    if (r->failed || container->left == 0)
        return 0;
    if (container->left != UINT64_MAX) {
        container->left--;
        return 1;
    }
    if (look(r, &size).kind != BREAK)
        return 1;
    next_of(r, BREAK, "");
    container->left = 0;
    return 0;
}

static void skip(eel_cbor *r, int depth)
{
    size_t size;
    item next = look(r, &size);
    eel_cbor_each container = {next.number};

    if (next.kind == NONE || next.kind == BREAK || next.kind == PIECES || depth > EEL_CBOR_DEPTH_MAX) {
        eel_cbor_fail(r, "that is broken, too deep, or has a string in pieces");
        return;
    }
    r->at += size;
    r->left -= size;
    if (next.kind == TAG)
        skip(r, depth + 1);
    while ((next.kind == ARRAY || next.kind == MAP) && eel_cbor_more(r, &container)) {
        skip(r, depth + 1);
        if (next.kind == MAP)
            skip(r, depth + 1);
    }
}

void eel_cbor_skip(eel_cbor *r)
{
    skip(r, 0);
}

int eel_cbor_says(eel_cbor_string string, const char *text)
{
    return string.size == strlen(text) && memcmp(string.bytes, text, string.size) == 0;
}
