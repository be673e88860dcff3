/*
 * fit - make an edge of a measured spectrum part of an edge library.
 *
 * in:   any readable file; of an image its mean spectrum
 * out:  the edge after background removal as a sum of Gaussians, described on stdout; with
 *       --library it is added to that file, from which networks are trained; with --picture a
 *       PNG shows the spectrum, the background and the fit
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "eels/edge.h"
#include "eels/elements.h"
#include "eels/gaussians.h"
#include "eels/shapes.h"
#include "io/image.h"
#include "io/json_text.h"
#include "io/plot.h"
#include "shared/mean_spectrum.h"

static const char *element, *edge_name, *library_path, *picture_path;
static const char *id, *compound, *source;
static eel_image_options image_options;
static double onset_ev = NAN, window_ev = 40, search_ev = 12, length_ev = 200, tolerance = 0.01;
static int gaussians_max = 40, as_it_is, held_out, json;

static const eel_option options[] = {
    {"element", 'e', EEL_OPT_TEXT, &element, "SYMBOL", "one of the twenty elements"},
    {"edge", 0, EEL_OPT_TEXT, &edge_name, "NAME", "or any edge by its name, \"La M4,5\""},
    {"onset", 0, EEL_OPT_REAL, &onset_ev, "EV", "where the edge begins, instead of looking for it"},
    {"search", 0, EEL_OPT_REAL, &search_ev, "EV", "look for the onset this far around its place"},
    {"window", 'w', EEL_OPT_REAL, &window_ev, "EV", "length of the background window before it"},
    {"no-background", 0, EEL_OPT_FLAG, &as_it_is, NULL, "the background is already removed"},
    {"length", 0, EEL_OPT_REAL, &length_ev, "EV", "fit this far after the onset"},
    {"gaussians", 'g', EEL_OPT_INT, &gaussians_max, "N", "at most so many"},
    {"tolerance", 0, EEL_OPT_REAL, &tolerance, "SHARE", "a rest of this share is good enough"},
    {"library", 'l', EEL_OPT_TEXT, &library_path, "FILE", "add the shape to this file"},
    {"picture", 'p', EEL_OPT_TEXT, &picture_path, "PNG", "show the fit in this picture"},
    {"id", 0, EEL_OPT_TEXT, &id, "ID", "name of the shape (element and file name)"},
    {"compound", 0, EEL_OPT_TEXT, &compound, "NAME", "what the specimen is (the file name)"},
    {"source", 0, EEL_OPT_TEXT, &source, "TEXT", "where the spectrum is from (the file name)"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "say what was fitted as JSON"},
    {"held-out", 0, EEL_OPT_FLAG, &held_out, NULL, "for tests only, never to be trained on"},
    EEL_IMAGE_OPTIONS(image_options),
    {0},
};
static const eel_usage usage = {
    .name = "eelstream fit",
    .summary = "Fit Gaussians to one edge of a spectrum and add it to an edge library.",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .notes = "The background before the edge is taken off as a power law. The library is a text\n"
             "file (proto/library.md) and is made where it is not there yet.",
};

/* The nominal onset of the edge that is meant, and its full name. */
static int choose_edge(eel_shape *shape, double *expected_ev)
{
    int index = element ? eel_element_find(element) : -1;

    *expected_ev = onset_ev;
    if (!element == !edge_name)
        return eel_fail(EEL_EARGS, "--element or --edge: expected one of them");
    if (element && index < 0)
        return eel_fail(EEL_EARGS, "--element %s: none of the twenty; name its edge with --edge",
                        element);
    if (edge_name && strlen(edge_name) >= sizeof shape->edge)
        return eel_fail(EEL_EARGS, "--edge: %zu bytes, expected %zu or fewer", strlen(edge_name),
                        sizeof shape->edge - 1);
    if (edge_name)
        snprintf(shape->edge, sizeof shape->edge, "%s", edge_name);
    else
        snprintf(shape->edge, sizeof shape->edge, "%s %s", element, eel_elements[index].edge);
    for (int i = 0; i < EEL_ELEMENTS && isnan(*expected_ev); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s %s", eel_elements[i].symbol, eel_elements[i].edge);
        if (strcmp(name, shape->edge) == 0)
            *expected_ev = eel_elements[i].onset_ev;
    }
    for (int i = 0; i < eel_foreign_count() && isnan(*expected_ev); i++) {
        if (strcmp(eel_foreign_name(i), shape->edge) == 0)
            *expected_ev = eel_foreign_onset(i);
    }
    if (isnan(*expected_ev))
        return eel_fail(EEL_EARGS, "--edge %s: not in the table of onsets; say where it begins "
                        "with --onset", shape->edge);
    return EEL_OK;
}

