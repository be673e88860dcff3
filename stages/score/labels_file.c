#include "score/labels_file.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/elements.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 5 /* that are looked for */
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* spreadsheets begin UTF-8 with it */

typedef struct {
    const char *path;
    char *at; /* what comes next */
    int line; /* where that is, from 1 */
    int row_line;
    char separator; /* of cells: as the head has it */
    int columns;    /* of the head */
} reader;

static int load(char **text, const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    if (!file)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    rewind(file);
    int code =
        size < 0 ? eel_fail(EEL_EIO, "%s: cannot be read", path)
        : size > (long)EEL_LABELS_BYTES_MAX
            ? eel_fail(EEL_ELIMIT, "%s: %ld bytes, at most %u", path, size, EEL_LABELS_BYTES_MAX)
            : EEL_OK;
    if (code == EEL_OK && !(*text = eel_alloc((size_t)size + 1, 1)))
        code = EEL_ENOMEM;
    if (code == EEL_OK && fread(*text, 1, (size_t)size, file) != (size_t)size)
        code = eel_fail(EEL_EIO, "%s: cannot be read", path);
    fclose(file);
    if (code == EEL_OK && strlen(*text) != (size_t)size)
        code = eel_fail(EEL_EFORMAT, "%s: no table but a binary file", path);
    return code;
}

/* A quoted cell, unquoted in place; `at` behind its closing quote. */
static int quoted_cell(reader *r, char **cell)
{
    char *to = r->at;

    *cell = to;
    for (char *from = r->at + 1;; from++) {
        if (!*from)
            return eel_fail(EEL_EFORMAT, "%s: line %d: a quote is not closed", r->path,
                            r->row_line);
        if (*from == '"' && from[1] != '"') {
            r->at = from + 1;
            if (*r->at != r->separator && !strchr("\r\n", *r->at))
                return eel_fail(EEL_EFORMAT, "%s: line %d: '%c' after a closing quote", r->path,
                                r->line, *r->at);
            *to = 0; /* the closing quote or before it */
            return EEL_OK;
        }
        from += *from == '"';
        r->line += *from == '\n';
        *to++ = *from;
    }
}

/* Spreadsheets write a semicolon where commas are decimal, or a tab: what comes first behind a name in the head. */
static char find_separator(const char *head)
{
    int quoted = 0;

    for (; *head && (quoted || !strchr("\r\n", *head)); head++) {
        quoted ^= *head == '"';
        if (!quoted && strchr(",;\t", *head))
            return *head;
    }
    return ',';
}

static void cut_spaces(char *cell)
{
    size_t end = strlen(cell);

    while (end > 0 && strchr(" \t", cell[end - 1]))
        cell[--end] = 0;
}

/* The cells of the next row into `cells`, without spaces around them; *n is 0 at the end of the file. Empty lines are
 * passed. */
static int next_row(reader *r, char **cells, int *n)
{
    const char ends[] = {r->separator, '\r', '\n', 0};

    *n = 0;
    while (*r->at == '\n' || *r->at == '\r')
        r->line += *r->at++ == '\n';
    r->row_line = r->line;
    while (*r->at) {
        int code = EEL_OK, quoted;
        r->at += strspn(r->at, r->separator == '\t' ? " " : " \t");
        quoted = *r->at == '"';
        if (*n == EEL_LABELS_COLUMNS)
            return eel_fail(EEL_ELIMIT, "%s: line %d: more than %d columns", r->path, r->row_line,
                            EEL_LABELS_COLUMNS);
        if (quoted) {
            code = quoted_cell(r, &cells[*n]);
        } else {
            cells[*n] = r->at;
            r->at += strcspn(r->at, ends);
        }
        if (code != EEL_OK)
            return code;
        (*n)++;
        char end = *r->at;
        if (end)
            *r->at++ = 0;
        if (!quoted)
            cut_spaces(cells[*n - 1]);
        if (end == '\r' && *r->at == '\n')
            r->at++;
        if (end != r->separator) {
            r->line += end != 0;
            return EEL_OK;
        }
        if (!*r->at) /* a separator ends the file */
            cells[(*n)++] = r->at;
    }
    return EEL_OK;
}

static int column(char *const *head, int n, const char *name)
{
    for (int c = 0; c < n; c++) {
        if (strcasecmp(head[c], name) == 0)
            return c;
    }
    return -1;
}

/* Is there at most an edge behind an element's symbol? N and O alone are elements. */
static int is_edge_or_nothing(const char *words)
{
    words += strspn(words, " ");
    return !*words || (eel_is_shell(words) && (words[1] || strchr("KLM", *words)));
}

