/*
 * train - teach the network from a stream of labelled spectra.
 *
 * in:   spectra (spectra, EEL_NET_CHANNELS), counts, NAN where nothing was recorded; side data:
 *       labels (spectra, classes); in the order of their numbers
 * out:  a model file, and a checkpoint from which an interrupted training goes on with the same bits
 *
 * Adam at --rate, held for the first part and then lowered to zero along a cosine.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/replace.h"
#include "eels/background.h"
#include "eels/resample.h"
#include "eels/synth.h"
#include "shared/joints.h"
#include "shared/labelled.h"
#include "nn/model.h"
#include "nn/trainer.h"

#define BATCH_MAX 4096
#define NOTE_MAX  768

static uint64_t seed = 1, spectra = 1000000, batch = 128;
static double rate = 1e-3, hold = 0.4, dropout = 0.2;
static int threads = 2, every = 1000;
static const char *model = "model.h5", *checkpoint, *start, *curve;

static const eel_option options[] = {
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "where the trained model goes"},
    {"spectra", 'n', EEL_OPT_SIZE, &spectra, "N", "length of the training: the schedule ends there"},
    {"batch", 0, EEL_OPT_SIZE, &batch, "N", "spectra per step, a multiple of 64"},
    {"rate", 0, EEL_OPT_REAL, &rate, "R", "learning rate"},
    {"hold", 0, EEL_OPT_REAL, &hold, "SHARE", "share of the training at the full rate"},
    {"dropout", 0, EEL_OPT_REAL, &dropout, "SHARE", "of the hidden layer's values left out in each step"},
    {"checkpoint", 0, EEL_OPT_TEXT, &checkpoint, "FILE", "written now and then; gone on from when it is there"},
    {"every", 0, EEL_OPT_INT, &every, "STEPS", "steps between checkpoints"},
    {"start", 0, EEL_OPT_TEXT, &start, "FILE", "checkpoint or model whose weights a new training starts from"},
    {"curve", 0, EEL_OPT_TEXT, &curve, "FILE.csv", "spectra, loss and rate, a line every 100 steps"},
    {"threads", 0, EEL_OPT_INT, &threads, "N", "the result does not depend on it"},
    {"seed", 0, EEL_OPT_SIZE, &seed, "N", "of the first weights and of dropout"},
    {0},
};
static const eel_usage usage = {.name = "eelstream train",
                                .summary = "Teach the network from a stream of labelled spectra.",
                                .options = options};

typedef struct {
    eel_trainer *trainer;
    eel_labelled_classes classes;
    float *x;        /* (batch, EEL_NET_CHANNELS) */
    uint8_t *labels; /* (batch, classes) */
    uint32_t filled; /* rows of the batch that are there */
    uint64_t next;   /* number of the next spectrum */
    double loss;     /* running mean */
    FILE *curve;
    eel_progress progress;
    char command[2048];
} course;

/* The command as one would give it again: without what joins this run's processes. */
static void write_command(course *c, int argc, char **argv)
{
    static const char *const joins[] = {"--in", "--out", "--run", "--name", "--status"};

    for (int i = 0; i < argc; i++) {
        size_t length = strlen(c->command);
        int is_join = 0;
        for (size_t k = 0; k < sizeof joins / sizeof *joins; k++)
            is_join = is_join || strcmp(argv[i], joins[k]) == 0;
        if (is_join)
            i++; /* and its value */
        else
            snprintf(c->command + length, sizeof c->command - length, "%s%s", i ? " " : "",
                     argv[i]);
    }
}

/* The further elements of a training with their onsets, " La@837 Sr@133"; "" without any. */
static void write_own(const course *c, char words[NOTE_MAX])
{
    size_t used = 0;

    words[0] = 0;
    for (uint32_t k = EEL_ELEMENTS; k < c->classes.elements; k++)
        used += (size_t)snprintf(words + used, NOTE_MAX - used, " %s@%.0f", c->classes.name[k], c->classes.edge[k].onset_ev);
}

/* A checkpoint's note: the loss, the batch, and the further elements. */
static int read_note(course *c, const char *note)
{
    char *end, own[NOTE_MAX];
    uint32_t classes = eel_trainer_shape(c->trainer)->classes;

    c->loss = strtod(note, &end);
    unsigned long then = strtoul(end, &end, 10);
    if (then != batch)
        return eel_fail(EEL_EFORMAT, "%s: of a training with --batch %lu, not %ju", checkpoint, then, (uintmax_t)batch);
    write_own(c, own);
    if (classes == c->classes.classes && strcmp(c->classes.own || *end == ' ' ? end : "", own) == 0)
        return EEL_OK;
    return eel_fail(EEL_EFORMAT, "%s: of a training with %u classes, further elements:%s; the "
                    "spectra have %u:%s", checkpoint, classes, *end ? end : " none",
                    c->classes.classes, *own ? own : " none");
}

