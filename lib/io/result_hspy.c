/*
 * result_hspy - the maps as HyperSpy shows them: one picture per class, the class on a navigation
 * axis of its own, the axes of the image kept. A second signal holds the state of every pixel.
 *
 *     maps, states = hs.load("maps.hspy")
 *     names = json.loads(maps.metadata.General.notes)["elements"]
 *     maps.inav[names.index("O")].plot()
 */
#include "io/result.h"
#include "io/hspy_write.h"
#include "base/err.h"
#include "base/mem.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last two axes of the image are the signal, those before stay navigation axes. */
static void add_axes(eel_hspy_signal *signal, const eel_image_info *image)
{
    for (int a = 0; a < image->nav_count; a++) {
        const eel_nav_axis *axis = &image->nav[a];
        eel_hspy_signal_axis(signal, a < image->nav_count - 2, axis->name, axis->units, axis->size,
                             axis->offset, axis->scale);
    }
}

/* What a script needs to know of the classes, in the order of the Element axis. */
static char *notes_of(const eel_result *result)
{
    json_t *names = json_array(), *thresholds = json_array(), *observable = json_array();
    json_t *found = json_array(), *run = json_loads(eel_store_info_of(result->store)->description, 0, NULL);
    json_t *correction = json_object_get(run, "correction");
    const eel_description *about = &result->about;

    for (uint32_t c = 0; c < result->classes; c++) {
        const eel_result_class *class = &result->class[c];
        json_array_append_new(names, json_string(class->name));
        json_array_append_new(thresholds, json_real(round(class->threshold * 1e6) / 1e6));
        json_array_append_new(observable, json_boolean(class->observable));
        if (class->found)
            json_array_append_new(found, json_string(class->name));
    }
    json_t *root = json_pack("{s:s, s:o, s:o, s:o, s:o, s:O?, s:s, s:s, s:s, s:s, s:s}", "values",
                             "calibrated probability that the element is present; NaN where its "
                             "edge lies outside the recorded window or the pixel has no value",
                             "elements", names, "found", found, "thresholds", thresholds,
                             "observable", observable, "correction", correction, "select", about->image.select, "bin",
                             about->image.bin, "alignment", about->aligned, "model",
                             result->about.model, "eelstream", EEL_VERSION);
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    json_decref(run);
    return text;
}

static void list_elements(const eel_result *result, char *words, size_t size)
{
    size_t used = 0;

    words[0] = 0;
    for (uint32_t i = 0; i < result->found_count && used < size; i++)
        used += (size_t)snprintf(words + used, size - used, "%s%s", i ? " " : "",
                                 result->class[result->found[i]].name);
}

static int write_maps(eel_result *result, eel_hspy_file *file)
{
    eel_hspy_signal signal = eel_hspy_signal_named("Element maps", "");
    char *notes = notes_of(result);

    signal.fill = NAN;
    eel_hspy_signal_optics(&signal, &result->about.image);
    signal.notes = notes;
    list_elements(result, signal.elements, sizeof signal.elements);
    eel_hspy_signal_axis(&signal, result->about.image.nav_count > 0, "Element", "",
                         result->classes, 0, 1);
    add_axes(&signal, &result->about.image);
    int code = eel_hspy_begin(file, &signal);
    free(notes);

    uint64_t rows = result->about.image.nav_count > 0 ? 1 : 0; /* a single spectrum is one row */
    float single[EEL_STORE_CLASSES_MAX];
    for (uint32_t c = 0; code == EEL_OK && c < result->classes; c++) {
        for (uint64_t p = 0; code == EEL_OK && p < result->planes; p++) {
            code = eel_result_plane(result, c, p);
            single[c] = result->plane[0];
            if (code == EEL_OK && rows)
                code = eel_hspy_write(file, c * result->planes + p, 1, result->plane);
        }
    }
    if (code == EEL_OK && !rows)
        code = eel_hspy_write(file, 0, 1, single);
    return code;
}

/* The codes are those of proto/store.md, S3. */
static int write_states(eel_result *result, eel_hspy_file *file)
{
    eel_hspy_signal signal = eel_hspy_signal_named("Pixel states", "");
    uint64_t count = result->rows * result->columns;
    uint8_t *states = eel_alloc(count, 1);

    signal.type = EEL_IMAGE_U8;
    signal.notes = "0 missing, 1 value, 2 poison, 3 overrun, 4 source-gap, 5 decode-error, "
                   "6 cancelled";
    add_axes(&signal, &result->about.image);
    if (result->about.image.nav_count == 0)
        eel_hspy_signal_axis(&signal, 0, "pixel", "", 1, 0, 1);
    int code = states ? eel_hspy_begin(file, &signal) : EEL_ENOMEM;
    for (uint64_t p = 0; code == EEL_OK && p < result->planes; p++) {
        code = eel_store_states(result->store, p * count, count, states);
        if (code == EEL_OK)
            code = eel_hspy_write(file, p, 1, states);
    }
    eel_free(states);
    return code;
}

int eel_result_write_hspy(eel_result *result, const char *path)
{
    eel_hspy_file *file = NULL;
    int code = eel_hspy_create(&file, path);

    if (code == EEL_OK)
        code = write_maps(result, file);
    if (code == EEL_OK)
        code = write_states(result, file);
    int closed = eel_hspy_close(file, code == EEL_OK);
    return code == EEL_OK ? closed : code;
}
