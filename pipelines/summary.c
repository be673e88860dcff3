#include "summary.h"
#include "base/err.h"
#include "eels/align.h"
#include "eels/candidates.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Text of an object's entry; `otherwise` when it is not there or no text. */
static const char *text(const json_t *object, const char *key, const char *otherwise)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : otherwise;
}

static void print_pixels(const json_t *report, const char *folder)
{
    const json_t *pixels = json_object_get(report, "pixels");
    json_int_t total = json_integer_value(json_object_get(pixels, "total"));
    json_int_t value = json_integer_value(json_object_get(pixels, "value"));
    const char *state;
    json_t *count;

    printf("%s: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " pixels mapped",
           text(report, "input", folder), value, total);
    json_object_foreach((json_t *)pixels, state, count) {
        if (strcmp(state, "total") && strcmp(state, "value") && json_integer_value(count) > 0)
            printf(", %" JSON_INTEGER_FORMAT " %s", json_integer_value(count), state);
    }
    printf("\n\n");
}

static void print_elements(const json_t *elements, int valued)
{
    size_t i;
    json_t *element;
    int found = 0;

    json_array_foreach((json_t *)elements, i, element) {
        if (!json_is_true(json_object_get(element, "found")))
            continue;
        if (!found++)
            printf("  element  edge    found in  mean probability\n");
        printf("  %-7s  %-6s  %5.1f %%   %.3f\n", text(element, "symbol", "?"),
               text(element, "edge", ""),
               100 * json_number_value(json_object_get(element, "share")),
               json_number_value(json_object_get(element, "mean_probability")));
    }
    if (!found)
        printf("  %s\n", valued ? "no element found" : "no pixel has a value: nothing is known of any element");
}

/* An edge of another element: where it begins, and whose it may be. */
static void print_edge(const json_t *edge)
{
    const json_t *names = json_object_get(edge, "candidates"), *name;
    eel_candidates candidates = {0};
    char words[256];
    size_t i;

    json_array_foreach((json_t *)names, i, name) {
        if (json_is_string(name) && candidates.count < EEL_CANDIDATES_MAX)
            candidates.names[candidates.count++] = json_string_value(name);
    }
    eel_candidates_words(&candidates, json_number_value(json_object_get(edge, "onset_ev")), words, sizeof words);
    printf("%s", words);
}

/* Edges that are none of those the network names, where they begin, and whose they may be. */
static void print_other(const json_t *other)
{
    const json_t *edges = json_object_get(other, "edges"), *edge;
    size_t i;

    if (!json_is_true(json_object_get(other, "found")))
        return;
    printf("  other edges     %5.1f %%   %.3f", 100 * json_number_value(json_object_get(other, "share")),
           json_number_value(json_object_get(other, "mean_probability")));
    json_array_foreach((json_t *)edges, i, edge) {
        printf(i ? "; " : "   near ");
        print_edge(edge);
    }
    printf("\n");
}

/* The energy axis followed the spectra. */
static void print_alignment(const json_t *alignment)
{
    const json_t *shift = json_object_get(alignment, "shift_ev");

    if (!json_is_object(alignment))
        return;
    if (json_is_number(json_object_get(shift, "mean")))
        printf("  energies moved by %+.1f eV (%+.1f to %+.1f), by %s\n",
               json_number_value(json_object_get(shift, "mean")),
               json_number_value(json_object_get(shift, "min")),
               json_number_value(json_object_get(shift, "max")), text(alignment, "by", "?"));
    else
        printf("  energies not moved: %s did not show within %g eV of its place\n", text(alignment, "by", "?"),
               strncmp(text(alignment, "by", ""), "zero-loss", 9) ? EEL_ANCHOR_REACH_EV : EEL_ZERO_LOSS_REACH_EV);
}

/* An edge outside the recorded energies says nothing about the element: it is named as such. */
static void print_unobservable(const json_t *elements)
{
    size_t i;
    json_t *element;
    int count = 0;

    json_array_foreach((json_t *)elements, i, element) {
        if (json_is_false(json_object_get(element, "observable")))
            printf("%s %s", count++ ? "" : "  edge not recorded:", text(element, "symbol", "?"));
    }
    if (count)
        printf("\n");
}

