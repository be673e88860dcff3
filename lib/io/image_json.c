/* The information of an image as JSON: what a reader tells the stages after it. */
#include "io/image.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/format.h"
#include "io/json_text.h"

#define JSON_BYTES_MAX (1u << 20)

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *navigation(const eel_image_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->nav_count; i++) {
        const eel_nav_axis *n = &info->nav[i];
        json_array_append_new(list, json_pack("{s:I, s:f, s:f, s:o, s:o}", "size",
                                              (json_int_t)n->size, "offset", n->offset, "scale",
                                              n->scale, "name", eel_json_text(n->name), "units",
                                              eel_json_text(n->units)));
    }
    return list;
}

static json_t *signals(const eel_image_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->signal_count; i++) {
        const eel_signal_info *s = &info->signals[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", eel_json_text(s->name), "kind",
                                              eel_json_text(s->kind), "shape", eel_json_text(s->shape)));
    }
    return list;
}

char *eel_image_info_to_json(const eel_image_info *info)
{
    json_t *o = json_object();

    json_object_set_new(o, "path", eel_json_text(info->path));
    json_object_set_new(o, "format", eel_json_text(info->format));
    json_object_set_new(o, "title", eel_json_text(info->title));
    json_object_set_new(o, "pixels", json_integer((json_int_t)info->pixels));
    json_object_set_new(o, "navigation", navigation(info));
    json_object_set_new(o, "energy",
                        json_pack("{s:f, s:f, s:I}", "start_ev", info->axis.start_ev, "step_ev",
                                  info->axis.step_ev, "channels", (json_int_t)info->axis.n));
    const eel_unrecorded *u = &info->unrecorded;
    if (u->head || u->tail || u->gap_n)
        json_object_set_new(o, "unrecorded", json_pack("{s:i, s:i, s:i, s:i}", "head", (int)u->head, "tail", (int)u->tail,
                                                       "gap", (int)u->gap, "gap_n", (int)u->gap_n));
    json_object_set_new(o, "type", json_string(eel_image_type_name(info->type)));
    json_object_set_new(o, "beam_kev", number_or_null(info->beam_kev));
    json_object_set_new(o, "collection_mrad", number_or_null(info->collection_mrad));
    json_object_set_new(o, "convergence_mrad", number_or_null(info->convergence_mrad));
    json_object_set_new(o, "exposure_s", number_or_null(info->exposure_s));
    json_object_set_new(o, "elements", eel_json_text(info->elements));
    if (*info->select)
        json_object_set_new(o, "select", eel_json_text(info->select));
    if (*info->bin)
        json_object_set_new(o, "bin", eel_json_text(info->bin));
    if (*info->said_axis)
        json_object_set_new(o, "axis", eel_json_text(info->said_axis));
    if (*info->said_axes)
        json_object_set_new(o, "axes", eel_json_text(info->said_axes));
    json_object_set_new(o, "signals", signals(info));
    json_object_set_new(o, "signal", json_integer(info->signal));
    char *json = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(o);
    return json;
}

/* Each getter returns 1 when the value is there and of the right kind. */

static int get_text(const json_t *o, const char *key, char *out, size_t size)
{
    const char *value = json_string_value(json_object_get(o, key));
    if (!value || strlen(value) >= size)
        return 0;
    strcpy(out, value);
    return 1;
}

static int get_number(const json_t *o, const char *key, double *out)
{
    const json_t *value = json_object_get(o, key);
    *out = json_number_value(value);
    return json_is_number(value) && isfinite(*out);
}

static int get_number_or_null(const json_t *o, const char *key, double *out)
{
    if (json_is_null(json_object_get(o, key))) {
        *out = NAN;
        return 1;
    }
    return get_number(o, key, out);
}

static int get_positive_or_null(const json_t *o, const char *key, double *out)
{
    return get_number_or_null(o, key, out) && !(*out <= 0);
}

static int get_integer(const json_t *o, const char *key, json_int_t low, json_int_t high,
                       json_int_t *out)
{
    const json_t *value = json_object_get(o, key);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= low && *out <= high;
}

static int get_navigation(const json_t *list, eel_image_info *info)
{
    json_int_t size;
    uint64_t pixels = 1;

    if (!json_is_array(list) || json_array_size(list) > EEL_NAV_MAX)
        return 0;
    info->nav_count = (int)json_array_size(list);
    for (int i = 0; i < info->nav_count; i++) {
        const json_t *o = json_array_get(list, (size_t)i);
        eel_nav_axis *n = &info->nav[i];
        if (!get_integer(o, "size", 1, (json_int_t)EEL_IMAGE_PIXELS_MAX, &size) ||
            !get_number(o, "offset", &n->offset) || !get_number(o, "scale", &n->scale) ||
            !get_text(o, "name", n->name, sizeof n->name) ||
            !get_text(o, "units", n->units, sizeof n->units) ||
            __builtin_mul_overflow(pixels, (uint64_t)size, &pixels))
            return 0;
        n->size = (uint64_t)size;
    }
    return pixels == info->pixels;
}

