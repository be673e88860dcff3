#include "quantify.h"
#include "map.h"
#include "pipeline.h"
#include "spare.h"
#include "summary.h"
#include "supervise.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/shipped.h"
#include "io/amounts.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FEW   0.5 /* share of the pixels: below, whoever reads the table is warned */
#define THICK 1.1 /* t/lambda; thinner specimens were checked (docs/quantification.md) */
#define ROOM  64 /* for the names of files in a folder */

/* ---- what was found ---- */

static void print_states(const json_t *states, json_int_t total)
{
    const char *state;
    json_t *count;

    json_object_foreach((json_t *)states, state, count) {
        json_int_t n = json_integer_value(count);
        if (n > 0 && total > 0 && strcmp(state, "quantified"))
            printf("  %s %.3g %%", state, 100. * (double)n / (double)total);
    }
    printf("\n");
}

static void print_element(const json_t *element, json_int_t total)
{
    const json_t *percent = json_object_get(element, "atomic_percent");
    const json_t *states = json_object_get(element, "states");
    json_int_t n = json_integer_value(json_object_get(states, "quantified"));

    printf("  %-7s  %-5s ", json_string_value(json_object_get(element, "symbol")),
           json_string_value(json_object_get(element, "edge")));
    if (json_is_number(percent))
        printf("  %6.2f ± %-5.2f", json_number_value(percent),
               json_number_value(json_object_get(element, "atomic_percent_error")));
    else
        printf("       –       ");
    printf("   %5.1f %%", total > 0 ? 100. * (double)n / (double)total : 0);
    print_states(states, total);
}

static int any_negative(const json_t *elements)
{
    const json_t *element;
    size_t i;

    json_array_foreach((json_t *)elements, i, element) {
        if (json_number_value(json_object_get(element, "atomic_percent")) < 0)
            return 1;
    }
    return 0;
}

/* The atoms and the pixels that the atomic per cent are of, and what they leave out. */
static void print_complete(const json_t *report, json_int_t total)
{
    json_int_t complete = json_integer_value(json_object_get(report, "complete_pixels"));

    printf("  atomic per cent: of the atoms of these elements alone, all those in the %" JSON_INTEGER_FORMAT
           " of %" JSON_INTEGER_FORMAT " pixels that have some, taken together; ± of one pixel\n", complete, total);
    if (complete > 0 && complete < FEW * (double)total)
        printf("  few pixels: they may not be like the others, see the states\n");
    if (any_negative(json_object_get(report, "elements")))
        printf("  below zero: the edge is not there, or not where it is looked for\n");
}

static void print_optics(const json_t *used)
{
    const json_t *low_loss = json_object_get(used, "low_loss");
    double thickness = json_number_value(json_object_get(low_loss, "t_over_lambda"));

    printf("  %s plural scattering", json_is_object(low_loss) ? "corrected for" : "not corrected for");
    if (thickness > 0)
        printf(", t/λ %.2f", thickness);
    printf("; %g keV, collection %g mrad, convergence %g mrad\n", json_number_value(json_object_get(used, "beam_kev")),
           json_number_value(json_object_get(used, "collection_mrad")),
           json_number_value(json_object_get(used, "convergence_mrad")));
    if (thickness > THICK)
        printf("  thick: ratios may be off by far more than ±, see docs/quantification.md\n");
    printf("\n");
}

/* Energies that are off spoil amounts more than maps. */
static void repeat_hint(const char *folder)
{
    json_t *map;

    if (eel_report_load(&map, folder) != EEL_OK)
        return; /* of an older map, or none: its maps are there all the same */
    eel_print_axis_hint(map);
    json_decref(map);
}

static int print_report(const char *folder, eel_quantify_prints prints)
{
    json_t *report, *element;
    size_t i;
    int code = eel_report_load(&report, folder);

    if (code != EEL_OK)
        return code;
    json_int_t total = json_integer_value(json_object_get(json_object_get(report, "pixels"), "total"));
    if (prints == EEL_QUANTIFY_JSON) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (prints == EEL_QUANTIFY_TABLE) {
        printf("  element  edge    atomic per cent   quantified in\n");
        json_array_foreach(json_object_get(report, "elements"), i, element)
            print_element(element, total);
        print_complete(report, total);
        print_optics(json_object_get(report, "quantify"));
        printf("  overview  %s/overview.png\n  amounts   %s/quantify.hspy\n", folder, folder);
        if (eel_folder_holds(folder, "quantify.tif"))
            printf("            %s/quantify.tif\n", folder);
        if (eel_folder_holds(folder, "quantify.csv"))
            printf("            %s/quantify.csv\n", folder);
        printf("  report    %s/" EEL_REPORT_NAME "\n", folder);
    }
    fflush(stdout);
    json_decref(report);
    return EEL_OK;
}

