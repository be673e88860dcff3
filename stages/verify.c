/*
 * verify - read the results of a run back and prove that no pixel is unaccounted for.
 *
 * in:   OUTDIR of `eelstream map`, or OUTDIR/quantify: the store, report.json and the files that
 *       this names
 * out:  one line per finding on stdout, or with --json one object; exit status 1 when one is bad
 *
 * Every state and every value is read. The maps are made from the store once more, in a temporary
 * folder, and must have the same bytes as those in OUTDIR.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/replace.h"
#include "io/amounts.h"

#define PIECE_ROWS  4096     /* pixels read at once */
#define PIECE_BYTES 65536    /* of files that are compared */

static int json;

static const eel_option options[] = {
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object instead of lines"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream verify",
    .summary = "Read results back: is every pixel accounted for?",
    .operands = "OUTDIR",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .notes = "Every pixel must have a value or a named reason why not, and report.json and the maps\n"
             "that it names (hspy, nxs, tif, csv) must say what the store says. So must those of OUTDIR/quantify,\n"
             "where it is there, with a number exactly where an element is quantified.\n"
             "Exit status: 0 all is well, 1 something is not.",
};

typedef struct {
    const char *folder;
    const char *prefix;   /* before what is found: "", or "quantify/" */
    eel_result *result;   /* of amounts: their layers */
    eel_amounts *amounts; /* NULL: maps */
    json_t *findings; /* {"what", "ok", "words"} */
    int bad;
} verifier;

