#include "io/amounts.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"
#include "eels/elements.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_ROWS 4096 /* pixels looked at in one piece */

const eel_layer_info eel_layer_infos[EEL_LAYERS] = {
    {"areal density", "counts/barn", "density"},
    {"standard error of areal density", "counts/barn", "density err"},
    {"atomic per cent", "at.%", "at.%"},
    {"standard error of atomic per cent", "at.%", "at.% err"},
    {"state", "", "state"},
};

int eel_amounts_described(const char *description)
{
    json_t *root = json_loads(description, 0, NULL);
    int yes = json_is_array(json_object_get(root, "layers")) &&
              json_is_object(json_object_get(root, "quantify"));

    json_decref(root);
    return yes;
}

int eel_amounts_are_of(const char *description, const char *maps_run)
{
    json_t *root = json_loads(description, 0, NULL);
    const char *of = json_string_value(json_object_get(json_object_get(root, "quantify"), "maps_run"));
    int same = !of || strcmp(of, maps_run) == 0;

    json_decref(root);
    return same;
}

int eel_amounts_plane(eel_amounts *amounts, int element, eel_layer layer, uint64_t p)
{
    return eel_result_plane(&amounts->layers, (uint32_t)(element * EEL_LAYERS + (int)layer), p);
}

/* ---- what there is ---- */

static int parse_elements(eel_amounts *amounts, const json_t *root)
{
    const json_t *quantify = json_object_get(root, "quantify");
    const json_t *list = json_object_get(quantify, "elements");
    const json_t *shells = json_object_get(quantify, "shells");
    const json_t *onsets = json_object_get(quantify, "onsets_ev");
    size_t n = json_array_size(list);

    if (n < 1 || n > EEL_FIT_EDGES_MAX)
        return eel_fail(EEL_EFORMAT, "description: %zu elements, expected 1 to %d", n,
                        EEL_FIT_EDGES_MAX);
    for (size_t i = 0; i < n; i++) {
        const char *symbol = json_string_value(json_array_get(list, i));
        eel_amounts_element *e = &amounts->elements[i];
        const char *shell = json_string_value(json_array_get(shells, i));
        int code = eel_class_edge_of(&e->edge, symbol ? symbol : "", shell ? shell : "",
                                     json_number_value(json_array_get(onsets, i)));
        if (code != EEL_OK || !e->edge.atomic_number)
            return eel_fail(EEL_EFORMAT, "description: '%.16s' is no element that can be quantified",
                            symbol ? symbol : "");
        snprintf(e->symbol, sizeof e->symbol, "%s", symbol);
    }
    amounts->count = (int)n;
    return EEL_OK;
}

/* What was used, which is not always what the file says. */
static void take_optics(eel_image_info *image, const json_t *quantify)
{
    const struct {
        const char *key;
        double *value;
    } used[] = {{"beam_kev", &image->beam_kev}, {"collection_mrad", &image->collection_mrad},
                {"convergence_mrad", &image->convergence_mrad}};

    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        const json_t *value = json_object_get(quantify, used[i].key);
        if (json_is_number(value))
            *used[i].value = json_number_value(value);
    }
}

static int parse(eel_amounts *amounts, const char *description)
{
    json_error_t error;
    json_t *root = json_loads(description, 0, &error);
    char *image = root ? json_dumps(json_object_get(root, "image"), JSON_COMPACT) : NULL;
    int code = image ? eel_image_info_from_json(&amounts->layers.about.image, image)
                     : eel_fail(EEL_EFORMAT, "description: no image");

    if (code == EEL_OK)
        take_optics(&amounts->layers.about.image, json_object_get(root, "quantify"));
    if (code == EEL_OK)
        code = parse_elements(amounts, root);
    free(image);
    json_decref(root);
    return code;
}

/* quantify.csv names the states; the other files hold numbers only. */
static const char *state_word(uint32_t column, float value)
{
    int is_state = column % EEL_LAYERS == EEL_LAYER_STATE && value >= 0 && value < EEL_AMOUNT_STATES;

    return is_state ? eel_amount_state_name((int)value) : NULL;
}

