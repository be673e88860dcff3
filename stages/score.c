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
 *
 * With --paper, --sensitivity, --files, --carbon or --robust it takes no stream: it draws or reads
 * the spectra itself and answers that question (question.h).
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "shared/joints.h"
#include "shared/labelled.h"
#include "score/metrics.h"
#include "score/platt.h"
#include "score/question.h"
#include "shared/recogniser.h"
#include "score/report.h"

#define DRAWS   100
#define SAME_EV 3.0 /* a mean onset, with shapes kept from training or without */

static eel_question question = {.seed = EEL_QUESTION_SEED, .draws = DRAWS};
static const char *record, *curve;
static double threshold = NAN;
static int calibrate, paper, sensitivity, carbon, robust;

static const eel_option options[] = {
    {"model", 'm', EEL_OPT_TEXT, &question.model, "FILE",
     "trained network, instead of the one that ships"},
    {"calibrate", 0, EEL_OPT_FLAG, &calibrate, NULL, "fit the model's calibration to this stream"},
    {"threshold", 0, EEL_OPT_REAL, &threshold, "P", "with it: present from this probability on, 0.5 unless said"},
    {"record", 0, EEL_OPT_TEXT, &record, "NAME", "keep the scores in the training record of --model"},
    {"output", 'o', EEL_OPT_TEXT, &question.output, "DIR",
     "leave tables (CSV, Markdown) and pictures there"},
    {"curve", 0, EEL_OPT_TEXT, &curve, "FILE.csv",
     "with --output: a picture of what train --curve wrote"},
    {"json", 0, EEL_OPT_FLAG, &question.json, NULL, "print one JSON object"},
    {"paper", 0, EEL_OPT_FLAG, &paper, NULL,
     "no stream: fresh spectra of Kong et al. 2022, Figure 6"},
    {"sensitivity", 0, EEL_OPT_FLAG, &sensitivity, NULL,
     "no stream: lowest jump ratios, Table 4 there"},
    {"files", 0, EEL_OPT_TEXT, &question.labels, "LABELS.csv",
     "no stream: spectra in files; columns file, elements (O;Ti) [, axis, window, group]"},
    {"carbon", 0, EEL_OPT_FLAG, &carbon, NULL,
     "no stream: C K in many materials, Figure 7, and in FILE…"},
    {"robust", 0, EEL_OPT_FLAG, &robust, NULL,
     "no stream: doses, windows, unseen and foreign edges"},
    {"paper-model", 0, EEL_OPT_TEXT, &question.paper_model, "FILE",
     "--robust: another network for the spectra of the paper"},
    {"single-precision", 0, EEL_OPT_FLAG, &question.float32, NULL,
     "products of float32 instead of bfloat16, as the network was trained"},
    {"axis-error", 0, EEL_OPT_REAL, &question.axis_error_ev, "EV",
     "--files, --robust: how far the energies may be off, at most 20"},
    {"count", 'n', EEL_OPT_SIZE, &question.count, "N",
     "spectra to draw; 0: the question's own number"},
    {"seed", 0, EEL_OPT_SIZE, &question.seed, "N", "same seed, same spectra"},
    {"shapes", 0, EEL_OPT_INT, &question.shapes, "N",
     "--sensitivity: edge shapes of each element; 0: all"},
    {"draws", 0, EEL_OPT_INT, &question.draws, "N",
     "--sensitivity: draws of the noise for each shape"},
    {"library", 0, EEL_OPT_TEXT, &question.library, "FILE",
     "edge library, instead of the one that ships"},
    {0},
};
static const eel_usage usage = {.name = "eelstream score",
                                .summary = "Score a model on labelled spectra.",
                                .operands = "[FILE…]",
                                .operands_max = INT_MAX,
                                .options = options};

typedef struct {
    eel_recogniser *recogniser;
    eel_labelled_classes classes;
    eel_metrics metrics;
    eel_platt *platt;
    float x[EEL_RECOGNISER_BATCH * EEL_NET_CHANNELS];
    float p[EEL_RECOGNISER_BATCH * EEL_LABELLED_CLASSES_MAX];
} tally;

