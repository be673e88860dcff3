/*
 * doctor - look at a machine: can eelstream work here, and what would make it work better?
 *
 * in:   OUTDIR, a folder where results are to go; the current one by default
 * out:  one line per finding on stdout, with what to change below it, or with --json one object;
 *       exit status 1 when something essential is missing
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "doctor/checkup.h"

static const char *ports;
static int json;

static const eel_option options[] = {
    {"port", 0, EEL_OPT_TEXT, &ports, "PORTS", "TCP ports that shall be free, such as 8080,5555"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object instead of lines"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream doctor",
    .summary = "Look at this machine: can eelstream work here, and what to change?",
    .operands = "[OUTDIR]",
    .operands_min = 0,
    .operands_max = 1,
    .options = options,
    .notes = "OUTDIR is where results shall go, by default the current folder.\n"
             "ok: as it should be; note: works, but slower or not everything; BAD: will not work.\n"
             "Exit status: 0 eelstream can work here, 1 something essential is missing.",
};

static const char *const states[] = {"ok", "note", "BAD"};

void eel_find(eel_checkup *checkup, eel_found found, const char *what, const char *change,
              const char *format, ...)
{
    char words[EEL_WORDS_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    checkup->counts[found]++;
    if (!checkup->quiet) {
        printf("%-4s  %-13s %s\n", states[found], what, words);
        if (change)
            printf("                    -> %s\n", change);
    }
    json_array_append_new(checkup->findings,
                          json_pack("{s:s, s:s, s:s+, s:s?}", "what", what, "state", states[found],
                                    "words", words, "", "change", change));
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);

    if (code != EEL_OK)
        return eel_log_exit(code);
    eel_checkup checkup = {.findings = json_array(), .quiet = json};
    eel_check_machine(&checkup);
    code = eel_check_places(&checkup, first < argc ? argv[first] : ".", ports);
    int bad = checkup.counts[EEL_FOUND_BAD];
    if (json && code == EEL_OK) {
        json_t *all = json_pack("{s:b, s:O}", "ok", !bad, "findings", checkup.findings);
        json_dumpf(all, stdout, JSON_INDENT(2));
        printf("\n");
        json_decref(all);
    } else if (code == EEL_OK) {
        printf("\n%s\n", bad ? "eelstream cannot work here as it is" : "eelstream can work here");
    }
    json_decref(checkup.findings);
    int status = eel_log_exit(code);
    return status ? status : bad > 0;
}