/* Its layers are those of --start; what goes in and comes out is the stream's. */
static int take_shape(eel_net_shape *shape)
{
    eel_net_shape ours = *shape;
    int code = eel_trainer_shape_in(start, shape);

    shape->inputs = ours.inputs;
    shape->classes = ours.classes;
    return code;
}

/* A training that goes on says once more what it has done since its checkpoint: those lines go. */
static int open_curve(course *c, int goes_on)
{
    char line[128];
    long end = 0;

    c->curve = goes_on ? fopen(curve, "r+") : NULL;
    while (c->curve && fgets(line, sizeof line, c->curve) && strtoull(line, NULL, 10) <= c->next)
        end = ftell(c->curve);
    if (!c->curve && !(c->curve = fopen(curve, "w")))
        return eel_fail(EEL_EIO, "%s: %s", curve, strerror(errno));
    if (fseek(c->curve, end, SEEK_SET) || ftruncate(fileno(c->curve), end))
        return eel_fail(EEL_EIO, "%s: %s", curve, strerror(errno));
    return EEL_OK;
}

static int open_course(course *c, eel_flow *flow, int argc, char **argv)
{
    eel_trainer_options how = eel_trainer_defaults();
    eel_replace places[2];

    write_command(c, argc, argv);
    if (eel_labelled_classes_read(&c->classes, eel_flow_description(flow)) != EEL_OK)
        return EEL_EFORMAT;
    eel_net_shape shape = eel_net_shape_default(c->classes.classes);
    if (eel_replace_begin(&places[0], model) != EEL_OK || /* now, not after hours of training */
        (checkpoint && eel_replace_begin(&places[1], checkpoint) != EEL_OK))
        return EEL_EIO;
    if (batch < 1 || batch > BATCH_MAX)
        return eel_fail(EEL_EARGS, "--batch: %ju spectra, expected 1 to %d", (uintmax_t)batch,
                        BATCH_MAX);
    if (spectra < batch)
        return eel_fail(EEL_EARGS, "--spectra: %ju, expected %ju or more, one step of --batch", (uintmax_t)spectra,
                        (uintmax_t)batch);
    how.batch = (uint32_t)batch;
    how.threads = threads > 0 ? (uint32_t)threads : 1;
    how.seed = seed;
    how.dropout = dropout;
    c->x = eel_alloc((size_t)batch * EEL_NET_CHANNELS, sizeof *c->x);
    c->labels = eel_alloc((size_t)batch * c->classes.classes, 1);
    int code = c->x && c->labels ? EEL_OK : EEL_ENOMEM;
    char *note = NULL;
    FILE *old = checkpoint ? fopen(checkpoint, "r") : NULL;
    if (old) {
        fclose(old);
        if (code == EEL_OK)
            code = eel_trainer_load(&c->trainer, &how, &note, checkpoint);
    } else {
        if (code == EEL_OK && start)
            code = take_shape(&shape);
        if (code == EEL_OK)
            code = eel_trainer_new(&c->trainer, &shape, &how);
        if (code == EEL_OK && start)
            code = eel_trainer_load_weights(c->trainer, start);
    }
    if (code == EEL_OK)
        c->next = eel_trainer_steps(c->trainer) * batch;
    if (code == EEL_OK && curve)
        code = open_curve(c, old != NULL);
    if (code == EEL_OK && note)
        code = read_note(c, note);
    free(note);
    eel_progress_start(&c->progress, "train", "spectra");
    return code;
}

static void close_course(course *c)
{
    eel_progress_end(&c->progress);
    eel_trainer_free(c->trainer);
    eel_free(c->x);
    eel_free(c->labels);
    if (c->curve)
        fclose(c->curve);
}

static double rate_now(const course *c)
{
    double done = (double)c->next / (double)spectra;

    if (done <= hold)
        return rate;
    return rate * 0.5 * (1 + cos(M_PI * fmin((done - hold) / fmax(1 - hold, 1e-9), 1)));
}

/* The checkpoint first, then the number for `synth --resume`: between the two synth would draw
 * some spectra that are skipped here. */
static int save(const course *c)
{
    char path[4096], number[32], note[NOTE_MAX + 32], own[NOTE_MAX];

    if (!checkpoint)
        return EEL_OK;
    snprintf(path, sizeof path, "%s.next", checkpoint);
    snprintf(number, sizeof number, "%ju\n", (uintmax_t)c->next);
    write_own(c, own);
    snprintf(note, sizeof note, "%.17g %ju%s", c->loss, (uintmax_t)batch, own);
    int code = eel_trainer_save(c->trainer, note, checkpoint);
    return code == EEL_OK ? eel_replace_text(path, number) : code;
}

