#include "base/help.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* " [40]", or "" for an option without a default. */
static const char *default_of(const eel_option *option)
{
    static char text[512];

    text[0] = 0;
    if (option->kind == EEL_OPT_INT)
        snprintf(text, sizeof text, " [%d]", *(const int *)option->value);
    if (option->kind == EEL_OPT_SIZE)
        snprintf(text, sizeof text, " [%ju]", (uintmax_t) * (const uint64_t *)option->value);
    if (option->kind == EEL_OPT_REAL && !isnan(*(const double *)option->value))
        snprintf(text, sizeof text, " [%g]", *(const double *)option->value);
    if (option->kind == EEL_OPT_TEXT && *(const char *const *)option->value)
        snprintf(text, sizeof text, " [%s]", *(const char *const *)option->value);
    return text;
}

/* --help */

static void print_options(const eel_option *options)
{
    for (const eel_option *o = options; o && o->name; o++) {
        char left[80];
        int may = o->kind == EEL_OPT_PLACE; /* be left out */
        snprintf(left, sizeof left, "%s%c%s --%s %s%s%s", o->letter ? "-" : " ",
                 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, may ? "[" : "",
                 o->meta ? o->meta : "", may ? "]" : "");
        printf("  %-30s %s%s\n", left, o->help, default_of(o));
    }
}

void eel_help_print(const eel_usage *usage)
{
    printf("%s - %s\n\nusage: %s [OPTION]… %s\n\n", usage->name, usage->summary, usage->name,
           usage->operands ? usage->operands : "");
    print_options(usage->options);
    print_options(usage->more_options);
    printf("      --help                     show this\n"
           "      --version                  show the version\n");
    if (usage->notes)
        printf("\n%s\n", usage->notes);
}

/* --man */

/* A point or quote at the beginning of a line would be a request, a backslash begins an escape,
 * and "-" is a hyphen that nobody can copy. */
static void roff(const char *text)
{
    int begins = 1;

    for (const char *c = text; *c; c++) {
        if (begins && (*c == '.' || *c == '\''))
            printf("\\&");
        if (*c == '\\')
            printf("\\e");
        else if (*c == '-')
            printf("\\-");
        else
            putchar(*c);
        begins = *c == '\n';
    }
}

static void roff_line(const char *text)
{
    roff(text);
    putchar('\n');
}

void eel_manual_open(const char *name, const char *summary, const char *operands)
{
    char page[64];

    snprintf(page, sizeof page, "%s", name);
    for (char *c = page; *c; c++)
        *c = *c == ' ' ? '-' : *c;
    printf(".TH \"");
    for (const char *c = page; *c; c++)
        putchar(toupper((unsigned char)*c));
    printf("\" 1 \"\" \"eelstream %s\" \"eelstream\"\n.SH NAME\n", EEL_VERSION);
    roff(page);
    printf(" \\- ");
    roff_line(summary);
    printf(".SH SYNOPSIS\n.B ");
    roff_line(name);
    if (operands)
        roff_line(operands);
}

void eel_manual_section(const char *title)
{
    printf(".SH %s\n", title);
}

void eel_manual_item(const char *term, const char *text)
{
    printf(".TP\n.B ");
    roff_line(term);
    roff_line(text);
}

void eel_manual_lines(const char *text)
{
    printf(".nf\n");
    roff_line(text);
    printf(".fi\n");
}

void eel_manual_see(const char *name)
{
    printf(".BR ");
    roff(name);
    printf(" (1)\n");
}

static void manual_options(const eel_option *options)
{
    for (const eel_option *o = options; o && o->name; o++) {
        char help[640];
        printf(".TP\n");
        if (o->letter)
            printf("\\fB\\-%c\\fR, ", o->letter);
        printf("\\fB\\-\\-");
        roff(o->name);
        printf("\\fR");
        if (o->meta) {
            int may = o->kind == EEL_OPT_PLACE; /* be left out */
            printf(may ? "[=\\fI" : " \\fI");
            roff(o->meta);
            printf(may ? "\\fR]" : "\\fR");
        }
        snprintf(help, sizeof help, "%s%s", o->help, default_of(o));
        putchar('\n');
        roff_line(help);
    }
}

void eel_help_manual(const eel_usage *usage)
{
    char operands[256];

    snprintf(operands, sizeof operands, "[OPTION]… %s", usage->operands ? usage->operands : "");
    eel_manual_open(usage->name, usage->summary, operands);
    if (usage->notes) {
        eel_manual_section("DESCRIPTION");
        eel_manual_lines(usage->notes);
    }
    eel_manual_section("OPTIONS");
    printf("A value in brackets is the default.\n");
    manual_options(usage->options);
    eel_manual_item("--help", "show the options");
    eel_manual_item("--version", "show the version");
    if (usage->more_options) {
        eel_manual_section("OPTIONS OF EVERY STAGE");
        printf("The launcher sets these; a stage that is started by hand needs them.\n");
        manual_options(usage->more_options);
    }
    eel_manual_section("SEE ALSO");
    eel_manual_see("eelstream");
}

/* --complete */

static void complete_options(const eel_option *options)
{
    for (const eel_option *o = options; o && o->name; o++) {
        char letter[3] = {o->letter ? '-' : 0, o->letter, 0};
        printf("--%s\t%s\t%s\t%s\n", o->name, letter,
               o->kind == EEL_OPT_FLAG || o->kind == EEL_OPT_PLACE ? "" : o->meta ? o->meta : "VALUE", o->help);
    }
}

void eel_help_complete(const eel_usage *usage)
{
    complete_options(usage->options);
    complete_options(usage->more_options);
    printf("--help\t\t\tshow the options\n--version\t\t\tshow the version\n");
}
