#include "live/simplon.h"
#include "live/cbor_read.h"
#include "base/err.h"
#include "io/format.h"

#include <stdio.h>
#include <string.h>

#define TAG_CBOR       55799 /* "this is CBOR", RFC 8949, 3.4.6 */
#define TAG_ARRAY      40    /* row by row, RFC 8746, 3.1.1 */
#define TAG_UINT8      64    /* RFC 8746, 2.1 */
#define TAG_UINT16     69    /* little-endian */
#define TAG_UINT32     70
#define TAG_PACKED     56500 /* dectris-compression-tag.md */

static const unsigned char magic[] = {0xd9, 0xd9, 0xf7};

int eel_simplon_is_cbor(const void *bytes, size_t size)
{
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* ---- arrays ---- */

static void take_packed(eel_cbor *r, eel_simplon_array *array)
{
    eel_cbor_each three = eel_cbor_array(r);

    if (three.left != 3)
        eel_cbor_fail(r, "with packed values that are not [name, size, bytes]");
    eel_cbor_string name = eel_cbor_text(r);
    if (eel_cbor_says(name, "bslz4"))
        array->packing = EEL_PACKED_BSLZ4;
    else if (eel_cbor_says(name, "lz4"))
        array->packing = EEL_PACKED_LZ4;
    else
        eel_cbor_fail(r, "with a packing that is neither lz4 nor bslz4");
    uint64_t value_bytes = eel_cbor_uint(r);
    if (array->packing == EEL_PACKED_BSLZ4 && value_bytes != array->value_bytes)
        eel_cbor_fail(r, "with values that were shuffled as if they had another size");
}

static void take_values(eel_cbor *r, eel_simplon_array *array)
{
    uint64_t tag = eel_cbor_tag(r);

    array->value_bytes = tag == TAG_UINT8 ? 1 : tag == TAG_UINT16 ? 2 : tag == TAG_UINT32 ? 4 : 0;
    if (!array->value_bytes)
        eel_cbor_fail(r, "with an image that is not of uint8, uint16 or uint32, little-endian");
    tag = eel_cbor_tag(r);
    if (tag == TAG_PACKED)
        take_packed(r, array);
    else if (tag != UINT64_MAX)
        eel_cbor_fail(r, "with values under an unknown tag");
    eel_cbor_string bytes = eel_cbor_bytes(r);
    array->data = bytes.bytes;
    array->bytes = bytes.size;
}

static uint32_t take_side(eel_cbor *r)
{
    uint64_t side = eel_cbor_uint(r);

    if (side > EEL_SIMPLON_SIDE_MAX)
        eel_cbor_fail(r, "with an image whose side is longer than 16384 pixels");
    return (uint32_t)side;
}

static void take_array(eel_cbor *r, eel_simplon_array *array)
{
    uint64_t tag = eel_cbor_tag(r);
    eel_cbor_each parts = eel_cbor_array(r);
    eel_cbor_each sides = eel_cbor_array(r);

    *array = (eel_simplon_array){0};
    if (tag != TAG_ARRAY || parts.left != 2 || sides.left != 2)
        eel_cbor_fail(r, "with an image that is not [[rows, columns], values] under tag 40");
    array->rows = take_side(r);
    array->columns = take_side(r);
    take_values(r, array);
}

/* One array per channel: the one that is wanted, or the first. */
static void take_channels(eel_cbor *r, const char *channel, eel_simplon_array *array)
{
    eel_cbor_each map = eel_cbor_map(r);
    int found = 0;

    while (eel_cbor_more(r, &map)) {
        eel_cbor_string name = eel_cbor_text(r);
        if (found || (channel && !eel_cbor_says(name, channel)))
            eel_cbor_skip(r);
        else
            take_array(r, array), found = 1;
    }
}

/* ---- what the user added ---- */

/* Looks at what comes without taking it: a user's mistake is not the detector's. */
static int is_pair(eel_cbor r, double pair[2])
{
    eel_cbor_each numbers = eel_cbor_array(&r);
    int count = 0;

    for (; eel_cbor_more(&r, &numbers); count++) {
        double number = eel_cbor_real(&r);
        if (count < 2)
            pair[count] = number;
    }
    return !r.failed && count == 2;
}

/* A map, or a text that says so, as in version 1. */
static void take_user_data(eel_cbor *r, eel_simplon *m)
{
    eel_cbor ahead = *r;
    double pair[2];

    if (!eel_cbor_is_map(r)) {
        eel_cbor_string text = eel_cbor_text(&ahead);
        if (!ahead.failed)
            eel_simplon_appendix(m, text.bytes, text.size);
        eel_cbor_skip(r);
        return;
    }
    for (eel_cbor_each map = eel_cbor_map(r); eel_cbor_more(r, &map); eel_cbor_skip(r)) {
        eel_cbor_string key = eel_cbor_text(r);
        if (eel_cbor_says(key, "shape"))
            eel_simplon_shape(m, is_pair(*r, pair) ? pair : NULL);
        else if (eel_cbor_says(key, "axis"))
            eel_simplon_axis(m, is_pair(*r, pair) ? pair : NULL);
    }
}

/* ---- messages ---- */

static void take_field(eel_cbor *r, eel_cbor_string key, eel_simplon *m, const char *channel)
{
    eel_cbor_string text;

    if (eel_cbor_says(key, "series_id")) {
        m->series = eel_cbor_uint(r);
    } else if (eel_cbor_says(key, "image_id")) {
        m->number = eel_cbor_uint(r);
    } else if (eel_cbor_says(key, "data")) {
        take_channels(r, channel, &m->image);
    } else if (eel_cbor_says(key, "number_of_images")) {
        eel_simplon_images(m, eel_cbor_uint(r), 1);
    } else if (eel_cbor_says(key, "saturation_value")) {
        m->saturation = eel_cbor_uint(r);
    } else if (eel_cbor_says(key, "pixel_mask")) {
        take_channels(r, channel, &m->mask);
    } else if (eel_cbor_says(key, "incident_energy")) {
        m->beam_ev = eel_cbor_real(r);
    } else if (eel_cbor_says(key, "detector_description")) {
        text = eel_cbor_text(r);
        eel_text_copy(m->detector, sizeof m->detector, text.bytes ? text.bytes : "", text.size);
    } else if (eel_cbor_says(key, "user_data")) {
        take_user_data(r, m);
    } else {
        eel_cbor_skip(r);
    }
}

static int take_kind(eel_cbor *r, eel_simplon *m)
{
    eel_cbor_string kind;

    if (!eel_cbor_says(eel_cbor_text(r), "type"))
        return eel_cbor_fail(r, "whose first key is not 'type'");
    kind = eel_cbor_text(r);
    m->kind = eel_cbor_says(kind, "start")   ? EEL_SIMPLON_START
              : eel_cbor_says(kind, "image") ? EEL_SIMPLON_IMAGE
                                             : EEL_SIMPLON_END;
    if (m->kind == EEL_SIMPLON_END && !eel_cbor_says(kind, "end"))
        return eel_cbor_fail(r, "whose type is none of start, image, end");
    return r->failed;
}

int eel_simplon_from_cbor(eel_simplon *message, const void *bytes, size_t size, const char *channel)
{
    eel_cbor r = eel_cbor_of(bytes, size);
    eel_simplon m = {.series = UINT64_MAX};

    if (eel_cbor_tag(&r) != TAG_CBOR)
        return eel_cbor_fail(&r, "without its first tag");
    eel_cbor_each map = eel_cbor_map(&r);
    if (eel_cbor_more(&r, &map))
        take_kind(&r, &m);
    while (eel_cbor_more(&r, &map))
        take_field(&r, eel_cbor_text(&r), &m, channel);
    if (!r.failed && m.series == UINT64_MAX)
        eel_cbor_fail(&r, "without a series_id");
    if (r.failed)
        return r.failed;
    if (m.kind == EEL_SIMPLON_IMAGE && !m.image.value_bytes)
        return eel_fail(EEL_EFORMAT, "an image without data of %s%s",
                        channel ? "channel " : "any channel", channel ? channel : "");
    int code = eel_simplon_check(&m);
    if (code == EEL_OK)
        *message = m;
    return code;
}
