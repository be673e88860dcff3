/*
 * amounts_files - the amounts for HyperSpy and for scripts.
 *
 *     percent, percent_error, density, density_error, states = hs.load("quantify.hspy")
 *     names = json.loads(percent.metadata.General.notes)["elements"]
 */
#include "io/amounts.h"
#include "io/hspy_write.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* ---- quantify.hspy ---- */

static json_t *notes_of(const eel_amounts *amounts, eel_layer layer)
{
    json_t *names = json_array(), *states = json_array();

    for (int e = 0; e < amounts->count; e++)
        json_array_append_new(names, json_string(amounts->elements[e].symbol));
    for (int s = 0; s < EEL_AMOUNT_STATES; s++)
        json_array_append_new(states, json_string(eel_amount_state_name(s)));
    json_t *notes = json_pack("{s:s, s:s, s:o, s:s}", "values", eel_layer_infos[layer].quantity,
                              "units", eel_layer_infos[layer].units, "elements", names,
                              "eelstream", EEL_VERSION);
    if (layer == EEL_LAYER_STATE)
        json_object_set(notes, "states", states);
    json_decref(states);
    return notes;
}

static int write_layer(eel_amounts *amounts, eel_hspy_file *file, eel_layer layer)
{
    const eel_image_info *image = &amounts->layers.about.image;
    eel_hspy_signal signal = eel_hspy_signal_named(eel_layer_infos[layer].quantity, "");
    json_t *notes = notes_of(amounts, layer);
    char *text = notes ? json_dumps(notes, JSON_INDENT(1)) : NULL;
    float single[EEL_FIT_EDGES_MAX];

    signal.fill = NAN;
    eel_hspy_signal_optics(&signal, image);
    signal.notes = text;
    eel_hspy_signal_axis(&signal, image->nav_count > 0, "Element", "", (uint64_t)amounts->count, 0,
                         1);
    for (int a = 0; a < image->nav_count; a++)
        eel_hspy_signal_axis(&signal, a < image->nav_count - 2, image->nav[a].name,
                             image->nav[a].units, image->nav[a].size, image->nav[a].offset,
                             image->nav[a].scale);
    int code = eel_hspy_begin(file, &signal);
    uint64_t planes = amounts->layers.planes;
    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        for (uint64_t p = 0; code == EEL_OK && p < planes; p++) {
            code = eel_amounts_plane(amounts, e, layer, p);
            single[e] = amounts->layers.plane[0];
            if (code == EEL_OK && image->nav_count > 0)
                code = eel_hspy_write(file, (uint64_t)e * planes + p, 1, amounts->layers.plane);
        }
    }
    if (code == EEL_OK && image->nav_count == 0)
        code = eel_hspy_write(file, 0, 1, single);
    free(text);
    json_decref(notes);
    return code;
}

int eel_amounts_write_hspy(eel_amounts *amounts, const char *path)
{
    static const eel_layer order[EEL_LAYERS] = {
        EEL_LAYER_PERCENT, EEL_LAYER_PERCENT_ERROR, EEL_LAYER_DENSITY, EEL_LAYER_DENSITY_ERROR,
        EEL_LAYER_STATE,
    };
    eel_hspy_file *file = NULL;
    int code = eel_hspy_create(&file, path);

    for (int l = 0; code == EEL_OK && l < EEL_LAYERS; l++)
        code = write_layer(amounts, file, order[l]);
    int closed = eel_hspy_close(file, code == EEL_OK);
    return code == EEL_OK ? closed : code;
}

/* ---- report.json ---- */

static json_t *element_report(const eel_amounts_element *e)
{
    json_t *states = json_object();
    char map[32];

    snprintf(map, sizeof map, EEL_RESULT_PICTURE, e->symbol);
    for (int s = EEL_AMOUNT_QUANTIFIED; s < EEL_AMOUNT_STATES; s++)
        json_object_set_new(states, eel_amount_state_name(s),
                            json_integer((json_int_t)e->states[s]));
    return json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "symbol", e->symbol,
                     "edge", e->edge.shell, "onset_ev", e->edge.onset_ev, "atomic_percent", number(e->percent),
                     "atomic_percent_error", number(e->percent_error), "lowest_percent",
                     number(e->lowest), "highest_percent", number(e->highest), "density",
                     number(e->density), "density_error", number(e->density_error), "states",
                     states, "map", map);
}

/* What the numbers are: none of them is what a reader would take for granted. */
static json_t *meanings(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}",
        "complete_pixels", "pixels that have atomic per cent: all elements found in them were quantified, and their "
                           "densities add up to more than three of their standard errors",
        "atomic_percent", "share of all atoms in the complete pixels taken together, where an element that was not found "
                          "has none; thick pixels count for more, so it differs from the mean of the pixels' atomic per cent",
        "atomic_percent_error", "root mean square of the standard errors of the single complete pixels in which the "
                                "element was found",
        "density", "mean of the pixels in which the element was quantified or too little, complete or not",
        "density_error", "root mean square of the standard errors of these single pixels");
}

int eel_amounts_write_report(eel_amounts *amounts, const char *path)
{
    const eel_store_info *info = eel_store_info_of(amounts->layers.store);
    json_t *description = json_loads(info->description, 0, NULL);
    json_t *pixels = json_pack("{s:I}", "total", (json_int_t)info->pixels), *elements = json_array();

    for (int s = 0; s < EEL_PIXEL_STATES; s++)
        json_object_set_new(pixels, eel_pixel_state_name((eel_pixel_state)s),
                            json_integer((json_int_t)amounts->layers.counts.pixels[s]));
    for (int e = 0; e < amounts->count; e++)
        json_array_append_new(elements, element_report(&amounts->elements[e]));
    const json_t *image = json_object_get(description, "image");
    json_t *root = json_pack("{s:o, s:O?, s:O?, s:I, s:o, s:o, s:O?, s:s, s:s, s:[s, s, s*, s*]}", "elements", elements,
                             "select", json_object_get(image, "select"), "bin", json_object_get(image, "bin"),
                             "complete_pixels", (json_int_t)amounts->complete, "meaning", meanings(), "pixels", pixels,
                             "quantify", json_object_get(description, "quantify"), "run", info->run,
                             "version", EEL_VERSION, "files", "overview.png", "quantify.hspy",
                             eel_amounts_has_tiff(amounts) ? "quantify.tif" : NULL,
                             eel_amounts_has_csv(amounts) ? "quantify.csv" : NULL);
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(7)) : NULL;
    int code = text ? eel_replace_text(path, text) : eel_fail(EEL_ENOMEM, "%s: no memory", path);

    free(text);
    json_decref(root);
    json_decref(description);
    return code;
}