void eel_print_axis_hint(const json_t *report)
{
    const char *hint = text(json_object_get(report, "energy_shift"), "hint", NULL);

    if (hint)
        printf("\n  check the energy axis: %s\n", hint);
}

static void print_files(const char *folder)
{
    static const struct {
        const char *title, *name;
    } files[] = {
        {"look at", "report.html"},
        {"", "overview.png"},
        {"maps", "maps.hspy"},
        {"", "maps.nxs"},
        {"", "maps.tif"},
        {"", "maps.csv"},
        {"report", EEL_REPORT_NAME},
    };
    char path[PATH_MAX];

    printf("\n");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        if (!access(path, F_OK))
            printf("  %-9s %s\n", files[i].title, path);
    }
}

/* A run with absences failed, in part: says how many pixels have no value, and why. */
static int check_whole(const json_t *report, const char *folder)
{
    const json_t *pixels = json_object_get(report, "pixels");
    json_int_t total = json_integer_value(json_object_get(pixels, "total"));
    json_int_t absent = total - json_integer_value(json_object_get(pixels, "value"));
    char reasons[256] = "";
    size_t length = 0;
    const char *state;
    json_t *count;

    if (absent <= 0)
        return EEL_OK;
    json_object_foreach((json_t *)pixels, state, count) {
        json_int_t n = json_integer_value(count);
        if (strcmp(state, "total") && strcmp(state, "value") && n > 0 && length < sizeof reasons)
            length += (size_t)snprintf(reasons + length, sizeof reasons - length,
                                       "%s%" JSON_INTEGER_FORMAT " %s", length ? ", " : "", n,
                                       state);
    }
    int poison = json_integer_value(json_object_get(pixels, "poison")) > 0;
    int unreadable = json_integer_value(json_object_get(pixels, "decode-error")) > 0;
    return eel_fail(EEL_EFORMAT, "%s: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                    " pixels have no value: %s%s%s", folder, absent, total, reasons,
                    unreadable ? " (no counts, or none that are numbers above 0)" : "",
                    poison ? "; --retry poison tries those again" : "");
}

int eel_folder_holds(const char *folder, const char *name)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && !access(path, F_OK);
}

int eel_report_load(json_t **report, const char *folder)
{
    char path[PATH_MAX];
    json_error_t error;

    snprintf(path, sizeof path, "%s/" EEL_REPORT_NAME, folder);
    json_t *made = json_load_file(path, 0, &error);
    if (!json_is_object(made)) {
        json_decref(made);
        return eel_fail(EEL_EFORMAT, "%s: %s", path, made ? "holds no object" : error.text);
    }
    *report = made;
    return EEL_OK;
}

static void print_json(const json_t *report)
{
    json_dumpf(report, stdout, JSON_INDENT(2));
    printf("\n");
    fflush(stdout);
}

int eel_summary_print_both(const char *folder, int quantified)
{
    json_t *report, *amounts = NULL;
    char path[PATH_MAX];
    int code = eel_report_load(&report, folder);

    if (code != EEL_OK)
        return code;
    snprintf(path, sizeof path, "%s/quantify", folder);
    if (quantified)
        code = eel_report_load(&amounts, path);
    json_object_set_new(report, "quantify", amounts ? amounts : json_null());
    print_json(report);
    json_decref(report);
    return code;
}

int eel_summary_print(const char *folder, int json)
{
    json_t *report;
    int code = eel_report_load(&report, folder);

    if (code != EEL_OK)
        return code;
    if (json) {
        print_json(report);
    } else {
        print_pixels(report, folder);
        print_elements(json_object_get(report, "elements"),
                       json_integer_value(json_object_get(json_object_get(report, "pixels"), "value")) > 0);
        print_other(json_object_get(report, "other"));
        print_unobservable(json_object_get(report, "elements"));
        print_alignment(json_object_get(report, "alignment"));
        eel_print_axis_hint(report);
        print_files(folder);
    }
    fflush(stdout);
    code = check_whole(report, folder);
    json_decref(report);
    return code;
}

int eel_summary_check(const char *folder)
{
    json_t *report;
    int code = eel_report_load(&report, folder);

    if (code != EEL_OK)
        return code;
    code = check_whole(report, folder);
    json_decref(report);
    return code;
}
