/*
 * result_report - the result in numbers, for scripts: counts, found elements, versions, rates.
 * Numbers that do not exist are null.
 */
#include "io/json_text.h"
#include "io/result.h"
#include "base/err.h"
#include "base/replace.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(round(value * 1e6) / 1e6) : json_null();
}

static json_t *map_name(const eel_result *result, const eel_result_class *c)
{
    char name[32];

    snprintf(name, sizeof name, EEL_RESULT_PICTURE, c->name);
    return c->found && eel_result_has(result, "png") ? json_string(name) : json_null();
}

/* What is known of a class, an element or "other". */
static void put_numbers(json_t *object, const eel_result *result, const eel_result_class *c)
{
    json_object_set_new(object, "observable", json_boolean(c->observable));
    json_object_set_new(object, "found", json_boolean(c->found));
    json_object_set_new(object, "share", number(c->share));
    json_object_set_new(object, "largest_patch", json_integer((json_int_t)c->patch));
    json_object_set_new(object, "mean_probability", number(c->mean));
    json_object_set_new(object, "max_probability", number(c->max));
    json_object_set_new(object, "threshold", number(c->threshold));
    json_object_set_new(object, "map", map_name(result, c));
}

/* Edges of other elements: where they begin, and in how many pixels they are the strongest. */
static json_t *other_edges(const eel_result *result)
{
    json_t *edges = json_array();

    for (int i = 0; i < result->other_count; i++) {
        const eel_result_other *o = &result->other[i];
        json_t *names = eel_json_names(o->candidates.names, o->candidates.count);
        json_array_append_new(edges, json_pack("{s:o, s:I, s:o}", "onset_ev", number(round(o->onset_ev)), "pixels",
                                               (json_int_t)o->pixels, "candidates", names));
    }
    return edges;
}

static void put_classes(json_t *root, const eel_result *result)
{
    json_t *elements = json_array(), *other = json_null();

    for (uint32_t i = 0; i < result->classes; i++) {
        const eel_result_class *c = &result->class[i];
        json_t *object = json_object();
        if (c->edge.atomic_number) {
            json_object_set_new(object, "symbol", json_string(c->name));
            json_object_set_new(object, "edge", json_string(c->edge.shell));
            json_object_set_new(object, "onset_ev", json_real(c->edge.onset_ev));
            json_array_append_new(elements, object);
        } else {
            json_decref(other); /* of a column that is not where it belongs */
            other = object;
            json_object_set_new(object, "edges", other_edges(result));
        }
        put_numbers(object, result, c);
    }
    json_object_set_new(root, "elements", elements);
    json_object_set_new(root, "other", other);
}

static void put_pixels(json_t *root, const eel_result *result)
{
    uint64_t total = eel_store_info_of(result->store)->pixels;
    json_t *pixels = json_pack("{s:I}", "total", (json_int_t)total), *shape = json_array();

    for (int s = 0; s < EEL_PIXEL_STATES; s++)
        json_object_set_new(pixels, eel_pixel_state_name((eel_pixel_state)s),
                            json_integer((json_int_t)result->counts.pixels[s]));
    for (int a = 0; a < result->about.image.nav_count; a++)
        json_array_append_new(shape, json_integer((json_int_t)result->about.image.nav[a].size));
    json_object_set_new(root, "shape", shape);
    json_object_set_new(root, "pixels", pixels);
    json_object_set_new(root, "complete", json_boolean(result->counts.pixels[EEL_VALUE] == total));
}

/* Adds the rate to what the store says of each stage. */
static void put_stages(json_t *root, const eel_result *result)
{
    json_t *end = json_loads(eel_store_end(result->store), 0, NULL), *stage;
    json_t *stages = json_incref(json_object_get(end, "stages"));
    size_t i;

    json_array_foreach(stages, i, stage) {
        double seconds = json_number_value(json_object_get(stage, "seconds"));
        double pixels = json_number_value(json_object_get(stage, "pixels"));
        json_object_set_new(stage, "spectra_per_s", number(seconds > 0 ? pixels / seconds : NAN));
    }
    json_object_set_new(root, "stages", stages ? stages : json_array());
    json_object_set_new(root, "duplicates",
                        json_integer(json_integer_value(json_object_get(end, "duplicates"))));
    json_object_set_new(root, "dup_mismatch",
                        json_integer(json_integer_value(json_object_get(end, "dup_mismatch"))));
    json_decref(end);
}

