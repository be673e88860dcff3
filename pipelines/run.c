/*
 * eelstream - one command for everything: it runs pipelines and their stages.
 *
 *     eelstream map scan.dm3              the main job, see map.h
 *     eelstream run FILE.flow ARG…        any pipeline
 *     eelstream STAGE …                   one stage: becomes the program eelstream-STAGE
 */
#include "live.h"
#include "map.h"
#include "pipeline.h"
#include "quantify.h"
#include "slurm.h"
#include "supervise.h"
#include "where.h"
#include "worker.h"
#include "base/args.h"
#include "base/err.h"
#include "base/help.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/shipped.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *name, *summary;
} command;

static const command commands[] = {
    {"map", "spectrum image in, one map per element out: the main job"},
    {"live", "the same while the microscope scans, scan after scan"},
    {"quantify", "atomic per cent of the elements that a map run found"},
    {"identify", "name the elements of single spectra"},
    {"info", "say what a file holds"},
    {"convert", "write any readable file as .hspy, .msa or .npy"},
    {"view", "show the maps of a run in a browser"},
    {"verify", "read results back: is every pixel accounted for?"},
    {"doctor", "can eelstream work on this machine, and what to change"},
    {"fit", "add a measured edge to the library that synthesis draws from"},
    {"run", "run a pipeline from a .flow file"},
    {"worker", "work for a run whose head is on another machine"},
    {"slurm", "map a spectrum image on a cluster that Slurm runs"},
    {"keygen", "make a key pair, for machines that join over tcp"},
};

static const command stages[] = {
    {"reader", "spectra of a file, block by block"},
    {"ingest", "spectra of a running source, with what is missing named"},
    {"calibrate", "spectra onto the energy axis of the network"},
    {"infer", "spectra to the probability of each element"},
    {"abundance", "spectra to the amount of each element found"},
    {"aggregate", "results into a durable store"},
    {"writer", "the store into maps, pictures and a report"},
    {"synth", "spectra drawn from a physical model, with their truth"},
    {"train", "labelled spectra into a trained network"},
    {"score", "how often a network is right on labelled spectra"},
};

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static int is_listed(const char *name)
{
    for (int i = 0; i < COUNT(commands); i++) {
        if (!strcmp(commands[i].name, name))
            return 1;
    }
    for (int i = 0; i < COUNT(stages); i++) {
        if (!strcmp(stages[i].name, name))
            return 1;
    }
    return 0;
}

