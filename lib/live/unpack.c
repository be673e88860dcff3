#include "live/unpack.h"
#include "base/err.h"

#include <limits.h>
#include <lz4.h>
#include <stdint.h>
#include <string.h>

#define HEADER_BYTES    12
#define BLOCK_BYTES     8192 /* of bitshuffle where the header says 0: BSHUF_TARGET_BLOCK_SIZE_B */
#define BLOCK_VALUES    8    /* a block of bitshuffle is a multiple of it */

/* What is left of the packed bytes. */
typedef struct {
    const uint8_t *at;
    size_t left;
} rest;

static uint64_t big_endian(const uint8_t *bytes, int count)
{
    uint64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static int cut_short(void)
{
    return eel_fail(EEL_EFORMAT, "packed values that end before they should");
}

/* The header: is it for so many bytes, and how long is a block? */
static int open_frame(rest *r, size_t out_bytes, size_t *block)
{
    if (r->left < HEADER_BYTES)
        return cut_short();
    uint64_t total = big_endian(r->at, 8);
    *block = (size_t)big_endian(r->at + 8, 4);
    r->at += HEADER_BYTES;
    r->left -= HEADER_BYTES;
    return total == out_bytes ? EEL_OK
                              : eel_fail(EEL_EFORMAT, "%ju bytes are packed, expected %zu",
                                         (uintmax_t)total, out_bytes);
}

static int unpack_block(const void *packed, size_t packed_bytes, void *out, size_t out_bytes)
{
    if (packed_bytes > INT_MAX || out_bytes > INT_MAX ||
        LZ4_decompress_safe(packed, out, (int)packed_bytes, (int)out_bytes) != (int)out_bytes)
        return eel_fail(EEL_EFORMAT, "a block that is no lz4 of %zu bytes", out_bytes);
    return EEL_OK;
}

/* The packed bytes of the next block of a frame. */
static int next_block(rest *r, rest *block)
{
    size_t bytes = r->left < 4 ? SIZE_MAX : (size_t)big_endian(r->at, 4);

    if (bytes == SIZE_MAX || bytes > r->left - 4)
        return cut_short();
    *block = (rest){r->at + 4, bytes};
    r->at += 4 + bytes;
    r->left -= 4 + bytes;
    return EEL_OK;
}

static int is_wanted(eel_unpack_range wanted, size_t first, size_t bytes)
{
    return first < wanted.to && first + bytes > wanted.from;
}

/* One that would not shrink is as it was. */
static int unpack_or_copy(void *out, rest block, size_t bytes)
{
    if (block.left != bytes)
        return unpack_block(block.at, block.left, out, bytes);
    memcpy(out, block.at, bytes);
    return EEL_OK;
}

static int unpack_lz4(uint8_t *out, size_t out_bytes, eel_unpack_range wanted, rest r)
{
    size_t block = 0, bytes;
    rest packed = {0};
    int code = open_frame(&r, out_bytes, &block);

    if (code == EEL_OK && block == 0)
        return eel_fail(EEL_EFORMAT, "lz4 in blocks of 0 bytes");
    for (size_t done = 0; done < out_bytes && code == EEL_OK; done += bytes) {
        bytes = block < out_bytes - done ? block : out_bytes - done;
        code = next_block(&r, &packed);
        if (code == EEL_OK && is_wanted(wanted, done, bytes))
            code = unpack_or_copy(out + done, packed, bytes);
    }
    return code;
}

/* Bit k of byte i becomes bit i of byte k (Warren, Hacker's Delight, 2nd edition, 7-3). */
static uint64_t transpose(uint64_t x)
{
    uint64_t t = (x ^ x >> 7) & 0x00AA00AA00AA00AAu;

    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000CCCC0000CCCCu;
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & 0x00000000F0F0F0F0u;
    return x ^ t ^ t << 28;
}

/* Shuffled, bit k of byte b of value i is bit i % 8 of byte i / 8 in row 8 b + k; a row has a bit of
 * each value. */
static void unshuffle(uint8_t *out, const uint8_t *shuffled, size_t values, size_t value_bytes)
{
    size_t row = values / 8;

    for (size_t b = 0; b < value_bytes; b++) {
        const uint8_t *bits = shuffled + 8 * b * row;
        for (size_t eight = 0; eight < row; eight++) {
            uint8_t *to = out + 8 * eight * value_bytes + b;
            uint64_t x = 0;
            for (size_t k = 0; k < 8; k++)
                x |= (uint64_t)bits[k * row + eight] << 8 * k;
            x = transpose(x);
            for (size_t i = 0; i < 8; i++)
                to[i * value_bytes] = (uint8_t)(x >> 8 * i);
        }
    }
}

static int unpack_bslz4(uint8_t *out, uint8_t *scratch, size_t out_bytes, eel_unpack_range wanted,
                        size_t value_bytes, rest r)
{
    rest packed = {0};
    size_t block = 0, bytes, whole = out_bytes - out_bytes % (BLOCK_VALUES * value_bytes);
    int code = open_frame(&r, out_bytes, &block);

    block = block ? block : BLOCK_BYTES;
    if (code == EEL_OK && block % (BLOCK_VALUES * value_bytes) != 0)
        return eel_fail(EEL_EFORMAT, "bitshuffle in blocks of %zu bytes for values of %zu", block,
                        value_bytes);
    for (size_t done = 0; done < whole && code == EEL_OK; done += bytes) {
        bytes = block < whole - done ? block : whole - done;
        code = next_block(&r, &packed);
        if (code != EEL_OK || !is_wanted(wanted, done, bytes))
            continue;
        code = unpack_block(packed.at, packed.left, scratch, bytes);
        if (code == EEL_OK)
            unshuffle(out + done, scratch, bytes / value_bytes, value_bytes);
    }
    if (code == EEL_OK && r.left < out_bytes - whole)
        return cut_short();
    if (code == EEL_OK)
        memcpy(out + whole, r.at, out_bytes - whole);
    return code;
}

int eel_unpack(void *out, void *scratch, size_t out_bytes, eel_unpack_range wanted,
               size_t value_bytes, eel_packing packing, const void *packed, size_t packed_bytes)
{
    rest r = {packed, packed_bytes};

    switch (packing) {
    case EEL_PACKED_LZ4_BLOCK:
        return unpack_block(packed, packed_bytes, out, out_bytes);
    case EEL_PACKED_LZ4:
        return unpack_lz4(out, out_bytes, wanted, r);
    case EEL_PACKED_BSLZ4:
        return unpack_bslz4(out, scratch, out_bytes, wanted, value_bytes, r);
    case EEL_PACKED_NOT:
        break;
    }
    if (packed_bytes != out_bytes)
        return eel_fail(EEL_EFORMAT, "%zu bytes of values, expected %zu", packed_bytes, out_bytes);
    memcpy(out, packed, out_bytes);
    return EEL_OK;
}
