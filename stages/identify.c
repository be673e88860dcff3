/*
 * identify - name the elements of single spectra, or of the mean spectrum of each file.
 *
 * in:   files
 * out:  a table per file, or one JSON object a line: {"file", "elements": {"O": 0.998, …, null
 *       where not observable}, "present": […], "uncertain": [… below the threshold, but likely
 *       enough to look at], "unobservable": […], "other": probability,
 *       "other_edges": [{"onset_ev", "probability", "candidates": ["La M4,5", …]}, …], "spectra": of
 *       which it is the mean}; and where the energies are probably wrong (eels/shift.h, axis_hint.h) "axis_hint": {"offset_ev" for
 *       --offset or null, "elements", "words"}
 *
 * An element whose edge lies outside the recorded range is not observable, never absent.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "shared/axis_hint.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "shared/calibration.h"
#include "eels/candidates.h"
#include "eels/elements.h"
#include "io/json_text.h"
#include "shared/joints.h"
#include "shared/other_edges.h"
#include "shared/recognise_file.h"
#include "shared/recogniser.h"

static eel_correction correction = EEL_CORRECTION_NONE;
static const char *model;
static double axis_error_ev;
static eel_image_options image_options;
static int json;

static const eel_option options[] = {
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    EEL_IMAGE_OPTIONS(image_options),
    {"model", 'm', EEL_OPT_TEXT, &model, "FILE", "trained network, instead of the one that ships"},
    EEL_CORRECTION_OPTIONS(correction),
    {"axis-error", 0, EEL_OPT_REAL, &axis_error_ev, "EV", "how far the energies may be off, at most 20: means over so much"},
    {0},
};
static const eel_usage usage = {.name = "eelstream identify",
                                .summary = "Name the elements of spectra.",
                                .operands = "FILE…",
                                .operands_min = 1,
                                .operands_max = INT_MAX,
                                .options = options};

#define WORDS_MAX 512
#define LIKELY 0.25 /* from this probability on, and below its threshold, an element is uncertain */

typedef enum { NO_ELEMENT, HIDDEN, ABSENT, UNCERTAIN, PRESENT } verdict;

/* p (classes): what is said of one of them. */
static verdict verdict_on(const eel_recogniser *recogniser, const float *p, uint32_t c)
{
    if (!eel_recogniser_edges(recogniser)[c].atomic_number)
        return NO_ELEMENT;
    if (isnan(p[c]))
        return HIDDEN;
    return p[c] >= eel_recogniser_info(recogniser)->threshold[c] ? PRESENT : p[c] >= LIKELY ? UNCERTAIN : ABSENT;
}

/* Edges of none of the elements, by energy, and whose they may be. */
typedef struct {
    uint32_t count;
    eel_other_edge edges[EEL_NET_CLASSES_MAX];
    eel_candidates candidates[EEL_NET_CLASSES_MAX];
} others;

static void find_others(others *o, const eel_model_info *info, const eel_axis *axis, const float *p)
{
    eel_other_bins bins = eel_other_bins_of(info);
    double told_ev[EEL_NET_CLASSES_MAX];

    o->count = eel_other_edges(info, &bins, p, o->edges);
    for (uint32_t i = 0; i < o->count; i++)
        told_ev[i] = o->edges[i].onset_ev;
    for (uint32_t i = 0; i < o->count; i++)
        o->candidates[i] = eel_candidates_for(told_ev, (int)o->count, (int)i, axis->start_ev, eel_axis_end(axis));
}

static json_t *others_to_json(const others *o)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < o->count; i++) {
        const eel_candidates *c = &o->candidates[i];
        json_array_append_new(list, json_pack("{s:f, s:f, s:o}", "onset_ev", o->edges[i].onset_ev, "probability",
                                              (double)o->edges[i].p, "candidates", eel_json_names(c->names, c->count)));
    }
    return list;
}