/* ---- the run ---- */

/* Goes on with a quantification that was cut short: it has a store and no report yet. */
int eel_quantify_spare(const char *outdir, int force)
{
    static const char *const names[] = {EEL_REPORT_NAME, EEL_AMOUNTS_FILES};
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof folder, "%s/quantify", outdir) >= (int)sizeof folder)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", outdir);
    int begun = eel_folder_holds(folder, "store/store.json") && !eel_folder_holds(folder, EEL_REPORT_NAME);
    return eel_spare_files(&(eel_spare){.folder = folder, .names = names, .count = sizeof names / sizeof *names,
                                        .all_elements = 1, .may_replace = force || begun});
}

static int check_places(const char *input, const char *folder, int force)
{
    if (strlen(folder) + ROOM > PATH_MAX)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder);
    if (access(input, R_OK))
        return eel_fail(EEL_EIO, "%s: %s", input, strerror(errno));
    if (!eel_folder_holds(folder, "store/store.json"))
        return eel_fail(EEL_EIO, "%s: holds no map; 'eelstream map %s -o %s' makes it", folder, input,
                        folder);
    return eel_quantify_spare(folder, force);
}

static int set(eel_pipeline *pipeline, const char *option, const char *value)
{
    char setting[PATH_MAX + ROOM];

    if (!value)
        return EEL_OK;
    snprintf(setting, sizeof setting, "%s=%s", option, value);
    return eel_pipeline_set(pipeline, setting);
}

/* What was mapped is quantified: the file's signal, its axes, the selection. What the user says goes first. */
static int set_image(eel_pipeline *pipeline, const char *folder, const eel_image_options *said)
{
    const struct {
        const char *option, *said, *key; /* key: in the description of an image */
    } wanted[] = {{"reader.axis", said->axis, "axis"}, {"reader.axes", said->axes, "axes"},
                  {"reader.select", said->select, "select"}, {"reader.bin", said->bin, "bin"}};
    char path[PATH_MAX], number[16];
    json_error_t error;

    snprintf(path, sizeof path, "%s/store/store.json", folder);
    json_t *store = json_load_file(path, 0, &error);
    const json_t *image = json_object_get(json_object_get(store, "description"), "image");
    int code = json_is_object(image) ? EEL_OK
                                     : eel_fail(EEL_EFORMAT, "%s: %s", path,
                                                store ? "describes no image" : error.text);
    snprintf(number, sizeof number, "#%d", (int)json_integer_value(json_object_get(image, "signal")));
    if (code == EEL_OK)
        code = set(pipeline, "reader.signal", said->signal ? said->signal : number);
    for (size_t i = 0; code == EEL_OK && i < sizeof wanted / sizeof *wanted; i++)
        code = set(pipeline, wanted[i].option,
                   wanted[i].said ? wanted[i].said : json_string_value(json_object_get(image, wanted[i].key)));
    json_decref(store);
    return code;
}

static int prepare(eel_pipeline *pipeline, const char *input, const char *folder,
                   const eel_image_options *image, int force)
{
    char path[PATH_MAX], models[PATH_MAX], store[PATH_MAX];
    char *operands[] = {(char *)input, (char *)folder};
    int code = eel_shipped(path, "quantify.flow");

    if (code == EEL_OK)
        code = eel_shipped(models, "models");
    if (code == EEL_OK)
        code = eel_pipeline_read(pipeline, path);
    if (code == EEL_OK)
        code = eel_pipeline_bind(pipeline, operands, 2, models);
    if (code == EEL_OK)
        code = set_image(pipeline, folder, image);
    if (code != EEL_OK || force || !eel_folder_holds(folder, "quantify/store/store.json"))
        return code;
    snprintf(store, sizeof store, "%s/quantify/store", folder);
    return eel_map_resume(pipeline, store);
}

