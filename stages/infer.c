/*
 * infer - ask the network which elements each spectrum holds.
 *
 * in:   spectra (pixels, covered channels), counts on the network's axis; any number of workers; side data: what
 *       was added to the energies, where the description says "alignment"; its "numbers" say how
 *       products are made (nn/numbers.h)
 * out:  (pixels, columns) float32: probabilities of the elements and of "other", NAN for elements
 *       whose edge lies outside the recorded window; at last, where the network tells it, where the
 *       strongest edge of another element begins, eV (EEL_OTHER_EV). Side data: the sum of the block's spectra
 *       (EEL_SUM_CHANNELS), float32, on eel_axis_sum, NAN where nothing was recorded; in the description: "model" (in it
 *       "axis_error_ev", where the axis is in doubt), "observable"
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/err.h"
#include "io/json_text.h"
#include "io/description.h"
#include "shared/joints.h"
#include "shared/other_edges.h"
#include "shared/recogniser.h"

static const char *model;
static double axis_error_ev;

static const eel_option options[] = {
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "trained network, instead of the one that ships"},
    {"axis-error", 0, EEL_OPT_REAL, &axis_error_ev, "EV", "how far the energies may be off, at most 20: means over so much"},
    {0},
};
static const eel_usage usage = {.name = "eelstream infer",
                                .summary = "Ask the network which elements each spectrum holds.",
                                .options = options};

typedef struct {
    eel_recogniser *recogniser;
    eel_axis axis;
    eel_gap gap;     /* of it */
    uint32_t offset; /* first covered channel of the network's axis */
    int observable[EEL_NET_CLASSES_MAX];
    float *p; /* (rows_max, classes) of one block */
    uint32_t told, columns; /* classes whose probabilities are told; these, EEL_OTHER_EV, EEL_SHIFT_EV */
    eel_other_bins bins;
    int tells_other, aligned; /* … of which not every run has the last two */
    uint32_t rows_max;
} workplace;

/* The same on every machine, wherever its networks lie. */
static const char *model_name(void)
{
    const char *slash = model ? strrchr(model, '/') : NULL;
    return slash ? slash + 1 : model ? model : EEL_MODEL_SHIPPED;
}

static int describe(workplace *w, eel_flow *flow, json_t *run)
{
    const eel_model_info *info = eel_recogniser_info(w->recogniser);
    const eel_class_edge *edges = eel_recogniser_edges(w->recogniser);
    json_t *classes = json_array(), *thresholds = json_array(), *observable = json_array();
    json_t *shells = json_array(), *onsets = json_array();

    w->bins = eel_other_bins_of(info);
    w->told = w->bins.first;
    w->tells_other = w->told < info->classes;
    w->aligned = json_is_object(json_object_get(run, "alignment"));
    w->columns = w->told + (uint32_t)w->tells_other + (uint32_t)w->aligned;
    for (uint32_t c = 0; c < w->told; c++) {
        w->observable[c] = eel_observable_beside(&edges[c], &w->axis, &w->gap);
        json_array_append_new(shells, json_string(edges[c].shell));
        json_array_append_new(onsets, edges[c].atomic_number ? json_real(edges[c].onset_ev)
                                                             : json_null());
        json_array_append_new(classes, json_string(info->class_name[c]));
        json_array_append_new(thresholds, json_real(info->threshold[c]));
        json_array_append_new(observable, json_boolean(w->observable[c]));
    }
    if (w->tells_other) {
        json_array_append_new(classes, json_string(EEL_OTHER_EV));
        json_array_append_new(thresholds, json_real(0));
        json_array_append_new(observable, json_true());
    }
    if (w->aligned) {
        json_array_append_new(classes, json_string(EEL_SHIFT_EV));
        json_array_append_new(thresholds, json_real(0));
        json_array_append_new(observable, json_true());
    }
    json_object_set_new(run, "model",
                        json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "name",
                                  eel_json_text(model_name()), "sha256",
                                  info->sha256, "normalisation", info->normalisation, "classes",
                                  classes, "shells", shells, "onsets_ev", onsets, "thresholds",
                                  thresholds));
    if (axis_error_ev > 0)
        json_object_set_new(json_object_get(run, "model"), "axis_error_ev", json_real(axis_error_ev));
    json_object_set_new(run, "observable", observable);
    return eel_describe_run(flow, run);
}

/* Is there a network, and can it be asked in this way? */
static int open_network(workplace *w, eel_numbers numbers)
{
    int code = eel_recogniser_new(&w->recogniser, model, numbers);

    return code == EEL_OK ? eel_recogniser_doubt_axis(w->recogniser, axis_error_ev) : code;
}