static int check_options(void)
{
    if (gaussians_max < 1 || gaussians_max > EEL_GAUSSIANS_MAX)
        return eel_fail(EEL_EARGS, "--gaussians %d: expected 1 to %d", gaussians_max,
                        EEL_GAUSSIANS_MAX);
    if (!(tolerance > 0 && tolerance < 1))
        return eel_fail(EEL_EARGS, "--tolerance %g: expected more than 0 and less than 1",
                        tolerance);
    if (!(window_ev > 0 && search_ev >= 0 && length_ev > 0 && length_ev <= EEL_END_MAX_EV))
        return eel_fail(EEL_EARGS, "--window, --search, --length: %g, %g, %g eV, expected positive "
                        "energies of at most %g eV", window_ev, search_ev, length_ev,
                        EEL_END_MAX_EV);
    return EEL_OK;
}

/* An edge of one's own becomes a class of a network, which is an element with its shell. */
static int check_edge(void)
{
    size_t symbol = edge_name ? strcspn(edge_name, " ") : 0;
    char name[4] = "";

    if (!edge_name || strlen(edge_name) >= sizeof((eel_shape *)0)->edge)
        return EEL_OK;
    if (symbol < sizeof name)
        memcpy(name, edge_name, symbol);
    if (!eel_atomic_number(name) || edge_name[symbol] != ' ' || !eel_is_shell(edge_name + symbol + 1))
        return eel_fail(EEL_EARGS, "--edge: '%s', expected an element and a shell, as \"La M4,5\"", edge_name);
    return EEL_OK;
}

/* A text of the shape: the option, or one made from the file's name. */
static int set_text(char *out, size_t size, const char *option, const char *given,
                    const char *made)
{
    if (given && (!*given || strlen(given) >= size))
        return eel_fail(EEL_EARGS, "%s: %zu bytes, expected 1 to %zu", option, strlen(given),
                        size - 1);
    snprintf(out, size, "%s", given ? given : made);
    return EEL_OK;
}

static int name_shape(eel_shape *shape, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char stem[40], made[128];

    snprintf(stem, sizeof stem, "%s", base);
    if (strrchr(stem, '.') && strrchr(stem, '.') != stem)
        *strrchr(stem, '.') = 0;
    snprintf(made, sizeof made, "%s_%s", shape->edge, stem);
    for (char *c = made; *c; c++)
        *c = *c == ' ' ? '_' : *c;
    int code = set_text(shape->id, sizeof shape->id, "--id", id, made);
    if (!code)
        code = set_text(shape->compound, sizeof shape->compound, "--compound", compound, stem);
    snprintf(made, sizeof made, "fitted to %.80s by eelstream fit", base);
    if (!code)
        code = set_text(shape->source, sizeof shape->source, "--source", source, made);
    shape->held_out = held_out;
    return code;
}

static double shortened(double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.5g", value);
    return strtod(text, NULL);
}

/* Scales to a highest value of 1 within 60 eV and keeps five digits; returns what was highest. */
static double normalise(eel_shape *shape)
{
    static float values[3001];
    double top = 0;

    eel_shape_sample(shape, -15, .025, values, 3001);
    for (int i = 0; i < 3001; i++)
        top = fmax(top, values[i]);
    for (int i = 0; i < shape->gaussians; i++) {
        eel_gaussian *g = &shape->g[i];
        *g = (eel_gaussian){shortened(g->centre_ev), shortened(g->sigma_ev),
                            shortened(g->height / top)};
    }
    return top;
}

static int add_to_library(const eel_shape *shape, int *count)
{
    eel_library library = {0};
    int code = access(library_path, F_OK) ? EEL_OK : eel_library_read(&library, library_path);

    if (!code && library.count == EEL_SHAPES_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: holds %d shapes, the most there may be", library_path,
                        library.count);
    for (int i = 0; i < library.count && !code; i++) {
        if (strcmp(library.shapes[i].id, shape->id) == 0)
            code = eel_fail(EEL_EARGS, "%s: has a shape %s already; choose another --id",
                            library_path, shape->id);
    }
    eel_library more = {library.count + 1, NULL};
    if (!code && !(more.shapes = eel_alloc((size_t)more.count, sizeof *more.shapes)))
        code = EEL_ENOMEM;
    if (!code) {
        if (library.count)
            memcpy(more.shapes, library.shapes, (size_t)library.count * sizeof *shape);
        more.shapes[library.count] = *shape;
        code = eel_library_write(&more, library_path);
    }
    *count = more.count;
    eel_library_release(&more);
    eel_library_release(&library);
    return code;
}

