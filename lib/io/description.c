#include "io/description.h"
#include "base/err.h"
#include "eels/elements.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static int parse_image(eel_description *d, const json_t *root)
{
    char *text = json_dumps(json_object_get(root, "image"), JSON_COMPACT);
    int code = text ? eel_image_info_from_json(&d->image, text)
                    : eel_fail(EEL_EFORMAT, "description: no image");

    free(text);
    return code;
}

static int parse_axis(eel_description *d, const json_t *root)
{
    json_int_t n, block_rows;
    json_error_t error;

    if (json_unpack_ex((json_t *)root, &error, 0, "{s:{s:F, s:F, s:I}, s:I}", "axis", "start_ev",
                       &d->axis.start_ev, "step_ev", &d->axis.step_ev, "n", &n, "block_rows",
                       &block_rows) != 0)
        return eel_fail(EEL_EFORMAT, "description: %s", error.text);
    if (n < 1 || n > EEL_CHANNELS_MAX || !(d->axis.step_ev > 0))
        return eel_fail(EEL_EFORMAT, "description: an axis of %lld channels of %g eV",
                        (long long)n, d->axis.step_ev);
    if (block_rows < 1 || block_rows > EEL_STORE_BLOCK_ROWS_MAX)
        return eel_fail(EEL_EFORMAT, "description: blocks of %lld pixels", (long long)block_rows);
    d->axis.n = (uint32_t)n;
    d->block_rows = (uint32_t)block_rows;
    return EEL_OK;
}

/* A name becomes that of a picture, so it is that of an element or one of ours. */
static int is_known(const char *name)
{
    return eel_atomic_number(name) > 0 || strcmp(name, "other") == 0 ||
           strcmp(name, EEL_OTHER_EV) == 0 || strcmp(name, EEL_SHIFT_EV) == 0;
}

/* Descriptions of before there were corrections have none. */
static void parse_correction(eel_description *d, const json_t *root)
{
    const json_t *correction = json_object_get(root, "correction");
    const json_t *dispersion = json_object_get(correction, "dispersion_ev");
    const char *window = json_string_value(json_object_get(correction, "window"));
    const char *by = json_string_value(json_object_get(json_object_get(root, "alignment"), "by"));

    d->offset_ev = json_number_value(json_object_get(correction, "offset_ev"));
    d->dispersion_ev = json_is_number(dispersion) ? json_number_value(dispersion) : NAN;
    snprintf(d->window, sizeof d->window, "%s", window ? window : "");
    snprintf(d->aligned, sizeof d->aligned, "%s", by ? by : "");
}

static int parse_class(eel_description *d, uint32_t c, const json_t *name, const json_t *threshold,
                       const json_t *observable)
{
    if (!json_is_string(name) || !json_is_number(threshold) || !json_is_boolean(observable))
        return eel_fail(EEL_EFORMAT, "description: class %u is not (name, threshold, observable)",
                        c);
    snprintf(d->class_name[c], sizeof d->class_name[c], "%s", json_string_value(name));
    if (!is_known(d->class_name[c]))
        return eel_fail(EEL_EFORMAT, "description: class %u is '%s', expected an element or other",
                        c, d->class_name[c]);
    for (uint32_t before = 0; before < c; before++) {
        if (strcmp(d->class_name[before], d->class_name[c]) == 0)
            return eel_fail(EEL_EFORMAT, "description: classes %u and %u are both %s", before, c,
                            d->class_name[c]);
    }
    d->threshold[c] = (float)json_number_value(threshold);
    d->observable[c] = json_is_true(observable);
    return EEL_OK;
}

/* The edges of the classes; descriptions of before do not tell, and theirs are of the twenty. */
static int parse_edges(eel_description *d, const json_t *model)
{
    const json_t *shells = json_object_get(model, "shells");
    const json_t *onsets = json_object_get(model, "onsets_ev");
    int code = EEL_OK;

    for (uint32_t c = 0; code == EEL_OK && c < d->classes; c++) {
        const char *shell = json_string_value(json_array_get(shells, c));
        code = eel_class_edge_of(&d->edge[c], d->class_name[c], shell ? shell : "",
                                 json_number_value(json_array_get(onsets, c)));
        if (code == EEL_OK && d->edge[c].atomic_number != eel_atomic_number(d->class_name[c]))
            code = eel_fail(EEL_EFORMAT, "class %s has no edge", d->class_name[c]);
    }
    return code == EEL_OK ? code : eel_fail_in(code, "description");
}

static int parse_classes(eel_description *d, const json_t *root)
{
    const char *name, *sha256;
    json_t *classes, *thresholds, *observable;
    json_error_t error;
    int code = EEL_OK;

    if (json_unpack_ex((json_t *)root, &error, 0, "{s:{s:s, s:s, s:o, s:o}, s:o}", "model", "name",
                       &name, "sha256", &sha256, "classes", &classes, "thresholds", &thresholds,
                       "observable", &observable) != 0)
        return eel_fail(EEL_EFORMAT, "description: %s", error.text);
    size_t n = json_array_size(classes);
    if (n < 1 || n > EEL_STORE_CLASSES_MAX || json_array_size(thresholds) != n ||
        json_array_size(observable) != n)
        return eel_fail(EEL_EFORMAT,
                        "description: %zu classes, %zu thresholds, %zu marks of what is observable",
                        n, json_array_size(thresholds), json_array_size(observable));
    d->classes = (uint32_t)n;
    for (uint32_t c = 0; code == EEL_OK && c < n; c++)
        code = parse_class(d, c, json_array_get(classes, c), json_array_get(thresholds, c),
                           json_array_get(observable, c));
    if (code == EEL_OK)
        code = parse_edges(d, json_object_get(root, "model"));
    const char *slash = strrchr(name, '/'); /* where it lay on that machine says nothing */
    snprintf(d->model, sizeof d->model, "%s", slash ? slash + 1 : name);
    snprintf(d->model_sha256, sizeof d->model_sha256, "%s", sha256);
    d->axis_error_ev = json_number_value(json_object_get(json_object_get(root, "model"), "axis_error_ev"));
    return code;
}