static int step(course *c)
{
    double loss = 0, now = rate_now(c);
    char note[64];
    int code = eel_trainer_step(c->trainer, c->x, c->labels, now, &loss);

    if (code != EEL_OK)
        return code;
    uint64_t steps = eel_trainer_steps(c->trainer);
    c->filled = 0;
    c->next = steps * batch;
    c->loss = c->loss == 0 ? loss : 0.99 * c->loss + 0.01 * loss;
    if (c->curve && steps % 100 == 0) {
        fprintf(c->curve, "%ju,%.6f,%.3e\n", (uintmax_t)c->next, c->loss, now);
        fflush(c->curve);
    }
    snprintf(note, sizeof note, "loss %.4f", c->loss);
    eel_progress_show(&c->progress, c->next, spectra, note);
    return every > 0 && steps % (uint64_t)every == 0 ? save(c) : EEL_OK;
}

/* A spectrum as the next row of the batch. */
static void show(course *c, const float *row)
{
    float *x = c->x + (size_t)c->filled * EEL_NET_CHANNELS;
    uint32_t from, n = eel_labelled_window(row, &from);

    if (n < EEL_RESAMPLE_LEAST)
        memset(x, 0, EEL_NET_CHANNELS * sizeof *x);
    else
        eel_normalise(row + from, n, from, x);
}

static int learn(course *c, const eel_block *block)
{
    const float *rows = block->data;
    const uint8_t *labels = block->side;
    uint32_t classes = c->classes.classes;
    int code = eel_labelled_check(block, classes);

    for (uint32_t r = 0; r < block->rows && code == EEL_OK; r++) {
        uint64_t number = block->first + r, expected = c->next + c->filled;
        if (number < expected || number >= spectra)
            continue; /* learnt before the checkpoint, or past the end of the schedule */
        if (number > expected)
            return eel_fail(EEL_EFORMAT, "spectrum %ju came where %ju was expected",
                            (uintmax_t)number, (uintmax_t)expected);
        show(c, rows + (size_t)r * EEL_NET_CHANNELS);
        memcpy(c->labels + (size_t)c->filled * classes, labels + (size_t)r * classes, classes);
        if (++c->filled == batch)
            code = step(c);
    }
    return code;
}

static int write_model(const course *c, eel_flow *flow)
{
    eel_model_info info = {.start_ev = EEL_NET_START_EV, .step_ev = EEL_NET_STEP_EV,
                           .normalisation = EEL_NORMALISATION,
                           .classes = c->classes.classes};
    eel_net *net = NULL;
    json_t *synth = json_loads(eel_flow_description(flow), 0, NULL);
    json_t *loss = c->loss > 0 ? json_real(c->loss) : NULL; /* none where no step was done */
    json_t *record = json_pack("{s:s, s:I, s:I, s:o*, s:o*, s:s}", "command", c->command, "seed",
                               (json_int_t)seed, "spectra", (json_int_t)c->next, "loss", loss,
                               "stream", synth, "version", EEL_VERSION);

    for (uint32_t k = 0; k < info.classes; k++) {
        const eel_class_edge *edge = &c->classes.edge[k];
        memcpy(info.class_name[k], c->classes.name[k], sizeof info.class_name[k]);
        memcpy(info.shell[k], edge->shell, sizeof info.shell[k]);
        info.onset_ev[k] = edge->atomic_number ? edge->onset_ev : 0;
        info.threshold[k] = 0.5f;
        info.scale[k] = 1;
    }
    info.training = json_dumps(record, JSON_INDENT(1));
    int code = info.training ? eel_trainer_net(c->trainer, &net) : EEL_ENOMEM;
    if (code == EEL_OK)
        code = eel_model_write(net, &info, model);
    eel_net_free(net);
    eel_model_info_release(&info);
    json_decref(record);
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    course c = {0};
    eel_block *block;

    if (eel_flow_running(flow))
        eel_flow_check(flow, open_course(&c, flow, argc, argv));
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, learn(&c, block));
        eel_done(flow, block);
    }
    if (c.trainer && eel_flow_check(flow, EEL_OK) && c.next == 0)
        eel_flow_check(flow, eel_fail(EEL_EFORMAT, "%u spectra came, expected %ju or more, one step", c.filled,
                                      (uintmax_t)batch));
    if (c.trainer && eel_flow_check(flow, EEL_OK) && eel_flow_check(flow, save(&c)) &&
        eel_flow_check(flow, write_model(&c, flow)))
        eel_log("%s: trained on %ju spectra, loss %.4f", model, (uintmax_t)c.next, c.loss);
    close_course(&c);
    return eel_flow_close(flow);
}
