/*
 * text - one spectrum as two columns of text, energy and counts, as spreadsheets and EELS DB have
 * them.
 *
 * Columns stand apart by a comma, semicolon or blanks; a comma inside a number is a decimal comma
 * where columns stand apart by semicolons or tabs. Lines that begin with # are comments; lines
 * before the first numbers are headings, and a unit there ("Energy (keV)", "Energy / keV", "keV")
 * counts; so do "Channel" and "Index", which are no energies. Without any, energies are in eV. They are the first
 * column, unless the headings clearly say that they are the second.
 */
#include "io/format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/columns.h"

#define HEADINGS_MAX 100 /* lines before the first numbers */

/* Leading numbers of a line, at most `most`; empty columns end them. */
static int leading_numbers(const char *line, double *values, int most)
{
    int n = 0;

    line += strspn(line, " \t");
    while (n < most && eel_columns_number(&line, &values[n]))
        n++;
    return n;
}

static int probe(const unsigned char *head, size_t n)
{
    char copy[EEL_PROBE_BYTES + 1];
    double values[2];

    for (size_t i = 0; i < n; i++) {
        if (head[i] < 0x20 && !isspace(head[i]))
            return 0;
    }
    memcpy(copy, head, n);
    copy[n] = 0;
    for (char *line = copy; *line;) {
        char *end = line + strcspn(line, "\r\n"), ended = *end;
        *end = 0;
        if (leading_numbers(line, values, 2) == 2)
            return 1;
        line = end + (ended != 0);
    }
    return 0;
}

/* The unit of energy among the words of `column`, which is cut; "channels" where that is what it
 * is called. */
static void find_word(char *column, char unit[32])
{
    char *state, *word;

    if (!strcasecmp(column, "channel") || !strcasecmp(column, "pixel") || !strcasecmp(column, "index"))
        strcpy(unit, "channels");
    for (word = strtok_r(column, " /_=:\"", &state); word; word = strtok_r(NULL, " /_=:\"", &state)) {
        if (eel_unit_ev(word) > 0)
            eel_text_copy(unit, 32, word, strlen(word));
    }
}

/* ---- headings ---- */

#define BLANKS " /_=:\"'()[].-"

/* A line of headings as the columns below it: cut where those are, or behind the first word. */
typedef struct {
    char column[2][128];
    int comment, blank; /* a comment; no separator but blanks: it may be prose */
} heading;

static heading cut_heading(const char *line, int comment)
{
    heading h = {.comment = comment};

    line += strspn(line, "#%! \t");
    size_t first = strcspn(line, ",;\t");
    h.blank = !line[first];
    if (h.blank) {
        first = strcspn(line, " ");
        size_t unit = first + strspn(line + first, " ");
        if (line[unit] == '(' || line[unit] == '[') /* "counts (a.u.) energy" */
            first = unit + strcspn(line + unit, ")]") + (line[unit + strcspn(line + unit, ")]")] != 0);
    }
    snprintf(h.column[0], sizeof h.column[0], "%.*s", (int)first, line);
    line += first + (line[first] != 0);
    snprintf(h.column[1], sizeof h.column[1], "%.*s", h.blank ? (int)strlen(line) : (int)strcspn(line, ",;\t"), line);
    return h;
}

static int is_among(const char *word, const char *const *list)
{
    for (; *list; list++) {
        if (!strcasecmp(word, *list))
            return 1;
    }
    return 0;
}

/* How many words of a column are in a list; none where one is in neither. */
static int count_words(const char *column, const char *const *list, const char *const *beside)
{
    char copy[128], *state, *word;
    int n = 0;

    snprintf(copy, sizeof copy, "%s", column);
    for (word = strtok_r(copy, BLANKS, &state); word; word = strtok_r(NULL, BLANKS, &state)) {
        if (is_among(word, list))
            n++;
        else if (!is_among(word, beside))
            return 0;
    }
    return n;
}

/* "Energy loss (eV)", and not "counts per eV". */
static int names_energy(const char *column)
{
    static const char *const words[] = {"energy", "energies", "loss", "eloss", "energyloss", "energie",
                                        "energieverlust", "eV", "keV", "meV", NULL};
    static const char *const beside[] = {"electron", "photon", "e", "in", "axis", "scale", "shift", "units", NULL};

    return count_words(column, words, beside) > 0;
}

static int names_counts(const char *column)
{
    static const char *const words[] = {"count", "counts", "intensity", "intensities", "signal", "yield", "electrons",
                                        "absorption", "absorbance", NULL};
    static const char *const beside[] = {"a", "u", "au", "arb", "units", "in", "e", "raw", "mean", "normalised",
                                         "normalized", NULL};

    return count_words(column, words, beside) > 0;
}

static int names_channels(const char *column)
{
    static const char *const words[] = {"channel", "channels", "pixel", "pixels", "index", NULL};

    return count_words(column, words, (const char *const[]){NULL}) > 0;
}

