/*
 * info - say what files hold: signals, shape, axes, and what their metadata name; of a trained network what it knows.
 *
 * in:   any readable file, or a model file
 * out:  a few aligned lines per file on stdout, or with --json one object a line
 */
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "info/info_model.h"
#include "io/image.h"

static int json, formats;
static eel_image_options image_options;

static const eel_option options[] = {
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {"formats", 0, EEL_OPT_FLAG, &formats, NULL, "list the formats that can be read, and end"},
    EEL_IMAGE_OPTIONS(image_options),
    {0},
};
static const eel_usage usage = {
    .name = "eelstream info",
    .summary = "Say what a file holds: signals, shape, energy axis, metadata.",
    .operands = "FILE…",
    .operands_min = 0,
    .operands_max = INT_MAX,
    .options = options,
    .notes = "Of several signals in a file the core-loss spectrum image is picked. Of a trained network: what it knows.",
};

static void line(const char *label, const char *text)
{
    printf("  %-14s%s\n", label, text);
}

static void show_pixels(const eel_image_info *info)
{
    char sizes[128] = "", names[256] = "", text[512];
    size_t at = 0, at_name = 0;

    for (int k = 0; k < info->nav_count; k++) {
        at += (size_t)snprintf(sizes + at, sizeof sizes - at, "%s%ju", k ? " x " : "",
                               (uintmax_t)info->nav[k].size);
        at_name += (size_t)snprintf(names + at_name, sizeof names - at_name, "%s%s", k ? ", " : "",
                                    *info->nav[k].name ? info->nav[k].name : "?");
    }
    snprintf(text, sizeof text, "%s (%s)", sizes, names);
    at = strlen(text);
    if (info->nav_count > 1)
        snprintf(text + at, sizeof text - at, ", %ju in all", (uintmax_t)info->pixels);
    line("pixels", info->nav_count ? text : "1 spectrum");
}

static void show_pixel_size(const eel_image_info *info)
{
    char text[256] = "";
    size_t at = 0;
    int known = 0;

    for (int k = 0; k < info->nav_count && at < sizeof text; k++) {
        const eel_nav_axis *n = &info->nav[k];
        known |= *n->units != 0;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.4g %s", k ? " x " : "", n->scale,
                               *n->units ? n->units : "?");
    }
    if (info->nav_count)
        line("pixel size", known ? text : "not recorded");
}

static void show_energy(const eel_image_info *info)
{
    char text[160];
    const eel_axis *a = &info->axis;

    snprintf(text, sizeof text, "%.6g to %.6g eV, %u channels of %.6g eV", a->start_ev,
             eel_axis_ev(a, a->n - 1.0), a->n, a->step_ev);
    line("energy loss", text);
    const eel_unrecorded *u = &info->unrecorded;
    if (!u->head && !u->tail && !u->gap_n)
        return;
    int used = snprintf(text, sizeof text, "%.6g to %.6g eV", eel_axis_ev(a, u->head),
                        eel_axis_ev(a, a->n - 1.0 - u->tail));
    if (u->gap_n)
        snprintf(text + used, sizeof text - (size_t)used, " without %.6g to %.6g eV", eel_axis_ev(a, u->gap),
                 eel_axis_ev(a, u->gap + u->gap_n - 1.0));
    line("recorded", text);
}

static void show_number(const char *label, double value, const char *unit)
{
    char text[64];

    if (isnan(value))
        return;
    snprintf(text, sizeof text, "%.6g %s", value, unit);
    line(label, text);
}

static void show_signals(const eel_image_info *info)
{
    for (int i = 0; i < info->signal_count; i++) {
        const eel_signal_info *s = &info->signals[i];
        printf("  %-14s%s%2d  %s%s%s, %s\n", i ? "" : "signals", i == info->signal ? ">" : " ", i,
               s->name, *s->name ? ": " : "", s->kind, s->shape);
    }
}

static void show(const eel_image_info *info)
{
    printf("%s\n", info->path);
    line("format", info->format);
    line("title", *info->title ? info->title : "none");
    show_pixels(info);
    show_pixel_size(info);
    if (*info->select)
        line("selected", info->select);
    if (*info->bin)
        line("binned", info->bin);
    show_energy(info);
    line("values", eel_image_type_name(info->type));
    show_number("beam energy", info->beam_kev, "keV");
    show_number("collection", info->collection_mrad, "mrad");
    show_number("convergence", info->convergence_mrad, "mrad");
    show_number("exposure", info->exposure_s, "s");
    line("elements", *info->elements ? info->elements : "none named");
    show_signals(info);
}

/* A file that is no spectrum may be a network. If not, what was said of it first is what helps. */
static int describe_otherwise(const char *path, int code)
{
    char words[EEL_WORDS_MAX];

    snprintf(words, sizeof words, "%s", eel_words());
    int model = eel_info_model(path, json);
    return model == EEL_OK || model == EEL_ENOMEM ? model : eel_fail(code, "%s", words);
}

static int describe(const char *path)
{
    eel_image *image;
    int code = eel_image_open_as(&image, path, &image_options);

    if (code == EEL_EFORMAT)
        return describe_otherwise(path, code);
    if (code != EEL_OK)
        return code;
    if (json) {
        char *text = eel_image_info_to_json(eel_image_info_of(image));
        printf("%s\n", text ? text : "{}");
        free(text);
    } else {
        show(eel_image_info_of(image));
    }
    eel_image_close(image);
    return EEL_OK;
}

static void list_formats(void)
{
    json_t *list = json_array();
    const eel_format_name *f;

    for (int i = 0; (f = eel_image_format(i)); i++) {
        if (json)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", f->name, "endings",
                                                  f->endings, "what", f->what));
        else
            printf("%-8s %-18s %s\n", f->name, f->endings, f->what);
    }
    char *text = json ? json_dumps(list, JSON_COMPACT) : NULL;
    if (text)
        printf("%s\n", text);
    free(text);
    json_decref(list);
}

int main(int argc, char **argv)
{
    int first, worst = EEL_OK;
    int code = eel_args(&usage, argc, argv, &first);

    if (code == EEL_OK && formats) {
        list_formats();
        return eel_log_exit(EEL_OK);
    }
    if (code == EEL_OK && first == argc)
        code = eel_fail(EEL_EARGS, "a file is needed (or --formats)");

    if (code != EEL_OK)
        return eel_log_exit(code);
    for (int i = first; i < argc; i++) {
        if (!json && i > first)
            printf("\n");
        code = describe(argv[i]);
        if (code != EEL_OK) {
            fflush(stdout);
            eel_log_exit(code);
            worst = worst == EEL_OK ? code : worst;
        }
    }
    return worst == EEL_OK ? eel_log_exit(EEL_OK) : eel_exit(worst);
}