/* The edges of what is there begin too early or too late. */
static int compare_edges(eel_shift *late, const eel_recogniser *recogniser, const eel_file_spectrum *spectrum, const float *p)
{
    uint32_t classes = eel_recogniser_info(recogniser)->classes;
    double onset_ev[EEL_NET_CLASSES_MAX];
    int present[EEL_NET_CLASSES_MAX], n = 0;

    for (uint32_t c = 0; c < classes; c++) {
        if (verdict_on(recogniser, p, c) == PRESENT) {
            onset_ev[n] = eel_recogniser_edges(recogniser)[c].onset_ev;
            present[n++] = (int)c;
        }
    }
    if (!eel_shift_find(late, spectrum->counts, &spectrum->axis, onset_ev, n))
        return 0;
    for (int i = 0; i < late->edges; i++)
        late->which[i] = present[late->which[i]];
    return 1;
}

/* What is wrong with the energies. which: classes; no edges: nothing. */
static eel_shift doubt_axis(eel_recogniser *recogniser, const eel_file_spectrum *spectrum, const float *p)
{
    eel_shift late = {0};

    if (!compare_edges(&late, recogniser, spectrum, p))
        eel_ask_about_axis(recogniser, spectrum->counts, &spectrum->axis, &late);
    return late;
}

static void doubt_in_words(const eel_model_info *info, const eel_shift *late, char *words, size_t size)
{
    const char *names[EEL_SHIFT_EDGES];

    for (int i = 0; i < late->edges; i++)
        names[i] = info->class_name[late->which[i]];
    eel_shift_words(late, names, words, size);
}

static json_t *doubt_to_json(const eel_model_info *info, const eel_shift *late)
{
    double offset_ev = eel_shift_offset(late, correction.offset_ev);
    json_t *elements = json_array();
    char words[WORDS_MAX];

    doubt_in_words(info, late, words, sizeof words);
    for (int i = 0; i < late->edges; i++)
        json_array_append_new(elements, json_string(info->class_name[late->which[i]]));
    return json_pack("{s:o, s:o, s:s}", "offset_ev", isnan(offset_ev) ? json_null() : json_real(offset_ev), "elements",
                     elements, "words", words);
}

static void print_doubt(const eel_model_info *info, const eel_shift *late)
{
    double offset_ev = eel_shift_offset(late, correction.offset_ev);
    char words[WORDS_MAX];

    if (!late->edges)
        return;
    doubt_in_words(info, late, words, sizeof words);
    if (isnan(offset_ev))
        printf("  check the axis: %s (dispersion and offset)\n", words);
    else
        printf("  check the axis: %s (try --offset %.0f)\n", words, offset_ev);
}

static int print_json(const char *path, const eel_recogniser *recogniser, const eel_file_spectrum *spectrum,
                      const float *p, const eel_shift *late)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    json_t *elements = json_object(), *present = json_array(), *uncertain = json_array(), *hidden = json_array();
    json_t *line = json_pack("{s:o, s:o, s:o, s:o, s:o}", "file", eel_json_text(path), "elements", elements, "present",
                             present, "uncertain", uncertain, "unobservable", hidden);
    others o;

    find_others(&o, info, &spectrum->axis, p);
    json_object_set_new(line, "other_edges", others_to_json(&o));
    json_object_set_new(line, "spectra", json_integer((json_int_t)spectrum->of));
    if (late->edges)
        json_object_set_new(line, "axis_hint", doubt_to_json(info, late));
    for (uint32_t c = 0; c < eel_other_bins_of(info).first; c++) {
        const char *name = info->class_name[c];
        verdict said = verdict_on(recogniser, p, c);
        json_t *list = said == HIDDEN ? hidden : said == PRESENT ? present : said == UNCERTAIN ? uncertain : NULL;
        json_object_set_new(said == NO_ELEMENT ? line : elements, name, said == HIDDEN ? json_null() : json_real(p[c]));
        if (list)
            json_array_append_new(list, json_string(name));
    }
    return eel_print_json(line);
}

