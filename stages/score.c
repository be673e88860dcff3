/*
 * score - how well a model recognises labelled spectra, by the paper's measures.
 *
 * in:   spectra (spectra, EEL_NET_CHANNELS), counts, NAN where nothing was recorded; side data:
 *       labels (spectra, classes)
 * out:  tables on standard output
 *
 * With --calibrate the stream is used to fit, for each class, the scale and shift that make the
 * network's probabilities agree with what was there (Platt 1999), and the model file is written
 * anew: use a stream of its own for that, never one that is scored afterwards.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "joints.h"
#include "labelled.h"
#include "metrics.h"
#include "platt.h"
#include "recogniser.h"

static const char *model, *record;
static int calibrate, json;

static const eel_option options[] = {
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "trained network, instead of the one that ships"},
    {"calibrate", 0, EEL_OPT_FLAG, &calibrate, NULL, "fit the model's calibration to this stream"},
    {"record", 0, EEL_OPT_TEXT, &record, "NAME", "keep the scores in the model's training record"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print one JSON object"},
    {0},
};
static const eel_usage usage = {.name = "eelstream score",
                                .summary = "Score a model on labelled spectra.",
                                .options = options};

typedef struct {
    eel_recogniser *recogniser;
    eel_metrics metrics;
    eel_platt *platt;
    float x[EEL_RECOGNISER_BATCH * EEL_NET_CHANNELS];
    float p[EEL_RECOGNISER_BATCH * EEL_CLASSES];
} tally;

static int open_tally(tally *t)
{
    int code = eel_recogniser_new(&t->recogniser, model);

    if (code == EEL_OK && eel_recogniser_info(t->recogniser)->classes != EEL_CLASSES)
        code = eel_fail(EEL_EFORMAT, "%s: %u classes, expected %d", model,
                        eel_recogniser_info(t->recogniser)->classes, EEL_CLASSES);
    if (code == EEL_OK && calibrate && !model)
        code = eel_fail(EEL_EARGS, "--calibrate: name the model that is to be written with --model");
    if (code == EEL_OK && calibrate)
        code = eel_platt_new(&t->platt, EEL_CLASSES);
    return code;
}

static int count(tally *t, const eel_block *block)
{
    const eel_model_info *info = eel_recogniser_info(t->recogniser);
    const uint8_t *labels = block->side;
    int code = eel_labelled_check(block);

    for (uint32_t at = 0; at < block->rows && code == EEL_OK; at += EEL_RECOGNISER_BATCH) {
        uint32_t rows = block->rows - at;
        rows = rows < EEL_RECOGNISER_BATCH ? rows : EEL_RECOGNISER_BATCH;
        for (uint32_t r = 0; r < rows; r++)
            eel_labelled_normalise((const float *)block->data + (size_t)(at + r) * EEL_NET_CHANNELS,
                                   t->x + r * EEL_NET_CHANNELS);
        eel_recognise_raw(t->recogniser, t->x, rows, t->p);
        for (uint32_t r = 0; r < rows && code == EEL_OK; r++) {
            const uint8_t *real = labels + (size_t)(at + r) * EEL_CLASSES;
            float *p = t->p + r * EEL_CLASSES;
            if (t->platt)
                code = eel_platt_add(t->platt, real, p);
            for (uint32_t c = 0; c < EEL_CLASSES; c++)
                p[c] = eel_model_calibrate(info, c, p[c]);
            eel_metrics_add(&t->metrics, real, p, info->threshold);
        }
    }
    return code;
}

/* The model file with a new calibration or with these scores in its record. */
static int rewrite_model(tally *t)
{
    eel_net *net = NULL;
    eel_model_info info = {.classes = 0};
    int code = eel_model_read(&net, &info, model);

    if (code == EEL_OK && t->platt)
        eel_platt_fit(t->platt, info.scale, info.shift);
    if (code == EEL_OK && record) {
        json_t *training = json_loads(info.training ? info.training : "{}", 0, NULL);
        json_t *scores = json_object_get(training, "scores");
        if (!scores)
            json_object_set_new(training, "scores", scores = json_object());
        json_object_set_new(scores, record, eel_metrics_to_json(&t->metrics));
        free(info.training);
        info.training = json_dumps(training, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
        json_decref(training);
    }
    if (code == EEL_OK)
        code = eel_model_write(net, &info, model);
    eel_net_free(net);
    eel_model_info_release(&info);
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    tally *t = eel_alloc(1, sizeof *t);
    eel_block *block;

    if (eel_flow_running(flow) && eel_flow_check(flow, t ? EEL_OK : EEL_ENOMEM))
        eel_flow_check(flow, open_tally(t));
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, count(t, block));
        eel_done(flow, block);
    }
    if (t && t->metrics.spectra && eel_flow_check(flow, EEL_OK)) {
        if (calibrate || (record && model))
            eel_flow_check(flow, rewrite_model(t));
        if (json)
            eel_flow_check(flow, eel_print_json(eel_metrics_to_json(&t->metrics)));
        else
            eel_metrics_print(&t->metrics);
    }
    if (t) {
        eel_recogniser_free(t->recogniser);
        eel_platt_free(t->platt);
    }
    eel_free(t);
    return eel_flow_close(flow);
}
