/*
 * bench_infer - how fast the network recognises: spectra per second on one core, for some sizes of
 * batch, and how much of the core's peak (peak.h) that is. By processor time, so a busy machine
 * changes little.
 *
 * With --inputs it also writes what a model says of the spectra in a file, so that another program
 * can show that it computes the same (bench/compare_torch.py).
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/model.h"
#include "nn/trainer.h"
#include "peak.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BATCH_MAX = 256 };

static double seconds = 2;
static int classes = 68, json, only, f32;
static const char *numbers_name;
static eel_numbers numbers;
static const char *model, *inputs, *outputs = "probabilities.f32";
static double peak; /* GFLOP/s */
static const eel_option options[] = {
    {"seconds", 's', EEL_OPT_REAL, &seconds, "S", "time for each measurement"},
    {"classes", 'c', EEL_OPT_INT, &classes, "N", "classes of the network"},
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "trained network, instead of one with random weights"},
    {"batch", 'b', EEL_OPT_INT, &only, "N", "this size of batch, instead of several"},
    {"inputs", 0, EEL_OPT_TEXT, &inputs, "FILE", "float32 inputs of at most 256 normalised spectra"},
    {"outputs", 0, EEL_OPT_TEXT, &outputs, "FILE", "with --inputs: where their probabilities go"},
    {"single-precision", 0, EEL_OPT_FLAG, &f32, NULL, "products of float32, as it was trained, instead of bfloat16"},
    {"numbers", 0, EEL_OPT_TEXT, &numbers_name, "NAME", "bfloat16-pairs or bfloat16-tiles, instead of what is fast here"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {0},
};
static const eel_usage usage = {
    .name = "bench_infer", .summary = "Measure recognition on one core.", .options = options};

static int measure(const eel_net *net, uint32_t batch, const float *x, float *p)
{
    eel_net_state *state;
    uint64_t calls = 0;
    double spent_s = 0;
    int code = eel_net_state_new(&state, net, batch, numbers);

    if (code)
        return code;
    eel_net_forward(net, state, p, x, batch);
    double start_s = eel_clock_s(), start_cpu_s = eel_clock_cpu_s();
    while (spent_s < seconds) {
        eel_net_forward(net, state, p, x, batch);
        calls++;
        spent_s = eel_clock_s() - start_s;
    }
    double cpu_s = eel_clock_cpu_s() - start_cpu_s;
    double rate = (double)(calls * batch) / cpu_s, wall_rate = (double)(calls * batch) / spent_s;
    double gflops = rate * (double)eel_net_flop(eel_net_shape_of(net)) * 1e-9;
    if (json)
        printf("{\"batch\": %u, \"spectra_per_s\": %.0f, \"wall_per_s\": %.0f, \"gflops\": %.1f, \"ms\": %.3f, "
               "\"of_peak\": %.3f}\n",
               batch, rate, wall_rate, gflops, 1e3 * batch / rate, gflops / peak);
    else
        printf("batch %3u  %8.0f spectra/s  %6.1f GFLOP/s  %8.3f ms a batch  %.2f of the peak\n", batch, rate,
               gflops, 1e3 * batch / rate, gflops / peak);
    eel_net_state_free(state);
    return EEL_OK;
}

static int make_net(eel_net **net)
{
    eel_trainer_options how = eel_trainer_defaults();
    eel_net_shape shape = eel_net_shape_default((uint32_t)classes);
    eel_model_info info = {.classes = 0};
    eel_trainer *trainer = NULL;

    if (model) {
        int code = eel_model_read(net, &info, model);
        eel_model_info_release(&info);
        return code;
    }
    how.batch = how.shard = how.threads = 1;
    int code = eel_trainer_new(&trainer, &shape, &how);
    if (!code)
        code = eel_trainer_net(trainer, net);
    eel_trainer_free(trainer);
    return code;
}

/* Probabilities, before calibration, of the spectra in a file. */
static int answer(const eel_net *net, float *x, float *p)
{
    const eel_net_shape *shape = eel_net_shape_of(net);
    eel_net_state *state = NULL;
    FILE *in = fopen(inputs, "rb"), *out = in ? fopen(outputs, "wb") : NULL;
    int code = in && out ? eel_net_state_new(&state, net, BATCH_MAX, numbers)
                         : eel_fail(EEL_EIO, "%s: %s", in ? outputs : inputs, strerror(errno));

    if (!code) {
        size_t rows = fread(x, shape->inputs * sizeof *x, BATCH_MAX, in);
        eel_net_forward(net, state, p, x, (uint32_t)rows);
        if (fwrite(p, shape->classes * sizeof *p, rows, out) != rows)
            code = eel_fail(EEL_EIO, "%s: %s", outputs, strerror(errno));
    }
    if (in)
        fclose(in);
    if (out && fclose(out) && !code)
        code = eel_fail(EEL_EIO, "%s: %s", outputs, strerror(errno));
    eel_net_state_free(state);
    return code;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);
    eel_rng rng = eel_rng_seeded(1, 0);
    float *x = NULL, *p = NULL;
    eel_net *net = NULL;

    if (!code && (classes < 1 || only < 0 || only > BATCH_MAX))
        code = eel_fail(EEL_EARGS, "--classes: at least 1; --batch: at most %d", BATCH_MAX);
    numbers = eel_numbers_asked(f32);
    if (!code && numbers_name)
        code = eel_numbers_find(&numbers, numbers_name);
    if (!code)
        code = make_net(&net);
    if (!code) {
        const eel_net_shape *shape = eel_net_shape_of(net);
        size_t values = (size_t)BATCH_MAX * shape->inputs;
        x = eel_alloc(values, sizeof *x);
        p = eel_alloc((size_t)BATCH_MAX * shape->classes, sizeof *p);
        code = x && p ? EEL_OK : EEL_ENOMEM;
        for (size_t i = 0; !code && i < values; i++)
            x[i] = (float)eel_rng_normal(&rng);
    }
    static const uint32_t batches[] = {1, 8, 64, BATCH_MAX};
    peak = peak_gflops(0.5);
    if (!code && only)
        code = measure(net, (uint32_t)only, x, p);
    for (int i = 0; !code && !only && i < 4; i++)
        code = measure(net, batches[i], x, p);
    if (!code && inputs)
        code = answer(net, x, p);
    eel_net_free(net);
    eel_free(x);
    eel_free(p);
    return eel_log_exit(code);
}