/* The spectrum around the edge with its background, before anything is taken off. */
static void draw_spectrum(eel_picture *picture, const eel_edge *edge, const eel_axis *axis,
                          const float *counts, double *room)
{
    double from_ev = fmax(as_it_is ? edge->onset_ev + edge->first_ev : edge->from_ev - 10,
                          axis->start_ev);
    double to_ev = edge->onset_ev + edge->first_ev + edge->n * edge->step_ev;
    int first = (int)fmax(0, eel_axis_channel(axis, from_ev)), n = 0;
    double *ev = room, *up = ev + axis->n, *below = up + axis->n;

    for (int i = first; i < (int)axis->n && eel_axis_ev(axis, i) <= to_ev; i++, n++) {
        ev[n] = eel_axis_ev(axis, i);
        up[n] = counts[i];
        below[n] = as_it_is || ev[n] < edge->from_ev ? NAN : eel_power_law_at(&edge->background, ev[n]);
    }
    eel_plot plot = {.x = 110, .y = 60, .w = 750, .h = 260, .font = 15,
                     .across = {.low = ev[0], .high = ev[n - 1], .label = "Energy loss (eV)"},
                     .up = eel_plot_range(up, n, "Counts")};
    if (!as_it_is)
        plot.up.low = fmin(plot.up.low, below[n - 1]);
    eel_plot_axes(picture, &plot);
    eel_plot_mark(picture, &plot, edge->onset_ev, EEL_GREY);
    eel_plot_curve(picture, &plot, ev, up, n, 1.5, EEL_BLUE);
    eel_plot_legend(picture, &plot, 0, "spectrum", EEL_BLUE);
    if (as_it_is)
        return;
    eel_plot_curve(picture, &plot, ev, below, n, 2, EEL_ORANGE);
    eel_plot_legend(picture, &plot, 1, "background", EEL_ORANGE);
}

/* What is above the background, the sum of the Gaussians, and each of them. */
static void draw_fit(eel_picture *picture, const eel_shape *shape, const eel_edge *edge, double top,
                     double *room, float *sampled)
{
    int n = edge->n;
    double *ev = room, *up = ev + n, *model = up + n;
    eel_shape one = {.gaussians = 1};

    for (int i = 0; i < n; i++) {
        ev[i] = edge->first_ev + i * edge->step_ev;
        up[i] = edge->values[i] / top;
    }
    eel_plot plot = {.x = 110, .y = 420, .w = 750, .h = 320, .font = 15,
                     .across = {.low = ev[0], .high = ev[n - 1],
                                .label = "Energy above the onset (eV)"},
                     .up = eel_plot_range(up, n, "Intensity")};
    eel_plot_axes(picture, &plot);
    for (int k = 0; k < shape->gaussians; k++) {
        one.g[0] = shape->g[k];
        eel_shape_sample(&one, edge->first_ev, edge->step_ev, sampled, n);
        for (int i = 0; i < n; i++)
            model[i] = sampled[i];
        eel_plot_curve(picture, &plot, ev, model, n, 1, EEL_GREEN);
    }
    eel_plot_points(picture, &plot, ev, up, n, 1.5, EEL_GREY);
    eel_shape_sample(shape, edge->first_ev, edge->step_ev, sampled, n);
    for (int i = 0; i < n; i++)
        model[i] = sampled[i];
    eel_plot_curve(picture, &plot, ev, model, n, 2, EEL_ORANGE);
    eel_plot_legend(picture, &plot, 0, "edge", EEL_GREY);
    eel_plot_legend(picture, &plot, 1, "fit", EEL_ORANGE);
    eel_plot_legend(picture, &plot, 2, "its Gaussians", EEL_GREEN);
}

static int draw(const eel_shape *shape, const eel_edge *edge, const eel_axis *axis,
                const float *counts, double top)
{
    size_t n = axis->n > (uint32_t)edge->n ? axis->n : (size_t)edge->n;
    double *room = eel_alloc(3 * n, sizeof *room);
    float *sampled = eel_alloc(n, sizeof *sampled);
    eel_picture *picture = NULL;
    int code = room && sampled ? eel_picture_new(&picture, 900, 810) : EEL_ENOMEM;

    if (!code) {
        eel_picture_text(picture, 110, 36, &(eel_text){.size = 20, .colour = EEL_INK, .bold = 1},
                         "%s, onset %.2f eV, %d Gaussians", shape->edge, shape->onset_ev,
                         shape->gaussians);
        draw_spectrum(picture, edge, axis, counts, room);
        draw_fit(picture, shape, edge, top, room, sampled);
        code = eel_picture_save(picture, picture_path);
    }
    eel_picture_free(picture);
    eel_free(sampled);
    eel_free(room);
    return code;
}

