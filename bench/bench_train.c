/*
 * bench_train - how fast the network is trained: spectra per second, for each number of threads.
 *
 * One multiply-add counts as two; a training step is taken as three forward passes.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/err.h"
#include "nn/trainer.h"

#include <stdio.h>

static double seconds = 3;
static int classes = 33, threads_max = 2, json;
static const eel_option options[] = {
    {"seconds", 's', EEL_OPT_REAL, &seconds, "S", "time for each measurement"},
    {"classes", 'c', EEL_OPT_INT, &classes, "N", "classes of the network"},
    {"threads", 't', EEL_OPT_INT, &threads_max, "N", "up to so many threads"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {0},
};
static const eel_usage usage = {
    .name = "bench_train", .summary = "Measure training.", .options = options};

static int measure(uint32_t threads, const float *x, const uint8_t *labels)
{
    eel_net_shape shape = eel_net_shape_default((uint32_t)classes);
    eel_trainer_options how = eel_trainer_defaults();
    eel_trainer *trainer;
    double loss = 0, start_s, start_cpu_s, spent_s = 0;
    uint64_t steps = 0;

    how.threads = threads;
    int code = eel_trainer_new(&trainer, &shape, &how);
    if (!code)
        code = eel_trainer_step(trainer, x, labels, 1e-3, &loss);
    start_s = eel_clock_s();
    start_cpu_s = eel_clock_cpu_s();
    while (!code && spent_s < seconds) {
        code = eel_trainer_step(trainer, x, labels, 1e-3, &loss);
        spent_s = eel_clock_s() - start_s;
        steps++;
    }
    if (!code) {
        double rate = (double)(steps * how.batch) / spent_s;
        double gflops = 3 * rate * (double)eel_net_flop(&shape) * 1e-9;
        printf(json ? "{\"threads\": %u, \"spectra_per_s\": %.0f, \"gflops\": %.1f, "
                      "\"cores\": %.2f}\n"
                    : "%u threads  %8.0f spectra/s  %6.1f GFLOP/s  had %.2f cores\n",
               threads, rate, gflops, (eel_clock_cpu_s() - start_cpu_s) / spent_s);
        eel_trainer_free(trainer);
    }
    return code;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);
    eel_trainer_options how = eel_trainer_defaults();
    size_t inputs = eel_net_shape_default(1).inputs;
    eel_rng rng = eel_rng_seeded(1, 0);

    if (!code && (classes < 1 || threads_max < 1))
        code = eel_fail(EEL_EARGS, "--classes, --threads: expected at least 1");
    if (code)
        return eel_log_exit(code);
    float *x = eel_alloc(how.batch * inputs, sizeof *x);
    uint8_t *labels = eel_alloc((size_t)how.batch * (size_t)classes, 1);
    if (!x || !labels)
        code = EEL_ENOMEM;
    for (size_t i = 0; !code && i < how.batch * inputs; i++)
        x[i] = (float)eel_rng_normal(&rng);
    for (size_t i = 0; !code && i < (size_t)how.batch * (size_t)classes; i++)
        labels[i] = (uint8_t)eel_rng_chance(&rng, 0.1);
    for (int threads = 1; !code && threads <= threads_max; threads *= 2)
        code = measure((uint32_t)threads, x, labels);
    eel_free(x);
    eel_free(labels);
    return eel_log_exit(code);
}
