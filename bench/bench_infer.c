/*
 * bench_infer - how fast the network recognises: spectra per second on one core, for some sizes of
 * batch.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/trainer.h"

#include <stdio.h>

enum { BATCH_MAX = 256 };

static double seconds = 2;
static int classes = 33, json;
static const eel_option options[] = {
    {"seconds", 's', EEL_OPT_REAL, &seconds, "S", "time for each measurement"},
    {"classes", 'c', EEL_OPT_INT, &classes, "N", "classes of the network"},
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
    int code = eel_net_state_new(&state, net, batch);

    if (code)
        return code;
    eel_net_forward(net, state, p, x, batch);
    double start_s = eel_clock_s(), start_cpu_s = eel_clock_cpu_s();
    while (spent_s < seconds) {
        eel_net_forward(net, state, p, x, batch);
        calls++;
        spent_s = eel_clock_s() - start_s;
    }
    double rate = (double)(calls * batch) / spent_s;
    double share = (eel_clock_cpu_s() - start_cpu_s) / spent_s;
    double gflops = rate * (double)eel_net_flop(eel_net_shape_of(net)) * 1e-9;
    printf(json ? "{\"batch\": %u, \"spectra_per_s\": %.0f, \"gflops\": %.1f, \"ms\": %.3f, "
                  "\"cpu_share\": %.2f}\n"
                : "batch %3u  %8.0f spectra/s  %6.1f GFLOP/s  %8.3f ms a batch  "
                  "had %.2f of a core\n",
           batch, rate, gflops, 1e3 * batch / rate, share);
    eel_net_state_free(state);
    return EEL_OK;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);
    eel_trainer_options how = eel_trainer_defaults();
    eel_rng rng = eel_rng_seeded(1, 0);
    eel_trainer *trainer = NULL;
    eel_net *net = NULL;

    if (!code && classes < 1)
        code = eel_fail(EEL_EARGS, "--classes: expected at least 1");
    if (code)
        return eel_log_exit(code);
    eel_net_shape shape = eel_net_shape_default((uint32_t)classes);
    how.batch = how.shard = how.threads = 1;
    float *x = eel_alloc((size_t)BATCH_MAX * shape.inputs, sizeof *x);
    float *p = eel_alloc((size_t)BATCH_MAX * shape.classes, sizeof *p);
    code = x && p ? eel_trainer_new(&trainer, &shape, &how) : EEL_ENOMEM;
    if (!code)
        code = eel_trainer_net(trainer, &net);
    for (size_t i = 0; !code && i < (size_t)BATCH_MAX * shape.inputs; i++)
        x[i] = (float)eel_rng_normal(&rng);
    static const uint32_t batches[] = {1, 8, 64, BATCH_MAX};
    for (int i = 0; !code && i < 4; i++)
        code = measure(net, batches[i], x, p);
    eel_net_free(net);
    eel_trainer_free(trainer);
    eel_free(x);
    eel_free(p);
    return eel_log_exit(code);
}