static json_t *text_or_null(const char *text)
{
    return *text ? eel_json_text(text) : json_null();
}

/* What the user chose of the file and said of the energy axis; how it was moved, and by what, null when it stayed. */
static void put_axis(json_t *root, const eel_result *result)
{
    json_t *run = json_loads(eel_store_info_of(result->store)->description, 0, NULL);
    json_t *alignment = json_incref(json_object_get(run, "alignment"));
    json_t *correction = json_object_get(run, "correction");

    json_object_set_new(root, "select", text_or_null(result->about.image.select));
    json_object_set_new(root, "bin", text_or_null(result->about.image.bin));
    json_object_set(root, "correction", correction ? correction : json_null());
    json_object_set_new(root, "axis_error_ev", json_real(result->about.axis_error_ev));

    if (alignment) {
        json_object_set_new(alignment, "shift_ev",
                            json_pack("{s:o, s:o, s:o}", "mean", number(result->shift.mean_ev), "min",
                                      number(result->shift.min_ev), "max",
                                      number(result->shift.max_ev)));
        json_object_set_new(alignment, "pixels", json_integer((json_int_t)result->shift.pixels));
    }
    json_object_set_new(root, "alignment", alignment ? alignment : json_null());
    json_decref(run);
}

static void put_run(json_t *root, const eel_result *result)
{
    json_t *model = json_pack("{s:s, s:s}", "name", result->about.model, "sha256",
                              result->about.model_sha256);

    json_object_set_new(root, "model", model);
    json_object_set_new(root, "run", json_string(eel_store_info_of(result->store)->run));
    json_object_set_new(root, "version", json_string(EEL_VERSION));
}

/* Is the energy axis off? */
static void put_shift(json_t *root, const eel_result *result)
{
    json_t *edges = json_array();
    const eel_shift *off = &result->off;
    char words[EEL_HINT_MAX];

    for (int i = 0; i < off->edges; i++)
        json_array_append_new(edges, json_string(result->class[off->which[i]].name));
    if (!eel_result_hint(result, words, sizeof words)) {
        json_decref(edges);
        json_object_set_new(root, "energy_shift", json_null());
        return;
    }
    json_object_set_new(root, "energy_shift",
                        json_pack("{s:o, s:o, s:o, s:s}", "ev", number(off->ev), "edges", edges, "offset_ev",
                                  number(eel_result_hint_offset(result)), "hint", words));
}

static void put_files(json_t *root, const eel_result *result)
{
    json_t *files = json_array();

    for (int f = 0; f < EEL_RESULT_FORMATS; f++) {
        if (eel_result_has(result, eel_result_format_list[f].name))
            json_array_append_new(files, json_string(eel_result_format_list[f].file));
    }
    for (uint32_t c = 0; c < result->classes; c++) {
        if (result->class[c].found && eel_result_has(result, "png"))
            json_array_append_new(files, map_name(result, &result->class[c]));
    }
    json_object_set_new(root, "files", files);
}

int eel_result_write_report(eel_result *result, const char *path)
{
    json_t *root = json_object();

    json_object_set_new(root, "input", json_string(result->about.image.path));
    json_object_set_new(root, "title", json_string(result->about.image.title));
    put_classes(root, result);
    put_shift(root, result);
    put_pixels(root, result);
    put_stages(root, result);
    put_axis(root, result);
    put_run(root, result);
    put_files(root, result);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
    json_decref(root);
    int code = text ? eel_replace_text(path, text) : eel_fail(EEL_ENOMEM, "%s: no memory", path);
    free(text);
    return code;
}
