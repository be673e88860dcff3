/*
 * abundance - how much of each element there is, of those the network found.
 *
 * in:   spectra (pixels, channels) of any type, on the file's axis; any number of workers; beside it
 *       the store of a map run of the same file (--maps), which says by pixel what was found
 * out:  float32 (pixels, elements x 5): areal density (counts/barn), its standard error, atomic per
 *       cent, its standard error, and the state (eels/edge_fit.h); NAN where there is no number; in
 *       the description: "layers", what the values are, and "quantify", what was used
 *
 * The network's axis is not needed here: counts are fitted as they were recorded, with the
 * corrections of the axis that the map was made with; where that followed the spectra, with each pixel's own.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "shared/calibration.h"
#include "eels/edge_fit.h"
#include "eels/elements.h"
#include "io/amounts.h"
#include "io/json_text.h"
#include "shared/joints.h"
#include "abundance/low_loss.h"
#include "shared/optics.h"

#define LIKELY 0.5 /* an element that the map has is fitted in pixels from this probability on: left out where it is
                     * there, its atoms would make the shares of the others */

static const char *maps, *low_loss_file, *low_loss_signal;
static eel_optics optics = EEL_OPTICS_UNKNOWN;

static const eel_option options[] = {
    {"maps", 0, EEL_OPT_TEXT, &maps, "STORE", "the store of a map run: what was found where"},
    {"low-loss", 0, EEL_OPT_TEXT, &low_loss_file, "FILE",
     "corrects for plural scattering [of INPUT, when it holds one]; none: does not"},
    {"low-loss-signal", 0, EEL_OPT_TEXT, &low_loss_signal, "NAME", "which of that file's signals"},
    EEL_OPTICS_OPTIONS(optics),
    {0},
};
static const eel_usage usage = {
    .name = "eelstream abundance",
    .summary = "How much of each element there is, of those the network found.",
    .options = options};

typedef struct {
    eel_result *found;                      /* of the map run */
    uint32_t classes;                       /* values per pixel of its store */
    eel_image_info image;                   /* of the spectra */
    int count;                              /* of elements */
    uint32_t class[EEL_FIT_EDGES_MAX];      /* of each in the map's store */
    int fitted;                             /* of these, those whose cross-section is known: */
    int element[EEL_FIT_EDGES_MAX];         /* which they are */
    eel_shell_edge edges[EEL_FIT_EDGES_MAX]; /* (fitted) */
    eel_edge_fit *fit;
    eel_low_loss *low_loss;
    uint32_t rows_max;
    float *counts;                          /* (rows_max, channels) */
    float *probabilities;                   /* (rows_max, classes) */
    uint8_t *states;                        /* (rows_max) of the map's pixels */
    float *values;                          /* (rows_max, count x EEL_LAYERS) */
} workplace;

/* ---- what to fit ---- */

/* Cross-sections are known of K and L shells only. */
static int shell_edge(const eel_class_edge *edge, eel_shell_edge *shell)
{
    int z = edge->atomic_number, k = edge->shell[0] == 'K';

    *shell = (eel_shell_edge){z, k ? EEL_SHELL_K : EEL_SHELL_L, edge->onset_ev};
    return k ? z <= EEL_K_SHELL_LAST
             : !strncmp(edge->shell, "L2,3", 5) && z >= EEL_L_SHELL_FIRST && z <= EEL_L_SHELL_LAST;
}

/* The same signal, selection and binning? What is not there on either side is the same. */
static int is_same_part(const json_t *mapped, const json_t *here)
{
    static const char *const keys[] = {"signal", "axes", "select", "bin"};

    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const json_t *a = json_object_get(mapped, keys[k]), *b = json_object_get(here, keys[k]);
        if (a != b && !json_equal(a, b))
            return 0;
    }
    return 1;
}

