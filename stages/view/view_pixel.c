/*
 * view_pixel - one pixel of the run: its state, its probabilities from the store, its spectrum.
 *
 * Spectra are not kept. Where they came from a file, and it is still the same file, the pixel's is
 * read there again. Else the mean of the block that the pixel was in is told, which the store
 * keeps, and "note" says that it is no more than that.
 */
#include "view/view_state.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/candidates.h"
#include "io/description.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHANNELS_SHOWN 4096 /* more are added up, two by two, three by three, … */

/* Is the file there, and as the run's description says it was? */
static int is_same_file(const json_t *run, const char *path)
{
    json_t *now = eel_file_identity(path);
    int same = now && json_equal(now, json_object_get(run, "input"));

    json_decref(now);
    return same;
}

/* What `calibrate` was told to correct. */
static eel_axis corrected(const json_t *run, eel_axis axis)
{
    const json_t *correction = json_object_get(run, "correction");
    const json_t *dispersion = json_object_get(correction, "dispersion_ev");

    axis.start_ev += json_number_value(json_object_get(correction, "offset_ev"));
    if (json_is_number(dispersion))
        axis.step_ev = json_number_value(dispersion);
    return axis;
}

static json_t *spectrum_json(const char *of, eel_axis axis, const float *counts)
{
    uint32_t each = axis.n ? (axis.n + CHANNELS_SHOWN - 1) / CHANNELS_SHOWN : 1;
    json_t *list = json_array();

    for (uint32_t i = 0; i + each <= axis.n; i += each) {
        double sum = 0;
        for (uint32_t k = 0; k < each; k++)
            sum += counts[i + k];
        json_array_append_new(list, isfinite(sum) ? json_real(sum) : json_null());
    }
    return json_pack("{s:s, s:f, s:f, s:o}", "of", of, "start",
                     axis.start_ev + 0.5 * (each - 1) * axis.step_ev, "step", axis.step_ev * each,
                     "counts", list);
}

/* What the store keeps behind the probabilities, "shift eV" or the like; NAN when it does not. */
static double value_behind(const view_state *v, const char *name, const float *values)
{
    for (uint32_t c = v->frame->classes; c < v->about.classes; c++) {
        if (!strcmp(v->about.class_name[c], name))
            return values[c];
    }
    return NAN;
}

/* From the file: NULL with words in `note` when it is not to be had. */
static json_t *from_file(const view_state *v, const json_t *run, uint64_t pixel, double shift_ev,
                         char *note, size_t size)
{
    const eel_image_info *about = &v->about.image;
    eel_image *image = NULL;
    json_t *json = NULL;

    if (!is_same_file(run, about->path)) {
        struct stat info;
        snprintf(note, size, "%s", stat(about->path, &info) == 0 && json_object_get(run, "input")
                                       ? "the file is not the one that was mapped"
                                       : "there is no file to read it from");
        return NULL;
    }
    if (eel_image_open_again(&image, about) == EEL_OK) {
        const eel_image_info *info = eel_image_info_of(image);
        size_t n = info->axis.n;
        void *values = eel_alloc(n, eel_image_type_size(info->type));
        float *counts = eel_alloc(n, sizeof *counts);
        if (values && counts && eel_image_read(image, pixel, 1, values) == EEL_OK) {
            eel_image_to_float(counts, values, info->type, n);
            eel_axis axis = corrected(run, info->axis);
            axis.start_ev += isnan(shift_ev) ? 0 : shift_ev; /* as the network saw it */
            json = spectrum_json("pixel", axis, counts);
        }
        eel_free(values);
        eel_free(counts);
    }
    if (!json)
        snprintf(note, size, "its file cannot be read");
    eel_image_close(image);
    return json;
}

