#include "nn/trainer_state.h"
#include "nn/adam.h"
#include "nn/loss.h"
#include "nn/net_weights.h"
#include "nn/unfold.h"

#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define RUNNING_RATE 0.01 /* weight of a new shard in the running averages, once there are many */

eel_trainer_options eel_trainer_defaults(void)
{
    return (eel_trainer_options){
        .batch = 128,
        .shard = 64,
        .threads = 2,
        .gradient_norm = 1,
        .dropout = 0.2,
        .seed = 1,
    };
}

static int check_options(const eel_trainer_options *options)
{
    if (options->shard < 1 || options->shard > EEL_NET_BATCH_MAX)
        return eel_fail(EEL_EARGS, "training: shard of %u, expected 1 to %d", options->shard,
                        EEL_NET_BATCH_MAX);
    if (options->batch < 1 || options->batch % options->shard != 0 ||
        options->batch / options->shard > TRAINER_SHARDS_MAX)
        return eel_fail(EEL_EARGS, "training: batch of %u, expected 1 to %d times the shard of %u",
                        options->batch, TRAINER_SHARDS_MAX, options->shard);
    if (options->threads < 1 || options->threads > TRAINER_THREADS_MAX)
        return eel_fail(EEL_EARGS, "training: %u threads, expected 1 to %d", options->threads,
                        TRAINER_THREADS_MAX);
    if (!(options->gradient_norm > 0))
        return eel_fail(EEL_EARGS, "training: gradient norm of %g, expected more than 0",
                        options->gradient_norm);
    if (!(options->dropout >= 0 && options->dropout < 1))
        return eel_fail(EEL_EARGS, "training: dropout of %g, expected 0 to less than 1",
                        options->dropout);
    return EEL_OK;
}

static uint32_t shard_count(const eel_trainer *trainer)
{
    return trainer->options.batch / trainer->options.shard;
}

static void draw_normal(eel_trainer *trainer, eel_rng *rng, unsigned index, double sd)
{
    const nn_tensor *tensor = &trainer->layout.tensors[index];

    for (size_t i = 0; i < tensor->count; i++)
        trainer->values[tensor->offset + i] = (float)(sd * eel_rng_normal(rng));
}

static void draw_uniform(eel_trainer *trainer, eel_rng *rng, unsigned index, double limit)
{
    const nn_tensor *tensor = &trainer->layout.tensors[index];

    for (size_t i = 0; i < tensor->count; i++)
        trainer->values[tensor->offset + i] = (float)eel_rng_uniform(rng, -limit, limit);
}