/* The map must be of these pixels, and finished: only then is it known what was found. */
static int open_maps(workplace *w, const json_t *run)
{
    if (!maps)
        return eel_fail(EEL_EARGS, "--maps: missing; name the store of a map run");
    int code = eel_result_open(&w->found, maps);
    if (code != EEL_OK)
        return code;
    const eel_store_info *info = eel_store_info_of(w->found->store);
    json_t *mapped = json_loads(info->description, 0, NULL);
    json_t *input = json_object_get(mapped, "input"), *here = json_object_get(run, "input");
    int same = json_equal(input, here) && info->pixels == w->image.pixels &&
               is_same_part(json_object_get(mapped, "image"), json_object_get(run, "image"));
    json_decref(mapped);
    if (!same)
        return eel_fail(EEL_EFORMAT, "%s: is of another file than %s, or of another part of it; map this one first", maps,
                        w->image.path);
    if (w->found->counts.pixels[EEL_MISSING] > 0)
        return eel_fail(EEL_EFORMAT, "%s: the map run was cut short; finish it first", maps);
    if (w->found->found_count > EEL_FIT_EDGES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: %u elements were found, at most %d can be quantified", maps,
                        w->found->found_count, EEL_FIT_EDGES_MAX);
    for (uint32_t i = 0; i < w->found->found_count; i++) {
        const eel_result_class *class = &w->found->class[w->found->found[i]];
        eel_shell_edge edge;
        if (shell_edge(&class->edge, &edge)) {
            w->element[w->fitted] = w->count;
            w->edges[w->fitted++] = edge;
        }
        w->class[w->count++] = w->found->found[i];
    }
    if (w->count == 0)
        return eel_fail(EEL_EFORMAT, "%s: no element was found, so there is nothing to quantify",
                        maps);
    return w->fitted > 0 ? EEL_OK
                         : eel_fail(EEL_EFORMAT, "%s: of none of the elements found is there a "
                                    "cross-section; only K and L edges can be quantified", maps);
}

/* The axis as the map run had it. */
static int make_fit(workplace *w)
{
    const char *text = eel_store_info_of(w->found->store)->description, *window = NULL;
    json_t *mapped = json_loads(text, 0, NULL), *said = json_object_get(mapped, "correction");
    json_t *dispersion = json_object_get(said, "dispersion_ev");
    eel_correction correction = {
        .offset_ev = json_number_value(json_object_get(said, "offset_ev")),
        .dispersion_ev = json_is_number(dispersion) ? json_number_value(dispersion) : NAN,
    };
    uint32_t first, last;
    eel_axis axis;

    window = json_string_value(json_object_get(said, "window"));
    correction.window = window;
    int code = eel_correction_apply(&correction, &w->image, &axis, &first, &last);
    if (code == EEL_OK)
        code = eel_edge_fit_new(&w->fit, &axis, w->edges, w->fitted, &optics);
    if (code == EEL_OK)
        eel_edge_fit_limit(w->fit, first, last);
    json_decref(mapped);
    return code;
}

/* ---- what travels with the run ---- */

static int describe(workplace *w, eel_flow *flow, json_t *run)
{
    const eel_result *found = w->found;
    json_t *layers = json_array(), *elements = json_array();
    json_t *shells = json_array(), *onsets = json_array();

    for (int e = 0; e < w->count; e++) {
        const eel_result_class *class = &found->class[w->class[e]];
        const char *symbol = class->name;
        json_array_append_new(elements, json_string(symbol));
        json_array_append_new(shells, json_string(class->edge.shell));
        json_array_append_new(onsets, json_real(class->edge.onset_ev));
        for (int l = 0; l < EEL_LAYERS; l++)
            json_array_append_new(layers, json_pack("{s:s, s:s, s:s}", "element", symbol,
                                                    "quantity", eel_layer_infos[l].quantity,
                                                    "units", eel_layer_infos[l].units));
    }
    json_object_set_new(run, "layers", layers);
    json_t *used = json_pack("{s:o, s:o, s:o, s:f, s:f, s:f, s:o, s:s, s:s}", "elements", elements, "shells",
                             shells, "onsets_ev", onsets, "beam_kev",
                             optics.beam_kev, "collection_mrad", optics.collection_mrad, "convergence_mrad",
                             optics.convergence_mrad, "low_loss", eel_low_loss_to_json(w->low_loss),
                             "maps_run", eel_store_info_of(found->store)->run, "model_sha256",
                             found->about.model_sha256);
    if (*found->about.aligned)
        json_object_set_new(used, "alignment", json_pack("{s:s}", "by", found->about.aligned));
    json_object_set_new(run, "quantify", used);
    return eel_describe_run(flow, run);
}