static void describe_json(const eel_shape *shape, const eel_edge *edge, double rms, int shapes)
{
    json_t *o = json_pack("{s:o, s:s, s:f, s:f, s:i, s:f}", "id", eel_json_text(shape->id), "edge",
                          shape->edge, "onset_ev", shape->onset_ev, "end_ev", shape->end_ev,
                          "gaussians", shape->gaussians, "rest", rms);

    if (!as_it_is)
        json_object_set_new(o, "background", json_pack("{s:f, s:f, s:f}", "exponent", edge->background.power,
                                                       "from_ev", edge->from_ev, "to_ev",
                                                       edge->to_ev));
    if (library_path)
        json_object_set_new(o, "shapes", json_integer(shapes));
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text ? text : "{}");
    free(text);
    json_decref(o);
}

static void describe(const eel_shape *shape, const eel_edge *edge, double rms, int shapes)
{
    printf("%s\n  edge        %s, onset %.2f eV\n", shape->id, shape->edge, shape->onset_ev);
    if (as_it_is)
        printf("  background  none\n");
    else
        printf("  background  power law, exponent %.2f, fitted from %.1f to %.1f eV\n", edge->background.power,
               edge->from_ev, edge->to_ev);
    printf("  fit         %d Gaussians to %.1f eV after the onset, rest %.2f %%\n",
           shape->gaussians, shape->end_ev, 100 * rms);
    if (library_path)
        printf("  library     %s, now %d shape%s\n", library_path, shapes, shapes == 1 ? "" : "s");
}

#define OWN_EV 60.0 /* so far behind its onset an edge has its highest value, */
#define HIGHER 1.2  /* or one not much higher */

/* What is higher than the edge itself, far behind it, is hardly its own. */
static void doubt_end(const char *path, const eel_edge *edge)
{
    double top = 0, beyond = 0, at_ev = 0;

    for (int i = 0; i < edge->n; i++) {
        double ev = edge->first_ev + i * edge->step_ev;
        if (ev < OWN_EV)
            top = fmax(top, edge->values[i]);
        else if (edge->values[i] > beyond)
            beyond = edge->values[i], at_ev = ev;
    }
    if (beyond > HIGHER * top)
        eel_log("caution: %s: at %.0f eV it is %.1f times as high as the edge: is there another one? --length ends "
                "before it", path, edge->onset_ev + at_ev, beyond / top);
}

#define REST_MOST 0.5 /* of what stands above the background: noise alone leaves nearly all */

/* Networks would learn noise. */
static int check_rest(const char *path, const eel_shape *shape, double rest)
{
    if (rest <= REST_MOST)
        return EEL_OK;
    return eel_fail(EEL_EFORMAT, "%s: %s hardly shows at %.1f eV: a rest of %.0f %% of what was fitted, expected %.0f %% or less "
                    "for a library", path, shape->edge, shape->onset_ev, 100 * rest, 100 * REST_MOST);
}

static int fit_file(const char *path)
{
    eel_shape shape = {0};
    eel_edge edge = {0};
    eel_image_info info;
    float *counts = NULL;
    double expected_ev, rms = 0;
    uint64_t spectra;
    int shapes = 0, code = check_options();

    if (!code)
        code = check_edge();
    if (!code)
        code = choose_edge(&shape, &expected_ev);
    if (!code)
        code = name_shape(&shape, path);
    if (!code)
        code = eel_file_mean(&counts, &info, &spectra, path, &image_options);
    if (code)
        return code;
    code = eel_edge_take(&edge, counts, &info.axis, &(eel_edge_options){
        .expected_ev = expected_ev, .search_ev = isnan(onset_ev) ? search_ev : 0,
        .window_ev = window_ev, .after_ev = length_ev, .background = !as_it_is});
    if (!code)
        code = eel_fit_gaussians(edge.values, edge.n, edge.first_ev, edge.step_ev,
                                 &(eel_fit_options){gaussians_max, tolerance, .02,
                                                    fmax(.12, edge.step_ev / 2)},
                                 shape.g, &shape.gaussians, &rms);
    if (code)
        eel_fail_in(code, "%s", path);
    if (!code) {
        doubt_end(path, &edge);
        shape.onset_ev = shortened(edge.onset_ev);
        shape.end_ev = shortened(edge.first_ev + (edge.n - 1) * edge.step_ev);
        double top = normalise(&shape);
        if (picture_path)
            code = draw(&shape, &edge, &info.axis, counts, top);
        if (!code && library_path)
            code = check_rest(path, &shape, rms);
        if (!code && library_path)
            code = add_to_library(&shape, &shapes);
    }
    if (!code)
        (json ? describe_json : describe)(&shape, &edge, rms, shapes);
    eel_edge_release(&edge);
    eel_free(counts);
    return code;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);

    if (code == EEL_OK)
        code = fit_file(argv[first]);
    return eel_log_exit(code);
}