/* A network answers about its classes, a stream knows the labels of its own: they must be the same. */
static int check_classes(const eel_labelled_classes *stream, const eel_model_info *info)
{
    const char *path = question.model ? question.model : EEL_MODEL_SHIPPED;

    for (uint32_t c = 0; c < stream->classes && c < info->classes; c++) {
        if (strcmp(stream->name[c], info->class_name[c]) != 0)
            return eel_fail(EEL_EFORMAT, "%s: class %u is %s, of the spectra %s; give the library "
                            "that it was trained with: synth.own=FILE", path, c,
                            info->class_name[c], stream->name[c]);
        if (stream->edge[c].atomic_number && fabs(stream->edge[c].onset_ev - info->onset_ev[c]) > SAME_EV)
            return eel_fail(EEL_EFORMAT, "%s: its %s begins at %.1f eV, that of the spectra at %.1f; give the library "
                            "that it was trained with: synth.own=FILE", path, info->class_name[c], info->onset_ev[c],
                            stream->edge[c].onset_ev);
    }
    return info->classes == stream->classes
               ? EEL_OK
               : eel_fail(EEL_EFORMAT, "%s: %u classes, the spectra have %u", path, info->classes,
                          stream->classes);
}

static int open_tally(tally *t, const eel_flow *flow)
{
    int code = eel_recogniser_new(&t->recogniser, question.model, eel_numbers_asked(question.float32));

    if (code == EEL_OK)
        code = eel_labelled_classes_read(&t->classes, eel_flow_description(flow));
    if (code == EEL_OK)
        code = check_classes(&t->classes, eel_recogniser_info(t->recogniser));
    t->metrics.own = t->classes.own;
    memcpy(t->metrics.own_name, t->classes.name[EEL_ELEMENTS],
           (size_t)t->classes.own * sizeof t->classes.name[0]);
    if (code == EEL_OK && calibrate && !question.model)
        code =
            eel_fail(EEL_EARGS, "--calibrate: name the model that is to be written with --model");
    if (code == EEL_OK && (threshold <= 0 || threshold >= 1))
        code = eel_fail(EEL_EARGS, "--threshold: %g, expected between 0 and 1", threshold);
    if (code == EEL_OK && calibrate)
        code = eel_platt_new(&t->platt, t->classes.classes);
    return code;
}

static void show(tally *t, const float *row, uint32_t r)
{
    uint32_t from, n = eel_labelled_window(row, &from);

    eel_recogniser_show(t->recogniser, row + from, from, n,
                        t->x + r * eel_recogniser_inputs(t->recogniser));
}