static json_t *from_block(const view_state *v, uint64_t pixel, char *note, size_t size)
{
    const eel_store_info *info = eel_store_info_of(v->store);
    float *sum = eel_alloc(info->sum_channels, sizeof *sum);
    uint64_t pixels = 0, block = pixel / info->block_rows;
    char why[128];
    json_t *json = NULL;

    snprintf(why, sizeof why, "%s", note);
    if (sum && eel_store_sum(v->store, block, sum, &pixels) == EEL_OK && pixels > 0) {
        for (uint32_t i = 0; i < info->sum_channels; i++)
            sum[i] /= (float)pixels;
        eel_axis axis = {info->sum_start_ev, info->sum_step_ev, info->sum_channels};
        json = spectrum_json("block", axis, sum);
        snprintf(note, size, "The spectrum of this pixel is not kept (%s). Shown is the mean of the "
                 "%ju pixels from %ju on, which came with it.", why, (uintmax_t)pixels,
                 (uintmax_t)(block * info->block_rows));
    } else {
        snprintf(note, size, "The spectrum of this pixel is not kept (%s).", why);
    }
    eel_free(sum);
    return json;
}

static json_t *spectrum_of(const view_state *v, uint64_t pixel, eel_pixel_state state,
                           double shift_ev, char *note, size_t size)
{
    json_t *run = json_loads(v->frame->description, 0, NULL), *json = NULL;

    note[0] = 0;
    if (run)
        json = from_file(v, run, pixel, shift_ev, note, size);
    if (!json && state == EEL_VALUE)
        json = from_block(v, pixel, note, size);
    else if (!json)
        snprintf(note, size, state == EEL_MISSING ? "This pixel has not been measured yet."
                                                  : "This pixel has no value: %s.",
                 eel_pixel_state_name(state));
    json_decref(run);
    return json ? json : json_pack("{s:s}", "of", "nothing");
}

/* "830 eV (La M4,5?)" */
static json_t *other_edge(double ev)
{
    char words[128];

    if (isnan(ev))
        return json_null();
    eel_candidates candidates = eel_candidates_for(&ev, 1, 0, 0, 0);
    eel_candidates_words(&candidates, ev, words, sizeof words);
    return json_string(words);
}

static int parse(const char *text, uint64_t limit, uint64_t *value)
{
    char *end;

    if (!text || *text < '0' || *text > '9')
        return 0;
    *value = strtoull(text, &end, 10);
    return !*end && *value < limit;
}

static void refuse(eel_web_request *request, unsigned status, const char *words)
{
    eel_web_reply(request, status, "text/plain; charset=utf-8", words, strlen(words));
}

void view_answer_pixel(view_state *v, eel_web_request *request)
{
    uint64_t row, column, picture = 0;
    const char *which = eel_web_query(request, "picture");
    float values[EEL_STORE_CLASSES_MAX];
    uint8_t state;
    char note[256];

    if (!v->frame || !v->store) {
        refuse(request, 503, "no store to read from yet\n");
        return;
    }
    const eel_tap_frame *f = v->frame;
    if (!parse(eel_web_query(request, "row"), f->rows, &row) ||
        !parse(eel_web_query(request, "column"), f->columns, &column) ||
        (which && !parse(which, f->pictures, &picture))) {
        refuse(request, 400, "expected row, column and picture inside the image\n");
        return;
    }
    uint64_t pixel = (picture * f->rows + row) * f->columns + column;
    if (eel_store_states(v->store, pixel, 1, &state) != EEL_OK || state >= EEL_PIXEL_STATES ||
        eel_store_values(v->store, pixel, 1, values) != EEL_OK) {
        refuse(request, 503, eel_words());
        return;
    }
    json_t *p = json_array();
    for (uint32_t c = 0; c < f->classes; c++)
        json_array_append_new(p, isnan(values[c]) ? json_null() : json_real(values[c]));
    double shift_ev = value_behind(v, EEL_SHIFT_EV, values);
    json_t *spectrum = spectrum_of(v, pixel, state, shift_ev, note, sizeof note);
    json_t *root = json_pack("{s:I, s:I, s:I, s:s, s:o, s:s, s:o, s:o, s:o}", "row", (json_int_t)row, "column",
                             (json_int_t)column, "pixel", (json_int_t)pixel, "state",
                             eel_pixel_state_name((eel_pixel_state)state), "p", p, "note", note,
                             "spectrum", spectrum, "shift_ev",
                             isnan(shift_ev) ? json_null() : json_real(shift_ev), "other_edge",
                             other_edge(value_behind(v, EEL_OTHER_EV, values)));
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text)
        eel_web_reply(request, 200, "application/json", text, strlen(text));
    else
        refuse(request, 500, "no memory\n");
    free(text);
    json_decref(root);
}
