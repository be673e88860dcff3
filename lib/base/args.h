/*
 * args - command lines: one table of options gives parsing, defaults, --help, the manual page and
 * what a shell completes (base/help.h).
 *
 *     static double window_ev = 40;
 *     static const char *output = NULL;
 *     static const eel_option options[] = {
 *         {"window", 'w', EEL_OPT_REAL, &window_ev, "EV", "width of the fit window"},
 *         {"output", 'o', EEL_OPT_TEXT, &output, "DIR", "where results go"},
 *         {0},
 *     };
 *     static const eel_usage usage = {
 *         .name = "eelstream fit", .summary = "Fit one edge.", .operands = "FILE…",
 *         .operands_min = 1, .operands_max = INT_MAX, .options = options,
 *     };
 *     int first, code = eel_args(&usage, argc, argv, &first);
 *
 * The value a variable has before parsing is its default and is shown in --help. `--help` and
 * `--version` print on stdout and exit 0: the one place where the library does so.
 * An unknown option, a missing value, a number that is none or a wrong count of operands is
 * EEL_EARGS.
 */
#ifndef EEL_BASE_ARGS_H
#define EEL_BASE_ARGS_H

typedef enum {
    EEL_OPT_FLAG, /* int *, set to 1 */
    EEL_OPT_INT,  /* int * */
    EEL_OPT_SIZE, /* uint64_t *, with K, M, G, T for powers of 1024 allowed */
    EEL_OPT_REAL, /* double *, finite; NAN as default means "not given" */
    EEL_OPT_TEXT, /* const char **, points into argv */
    EEL_OPT_NAMES, /* the same, for some of the names in `meta`, "tif,png,…", with commas between */
    EEL_OPT_PLACE, /* the same, for a HOST:PORT that may be left out: then it is "" */
} eel_option_kind;

typedef struct {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* short name, or 0 */
    eel_option_kind kind;
    void *value;
    const char *meta; /* name of the value in --help */
    const char *help;
} eel_option;

typedef struct {
    const char *name;     /* "eelstream map" */
    const char *summary;  /* one sentence */
    const char *operands; /* "INPUT [OUTPUT]", or NULL for none */
    int operands_min, operands_max;
    const eel_option *options;
    const eel_option *more_options; /* a second table shown after the first, or NULL */
    const char *notes;              /* shown after the options, or NULL */
} eel_usage;

/* Parses argv; operands stay in argv[*first] … argv[argc - 1]. */
int eel_args(const eel_usage *usage, int argc, char **argv, int *first);

#endif