static int prepare_memory(workplace *w, const json_t *run)
{
    int code = eel_block_rows_from_json(&w->rows_max, run);

    if (code != EEL_OK)
        return code;
    w->counts = eel_alloc((size_t)w->rows_max * w->image.axis.n, sizeof *w->counts);
    w->classes = eel_store_info_of(w->found->store)->classes;
    w->probabilities = eel_alloc((size_t)w->rows_max * w->classes, sizeof *w->probabilities);
    w->states = eel_alloc(w->rows_max, 1);
    w->values = eel_alloc((size_t)w->rows_max * (size_t)w->count * EEL_LAYERS, sizeof *w->values);
    return w->counts && w->probabilities && w->states && w->values ? EEL_OK : EEL_ENOMEM;
}

static int prepare(workplace *w, eel_flow *flow)
{
    json_t *run = eel_run_description(flow), *image = run ? json_object_get(run, "image") : NULL;
    char *text = image ? json_dumps(image, JSON_COMPACT) : NULL;
    int code = text ? eel_image_info_from_json(&w->image, text)
                    : eel_fail(EEL_EFORMAT, "description of the run: no image in it");

    free(text);
    if (code == EEL_OK)
        code = open_maps(w, run);
    if (code == EEL_OK)
        code = eel_optics_complete(&optics, &w->image);
    if (code == EEL_OK)
        code = make_fit(w);
    if (code == EEL_OK)
        code = eel_low_loss_open(&w->low_loss, low_loss_file, low_loss_signal, &w->image);
    if (code == EEL_OK)
        code = eel_low_loss_fold_mean(w->low_loss, w->fit);
    if (code == EEL_OK)
        code = prepare_memory(w, run);
    if (code == EEL_OK)
        return describe(w, flow, run);
    json_decref(run);
    return code;
}

/* ---- a block ---- */

static int is_empty(const float *counts, uint32_t n)
{
    for (uint32_t c = 0; c < n; c++) {
        if (isfinite(counts[c]))
            return 0;
    }
    return 1;
}

/* amounts (count): of the elements that can be fitted, found (count) in this spectrum. Beside one
 * that cannot, the others have densities and are no shares of a known whole. */
static void fit_elements(workplace *w, const float *counts, const uint8_t *found,
                         eel_amount *amounts)
{
    eel_amount fitted[EEL_FIT_EDGES_MAX];
    uint8_t asked[EEL_FIT_EDGES_MAX];
    int whole = 1;

    for (int e = 0; e < w->count; e++) {
        amounts[e].state = found[e] ? EEL_AMOUNT_NO_CROSS_SECTION : EEL_AMOUNT_NOT_FOUND;
        whole -= found[e];
    }
    for (int k = 0; k < w->fitted; k++) {
        asked[k] = found[w->element[k]];
        whole += asked[k];
    }
    eel_edge_fit_run(w->fit, counts, asked, fitted);
    for (int k = 0; k < w->fitted; k++) {
        if (whole < 1)
            fitted[k].percent = fitted[k].percent_error = NAN;
        if (whole < 1 && fitted[k].state == EEL_AMOUNT_TOO_LITTLE)
            fitted[k].state = EEL_AMOUNT_QUANTIFIED; /* how much all are together is not known */
        amounts[w->element[k]] = fitted[k];
    }
}