/* The layers as classes of a result, so that what writes stacks of pictures can write them. */
static int lay_out(eel_amounts *amounts)
{
    eel_result *layers = &amounts->layers;
    const eel_store_info *info = eel_store_info_of(layers->store);
    const eel_image_info *image = &layers->about.image;
    int n = image->nav_count;
    uint64_t pixels = 1;

    for (int a = 0; a < n; a++) {
        if (image->nav[a].size < 1 || image->nav[a].size > EEL_STORE_PIXELS_MAX / pixels)
            return eel_fail(EEL_EFORMAT, "store: navigation axis %d has %llu pixels", a,
                            (unsigned long long)image->nav[a].size);
        pixels *= image->nav[a].size;
    }
    layers->classes = (uint32_t)(amounts->count * EEL_LAYERS);
    if (pixels != info->pixels || layers->classes != info->classes)
        return eel_fail(EEL_EFORMAT, "store: described as %llu pixels x %u layers, holds %llu x %u",
                        (unsigned long long)pixels, layers->classes,
                        (unsigned long long)info->pixels, info->classes);
    layers->columns = n > 0 ? image->nav[n - 1].size : 1;
    layers->rows = n > 1 ? image->nav[n - 2].size : 1;
    layers->planes = pixels / (layers->columns * layers->rows);
    for (uint32_t c = 0; c < layers->classes; c++) {
        eel_result_class *class = &layers->class[c];
        char name[sizeof class->name]; /* apart: to the compiler the symbol may lie in class->name */
        snprintf(name, sizeof name, "%.3s %.11s", amounts->elements[c / EEL_LAYERS].symbol,
                 eel_layer_infos[c % EEL_LAYERS].label);
        memcpy(class->name, name, sizeof name);
        class->observable = 1;
        class->edge.onset_ev = NAN;
    }
    layers->word = state_word;
    layers->counts = eel_store_count(layers->store);
    layers->plane = eel_alloc(layers->rows * layers->columns, sizeof *layers->plane);
    return layers->plane ? EEL_OK : EEL_ENOMEM;
}

/* ---- numbers of the whole image ---- */

/* Sums over complete pixels, from which shares of all atoms are made. */
typedef struct {
    double density[EEL_FIT_EDGES_MAX];
    double percent_squares[EEL_FIT_EDGES_MAX]; /* of the errors */
} totals;

/* EEL_AMOUNT_…; 0 where the store holds none. */
static int state_of(const float *layer)
{
    float state = layer[EEL_LAYER_STATE];

    return state > 0 && state < EEL_AMOUNT_STATES ? (int)state : 0;
}

static void add_densities(eel_amounts *amounts, const float *row)
{
    for (int i = 0; i < amounts->count; i++) {
        eel_amounts_element *e = &amounts->elements[i];
        const float *layer = row + i * EEL_LAYERS;
        int state = state_of(layer);
        e->states[state]++;
        if (!eel_amount_has_density(state))
            continue;
        e->density += layer[EEL_LAYER_DENSITY];
        e->density_error += layer[EEL_LAYER_DENSITY_ERROR] * layer[EEL_LAYER_DENSITY_ERROR];
    }
}

/* A pixel has the per cent of all elements that were found in it, or of none: what it lacks counts as no atoms, or the
 * pixel does not count. */
static void add_shares(eel_amounts *amounts, const float *row, totals *sums)
{
    int any = 0;

    for (int i = 0; i < amounts->count; i++) {
        eel_amounts_element *e = &amounts->elements[i];
        const float *layer = row + i * EEL_LAYERS;
        if (isnan(layer[EEL_LAYER_PERCENT]))
            continue;
        any = 1;
        e->numbers++;
        sums->density[i] += layer[EEL_LAYER_DENSITY];
        sums->percent_squares[i] += layer[EEL_LAYER_PERCENT_ERROR] * layer[EEL_LAYER_PERCENT_ERROR];
        e->lowest = fmin(e->lowest, layer[EEL_LAYER_PERCENT]);
        e->highest = fmax(e->highest, layer[EEL_LAYER_PERCENT]);
    }
    amounts->complete += any;
}

/* The misfit of the model is the same in all pixels and does not average out: the error of all together is that of one
 * pixel, as the root of the mean square. */
static void finish_numbers(eel_amounts *amounts, const totals *sums)
{
    double all = 0;

    for (int i = 0; i < amounts->count; i++)
        all += sums->density[i];
    for (int i = 0; i < amounts->count; i++) {
        eel_amounts_element *e = &amounts->elements[i];
        double n = (double)(e->states[EEL_AMOUNT_QUANTIFIED] + e->states[EEL_AMOUNT_TOO_LITTLE]);
        e->density = n > 0 ? e->density / n : NAN;
        e->density_error = n > 0 ? sqrt(e->density_error / n) : NAN;
        e->percent = all > 0 && e->numbers ? 100 * sums->density[i] / all : NAN;
        e->percent_error = e->numbers ? sqrt(sums->percent_squares[i] / (double)e->numbers) : NAN;
    }
}