static void find(verifier *v, int ok, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void find(verifier *v, int ok, const char *what, const char *format, ...)
{
    char words[EEL_WORDS_MAX], whole[64];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s%s", v->prefix, what);
    v->bad += !ok;
    if (!json)
        printf("%-3s  %-*s %s\n", ok ? "ok" : "BAD", *v->prefix ? 22 : 11, whole, words);
    json_array_append_new(v->findings, json_pack("{s:s, s:b, s:s}", "what", whole, "ok", ok, "words",
                                                 words));
}

/* ---- the store ---- */

/* value + named absences == total: counted from the states, one by one, by the store. */
static void verify_sum(verifier *v)
{
    const uint64_t *pixels = v->result->counts.pixels;
    uint64_t total = eel_store_info_of(v->result->store)->pixels, named = 0;
    char words[512];
    int length = snprintf(words, sizeof words, "%ju pixels = %ju value", (uintmax_t)total,
                          (uintmax_t)pixels[EEL_VALUE]);

    for (int s = EEL_VALUE + 1; s < EEL_PIXEL_STATES; s++) {
        named += pixels[s];
        if (pixels[s])
            length += snprintf(words + length, sizeof words - (size_t)length, " + %ju %s",
                               (uintmax_t)pixels[s], eel_pixel_state_name((eel_pixel_state)s));
    }
    if (pixels[EEL_MISSING])
        snprintf(words + length, sizeof words - (size_t)length,
                 " + %ju missing: the run was cut short", (uintmax_t)pixels[EEL_MISSING]);
    find(v, pixels[EEL_VALUE] + named == total, "pixels", "%s", words);
}

/* A pixel with a value has a probability for each class that is observable, and for no other. A
 * column behind the classes holds no probability. */
static uint64_t count_odd(const verifier *v, const float *values, const uint8_t *states,
                          uint32_t rows)
{
    uint32_t classes = v->result->classes, columns = eel_store_info_of(v->result->store)->classes;
    uint64_t odd = 0;

    for (uint32_t i = 0; i < rows; i++) {
        int good = 1;
        for (uint32_t c = 0; c < classes && states[i] == EEL_VALUE; c++) {
            float p = values[(size_t)i * columns + c];
            good &= v->result->about.observable[c] ? p >= 0 && p <= 1 : isnan(p);
        }
        odd += !good;
    }
    return odd;
}

/* Amounts: a number exists exactly where the element is quantified, a density alone where it is too little; elsewhere a
 * state says why not, and a spectrum that nobody could read has neither. */
static uint64_t count_odd_amounts(const verifier *v, const float *values, const uint8_t *states,
                                  uint32_t rows)
{
    uint32_t columns = eel_store_info_of(v->result->store)->classes;
    uint64_t odd = 0;

    for (uint32_t i = 0; i < rows; i++) {
        int good = 1;
        for (uint32_t c = 0; c < columns && states[i] == EEL_VALUE; c += EEL_LAYERS) {
            const float *layer = values + (size_t)i * columns + c;
            float state = layer[EEL_LAYER_STATE];
            int quantified = state == EEL_AMOUNT_QUANTIFIED, dense = quantified || state == EEL_AMOUNT_TOO_LITTLE;
            good &= isnan(state) || (state >= EEL_AMOUNT_QUANTIFIED && state < EEL_AMOUNT_STATES &&
                                     state == floorf(state));
            good &= isnan(layer[EEL_LAYER_DENSITY]) != dense &&
                    (quantified || isnan(layer[EEL_LAYER_PERCENT]));
        }
        odd += !good;
    }
    return odd;
}

static int verify_values(verifier *v)
{
    const eel_store *store = v->result->store;
    uint64_t pixels = eel_store_info_of(store)->pixels, odd = 0;
    float *values = eel_alloc((size_t)PIECE_ROWS * eel_store_info_of(store)->classes, sizeof *values);
    uint8_t states[PIECE_ROWS];
    int code = values ? EEL_OK : EEL_ENOMEM;

    for (uint64_t first = 0; code == EEL_OK && first < pixels; first += PIECE_ROWS) {
        uint32_t rows = pixels - first < PIECE_ROWS ? (uint32_t)(pixels - first) : PIECE_ROWS;
        code = eel_store_states(store, first, rows, states);
        if (code == EEL_OK)
            code = eel_store_values(store, first, rows, values);
        if (code == EEL_OK)
            odd += (v->amounts ? count_odd_amounts : count_odd)(v, values, states, rows);
    }
    eel_free(values);
    if (code == EEL_OK && odd)
        find(v, 0, "values", "%ju pixels hold what is no %s", (uintmax_t)odd,
             v->amounts ? "amount" : "probability");
    else if (code == EEL_OK)
        find(v, 1, "values", v->amounts ? "a number exactly where an element is quantified"
                                        : "every value is a probability");
    return code;
}

/* ---- report.json ---- */

/* Which formats the report names. */
static unsigned formats_in(const json_t *report)
{
    const json_t *files = json_object_get(report, "files"), *file;
    unsigned formats = 0;
    size_t i;

    json_array_foreach((json_t *)files, i, file) {
        for (int f = 0; f < EEL_RESULT_FORMATS; f++) {
            if (json_is_string(file) &&
                strcmp(json_string_value(file), eel_result_format_list[f].file) == 0)
                formats |= 1u << f;
        }
    }
    return formats;
}

static void verify_report(verifier *v)
{
    char path[EEL_PATH_MAX];
    json_error_t error;
    const char *run = "";
    int wrong = 0;

    snprintf(path, sizeof path, "%s/report.json", v->folder);
    json_t *report = json_load_file(path, 0, &error);
    if (!report) {
        find(v, 0, "report.json", "%s", error.text);
        return;
    }
    json_unpack(report, "{s:s}", "run", &run);
    v->result->formats = formats_in(report);
    if (strcmp(run, eel_store_info_of(v->result->store)->run) != 0) {
        find(v, 0, "report.json", "is of run %.40s, the store of %s", run,
             eel_store_info_of(v->result->store)->run);
        wrong = 1;
    }
    for (int s = 0; s < EEL_PIXEL_STATES && !wrong; s++) {
        const char *name = eel_pixel_state_name((eel_pixel_state)s);
        json_int_t told = -1;
        json_unpack(report, "{s:{s:I}}", "pixels", name, &told);
        wrong = told != (json_int_t)v->result->counts.pixels[s];
        if (wrong)
            find(v, 0, "report.json", "says %jd %s, the store %ju", (intmax_t)told, name,
                 (uintmax_t)v->result->counts.pixels[s]);
    }
    if (!wrong)
        find(v, 1, "report.json", "says the same");
    json_decref(report);
}

/* ---- the maps ---- */

/* Do two files hold the same bytes? */
static int same_bytes(const char *a, const char *b)
{
    static unsigned char left[PIECE_BYTES], right[PIECE_BYTES];
    FILE *in_a = fopen(a, "rb"), *in_b = fopen(b, "rb");
    int same = in_a && in_b;

    for (size_t n = 1; same && n > 0;) {
        n = fread(left, 1, PIECE_BYTES, in_a);
        same = fread(right, 1, PIECE_BYTES, in_b) == n && memcmp(left, right, n) == 0 &&
               !ferror(in_a) && !ferror(in_b);
    }
    if (in_a)
        fclose(in_a);
    if (in_b)
        fclose(in_b);
    return same;
}

/* One of OUTDIR's files, and what was made of the store once more: `code` says how that went. */
static int verify_file(verifier *v, const char *name, const char *again, int code)
{
    char path[EEL_PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", v->folder, name);
    if (code == EEL_OK && access(path, R_OK) != 0) {
        find(v, 0, name, "%s", strerror(errno));
        unlink(again);
        return EEL_OK;
    }
    int same = code == EEL_OK && same_bytes(path, again);
    unlink(again);
    if (code == EEL_OK)
        find(v, same, name, same ? "has the bytes that the store gives"
                                 : "differs from what the store gives");
    return code;
}

/* Pictures may differ with a font, and the page for people also shows spectra of the input, which may have
 * been moved since: neither has to be what the store alone gives. */
static int is_of_the_store(const char *format)
{
    return strcmp(format, "png") != 0 && strcmp(format, "html") != 0;
}

static int verify_maps(verifier *v)
{
    const char *parent = getenv("TMPDIR");
    char scratch[EEL_PATH_MAX / 2], again[EEL_PATH_MAX];

    snprintf(scratch, sizeof scratch, "%s/eelstream-verify-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(scratch))
        return eel_fail(EEL_EIO, "%s: %s", scratch, strerror(errno));
    int code = EEL_OK;
    for (int f = 0; code == EEL_OK && !v->amounts && f < EEL_RESULT_FORMATS; f++) {
        const eel_result_format *format = &eel_result_format_list[f];
        snprintf(again, sizeof again, "%s/%s", scratch, format->file);
        if (is_of_the_store(format->name) && eel_result_has(v->result, format->name))
            code = verify_file(v, format->file, again, format->write(v->result, again));
    }
    if (code == EEL_OK && v->amounts) {
        snprintf(again, sizeof again, "%s/quantify.hspy", scratch);
        code = verify_file(v, "quantify.hspy", again, eel_amounts_write_hspy(v->amounts, again));
    }
    if (code == EEL_OK && v->amounts && eel_amounts_has_tiff(v->amounts)) {
        snprintf(again, sizeof again, "%s/quantify.tif", scratch);
        code = verify_file(v, "quantify.tif", again, eel_result_write_tiff(v->result, again));
    }
    if (code == EEL_OK && v->amounts && eel_amounts_has_csv(v->amounts)) {
        snprintf(again, sizeof again, "%s/quantify.csv", scratch);
        code = verify_file(v, "quantify.csv", again, eel_result_write_csv(v->result, again));
    }
    rmdir(scratch);
    return code;
}

/* What was quantified lies beside its maps, which may have been made anew since. */
static void verify_origin(verifier *v)
{
    char path[EEL_PATH_MAX];
    eel_store *maps = NULL;

    snprintf(path, sizeof path, "%s/../store", v->folder);
    if (eel_store_open(&maps, path, EEL_STORE_READ) != EEL_OK)
        return;
    if (!eel_amounts_are_of(eel_store_info_of(v->result->store)->description, eel_store_info_of(maps)->run))
        find(v, 0, "maps", "were replaced since: quantify again, with --force");
    eel_store_close(maps);
}

/* Maps, or amounts as a stack of layers. */
static int open_results(verifier *v, const char *place)
{
    eel_store *store = NULL;
    int code = eel_store_open(&store, place, EEL_STORE_READ);
    int amounts = code == EEL_OK && eel_amounts_described(eel_store_info_of(store)->description);

    eel_store_close(store);
    if (code != EEL_OK)
        return code;
    if (!amounts)
        return eel_result_open(&v->result, place);
    code = eel_amounts_open(&v->amounts, place);
    if (code == EEL_OK)
        v->result = &v->amounts->layers;
    return code;
}

static void close_results(verifier *v)
{
    if (v->amounts)
        eel_amounts_close(v->amounts);
    else
        eel_result_close(v->result);
    v->amounts = NULL;
    v->result = NULL;
}

static int verify(verifier *v)
{
    char store[EEL_PATH_MAX];

    if (snprintf(store, sizeof store, "%s/store", v->folder) >= EEL_PATH_MAX - 64)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", v->folder);
    int code = open_results(v, store);
    if (code != EEL_OK)
        return code;
    if (v->amounts)
        verify_origin(v);
    verify_sum(v);
    code = verify_values(v);
    if (code == EEL_OK) {
        verify_report(v);
        code = verify_maps(v);
    }
    close_results(v);
    return code;
}

/* Maps, and what was quantified of them, if that lies beside. */
static int verify_all(verifier *v, const char *folder)
{
    char quantify[EEL_PATH_MAX], store[EEL_PATH_MAX + 8];

    v->folder = folder;
    int code = verify(v);
    snprintf(quantify, sizeof quantify, "%s/quantify", folder);
    snprintf(store, sizeof store, "%s/store", quantify);
    if (code != EEL_OK || access(store, F_OK) != 0)
        return code;
    v->folder = quantify;
    v->prefix = "quantify/";
    return verify(v);
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);

    if (code != EEL_OK)
        return eel_log_exit(code);
    verifier v = {.prefix = "", .findings = json_array()};
    code = verify_all(&v, argv[first]);
    if (code == EEL_OK && json) {
        json_t *all = json_pack("{s:b, s:O}", "ok", !v.bad, "findings", v.findings);
        json_dumpf(all, stdout, JSON_INDENT(2));
        printf("\n");
        json_decref(all);
    }
    if (fflush(stdout) != 0 && code == EEL_OK)
        code = eel_fail(EEL_EIO, "stdout: cannot be written");
    json_decref(v.findings);
    return code != EEL_OK ? eel_log_exit(code) : v.bad > 0;
}