/* The energies as the map run had them at this pixel. */
static void follow_axis(workplace *w, const float *probabilities)
{
    uint32_t column = w->found->shift_column;
    float shift_ev = column ? probabilities[column] : 0;

    eel_edge_fit_move(w->fit, isnan(shift_ev) ? 0 : shift_ev);
}

/* One pixel; a spectrum that nobody could read stays NAN throughout. */
static int quantify(workplace *w, uint64_t pixel, uint32_t row)
{
    const float *counts = w->counts + (size_t)row * w->image.axis.n;
    const float *p = w->probabilities + (size_t)row * w->classes;
    float *values = w->values + (size_t)row * (size_t)w->count * EEL_LAYERS;
    eel_amount amounts[EEL_FIT_EDGES_MAX];
    uint8_t found[EEL_FIT_EDGES_MAX];

    for (int i = 0; i < w->count * EEL_LAYERS; i++)
        values[i] = NAN;
    if (w->states[row] != EEL_VALUE || is_empty(counts, w->image.axis.n)) /* as in the map */
        return EEL_OK;
    for (int e = 0; e < w->count; e++)
        found[e] = p[w->class[e]] >= fmin(w->found->class[w->class[e]].threshold, LIKELY);
    follow_axis(w, p);
    int code = eel_low_loss_fold_pixel(w->low_loss, w->fit, pixel);
    if (code != EEL_OK && code != EEL_EFORMAT)
        return code;
    int absent = code != EEL_OK ? EEL_AMOUNT_NO_LOW_LOSS : EEL_AMOUNT_NONE;
    for (int e = 0; e < w->count; e++)
        amounts[e] = (eel_amount){NAN, NAN, NAN, NAN, absent};
    if (absent == EEL_AMOUNT_NONE)
        fit_elements(w, counts, found, amounts);
    for (int e = 0; e < w->count; e++) {
        float *layer = values + e * EEL_LAYERS;
        layer[EEL_LAYER_DENSITY] = (float)amounts[e].density;
        layer[EEL_LAYER_DENSITY_ERROR] = (float)amounts[e].density_error;
        layer[EEL_LAYER_PERCENT] = (float)amounts[e].percent;
        layer[EEL_LAYER_PERCENT_ERROR] = (float)amounts[e].percent_error;
        layer[EEL_LAYER_STATE] = (float)amounts[e].state;
    }
    return EEL_OK;
}

static int work_on(workplace *w, eel_block *block)
{
    uint32_t values = (uint32_t)(w->count * EEL_LAYERS);

    if (block->channels != w->image.axis.n || block->rows > w->rows_max ||
        block->first + block->rows > w->image.pixels)
        return eel_fail(EEL_EFORMAT, "block %ju: %u x %u values, expected at most %u x %u",
                        (uintmax_t)block->number, block->rows, block->channels, w->rows_max,
                        w->image.axis.n);
    eel_image_to_float(w->counts, block->data, eel_type_of(block->dtype),
                       (size_t)block->rows * block->channels);
    int code = eel_store_values(w->found->store, block->first, block->rows, w->probabilities);
    if (code == EEL_OK)
        code = eel_store_states(w->found->store, block->first, block->rows, w->states);
    for (uint32_t row = 0; row < block->rows && code == EEL_OK; row++)
        code = quantify(w, block->first + row, row);
    if (code == EEL_OK)
        code = eel_block_reshape(block, values, EEL_F32);
    if (code == EEL_OK)
        memcpy(block->data, w->values, (size_t)block->rows * values * sizeof *w->values);
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    workplace w = {0};
    eel_block *block;

    if (eel_flow_running(flow))
        eel_flow_check(flow, prepare(&w, flow));
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, work_on(&w, block));
        eel_send(flow, block);
    }
    eel_low_loss_close(w.low_loss);
    eel_edge_fit_free(w.fit);
    eel_result_close(w.found);
    eel_free(w.counts);
    eel_free(w.probabilities);
    eel_free(w.states);
    eel_free(w.values);
    return eel_flow_close(flow);
}