int eel_quantify_foresee(eel_pipeline *pipeline, const eel_quantify_options *options)
{
    int code = eel_pipeline_set(pipeline, "reader.quantify");

    if (code == EEL_OK)
        code = set(pipeline, "reader.beam", options->beam);
    if (code == EEL_OK)
        code = set(pipeline, "reader.collection", options->collection);
    if (code == EEL_OK)
        code = set(pipeline, "reader.convergence", options->convergence);
    return code;
}

static int set_options(eel_pipeline *pipeline, const eel_quantify_options *options, int workers)
{
    int code = eel_pipeline_workers(pipeline, workers);

    if (code == EEL_OK)
        code = set(pipeline, "abundance.low-loss", options->low_loss);
    if (code == EEL_OK)
        code = set(pipeline, "abundance.low-loss-signal", options->low_loss_signal);
    if (code == EEL_OK)
        code = set(pipeline, "abundance.beam", options->beam);
    if (code == EEL_OK)
        code = set(pipeline, "abundance.collection", options->collection);
    if (code == EEL_OK)
        code = set(pipeline, "abundance.convergence", options->convergence);
    return code;
}

int eel_quantify(const char *input, const char *folder, const eel_image_options *image,
                 const eel_quantify_options *options, int workers, int hang_s, int force,
                 eel_quantify_prints prints)
{
    eel_pipeline pipeline = {0};
    char amounts[PATH_MAX];

    snprintf(amounts, sizeof amounts, "%s/quantify", folder);
    int code = check_places(input, folder, force);
    if (code == EEL_OK)
        code = prepare(&pipeline, input, folder, image, force);
    if (code == EEL_OK)
        code = set_options(&pipeline, options, workers);
    if (code == EEL_OK && mkdir(amounts, 0777) && errno != EEXIST)
        code = eel_fail(EEL_EIO, "%s: cannot be made: %s", amounts, strerror(errno));
    int status = eel_exit(code);
    if (code == EEL_OK) {
        status = eel_supervise(&pipeline, &(eel_supervision){
            .bar = "quantify", .watched = "aggregate", .hang_s = hang_s,
            .again = "; run eelstream quantify to go on"});
        if (status == 0)
            code = print_report(amounts, prints);
        else
            rmdir(amounts); /* where nothing came of it, nothing stays */
    }
    if (status == 0 || code != EEL_OK)
        status = eel_log_exit(code);
    eel_pipeline_release(&pipeline);
    return status;
}

/* ---- the command ---- */

static const char *output;
static int workers, force, json, hang_s = EEL_HANG_S;
static eel_image_options image_options;
static eel_quantify_options chosen;

static const eel_option options[] = {
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "folder with the results of eelstream map INPUT"},
    EEL_IMAGE_OPTIONS(image_options),
    EEL_QUANTIFY_OPTIONS(chosen),
    {"workers", 'w', EEL_OPT_INT, &workers, "N", "processes that fit: one per core"},
    {"force", 'f', EEL_OPT_FLAG, &force, NULL, "replace an earlier quantification"},
    {"hang", 0, EEL_OPT_INT, &hang_s, "S", "replace a process that fits and is silent for so long"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print the report instead of a table"},
    {0},
};

static const eel_usage usage = {
    .name = "eelstream quantify",
    .summary = "Atomic per cent of the elements that a map run found.",
    .operands = "INPUT",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .notes = "INPUT is the file that was mapped into OUTDIR. OUTDIR/quantify gets quantify.hspy,\n"
             "quantify.tif, quantify.csv, a PNG per element, overview.png and report.json.\n"
             "A run that was cut short goes on when the same command is given again.\n"
             "Exit status: 0 done, 1 failed, 2 misused, 130 interrupted.",
};

int eel_quantify_main(int argc, char **argv)
{
    int first;

    workers = eel_cores();
    int code = eel_args(&usage, argc, argv, &first);
    if (code == EEL_OK && !output)
        code = eel_fail(EEL_EARGS, "--output: missing; name the folder with the maps of %s",
                        argv[first]);
    if (code == EEL_OK && hang_s < 0)
        code = eel_fail(EEL_EARGS, "--hang: %d, expected 0 or more seconds", hang_s);
    if (code != EEL_OK)
        return eel_log_exit(code);
    int status = eel_quantify(argv[first], output, &image_options, &chosen, workers, hang_s, force,
                              json ? EEL_QUANTIFY_JSON : EEL_QUANTIFY_TABLE);
    if (status == 0 && !json)
        repeat_hint(output);
    return status;
}
