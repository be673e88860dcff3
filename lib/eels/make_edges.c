/*
 * make_edges - fits the curves that make_edges.py prepares and writes them as an edge library.
 *
 *     make_edges.py SHARED_DATA | make_edges OUTPUT
 *
 * in: one curve a line on stdin, separated by tabs: id, compound, source, edge, onset in eV,
 * held out (0 or 1), first energy relative to the onset, step, and the values separated by spaces.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "eels/gaussians.h"

static const eel_fit_options options = {
    .gaussians_max = 40, .tolerance = 0.008, .gain_min = 0.002, .sigma_min_ev = 0.12,
};

static double rounded(double value, double unit)
{
    return round(value / unit) * unit;
}

/* Text that reads back as a short decimal keeps the file small. */
static double shortened(double value, int digits)
{
    char text[32];

    snprintf(text, sizeof text, "%.*g", digits, value);
    return strtod(text, NULL);
}

/* Highest value of the fitted shape within 60 eV of its onset. */
static double highest(const eel_shape *shape)
{
    static float values[3001];
    double top = 0;

    eel_shape_sample(shape, -15, .025, values, 3001);
    for (int i = 0; i < 3001; i++)
        top = fmax(top, values[i]);
    return top;
}

static int fit_curve(char *line, eel_shape *shape)
{
    static double values[EEL_FIT_SAMPLES_MAX];
    char *fields[9], *save = NULL, *end;
    int n = 0;

    for (int i = 0; i < 9; i++) {
        if (!(fields[i] = strtok_r(i ? NULL : line, "\t", &save)))
            return eel_fail(EEL_EFORMAT, "stdin: a line of %d fields, expected 9", i);
    }
    *shape = (eel_shape){.onset_ev = atof(fields[4]), .held_out = atoi(fields[5])};
    snprintf(shape->id, sizeof shape->id, "%s", fields[0]);
    snprintf(shape->compound, sizeof shape->compound, "%s", fields[1]);
    snprintf(shape->source, sizeof shape->source, "%s", fields[2]);
    snprintf(shape->edge, sizeof shape->edge, "%s", fields[3]);
    double first_ev = atof(fields[6]), step_ev = atof(fields[7]), rms;
    for (char *at = fields[8]; n < EEL_FIT_SAMPLES_MAX; at = end, n++) {
        values[n] = strtod(at, &end);
        if (end == at)
            break;
    }
    shape->end_ev = rounded(first_ev + (n - 1) * step_ev, .01);
    int code = eel_fit_gaussians(values, n, first_ev, step_ev, &options, shape->g,
                                 &shape->gaussians, &rms);
    if (code)
        return eel_fail_in(code, "%s", shape->id);
    double top = highest(shape);
    for (int i = 0; i < shape->gaussians; i++) {
        eel_gaussian *g = &shape->g[i];
        *g = (eel_gaussian){shortened(rounded(g->centre_ev, .001), 6),
                            shortened(g->sigma_ev, 4), shortened(g->height / top, 4)};
    }
    printf("%s\t%d Gaussians\t%.4f\n", shape->id, shape->gaussians, rms);
    return rms <= 0.022 ? EEL_OK
                        : eel_fail(EEL_EFORMAT, "%s: rms %.4f, expected 0.022 or less", shape->id,
                                   rms);
}

int main(int argc, char **argv)
{
    eel_library library = {0, calloc(EEL_SHAPES_MAX, sizeof(eel_shape))};
    char *line = NULL;
    size_t size = 0;
    int code = EEL_OK;

    if (argc != 2 || !library.shapes) {
        fprintf(stderr, "usage: make_edges.py SHARED_DATA | make_edges OUTPUT\n");
        return 2;
    }
    while (!code && library.count < EEL_SHAPES_MAX && getline(&line, &size, stdin) > 0)
        code = fit_curve(line, &library.shapes[library.count++]);
    if (!code)
        code = eel_library_write(&library, argv[1]);
    if (code)
        fprintf(stderr, "%s\n", eel_words());
    free(line);
    free(library.shapes);
    return eel_exit(code);
}