static int count(tally *t, const eel_block *block)
{
    const eel_model_info *info = eel_recogniser_info(t->recogniser);
    const uint8_t *labels = block->side;
    uint32_t classes = t->classes.classes;
    int code = eel_labelled_check(block, classes);

    for (uint32_t at = 0; at < block->rows && code == EEL_OK; at += EEL_RECOGNISER_BATCH) {
        uint32_t rows = block->rows - at;
        rows = rows < EEL_RECOGNISER_BATCH ? rows : EEL_RECOGNISER_BATCH;
        for (uint32_t r = 0; r < rows; r++)
            show(t, (const float *)block->data + (size_t)(at + r) * EEL_NET_CHANNELS, r);
        eel_recognise_raw(t->recogniser, t->x, rows, t->p);
        for (uint32_t r = 0; r < rows && code == EEL_OK; r++) {
            const uint8_t *real = labels + (size_t)(at + r) * classes;
            float *p = t->p + r * classes;
            if (t->platt)
                code = eel_platt_add(t->platt, real, p);
            for (uint32_t c = 0; c < classes; c++)
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
    int code = eel_model_read(&net, &info, question.model);

    if (code == EEL_OK && t->platt) {
        eel_platt_fit(t->platt, info.scale, info.shift);
        for (uint32_t c = 0; c < info.classes; c++)
            info.threshold[c] = (float)(isnan(threshold) ? 0.5 : threshold);
    }
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
        code = eel_model_write(net, &info, question.model);
    eel_net_free(net);
    eel_model_info_release(&info);
    return code;
}

/* Everything a stream's scores are turned into. */
static int tell(tally *t)
{
    int code = EEL_OK;

    if (calibrate || (record && question.model))
        code = rewrite_model(t);
    if (code == EEL_OK && question.output)
        code = eel_report_save(&t->metrics, question.output);
    if (code == EEL_OK && question.output && curve)
        code = eel_report_curve(curve, question.output);
    if (code == EEL_OK && question.json)
        return eel_print_json(eel_metrics_to_json(&t->metrics));
    if (code == EEL_OK)
        eel_metrics_print(&t->metrics);
    return code;
}

/* Questions need no links and wait for none: they are known before a flow is opened. */
static int is_question(int argc, char **argv)
{
    static const char *const names[] = {"--paper", "--sensitivity", "--files", "--carbon",
                                        "--robust"};

    for (int i = 1; i < argc; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            size_t n = strlen(names[k]);
            if (strncmp(argv[i], names[k], n) == 0 && (argv[i][n] == 0 || argv[i][n] == '='))
                return 1;
        }
    }
    return 0;
}

enum { STREAM = 1, PAPER = 2, SENSITIVITY = 4, FILES = 8, CARBON = 16, ROBUST = 32, ALL = 63 };

/* An option that the question does not ask for is a misunderstanding. */
static int check_options(void)
{
    const eel_question *q = &question;
    int asked = paper ? PAPER : sensitivity ? SENSITIVITY : q->labels ? FILES : carbon ? CARBON : robust ? ROBUST : STREAM;
    const struct {
        const char *option;
        int given, of;
    } list[] = {{"calibrate", calibrate, STREAM},
                {"threshold", !isnan(threshold), calibrate ? STREAM : 0},
                {"record", record != NULL, q->model ? STREAM : 0},
                {"curve", curve != NULL, q->output ? ALL : 0},
                {"paper-model", q->paper_model != NULL, ROBUST},
                {"axis-error", q->axis_error_ev != 0, FILES | ROBUST},
                {"count", q->count != 0, PAPER | ROBUST},
                {"seed", q->seed != EEL_QUESTION_SEED, PAPER | SENSITIVITY | CARBON | ROBUST},
                {"shapes", q->shapes != 0, SENSITIVITY},
                {"draws", q->draws != DRAWS, SENSITIVITY},
                {"library", q->library != NULL, PAPER | SENSITIVITY | CARBON | ROBUST}};

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i].given && !(list[i].of & asked))
            return eel_fail(EEL_EARGS, "--%s: would change nothing here; see 'eelstream score --help'", list[i].option);
    }
    return EEL_OK;
}

static int answer(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);

    eel_log_name(usage.name);
    if (code == EEL_OK && paper + sensitivity + carbon + robust + (question.labels != NULL) > 1)
        code =
            eel_fail(EEL_EARGS, "one question at a time: --paper, --sensitivity, --files, --carbon "
                                "or --robust");
    if (code == EEL_OK)
        code = check_options();
    if (code != EEL_OK)
        return eel_log_exit(code);
    question.files = argv + first;
    question.file_count = argc - first;
    if (question.file_count && !carbon)
        code = eel_fail(EEL_EARGS, "%s: only --carbon takes files", question.files[0]);
    else if (paper)
        code = eel_ask_paper(&question);
    else if (sensitivity)
        code = eel_ask_sensitivity(&question);
    else if (carbon)
        code = eel_ask_carbon(&question);
    else if (robust)
        code = eel_ask_robust(&question);
    else
        code = eel_ask_files(&question);
    if (code == EEL_OK && curve && question.output)
        code = eel_report_curve(curve, question.output);
    return eel_log_exit(code);
}

static int check_operands(const eel_flow *flow)
{
    char **files;

    return eel_flow_operands(flow, &files) == 0
               ? EEL_OK
               : eel_fail(EEL_EARGS, "%s: only --carbon takes files", files[0]);
}

int main(int argc, char **argv)
{
    if (is_question(argc, argv))
        return answer(argc, argv);

    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    tally *t = eel_alloc(1, sizeof *t);
    eel_block *block;

    if (eel_flow_running(flow) && eel_flow_check(flow, t ? EEL_OK : EEL_ENOMEM) &&
        eel_flow_check(flow, check_operands(flow)) && eel_flow_check(flow, check_options()))
        eel_flow_check(flow, open_tally(t, flow));
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, count(t, block));
        eel_done(flow, block);
    }
    if (t && t->metrics.spectra && eel_flow_check(flow, EEL_OK))
        eel_flow_check(flow, tell(t));
    if (t) {
        eel_recogniser_free(t->recogniser);
        eel_platt_free(t->platt);
    }
    eel_free(t);
    return eel_flow_close(flow);
}