static void print_help(FILE *out)
{
    eel_where_stages found;

    fprintf(out, "eelstream - chemical elements in electron energy-loss spectra\n\n"
                 "usage: eelstream COMMAND [OPTION]… [OPERAND]…\n\n");
    for (int i = 0; i < COUNT(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\nstages, which pipelines join and which also run by themselves:\n\n");
    for (int i = 0; i < COUNT(stages); i++)
        fprintf(out, "  %-10s %s\n", stages[i].name, stages[i].summary);
    eel_where_list(&found);
    for (int i = 0; i < found.count; i++) {
        if (!is_listed(found.names[i]))
            fprintf(out, "  %s\n", found.names[i]);
    }
    fprintf(out, "\n'eelstream COMMAND --help' says more.\n"
                 "Exit status: 0 done, 1 failed, 2 misused, 130 interrupted.\n");
}

/* The manual page of all, which the build makes a file of. */
static void print_manual(void)
{
    eel_manual_open("eelstream", "chemical elements in electron energy-loss spectra",
                    "COMMAND [OPTION]… [OPERAND]…");
    eel_manual_section("DESCRIPTION");
    eel_manual_lines("Reads an electron energy-loss spectrum image and writes one map per element:\n"
                     "the probability, pixel by pixel, that its core-loss edge is in the spectrum.");
    eel_manual_section("COMMANDS");
    for (int i = 0; i < COUNT(commands); i++)
        eel_manual_item(commands[i].name, commands[i].summary);
    eel_manual_section("STAGES");
    eel_manual_lines("Pipelines join them; each also runs by itself.");
    for (int i = 0; i < COUNT(stages); i++)
        eel_manual_item(stages[i].name, stages[i].summary);
    eel_manual_section("EXIT STATUS");
    eel_manual_item("0", "done");
    eel_manual_item("1", "failed; one line on stderr says at what");
    eel_manual_item("2", "misused");
    eel_manual_item("130", "interrupted");
    eel_manual_section("SEE ALSO");
    for (int i = 0; i < COUNT(commands); i++) {
        char page[64];
        snprintf(page, sizeof page, "eelstream-%s", commands[i].name);
        eel_manual_see(page);
    }
}

/* What a shell completes after `eelstream`: every command and stage that is there. */
static void print_words(void)
{
    eel_where_stages found;

    for (int i = 0; i < COUNT(commands); i++)
        printf("%s\t\t\t%s\n", commands[i].name, commands[i].summary);
    for (int i = 0; i < COUNT(stages); i++)
        printf("%s\t\t\t%s\n", stages[i].name, stages[i].summary);
    eel_where_list(&found);
    for (int i = 0; i < found.count; i++) {
        if (!is_listed(found.names[i]))
            printf("%s\t\t\t\n", found.names[i]);
    }
}

/* A pipeline's path: the file as given, or one of that name that ships. */
static const char *find_flow(char path[PATH_MAX], const char *name)
{
    if (!access(name, F_OK) || strchr(name, '/') || eel_shipped(path, name) != EEL_OK)
        return name;
    return path;
}

/* Fills $1 … from the first operands; the others are settings. */
static int bind_operands(eel_pipeline *pipeline, char **operands, int count)
{
    char models[PATH_MAX];
    int code = eel_shipped(models, "models");

    if (code == EEL_OK)
        code = eel_pipeline_bind(pipeline, operands, count, models);
    for (int i = pipeline->operands; i < count && code == EEL_OK; i++)
        code = eel_pipeline_set(pipeline, operands[i]);
    return code;
}

static int run_main(int argc, char **argv)
{
    static int workers, bar, hang_s = EEL_HANG_S;
    static const eel_option options[] = {
        {"workers", 0, EEL_OPT_INT, &workers, "N", "workers of each stage written xN; 0: as written"},
        {"hang", 0, EEL_OPT_INT, &hang_s, "S", "replace a worker that is silent for so long; 0: never"},
        {"progress", 0, EEL_OPT_FLAG, &bar, NULL, "draw a bar that follows the last stage"},
        {0},
    };
    static const eel_usage usage = {
        .name = "eelstream run",
        .summary = "Run a pipeline from a .flow file.",
        .operands = "FILE.flow [ARG]… [STAGE.OPTION=VALUE]…",
        .operands_min = 1,
        .operands_max = 1000,
        .options = options,
        .notes = "ARGs take the places of $1, $2 … in the file. Each STAGE.OPTION=VALUE after\n"
                 "them is one more option of a stage, as in: calibrate.offset=-1.5\n"
                 "A FILE.flow that is not here is looked for among those that ship.\n"
                 "Exit status: 0 done, 1 failed, 2 misused, 128 + the signal that ended it.",
    };
    eel_pipeline pipeline = {0};
    char path[PATH_MAX];
    int first;

    int code = eel_args(&usage, argc, argv, &first);
    if (code != EEL_OK)
        return eel_log_exit(code);
    if (hang_s < 0)
        return eel_log_exit(eel_fail(EEL_EARGS, "--hang: %d, expected 0 or more seconds", hang_s));
    code = eel_pipeline_read(&pipeline, find_flow(path, argv[first]));
    if (code == EEL_OK)
        code = bind_operands(&pipeline, argv + first + 1, argc - first - 1);
    if (code == EEL_OK && workers != 0)
        code = eel_pipeline_workers(&pipeline, workers);

    int status;
    if (code == EEL_OK)
        status = eel_supervise(&pipeline, &(eel_supervision){
            .bar = bar ? "run" : NULL, .hang_s = hang_s, .again = "", .tapped = "aggregate",
            .watched = pipeline.stages[pipeline.count - 1].name});
    else
        status = eel_log_exit(code);
    eel_pipeline_release(&pipeline);
    return status;
}

static int unknown(const char *name)
{
    const char *list[COUNT(commands) + EEL_WHERE_STAGES_MAX];
    eel_where_stages found;
    int count = 0;

    if (is_listed(name)) {
        eel_log("'%s' is not installed here: there is no program eelstream-%s", name, name);
        return 1;
    }
    for (int i = 0; i < COUNT(commands); i++)
        list[count++] = commands[i].name;
    eel_where_list(&found);
    for (int i = 0; i < found.count; i++)
        list[count++] = found.names[i];
    const char *nearest = eel_nearest_word(name, list, count);
    eel_log(nearest ? "'%s' is no command; did you mean '%s'?"
                    : "'%s' is no command, see 'eelstream --help'",
            name, nearest);
    return 2;
}

/* Becomes the stage's program. */
static int stage_main(char **argv)
{
    char program[PATH_MAX], title[EEL_WHERE_NAME_MAX + 16];
    const char *name = argv[1];

    if (strlen(name) >= EEL_WHERE_NAME_MAX || eel_where_stage(program, name) != EEL_OK)
        return unknown(name);
    snprintf(title, sizeof title, "eelstream %s", name);
    argv[1] = title;
    execv(program, argv + 1);
    eel_log("%s: %s", program, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    eel_log_name("eelstream");
    signal(SIGXFSZ, SIG_IGN); /* for all that it starts: a file that may not grow is an error that is said */
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2)) {
        print_help(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("eelstream %s\n", EEL_VERSION);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--man")) {
        print_manual();
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--complete")) {
        print_words();
        return 0;
    }
    if (!strcmp(argv[1], "help")) { /* eelstream help map */
        argv[1] = argv[2];
        argv[2] = (char *)"--help";
    }
    if (!strcmp(argv[1], "map"))
        return eel_map_main(argc - 1, argv + 1);
    if (!strcmp(argv[1], "live"))
        return eel_live_main(argc - 1, argv + 1);
    if (!strcmp(argv[1], "quantify"))
        return eel_quantify_main(argc - 1, argv + 1);
    if (!strcmp(argv[1], "run"))
        return run_main(argc - 1, argv + 1);
    if (!strcmp(argv[1], "slurm"))
        return eel_slurm_main(argc - 1, argv + 1);
    if (!strcmp(argv[1], "worker"))
        return eel_worker_main(argc - 1, argv + 1);
    return stage_main(argv);
}