/* He et al. 2015 (sd = sqrt(2 / inputs)) before a ReLU, Glorot & Bengio 2010 elsewhere. */
static void first_weights(eel_trainer *trainer)
{
    const nn_layout *layout = &trainer->layout;
    const eel_net_shape *shape = &layout->shape;
    eel_rng rng = eel_rng_seeded(trainer->options.seed, UINT64_MAX);

    for (int i = 0; i < EEL_CONVS; i++) {
        const conv1d *conv = &layout->conv[i];
        draw_normal(trainer, &rng, CONV_WEIGHT + i, sqrt(2.0 / (conv->width * conv->channels_in)));
        for (uint32_t c = 0; c < conv->channels_out; c++) {
            trainer->values[layout->tensors[CONV_GAIN + i].offset + c] = 1;
            trainer->variance[i][c] = 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        draw_uniform(trainer, &rng, LSTM_WEIGHT + i,
                     sqrt(6.0 / (layout->features + 2 * shape->hidden)));
        for (uint32_t u = 0; u < shape->hidden; u++) /* remember, unless there is a reason not to */
            trainer->values[layout->tensors[LSTM_BIAS + i].offset + shape->hidden + u] = 1;
    }
    draw_normal(trainer, &rng, PROJECT_WEIGHT, sqrt(2.0 / (2 * shape->hidden)));
    draw_normal(trainer, &rng, DENSE_WEIGHT, sqrt(2.0 / (layout->steps * shape->projected)));
    draw_uniform(trainer, &rng, OUTPUT_WEIGHT, sqrt(6.0 / (shape->dense + shape->classes)));
}

static int make_memory(eel_trainer *trainer)
{
    size_t count = trainer->layout.count;
    int code = backprop_weights_new(&trainer->weights, &trainer->layout);

    for (uint32_t i = 0; i < trainer->options.threads && !code; i++)
        code = backprop_new(&trainer->passes[i], &trainer->layout, trainer->options.shard);
    trainer->shards = eel_alloc(shard_count(trainer), sizeof *trainer->shards);
    for (uint32_t i = 0; trainer->shards && i < shard_count(trainer); i++)
        if (!(trainer->shards[i].gradient = eel_alloc(count, sizeof(float))))
            code = EEL_ENOMEM;
    trainer->values = eel_alloc(count, sizeof(float));
    trainer->first = eel_alloc(count, sizeof(float));
    trainer->second = eel_alloc(count, sizeof(float));
    if (!trainer->shards || !trainer->values || !trainer->first || !trainer->second)
        code = EEL_ENOMEM;
    return code;
}

int eel_trainer_new(eel_trainer **trainer, const eel_net_shape *shape,
                    const eel_trainer_options *options)
{
    eel_trainer *made = NULL;
    int code = check_options(options);

    if (!code && !(made = eel_alloc(1, sizeof *made)))
        code = EEL_ENOMEM;
    if (!code)
        code = layout_init(&made->layout, shape);
    if (!code) {
        made->options = *options;
        made->options.class_weights = NULL;
        for (uint32_t c = 0; c < shape->classes; c++)
            made->class_weights[c] = options->class_weights ? options->class_weights[c] : 1;
        code = make_memory(made);
    }
    if (code) {
        eel_trainer_free(made);
        return code;
    }
    first_weights(made);
    *trainer = made;
    return EEL_OK;
}

void eel_trainer_free(eel_trainer *trainer)
{
    if (!trainer)
        return;
    for (uint32_t i = 0; i < TRAINER_THREADS_MAX; i++)
        backprop_free(trainer->passes[i]);
    for (uint32_t i = 0; trainer->shards && i < shard_count(trainer); i++)
        eel_free(trainer->shards[i].gradient);
    backprop_weights_release(&trainer->weights);
    eel_free(trainer->shards);
    eel_free(trainer->values);
    eel_free(trainer->first);
    eel_free(trainer->second);
    eel_free(trainer);
}

/* A step's work: threads take the next shard until none is left. */
typedef struct {
    eel_trainer *trainer;
    const float *x;
    const uint8_t *labels;
    double scale;
    atomic_uint next_shard, next_pass;
} step_work;

static void work_on_shard(const step_work *work, backprop *pass, uint32_t index)
{
    eel_trainer *trainer = work->trainer;
    const eel_net_shape *shape = &trainer->layout.shape;
    trainer_shard *shard = &trainer->shards[index];
    size_t first = (size_t)index * pass->rows;
    eel_rng rng = eel_rng_seeded(trainer->options.seed,
                                 trainer->steps * TRAINER_SHARDS_MAX + index);

    backprop_forward(pass, &trainer->weights, work->x + first * shape->inputs,
                     trainer->options.dropout, &rng);
    shard->loss = loss_cross_entropy(pass->dlogits, pass->logits,
                                     work->labels + first * shape->classes, trainer->class_weights,
                                     work->scale, pass->rows, shape->classes);
    backprop_backward(pass, &trainer->weights, shard->gradient);
    for (int i = 0; i < EEL_CONVS; i++) {
        for (uint32_t c = 0; c < shape->channels[i]; c++) {
            shard->mean[i][c] = pass->norm[i].mean[c];
            shard->variance[i][c] = batchnorm_variance(&pass->norm[i], c);
        }
    }
}

static void *work_on_shards(void *context)
{
    step_work *work = context;
    backprop *pass = work->trainer->passes[atomic_fetch_add(&work->next_pass, 1)];
    uint32_t shard;

    while ((shard = atomic_fetch_add(&work->next_shard, 1)) < shard_count(work->trainer))
        work_on_shard(work, pass, shard);
    return NULL;
}

/* Starting a thread costs some ten microseconds, a shard tens of milliseconds: no pool is kept.
 * Threads that the system refuses are done without. */
static void run_shards(step_work *work)
{
    pthread_t threads[TRAINER_THREADS_MAX];
    uint32_t started = 0;

    while (started + 1 < work->trainer->options.threads &&
           pthread_create(&threads[started], NULL, work_on_shards, work) == 0)
        started++;
    work_on_shards(work);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void average_statistics(eel_trainer *trainer, const trainer_shard *shard)
{
    double mean_of_few = 1 / (double)(trainer->averaged + 1);
    double rate = mean_of_few > RUNNING_RATE ? mean_of_few : RUNNING_RATE;

    for (int i = 0; i < EEL_CONVS; i++) {
        for (uint32_t c = 0; c < trainer->layout.shape.channels[i]; c++) {
            trainer->mean[i][c] += rate * (shard->mean[i][c] - trainer->mean[i][c]);
            trainer->variance[i][c] += rate * (shard->variance[i][c] - trainer->variance[i][c]);
        }
    }
    trainer->averaged++;
}

/* Adds all gradients to the first, in the order of the shards. */
static double add_shards(eel_trainer *trainer)
{
    uint32_t shards = shard_count(trainer);
    float *sum = trainer->shards[0].gradient;
    double loss = trainer->shards[0].loss;

    for (uint32_t i = 1; i < shards; i++) {
        const float *more = trainer->shards[i].gradient;
        for (size_t j = 0; j < trainer->layout.count; j++)
            sum[j] += more[j];
        loss += trainer->shards[i].loss;
    }
    return loss;
}

int eel_trainer_step(eel_trainer *trainer, const float *x, const uint8_t *labels, double rate,
                     double *loss)
{
    const eel_trainer_options *options = &trainer->options;
    size_t counted = loss_counted(labels, (size_t)options->batch * trainer->layout.shape.classes);
    step_work work = {.trainer = trainer, .x = x, .labels = labels};

    work.scale = counted ? 1 / (double)counted : 0;
    if (trainer->folded)
        trainer_unfold(trainer, x);
    backprop_weights_pack(&trainer->weights, &trainer->layout, trainer->values);
    run_shards(&work);

    double sum = add_shards(trainer) * work.scale;
    float *gradient = trainer->shards[0].gradient;
    double norm = adam_clip(gradient, options->gradient_norm, trainer->layout.count);
    if (!isfinite(sum) || !isfinite(norm))
        return eel_fail(EEL_EFORMAT, "training: step %llu has loss %g and gradient norm %g, "
                        "expected finite numbers: check the inputs and the rate",
                        (unsigned long long)trainer->steps + 1, sum, norm);
    for (uint32_t i = 0; i < shard_count(trainer); i++)
        average_statistics(trainer, &trainer->shards[i]);
    trainer->steps++;
    adam_step(trainer->values, trainer->first, trainer->second, gradient, rate, trainer->steps,
              trainer->layout.count);
    *loss = sum;
    return EEL_OK;
}

uint64_t eel_trainer_steps(const eel_trainer *trainer)
{
    return trainer->steps;
}

const eel_net_shape *eel_trainer_shape(const eel_trainer *trainer)
{
    return &trainer->layout.shape;
}

void trainer_take_weights(eel_trainer *trainer, const eel_trainer *other)
{
    memcpy(trainer->values, other->values, trainer->layout.count * sizeof *trainer->values);
    memcpy(trainer->mean, other->mean, sizeof trainer->mean);
    memcpy(trainer->variance, other->variance, sizeof trainer->variance);
    trainer->averaged = other->averaged;
}

/* Batch normalisation in use is a scale and a shift of each channel: into weights and bias. */
static void fold(float *weight, float *bias, const eel_trainer *trainer, int i)
{
    const nn_layout *layout = &trainer->layout;
    const nn_tensor *tensors = layout->tensors;
    uint32_t channels = layout->shape.channels[i];
    const float *raw = trainer->values + tensors[CONV_WEIGHT + i].offset;
    const float *gain = trainer->values + tensors[CONV_GAIN + i].offset;
    const float *shift = trainer->values + tensors[CONV_BIAS + i].offset;

    for (uint32_t c = 0; c < channels; c++) {
        double scale = gain[c] / sqrt(trainer->variance[i][c] + BATCHNORM_EPSILON);
        for (size_t j = c; j < tensors[CONV_WEIGHT + i].count; j += channels)
            weight[j] = (float)(raw[j] * scale);
        bias[c] = (float)(shift[c] - trainer->mean[i][c] * scale);
    }
}

int eel_trainer_net(const eel_trainer *trainer, eel_net **net)
{
    const nn_tensor *tensors = trainer->layout.tensors;
    eel_net *made;
    int code = net_new(&made, &trainer->layout.shape);

    if (code)
        return code;
    memcpy(made->values, trainer->values, trainer->layout.count * sizeof *made->values);
    for (int i = 0; i < EEL_CONVS && !trainer->folded; i++)
        fold(made->values + tensors[CONV_WEIGHT + i].offset,
             made->values + tensors[CONV_BIAS + i].offset, trainer, i);
    net_ready(made);
    *net = made;
    return EEL_OK;
}