static int get_energy(const json_t *o, eel_axis *axis)
{
    json_int_t n;
    if (!get_number(o, "start_ev", &axis->start_ev) || !get_number(o, "step_ev", &axis->step_ev) ||
        axis->step_ev <= 0 || !get_integer(o, "channels", 1, EEL_CHANNELS_MAX, &n))
        return 0;
    axis->n = (uint32_t)n;
    return 1;
}

/* All is recorded where nothing is said. */
static int get_unrecorded(const json_t *o, const eel_axis *axis, eel_unrecorded *u)
{
    json_int_t head, tail, gap, gap_n, n = axis->n;

    if (!o)
        return 1;
    if (!get_integer(o, "head", 0, n, &head) || !get_integer(o, "tail", 0, n - 1 - head, &tail) ||
        !get_integer(o, "gap", 0, n, &gap) || !get_integer(o, "gap_n", 0, n - gap, &gap_n))
        return 0;
    *u = (eel_unrecorded){(uint32_t)head, (uint32_t)tail, (uint32_t)gap, (uint32_t)gap_n};
    return 1;
}

static int get_type(const json_t *o, eel_image_type *type)
{
    const char *name = json_string_value(json_object_get(o, "type"));
    for (int t = 0; name && t < EEL_IMAGE_TYPES; t++) {
        if (strcmp(name, eel_image_type_name((eel_image_type)t)) == 0) {
            *type = (eel_image_type)t;
            return 1;
        }
    }
    return 0;
}

static int get_signals(const json_t *list, eel_image_info *info)
{
    if (!json_is_array(list) || json_array_size(list) > EEL_SIGNALS_MAX)
        return 0;
    info->signal_count = (int)json_array_size(list);
    for (int i = 0; i < info->signal_count; i++) {
        const json_t *o = json_array_get(list, (size_t)i);
        eel_signal_info *s = &info->signals[i];
        if (!get_text(o, "name", s->name, sizeof s->name) ||
            !get_text(o, "kind", s->kind, sizeof s->kind) ||
            !get_text(o, "shape", s->shape, sizeof s->shape))
            return 0;
    }
    return 1;
}

/* "" where it is not there. */
static int get_text_if_any(const json_t *o, const char *key, char *out, size_t size)
{
    return !json_object_get(o, key) || get_text(o, key, out, size);
}

/* The key that is missing or wrong, NULL when all are right. */
static const char *get_all(const json_t *o, eel_image_info *info)
{
    json_int_t n;

    if (!get_text(o, "path", info->path, sizeof info->path))
        return "path";
    if (!get_text(o, "format", info->format, sizeof info->format))
        return "format";
    if (!get_text(o, "title", info->title, sizeof info->title))
        return "title";
    if (!get_integer(o, "pixels", 1, (json_int_t)EEL_IMAGE_PIXELS_MAX, &n))
        return "pixels";
    info->pixels = (uint64_t)n;
    if (!get_navigation(json_object_get(o, "navigation"), info))
        return "navigation";
    if (!get_energy(json_object_get(o, "energy"), &info->axis))
        return "energy";
    if (!get_unrecorded(json_object_get(o, "unrecorded"), &info->axis, &info->unrecorded))
        return "unrecorded";
    if (!get_type(o, &info->type))
        return "type";
    if (!get_positive_or_null(o, "beam_kev", &info->beam_kev))
        return "beam_kev";
    if (!get_positive_or_null(o, "collection_mrad", &info->collection_mrad))
        return "collection_mrad";
    int known = get_number_or_null(o, "convergence_mrad", &info->convergence_mrad);
    if (!known || info->convergence_mrad < 0) /* 0: a parallel beam */
        return "convergence_mrad";
    if (!get_positive_or_null(o, "exposure_s", &info->exposure_s))
        return "exposure_s";
    if (!get_text(o, "elements", info->elements, sizeof info->elements))
        return "elements";
    if (!get_text_if_any(o, "select", info->select, sizeof info->select))
        return "select";
    if (!get_text_if_any(o, "bin", info->bin, sizeof info->bin))
        return "bin";
    if (!get_text_if_any(o, "axis", info->said_axis, sizeof info->said_axis))
        return "axis";
    if (!get_text_if_any(o, "axes", info->said_axes, sizeof info->said_axes))
        return "axes";
    if (!get_signals(json_object_get(o, "signals"), info))
        return "signals";
    if (!get_integer(o, "signal", 0, info->signal_count ? info->signal_count - 1 : 0, &n))
        return "signal";
    info->signal = (int)n;
    return NULL;
}

int eel_image_info_from_json(eel_image_info *info, const char *json)
{
    json_error_t error;

    if (strnlen(json, JSON_BYTES_MAX) == JSON_BYTES_MAX)
        return eel_fail(EEL_ELIMIT, "image description: longer than %u bytes", JSON_BYTES_MAX);
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        return eel_fail(EEL_EFORMAT, "image description: no JSON: %s", error.text);
    eel_image_info *got = calloc(1, sizeof *got); /* too large for the stack of a small thread */
    if (!got) {
        json_decref(o);
        return eel_fail(EEL_ENOMEM, "image description: out of memory");
    }
    const char *wrong = get_all(o, got);
    if (!wrong)
        *info = *got;
    free(got);
    json_decref(o);
    return wrong ? eel_fail(EEL_EFORMAT, "image description: '%s' is missing or impossible", wrong)
                 : EEL_OK;
}