static int prepare(workplace *w, eel_flow *flow)
{
    json_t *run = eel_run_description(flow);
    eel_numbers numbers = EEL_NET_PAIRS;
    int code = run ? eel_axis_from_json(&w->axis, json_object_get(run, "axis")) : EEL_EFORMAT;

    if (code == EEL_OK && (w->axis.start_ev < EEL_NET_START_EV - 0.1 ||
                           w->axis.n > EEL_NET_CHANNELS || w->axis.step_ev != EEL_NET_STEP_EV))
        code = eel_fail(EEL_EFORMAT, "description of the run: axis of %u channels from %g eV at "
                        "%g eV is no part of the network's", w->axis.n, w->axis.start_ev,
                        w->axis.step_ev);
    if (code == EEL_OK)
        code = eel_numbers_find(&numbers, json_string_value(json_object_get(run, "numbers")));
    if (code == EEL_OK)
        code = open_network(w, numbers);
    if (code == EEL_OK)
        code = eel_recogniser_check_window(w->recogniser, &w->axis);
    if (code == EEL_OK)
        code = eel_block_rows_from_json(&w->rows_max, run);
    if (code == EEL_OK) {
        const json_t *gap = json_object_get(run, "gap_ev");
        w->gap = (eel_gap){json_number_value(json_array_get(gap, 0)), json_number_value(json_array_get(gap, 1))};
        w->offset = (uint32_t)lround((w->axis.start_ev - EEL_NET_START_EV) / EEL_NET_STEP_EV);
        w->p = eel_alloc((size_t)w->rows_max * eel_recogniser_info(w->recogniser)->classes,
                         sizeof *w->p);
        code = w->p ? EEL_OK : EEL_ENOMEM;
    }
    if (code == EEL_OK && w->offset + w->axis.n > EEL_NET_CHANNELS)
        code = eel_fail(EEL_EFORMAT, "description of the run: axis ends beyond the network's");
    if (code == EEL_OK)
        return describe(w, flow, run);
    json_decref(run);
    return code;
}

/* The sum of a block's spectra on channels of 1 eV, NAN where not all of one was recorded. totals (axis.n) */
static void tell_sum(const workplace *w, const double *totals, float *sum)
{
    eel_axis axis = eel_axis_sum();
    double wide[EEL_SUM_CHANNELS + 1] = {0}; /* the network's last channel begins one more */
    uint32_t first = (w->offset + EEL_SUM_OF - 1) / EEL_SUM_OF, end = (w->offset + w->axis.n) / EEL_SUM_OF;

    for (uint32_t k = 0; k < w->axis.n; k++)
        wide[(w->offset + k) / EEL_SUM_OF] += totals[k];
    for (uint32_t i = 0; i < EEL_SUM_CHANNELS; i++) {
        double ev = eel_axis_ev(&axis, i);
        int recorded = i >= first && i < end && !(ev > w->gap.from_ev && ev < w->gap.to_ev);
        sum[i] = recorded ? (float)wide[i] : NAN;
    }
}

/* Adds spectra to the totals of their channels. counts (rows, n) */
static void add(double *restrict totals, const float *restrict counts, uint32_t rows, uint32_t n)
{
    for (uint32_t i = 0; i < rows; i++) {
        const float *spectrum = counts + (size_t)i * n;
        if (isnan(spectrum[0])) /* calibrate leaves a spectrum finite or all NAN */
            continue;
        for (uint32_t k = 0; k < n; k++)
            totals[k] += spectrum[k];
    }
}

/* Sums and recognises a block's spectra, part by part while it is in the cache. */
static void look(workplace *w, const eel_block *block, double *totals)
{
    uint32_t classes = eel_recogniser_info(w->recogniser)->classes;

    for (uint32_t row = 0; row < block->rows; row += EEL_RECOGNISER_AT_ONCE) {
        uint32_t left = block->rows - row;
        uint32_t rows = left < EEL_RECOGNISER_AT_ONCE ? left : EEL_RECOGNISER_AT_ONCE;
        const float *counts = (const float *)block->data + (size_t)row * w->axis.n;
        add(totals, counts, rows, w->axis.n);
        eel_recognise(w->recogniser, counts, w->offset, w->axis.n, rows, w->p + (size_t)row * classes);
    }
}

/* What downstream is told of one spectrum. out (columns), p (classes) */
static void tell(const workplace *w, const float *p, float shift_ev, float *out)
{
    int read = 0;

    for (uint32_t c = 0; c < w->told; c++)
        read |= !isnan(out[c] = w->observable[c] ? p[c] : NAN);
    if (w->aligned) /* nothing is told of a spectrum that nobody could read */
        out[w->columns - 1] = read ? shift_ev : NAN;
    if (w->tells_other)
        out[w->told] =
            (float)eel_other_edge_strongest(eel_recogniser_info(w->recogniser), &w->bins, p).onset_ev;
}

static int infer(workplace *w, eel_block *block)
{
    uint32_t classes = eel_recogniser_info(w->recogniser)->classes;
    double totals[EEL_NET_CHANNELS] = {0};
    float sum[EEL_SUM_CHANNELS];

    if (block->channels != w->axis.n || block->dtype != EEL_F32 || block->rows > w->rows_max)
        return eel_fail(EEL_EFORMAT, "block %ju: %u x %u %s, expected at most %u x %u f32",
                        (uintmax_t)block->number, block->rows, block->channels,
                        eel_dtype_name(block->dtype), w->rows_max, w->axis.n);
    look(w, block, totals);
    tell_sum(w, totals, sum);
    int code = eel_block_reshape(block, w->columns, EEL_F32);
    if (code == EEL_OK) {
        for (uint32_t row = 0; row < block->rows; row++)
            tell(w, w->p + (size_t)row * classes, eel_shift_beside(block, row),
                 (float *)block->data + (size_t)row * w->columns);
        code = eel_block_side(block, sum, sizeof sum);
    }
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    workplace w = {0};
    eel_block *block;

    if (eel_flow_checks(flow))
        eel_flow_check(flow, open_network(&w, EEL_NET_PAIRS));
    if (eel_flow_running(flow))
        eel_flow_check(flow, prepare(&w, flow));
    eel_flow_in_place(flow);
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, infer(&w, block));
        eel_send(flow, block);
    }
    eel_recogniser_free(w.recogniser);
    eel_free(w.p);
    return eel_flow_close(flow);
}