/* "O;Ti" or "O_K; Ti_L2,3" */
static int parse_elements(const reader *r, char *words, eel_labels_row *row)
{
    for (char *rest = words, *word; (word = strsep(&rest, ";"));) {
        while (*word == ' ')
            word++;
        for (size_t end = strlen(word); end > 0 && word[end - 1] == ' ';)
            word[--end] = 0;
        size_t n = strcspn(word, "_ ");
        char symbol[4] = "";
        if (n == 0)
            continue;
        int z = n <= 2 ? eel_atomic_number(memcpy(symbol, word, n)) : 0;
        if (!z)
            return eel_fail(EEL_EFORMAT, "%s: line %d: '%s' is no element from H to U", r->path, r->row_line, word);
        if (word[n] == ' ' && !is_edge_or_nothing(word + n))
            return eel_fail(EEL_EFORMAT, "%s: line %d: '%s': elements are separated by ';'", r->path, r->row_line,
                            word);
        row->has[z] = 1;
    }
    return EEL_OK;
}

/* What has no head would be dropped: further elements, where they are no cell in quotes. */
static int check_width(const reader *r, char *const *cells, int n)
{
    for (int c = r->columns; c < n; c++) {
        if (*cells[c])
            return eel_fail(EEL_EFORMAT, "%s: line %d: '%s' stands beyond the %d columns of line 1; a cell that holds "
                            "'%c' goes in quotes", r->path, r->row_line, cells[c], r->columns, r->separator);
    }
    return EEL_OK;
}

static int add_row(eel_labels *labels, const reader *r, char **cells, int n, const int *columns)
{
    const char *values[COLUMNS];

    for (int k = 0; k < COLUMNS; k++)
        values[k] = columns[k] >= 0 && columns[k] < n ? cells[columns[k]] : NULL;
    if (!values[0] || !*values[0] || !values[1])
        return eel_fail(EEL_EFORMAT, "%s: line %d: %s is missing", r->path, r->row_line,
                        !values[0] || !*values[0] ? "the file" : "the cell of its elements");
    if (labels->count == EEL_LABELS_ROWS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %d rows", r->path, EEL_LABELS_ROWS_MAX);
    eel_labels_row *row = &labels->rows[labels->count++];
    *row = (eel_labels_row){.file = values[0],
                            .window = values[2] && *values[2] ? values[2] : NULL,
                            .group = values[3] ? values[3] : "",
                            .axis = values[4] && *values[4] ? values[4] : NULL};
    return parse_elements(r, cells[columns[1]], row);
}

static void set_folder(eel_labels *labels, const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(labels->folder, sizeof labels->folder, "%.*s", slash ? (int)(slash - path + 1) : 0,
             path);
}

static int count_lines(const char *text)
{
    int n = 1;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n < EEL_LABELS_ROWS_MAX ? n : EEL_LABELS_ROWS_MAX;
}

int eel_labels_read(eel_labels *labels, const char *path)
{
    char *cells[EEL_LABELS_COLUMNS + 1];
    reader r = {.path = path, .line = 1};
    int n = 0, code;

    *labels = (eel_labels){0};
    code = load(&labels->text, path);
    if (code == EEL_OK) {
        set_folder(labels, path);
        labels->rows = eel_alloc((size_t)count_lines(labels->text), sizeof *labels->rows);
        code = labels->rows ? EEL_OK : EEL_ENOMEM;
        r.at = labels->text + (strncmp(labels->text, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0);
        r.separator = find_separator(r.at);
    }
    if (code == EEL_OK)
        code = next_row(&r, cells, &n);
    int columns[COLUMNS] = {column(cells, n, "file"), column(cells, n, "elements"), column(cells, n, "window"),
                            column(cells, n, "group"), column(cells, n, "axis")};
    if (code == EEL_OK && (columns[0] < 0 || columns[1] < 0))
        code = eel_fail(EEL_EFORMAT,
                        "%s: line 1: no column \"%s\", expected \"file\" and "
                        "\"elements\"",
                        path, columns[0] < 0 ? "file" : "elements");
    r.columns = n;
    while (code == EEL_OK && (code = next_row(&r, cells, &n)) == EEL_OK && n > 0) {
        code = check_width(&r, cells, n);
        if (code == EEL_OK)
            code = add_row(labels, &r, cells, n, columns);
    }
    if (code == EEL_OK && labels->count == 0)
        code = eel_fail(EEL_EFORMAT, "%s: no rows after the head", path);
    if (code != EEL_OK)
        eel_labels_release(labels);
    return code;
}

void eel_labels_release(eel_labels *labels)
{
    eel_free(labels->rows);
    eel_free(labels->text);
    *labels = (eel_labels){0};
}

int eel_labels_path(char *path, size_t size, const eel_labels *labels, const eel_labels_row *row)
{
    const char *folder = row->file[0] == '/' ? "" : labels->folder;

    if ((size_t)snprintf(path, size, "%s%s", folder, row->file) >= size)
        return eel_fail(EEL_ELIMIT, "%s%s: a path longer than %zu letters", folder, row->file,
                        size);
    return EEL_OK;
}
