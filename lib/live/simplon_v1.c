#include "live/simplon.h"
#include "base/err.h"
#include "io/format.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* ---- JSON ---- */

/* An object, or NULL with words. */
static json_t *read_json(const eel_simplon_part *part)
{
    json_error_t error;
    json_t *json = part->size <= EEL_SIMPLON_JSON_MAX ? json_loadb(part->bytes, part->size, 0, &error)
                                                      : NULL;

    if (json_is_object(json))
        return json;
    json_decref(json);
    eel_fail(EEL_EFORMAT, "a frame of %zu bytes that is no JSON object", part->size);
    return NULL;
}

static int says(const json_t *json, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(json, key));

    return value && !strcmp(value, text);
}

static int take_count(const json_t *json, const char *key, uint64_t *value)
{
    const json_t *count = json_object_get(json, key);

    if (!json_is_integer(count) || json_integer_value(count) < 0)
        return eel_fail(EEL_EFORMAT, "'%s' is no whole number of 0 or more", key);
    *value = (uint64_t)json_integer_value(count);
    return EEL_OK;
}

static uint64_t count_or(const json_t *json, const char *key, uint64_t otherwise)
{
    uint64_t value = otherwise;

    take_count(json, key, &value); /* writes only on success */
    return value;
}

static int take_pair(const json_t *json, const char *key, double pair[2])
{
    const json_t *two = json_object_get(json, key);

    if (json_array_size(two) != 2 || !json_is_number(json_array_get(two, 0)) || !json_is_number(json_array_get(two, 1)))
        return 0;
    pair[0] = json_number_value(json_array_get(two, 0));
    pair[1] = json_number_value(json_array_get(two, 1));
    return 1;
}

/* ---- arrays ---- */

static uint32_t value_bytes(const json_t *json)
{
    return says(json, "type", "uint8")    ? 1
           : says(json, "type", "uint16") ? 2
           : says(json, "type", "uint32") ? 4
                                          : 0;
}

/* "<", "lz4<", "bs16-lz4<": [bs BITS -][lz4] and the order of bytes. */
static int take_encoding(const json_t *json, eel_simplon_array *array)
{
    const char *encoding = json_string_value(json_object_get(json, "encoding"));
    char shuffled[16];

    snprintf(shuffled, sizeof shuffled, "bs%u-lz4<", 8 * array->value_bytes);
    if (!encoding || !strcmp(encoding, "<"))
        array->packing = EEL_PACKED_NOT;
    else if (!strcmp(encoding, "lz4<"))
        array->packing = EEL_PACKED_LZ4_BLOCK;
    else if (!strcmp(encoding, shuffled))
        array->packing = EEL_PACKED_BSLZ4;
    else
        return eel_fail(EEL_EFORMAT, "the encoding '%.40s', expected <, lz4< or %s", encoding, shuffled);
    return EEL_OK;
}

/* A frame of JSON says what the next frame holds; "shape" is [columns, rows]. */
static int take_array(const json_t *json, const eel_simplon_part *values, eel_simplon_array *array)
{
    double pair[2] = {0, 0};

    *array = (eel_simplon_array){.value_bytes = value_bytes(json), .data = values->bytes,
                                 .bytes = values->size};
    if (!array->value_bytes || !take_pair(json, "shape", pair) ||
        !(pair[0] >= 1 && pair[0] <= EEL_SIMPLON_SIDE_MAX) ||
        !(pair[1] >= 1 && pair[1] <= EEL_SIMPLON_SIDE_MAX))
        return eel_fail(EEL_EFORMAT, "values whose 'type' is none of uint8, uint16, uint32, or whose "
                        "'shape' is not [columns, rows] of at most %u", EEL_SIMPLON_SIDE_MAX);
    array->columns = (uint32_t)pair[0];
    array->rows = (uint32_t)pair[1];
    return take_encoding(json, array);
}

/* ---- messages ---- */