/* In which column the energies are, 0 or 1; `otherwise` where the words do not say so clearly. */
static int energy_column(const heading *h, int otherwise)
{
    int first = names_energy(h->column[0]), second = names_energy(h->column[1]);

    if (first == second)
        return otherwise;
    if (first)
        return 0;
    int other = h->comment || h->blank ? names_counts(h->column[0])
                                       : h->column[0][strspn(h->column[0], BLANKS)] && !names_channels(h->column[0]);
    return other ? 1 : otherwise;
}

/* The unit in the heading of the energies: in brackets, behind " / ", or a word where there are no
 * other numbers ("Voltage 200 keV"). Comments hold many words: there it must be one of energy, and
 * alone if it is not in brackets. */
static void heading_unit(char column[128], int comment, char unit[32])
{
    char found[32];
    const char *slash = strstr(column, " / "), *open = strpbrk(column, "([");
    const char *from = open ? open + 1 : slash ? slash + 3 : NULL;
    const char *end = !from ? NULL : open ? strpbrk(from, ")]") : from + strcspn(from, " \"");
    if (end && end > from && end - from < 12) {
        eel_text_copy(found, sizeof found, from, (size_t)(end - from));
        if (!comment || eel_unit_ev(found) > 0)
            memcpy(unit, found, sizeof found);
    } else if (comment && eel_unit_ev(column) > 0) {
        eel_text_copy(unit, 32, column, strlen(column));
    } else if (!comment && !from && !strpbrk(column, "0123456789")) {
        find_word(column, unit);
    }
}

/* What a line before the first numbers says of the energies. */
static void read_heading(const char *line, int comment, int *energy, char unit[32])
{
    heading h = cut_heading(line, comment);
    char column[128];

    *energy = energy_column(&h, *energy);
    line += strspn(line, "#%! \t");
    snprintf(column, sizeof column, "%.*s", (int)strcspn(line, ",;\t"), line);
    heading_unit(*energy ? h.column[1] : column, comment, unit);
}

static int parse(eel_columns *c, const char *path, char *text, char unit[32])
{
    size_t number = 1;
    double v[3];
    int energy = 0;

    for (char *line = text; *line; number++) {
        char *end = line + strcspn(line, "\r\n"), *next = end;
        if (*next)
            next += next[0] == '\r' && next[1] == '\n' ? 2 : 1;
        *end = 0;
        eel_columns_points(line);
        const char *first = line + strspn(line, " \t\xef\xbb\xbf");
        int comment = !*first || strchr("#%!", *first) != NULL;
        int n = comment ? 0 : leading_numbers(first, v, 3);
        line = next;
        if (n == 0 && c->n == 0)
            read_heading(first, comment, &energy, unit);
        if (comment || (n == 0 && c->n == 0 && number <= HEADINGS_MAX))
            continue;
        if (n != 2)
            return eel_fail(EEL_EFORMAT, "%s: line %zu: %s, expected energy and counts", path,
                            number, n == 0 ? "no numbers" : n == 1 ? "one number"
                                                                   : "three or more numbers");
        int code = eel_columns_add(c, path, v[energy], v[1 - energy]);
        if (code != EEL_OK)
            return code;
    }
    return EEL_OK;
}

static int describe(eel_image_info *info, eel_columns *c, const char *unit, const char *path,
                    const eel_stated *stated)
{
    eel_candidate candidate;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    double offset, scale;
    int rebinned, axis_of[EEL_NAV_MAX];
    double unit_ev = *unit ? eel_unit_ev(unit) : stated->unit_ev;
    int code = eel_columns_straighten(c, path, unit_ev, &offset, &scale, &rebinned);

    if (code != EEL_OK)
        return code;
    eel_candidate_init(&candidate, stated);
    eel_text_copy(candidate.name, sizeof candidate.name - 11, name, strcspn(name, "."));
    if (rebinned)
        strcat(candidate.name, " (rebinned)");
    candidate.type = EEL_IMAGE_F64;
    candidate.dims = 1;
    candidate.size[0] = c->n;
    eel_candidate_energy(&candidate, 0, offset, scale, unit, 1);
    code = eel_pick(info, path, &candidate, 1, stated->signal);
    return code == EEL_OK ? eel_pick_navigation(info, path, &candidate, axis_of) : code;
}

static int open_file(void **state, eel_image_info *info, const char *path,
                     const eel_stated *stated)
{
    eel_columns *c = calloc(1, sizeof *c);
    char *text = NULL, unit[32] = "";

    if (!c)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    int code = eel_columns_load(path, &text);
    if (code == EEL_OK)
        code = parse(c, path, text, unit);
    if (code == EEL_OK)
        code = describe(info, c, unit, path, stated);
    free(text);
    if (code == EEL_OK)
        *state = c;
    else
        eel_columns_close(c);
    return code;
}

const eel_format eel_format_text = {
    .about = {"text", ".csv .txt .dat", "one spectrum as two columns"}, .probe = probe, .open = open_file, .read = eel_columns_read,
    .close = eel_columns_close,
};