static void print_other(const eel_model_info *info, const eel_axis *axis, const float *p)
{
    eel_other_bins bins = eel_other_bins_of(info);
    char words[WORDS_MAX];
    others o;

    if (bins.other == info->classes || p[bins.other] < info->threshold[bins.other])
        return;
    find_others(&o, info, axis, p);
    printf("  an edge of another element: %.1f %%", 100 * p[bins.other]);
    for (uint32_t i = 0; i < o.count; i++) {
        eel_candidates_words(&o.candidates[i], o.edges[i].onset_ev, words, sizeof words);
        printf("%s %s", i ? ";" : ", near", words);
    }
    printf("\n");
}

static void print_present(const eel_recogniser *recogniser, const float *p)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    const eel_class_edge *edges = eel_recogniser_edges(recogniser);
    int found = 0;

    for (uint32_t c = 0; c < info->classes; c++) {
        if (verdict_on(recogniser, p, c) != PRESENT)
            continue;
        printf("  %-2s %-4s  %6.1f eV  %5.1f %%\n", info->class_name[c], edges[c].shell,
               edges[c].onset_ev, 100 * p[c]);
        found++;
    }
    if (!found)
        printf("  none of the observable elements\n");
}

static void print_uncertain(const eel_recogniser *recogniser, const float *p)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    int count = 0;

    for (uint32_t c = 0; c < info->classes; c++) {
        if (verdict_on(recogniser, p, c) == UNCERTAIN)
            printf("%s %s %.0f %% (counts from %.0f %%)", count++ ? "," : "  uncertain:", info->class_name[c],
                   floor(100 * p[c]), 100 * info->threshold[c]); /* 74.9 % is not 75 % */
    }
    if (count)
        printf("\n");
}

static void print_table(const char *path, const eel_recogniser *recogniser, const eel_file_spectrum *spectrum,
                        const float *p, const eel_shift *late)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    const eel_axis *axis = &spectrum->axis;

    printf("%s  (", path);
    if (spectrum->of > 1)
        printf("mean of %llu spectra, ", (unsigned long long)spectrum->of);
    printf("%.1f to %.1f eV)\n", axis->start_ev, eel_axis_ev(axis, axis->n - 1.0));
    print_present(recogniser, p);
    print_uncertain(recogniser, p);
    print_other(info, axis, p);
    print_doubt(info, late);
    printf("  not observable:");
    for (uint32_t c = 0; c < info->classes; c++) {
        if (verdict_on(recogniser, p, c) == HIDDEN)
            printf(" %s", info->class_name[c]);
    }
    printf("\n");
}

static int identify(eel_recogniser *recogniser, const char *path)
{
    eel_file_spectrum spectrum = {.counts = NULL};
    float p[EEL_NET_CLASSES_MAX];
    int code = eel_recognise_file(recogniser, path, &image_options, &correction, p,
                                  &spectrum);

    if (code == EEL_OK) {
        eel_shift late = doubt_axis(recogniser, &spectrum, p);
        if (json)
            code = print_json(path, recogniser, &spectrum, p, &late);
        else
            print_table(path, recogniser, &spectrum, p, &late);
    }
    eel_free(spectrum.counts);
    return code;
}

int main(int argc, char **argv)
{
    eel_recogniser *recogniser = NULL;
    int first, worst = EEL_OK, code = eel_args(&usage, argc, argv, &first);

    eel_log_name(usage.name);
    if (code == EEL_OK)
        code = eel_recogniser_new(&recogniser, model, eel_numbers_here());
    if (code == EEL_OK)
        code = eel_recogniser_doubt_axis(recogniser, axis_error_ev);
    if (code != EEL_OK)
        return eel_log_exit(code);
    for (int i = first; i < argc; i++) {
        code = identify(recogniser, argv[i]);
        if (code != EEL_OK) {
            eel_log_exit(code);
            worst = worst == EEL_OK ? code : worst;
        }
    }
    eel_recogniser_free(recogniser);
    return worst == EEL_OK ? eel_log_exit(EEL_OK) : eel_exit(worst);
}