/* exte and inte expose an image per trigger, exts and ints a row of them. */
static void take_configuration(const json_t *json, eel_simplon *m)
{
    const char *detector = json_string_value(json_object_get(json, "description"));
    int one_each = says(json, "trigger_mode", "exte") || says(json, "trigger_mode", "inte");

    eel_simplon_images(m, count_or(json, "ntrigger", 1), one_each ? 1 : count_or(json, "nimages", 0));
    m->saturation = count_or(json, "countrate_correction_count_cutoff", 0);
    m->beam_ev = json_number_value(json_object_get(json, "incident_energy"));
    eel_text_copy(m->detector, sizeof m->detector, detector ? detector : "", detector ? strlen(detector) : 0);
}

static void take_appendix(const json_t *json, eel_simplon *m)
{
    double pair[2];

    if (json_object_get(json, "shape"))
        eel_simplon_shape(m, take_pair(json, "shape", pair) ? pair : NULL);
    if (json_object_get(json, "axis"))
        eel_simplon_axis(m, take_pair(json, "axis", pair) ? pair : NULL);
}

void eel_simplon_appendix(eel_simplon *m, const void *text, size_t size)
{
    json_t *json = read_json(&(eel_simplon_part){text, size});

    take_appendix(json, m);
    json_decref(json);
}

/* What follows the configuration: tables with their values, and at last what the user added. */
static int take_extra(const eel_simplon_part *parts, int left, eel_simplon *m, int *taken)
{
    json_t *json = read_json(parts);
    int code = EEL_OK;

    *taken = 1;
    if (!json)
        return EEL_OK; /* an appendix may be anything */
    if (says(json, "htype", "dpixelmask-1.0") && left > 1)
        code = take_array(json, parts + 1, &m->mask);
    if (json_object_get(json, "htype"))
        *taken = 2;
    if (*taken == 1)
        take_appendix(json, m);
    json_decref(json);
    return code;
}

static int take_start(const json_t *header, const eel_simplon_part *parts, int count, eel_simplon *m)
{
    int code = EEL_OK, taken, at = 1;

    m->kind = EEL_SIMPLON_START;
    if (!says(header, "header_detail", "none")) {
        json_t *json = count > 1 ? read_json(parts + 1) : NULL;
        if (!json)
            return eel_fail(EEL_EFORMAT, "a dheader-1.0 without the configuration of the detector");
        take_configuration(json, m);
        json_decref(json);
        at = 2;
    }
    for (; at < count && code == EEL_OK; at += taken)
        code = take_extra(parts + at, count - at, m, &taken);
    return code;
}

static int take_image(const json_t *header, const eel_simplon_part *parts, int count, eel_simplon *m)
{
    json_t *json = count > 2 ? read_json(parts + 1) : NULL;

    m->kind = EEL_SIMPLON_IMAGE;
    int code = !json || !says(json, "htype", "dimage_d-1.0")
                   ? eel_fail(EEL_EFORMAT, "a dimage-1.0 without a dimage_d-1.0 and its values")
                   : take_array(json, parts + 2, &m->image);
    if (code == EEL_OK)
        code = take_count(header, "frame", &m->number);
    json_decref(json);
    return code;
}

int eel_simplon_from_parts(eel_simplon *message, const eel_simplon_part *parts, int count)
{
    eel_simplon m = {0};
    json_t *header = count > 0 ? read_json(parts) : NULL;

    if (!header)
        return EEL_EFORMAT;
    int code = take_count(header, "series", &m.series);
    if (code == EEL_OK && says(header, "htype", "dheader-1.0"))
        code = take_start(header, parts, count, &m);
    else if (code == EEL_OK && says(header, "htype", "dimage-1.0"))
        code = take_image(header, parts, count, &m);
    else if (code == EEL_OK && says(header, "htype", "dseries_end-1.0"))
        m.kind = EEL_SIMPLON_END;
    else if (code == EEL_OK)
        code = eel_fail(EEL_EFORMAT, "'htype' is none of dheader-1.0, dimage-1.0, dseries_end-1.0");
    json_decref(header);
    if (code == EEL_OK)
        code = eel_simplon_check(&m);
    if (code == EEL_OK)
        *message = m;
    return code;
}
