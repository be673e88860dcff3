#include "base/args.h"
#include "base/err.h"
#include "base/help.h"
#include "base/nearest.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64
#define FIRST_CODE  256 /* getopt codes of our options start above all letters */

/* The form of the table that the command line asks for, if it asks for one. */
static int show(const eel_usage *usage, int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--man"))
        eel_help_manual(usage);
    else if (argc == 2 && !strcmp(argv[1], "--complete"))
        eel_help_complete(usage);
    else
        return 0;
    return 1;
}

static int parse_size(const char *text, uint64_t *size)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    int shift = 0;

    if (end == text || errno || strchr(text, '-'))
        return -1;
    switch (*end) {
    case 'K': shift = 10; end++; break;
    case 'M': shift = 20; end++; break;
    case 'G': shift = 30; end++; break;
    case 'T': shift = 40; end++; break;
    }
    if (*end || (shift && value >> (64 - shift)))
        return -1;
    *size = value << shift;
    return 0;
}

/* Every name of the one list is in the other. */
static int are_names(const char *some, const char *all)
{
    for (;;) {
        size_t length = strcspn(some, ",");
        const char *name = all;
        while (strcspn(name, ",") != length || memcmp(name, some, length) != 0) {
            name = strchr(name, ',');
            if (!name++)
                return 0;
        }
        if (!some[length])
            return 1;
        some += length + 1;
    }
}

static int set_value(const eel_usage *usage, const eel_option *option, const char *text)
{
    char *end = NULL;
    const char *expected = NULL, *names = "";

    errno = 0;
    switch (option->kind) {
    case EEL_OPT_FLAG:
        *(int *)option->value = 1;
        break;
    case EEL_OPT_INT: {
        long value = strtol(text, &end, 10);
        if (end == text || *end || errno || value < INT32_MIN || value > INT32_MAX)
            expected = "a whole number";
        else
            *(int *)option->value = (int)value;
        break;
    }
    case EEL_OPT_SIZE:
        if (parse_size(text, option->value))
            expected = "a count, such as 4096 or 16M";
        break;
    case EEL_OPT_REAL: {
        double value = strtod(text, &end);
        if (end == text || *end || !isfinite(value))
            expected = "a number";
        else
            *(double *)option->value = value;
        break;
    }
    case EEL_OPT_NAMES:
        *(const char **)option->value = text;
        if (!are_names(text, option->meta)) {
            expected = "a list of ";
            names = option->meta;
        }
        break;
    case EEL_OPT_TEXT:
    case EEL_OPT_PLACE:
        *(const char **)option->value = text;
        break;
    }
    if (expected)
        return eel_fail(EEL_EARGS, "--%s: '%s' is not %s%s; try '%s --help'", option->name, text,
                        expected, names, usage->name);
    return EEL_OK;
}

/* "127.0.0.1:8470": a word that is a place, and no file or other option. */
static int is_place(const char *word)
{
    const char *colon = word ? strrchr(word, ':') : NULL;

    return colon && colon > word && word[0] != '-' && !strchr(word, '/') && colon[1] &&
           strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* What "--ofset" or "--ofset=3" was meant to be; NULL when none is near. */
static const char *nearest_option(const char *word, const struct option *longs)
{
    const char *names[OPTIONS_MAX + 2];
    char name[32];
    int count = 0;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    for (; longs[count].name; count++)
        names[count] = longs[count].name;
    return eel_nearest_word(name, names, count);
}

/* Both tables of a usage as getopt_long wants them. */
typedef struct {
    struct option longs[OPTIONS_MAX + 3]; /* --help and --version behind the others */
    const eel_option *known[OPTIONS_MAX];
    char letters[2 * OPTIONS_MAX + 3];
    int count;
} getopt_tables;

#define HELP_CODE    1000
#define VERSION_CODE 1001

static void fill_tables(getopt_tables *t, const eel_usage *usage)
{
    const eel_option *tables[] = {usage->options, usage->more_options};

    *t = (getopt_tables){.letters = ":"};
    for (int k = 0; k < 2; k++) {
        for (const eel_option *o = tables[k]; o && o->name && t->count < OPTIONS_MAX; o++) {
            int takes = o->kind == EEL_OPT_PLACE ? optional_argument
                        : o->kind != EEL_OPT_FLAG ? required_argument : no_argument;
            t->longs[t->count] = (struct option){o->name, takes, NULL, FIRST_CODE + t->count};
            if (o->letter)
                strcat(t->letters, (char[]){o->letter, takes ? ':' : 0, 0});
            t->known[t->count++] = o;
        }
    }
    t->longs[t->count] = (struct option){"help", 0, NULL, HELP_CODE};
    t->longs[t->count + 1] = (struct option){"version", 0, NULL, VERSION_CODE};
}

/* `code`: '?' for an option that is none, ':' for one without its value. */
static int refuse(const eel_usage *usage, int argc, char **argv, int code, const getopt_tables *t)
{
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "option";
    const char *meant = code == ':' || strncmp(word, "--", 2) ? NULL : nearest_option(word + 2, t->longs);

    if (meant)
        return eel_fail(EEL_EARGS, "%s: no such option; did you mean --%s?", word, meant);
    return eel_fail(EEL_EARGS, "%s: %s; try '%s --help'", word, code == ':' ? "needs a value" : "no such option",
                    usage->name);
}

static int take_option(const eel_usage *usage, int argc, char **argv, int code, const getopt_tables *t)
{
    const eel_option *option = NULL;
    const char *text = optarg;

    for (int i = 0; i < t->count; i++) {
        if (code == FIRST_CODE + i || code == t->known[i]->letter)
            option = t->known[i];
    }
    if (option->kind == EEL_OPT_PLACE && !text)
        text = optind < argc && is_place(argv[optind]) ? argv[optind++] : "";
    return set_value(usage, option, text);
}

int eel_args(const eel_usage *usage, int argc, char **argv, int *first)
{
    getopt_tables tables;
    int code;

    if (show(usage, argc, argv))
        exit(0);
    fill_tables(&tables, usage);
    optind = 0;
    while ((code = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (code == HELP_CODE) {
            eel_help_print(usage);
            exit(0);
        }
        if (code == VERSION_CODE) {
            printf("eelstream %s\n", EEL_VERSION);
            exit(0);
        }
        int status = code == '?' || code == ':' ? refuse(usage, argc, argv, code, &tables)
                                                : take_option(usage, argc, argv, code, &tables);
        if (status != EEL_OK)
            return status;
    }
    int operands = argc - optind;
    if (operands < usage->operands_min || operands > usage->operands_max)
        return eel_fail(EEL_EARGS, "%d operand%s given, expected %s; try '%s --help'", operands, operands == 1 ? "" : "s",
                        usage->operands ? usage->operands : "none", usage->name);
    *first = optind;
    return EEL_OK;
}