/* Named layers: [{"element", "quantity", "units"}, …]. */
static int parse_layers(eel_description *d, const json_t *root)
{
    const json_t *layers = json_object_get(root, "layers"), *layer;
    json_int_t block_rows = json_integer_value(json_object_get(root, "block_rows"));
    size_t i, n = json_array_size(layers);

    if (n < 1 || n > EEL_STORE_CLASSES_MAX)
        return eel_fail(EEL_EFORMAT, "description: %zu layers, expected 1 to %d", n,
                        EEL_STORE_CLASSES_MAX);
    if (block_rows < 1 || block_rows > EEL_STORE_BLOCK_ROWS_MAX)
        return eel_fail(EEL_EFORMAT, "description: blocks of %lld pixels", (long long)block_rows);
    d->layered = 1;
    d->axis = d->image.axis;
    d->block_rows = (uint32_t)block_rows;
    d->classes = (uint32_t)n;
    json_array_foreach((json_t *)layers, i, layer) {
        const char *name = json_string_value(json_object_get(layer, "element"));
        snprintf(d->class_name[i], sizeof d->class_name[i], "%s", name ? name : "");
        d->threshold[i] = NAN;
        d->observable[i] = 1;
    }
    return EEL_OK;
}

int eel_description_parse(eel_description *d, const char *json)
{
    json_error_t error;
    json_t *root = json_loads(json, 0, &error);
    int code = root ? parse_image(d, root)
                    : eel_fail(EEL_EFORMAT, "description: not JSON: %s", error.text);

    d->layered = 0;
    d->open = json_is_true(json_object_get(root, "open"));
    if (code == EEL_OK && json_object_get(root, "layers")) {
        code = parse_layers(d, root);
        json_decref(root);
        return code;
    }
    if (code == EEL_OK)
        code = parse_axis(d, root);
    if (code == EEL_OK)
        parse_correction(d, root);
    if (code == EEL_OK)
        code = parse_classes(d, root);
    json_decref(root);
    return code;
}

uint32_t eel_description_probabilities(const eel_description *d)
{
    uint32_t n = d->classes;

    while (n > 0 && (!strcmp(d->class_name[n - 1], EEL_OTHER_EV) ||
                     !strcmp(d->class_name[n - 1], EEL_SHIFT_EV)))
        n--;
    return n;
}

/* ---- the same run? ---- */

#define KEY_MAX 256

/* Where a file lies has no influence on a result; its own keys tell which file it is. */
static int is_place(const char *key)
{
    return strcmp(key, "image.path") == 0 || strcmp(key, "model.name") == 0;
}

static int differs(const char *key, const json_t *stored, const json_t *now)
{
    char *found = stored ? json_dumps(stored, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *expected = now ? json_dumps(now, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    int code = eel_fail(EEL_EFORMAT, "begun with %s %.200s, this run has %.200s", key,
                        found ? found : "unknown", expected ? expected : "none");

    free(found);
    free(expected);
    return code;
}

static int compare(const char *key, const json_t *stored, const json_t *now, int whole)
{
    const char *name;
    json_t *value;
    char inner[KEY_MAX];
    int code = EEL_OK;

    if (!json_is_object(stored) || !json_is_object(now))
        return is_place(key) || json_equal(stored, now) ? EEL_OK : differs(key, stored, now);
    json_object_foreach((json_t *)now, name, value) {
        snprintf(inner, sizeof inner, "%s%s%s", key, *key ? "." : "", name);
        code = compare(inner, json_object_get(stored, name), value, whole);
        if (code != EEL_OK)
            return code;
    }
    json_object_foreach((json_t *)stored, name, value) {
        snprintf(inner, sizeof inner, "%s%s%s", key, *key ? "." : "", name);
        if (whole && !json_object_get(now, name))
            return differs(inner, value, NULL);
    }
    return EEL_OK;
}

int eel_description_same(const char *stored, const char *now, int whole)
{
    json_t *a = json_loads(stored, 0, NULL), *b = json_loads(now, 0, NULL);
    int code = a && b ? compare("", a, b, whole) : eel_fail(EEL_EFORMAT, "description: not JSON");

    json_decref(a);
    json_decref(b);
    return code;
}

json_t *eel_file_identity(const char *path)
{
    struct stat info;
    struct tm utc;
    char when[32], modified[64];

    if (stat(path, &info) != 0 || !gmtime_r(&info.st_mtim.tv_sec, &utc))
        return NULL;
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(modified, sizeof modified, "%s.%09ldZ", when, info.st_mtim.tv_nsec);
    return json_pack("{s:I, s:s}", "bytes", (json_int_t)info.st_size, "modified", modified);
}
