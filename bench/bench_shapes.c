/*
 * bench_shapes - how long it takes to draw an edge shape, and to sample one of the library.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "eels/elements.h"
#include "eels/library.h"
#include "eels/shapes.h"

#include <stdio.h>

static int count = 2000;
static const eel_option options[] = {
    {"count", 'n', EEL_OPT_INT, &count, "N", "shapes of each kind"},
    {0},
};
static const eel_usage usage = {
    .name = "bench_shapes",
    .summary = "Measure how fast edge shapes are drawn.",
    .operands = "LIBRARY",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
};

static float shape[EEL_SHAPE_SAMPLES];

static void line(const char *what, double start_s)
{
    printf("%-28s%8.1f us\n", what, 1e6 * (eel_clock_cpu_s() - start_s) / count);
}

static void measure(const eel_library *library)
{
    eel_rng rng = eel_rng_seeded(1, 1);
    double onset_ev, start_s = eel_clock_cpu_s();

    for (int i = 0; i < count; i++)
        eel_shape_build(&rng, i % EEL_ELEMENTS, &onset_ev, shape);
    line("one of the twenty", start_s);
    start_s = eel_clock_cpu_s();
    for (int i = 0; i < count; i++)
        eel_foreign_build(&rng, i % eel_foreign_count(), &onset_ev, shape);
    line("foreign", start_s);
    start_s = eel_clock_cpu_s();
    for (int i = 0; i < count; i++)
        eel_shape_sample(&library->shapes[i % library->count], EEL_SHAPE_FIRST_EV,
                         EEL_SHAPE_STEP_EV, shape, EEL_SHAPE_SAMPLES);
    line("of the library, sampled", start_s);
}

int main(int argc, char **argv)
{
    eel_library library;
    int first, code = eel_args(&usage, argc, argv, &first);

    if (!code && count < 1)
        code = eel_fail(EEL_EARGS, "--count %d: expected 1 or more", count);
    if (!code)
        code = eel_library_read(&library, argv[first]);
    if (code)
        return eel_log_exit(code);
    measure(&library);
    eel_library_release(&library);
    return 0;
}
