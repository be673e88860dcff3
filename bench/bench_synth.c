/*
 * bench_synth - how fast labelled spectra are drawn: the paper's and the real kind, on one core.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shipped.h"
#include "eels/synth.h"

#include <stdio.h>

static uint64_t count = 20000;
static int json;
static const eel_option options[] = {
    {"count", 'n', EEL_OPT_SIZE, &count, "N", "spectra of each kind"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {0},
};
static const eel_usage usage = {
    .name = "bench_synth", .summary = "Measure how fast spectra are drawn.", .options = options};

static int measure(const char *name, eel_synth_kind kind, const eel_library *library)
{
    eel_spectrum *spectrum = eel_alloc(1, sizeof *spectrum);
    eel_synth *synth = NULL;
    int code = spectrum ? eel_synth_new(&synth, kind, library, 0) : EEL_ENOMEM;

    if (!code) {
        double start_s = eel_clock_cpu_s();
        eel_synth_draw(synth, NULL, 1, 0, spectrum);
        double first_s = eel_clock_cpu_s() - start_s; /* the pool of edges with it */
        for (uint64_t i = 1; i < count; i++)
            eel_synth_draw(synth, NULL, 1, i, spectrum);
        double rate = (double)(count - 1) / (eel_clock_cpu_s() - start_s - first_s);
        printf(json ? "{\"kind\": \"%s\", \"spectra_per_s\": %.0f, \"pool_s\": %.2f}\n"
                    : "%-6s %8.0f spectra/s, and %.2f s for a pool of edges\n",
               name, rate, first_s);
    }
    eel_synth_free(synth);
    eel_free(spectrum);
    return code;
}

int main(int argc, char **argv)
{
    char path[EEL_SHIPPED_MAX];
    eel_library library = {0};
    int first, code = eel_args(&usage, argc, argv, &first);

    if (!code)
        code = eel_shipped(path, "edges.txt");
    if (!code)
        code = eel_library_read(&library, path);
    if (!code)
        code = measure("paper", EEL_SYNTH_PAPER, &library);
    if (!code)
        code = measure("real", EEL_SYNTH_REAL, &library);
    eel_library_release(&library);
    return eel_log_exit(code);
}