static int measure(eel_amounts *amounts)
{
    const eel_store *store = amounts->layers.store;
    uint64_t pixels = eel_store_info_of(store)->pixels;
    float *values = eel_alloc((size_t)PIECE_ROWS * amounts->layers.classes, sizeof *values);
    totals sums = {0};
    int code = values ? EEL_OK : EEL_ENOMEM;

    for (int i = 0; i < amounts->count; i++)
        amounts->elements[i].lowest = amounts->elements[i].highest = NAN;
    for (uint64_t first = 0; code == EEL_OK && first < pixels; first += PIECE_ROWS) {
        uint32_t rows = pixels - first < PIECE_ROWS ? (uint32_t)(pixels - first) : PIECE_ROWS;
        code = eel_store_values(store, first, rows, values);
        for (uint32_t r = 0; code == EEL_OK && r < rows; r++) {
            add_densities(amounts, values + (size_t)r * amounts->layers.classes);
            add_shares(amounts, values + (size_t)r * amounts->layers.classes, &sums);
        }
    }
    if (code == EEL_OK)
        finish_numbers(amounts, &sums);
    eel_free(values);
    return code;
}

/* ---- open and close ---- */

int eel_amounts_open(eel_amounts **amounts, const char *store)
{
    eel_amounts *made = eel_alloc(1, sizeof *made);
    int code = made ? eel_store_open(&made->layers.store, store, EEL_STORE_READ) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = parse(made, eel_store_info_of(made->layers.store)->description);
    if (code == EEL_OK)
        code = lay_out(made);
    if (code == EEL_OK)
        code = measure(made);
    if (code != EEL_OK) {
        eel_amounts_close(made);
        return code;
    }
    *amounts = made;
    return EEL_OK;
}

void eel_amounts_close(eel_amounts *amounts)
{
    if (!amounts)
        return;
    eel_store_close(amounts->layers.store);
    eel_free(amounts->layers.plane);
    eel_free(amounts);
}

/* ---- export ---- */

int eel_amounts_has_tiff(const eel_amounts *amounts)
{
    return eel_result_pages(&amounts->layers) <= EEL_RESULT_PAGES_MAX;
}

int eel_amounts_has_csv(const eel_amounts *amounts)
{
    return eel_store_info_of(amounts->layers.store)->pixels <= EEL_RESULT_CSV_PIXELS;
}

/* Pictures of an earlier quantification must not stand beside this report. */
static void remove_pictures(const char *folder)
{
    char path[EEL_PATH_MAX];

    for (int z = 1; z <= EEL_ATOMIC_NUMBER_MAX; z++) {
        snprintf(path, sizeof path, "%s/" EEL_RESULT_PICTURE, folder, eel_element_symbol(z));
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/overview.png", folder);
    unlink(path);
}

void eel_amounts_remove_stale(const char *folder, const char *maps_run)
{
    static const char *const files[] = {"report.json", EEL_AMOUNTS_FILES, "store/store.json", "store/end.json",
                                        "store/states", "store/values", "store/sums", "store", ""};
    char path[EEL_PATH_MAX];
    eel_store *store = NULL;

    if (strlen(folder) + 64 > sizeof path)
        return;
    snprintf(path, sizeof path, "%s/store", folder);
    if (eel_store_open(&store, path, EEL_STORE_READ) != EEL_OK)
        return;
    int stale = !eel_amounts_are_of(eel_store_info_of(store)->description, maps_run);
    eel_store_close(store);
    if (!stale)
        return;
    remove_pictures(folder);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path); /* a folder only when it is empty */
    }
}

int eel_amounts_export(eel_amounts *amounts, const char *folder)
{
    char path[EEL_PATH_MAX];

    if (strlen(folder) + 64 > sizeof path)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder);
    snprintf(path, sizeof path, "%s/report.json", folder);
    unlink(path);
    remove_pictures(folder);
    snprintf(path, sizeof path, "%s/quantify.hspy", folder);
    int code = eel_amounts_write_hspy(amounts, path);
    snprintf(path, sizeof path, "%s/quantify.tif", folder);
    unlink(path);
    if (code == EEL_OK && eel_amounts_has_tiff(amounts))
        code = eel_result_write_tiff(&amounts->layers, path);
    snprintf(path, sizeof path, "%s/quantify.csv", folder);
    unlink(path);
    if (code == EEL_OK && eel_amounts_has_csv(amounts))
        code = eel_result_write_csv(&amounts->layers, path);
    for (int e = 0; code == EEL_OK && e < amounts->count; e++) {
        snprintf(path, sizeof path, "%s/" EEL_RESULT_PICTURE, folder, amounts->elements[e].symbol);
        code = eel_amounts_draw_element(amounts, e, path);
    }
    if (code == EEL_OK) {
        snprintf(path, sizeof path, "%s/overview.png", folder);
        code = eel_amounts_draw_overview(amounts, path);
    }
    if (code == EEL_OK) {
        snprintf(path, sizeof path, "%s/report.json", folder);
        code = eel_amounts_write_report(amounts, path);
    }
    return code;
}
