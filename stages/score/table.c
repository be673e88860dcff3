#include "score/table.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct eel_table {
    char *title;
    char **rows; /* the head first; cells separated by tabs */
    int count, room;
    char *notes;
    int code; /* of the first failure */
};

typedef struct {
    char *at;
    int length;
} cell;

/* Cells of a row; returns how many. */
static int cells_of(char *row, cell *cells)
{
    int n = 0;

    for (char *at = row; n < EEL_TABLE_COLUMNS; at += cells[n - 1].length + 1) {
        cells[n] = (cell){at, (int)strcspn(at, "\t")};
        if (!at[cells[n++].length])
            break;
    }
    return n;
}

static void add(eel_table *table, char *row)
{
    if (table->count == table->room) {
        int room = table->room ? 2 * table->room : 32;
        char **rows = realloc(table->rows, (size_t)room * sizeof *rows);
        if (!rows || room > EEL_TABLE_ROWS)
            table->code =
                rows ? eel_fail(EEL_ELIMIT, "%s: more than %d rows", table->title, EEL_TABLE_ROWS)
                     : EEL_ENOMEM;
        table->rows = rows ? rows : table->rows;
        table->room = rows ? room : table->room;
    }
    if (table->code == EEL_OK)
        table->rows[table->count++] = row;
    else
        free(row);
}

int eel_table_new(eel_table **table, const char *title, const char *head)
{
    eel_table *t = eel_alloc(1, sizeof *t);

    if (!t)
        return EEL_ENOMEM;
    t->title = strdup(title);
    t->notes = strdup("");
    *table = t;
    if (!t->title || !t->notes)
        t->code = eel_fail(EEL_ENOMEM, "%s: no memory for a table", title);
    else
        eel_table_row(t, "%s", head);
    return EEL_OK;
}

void eel_table_free(eel_table *table)
{
    if (!table)
        return;
    for (int i = 0; i < table->count; i++)
        free(table->rows[i]);
    free(table->rows);
    free(table->title);
    free(table->notes);
    eel_free(table);
}

void eel_table_row(eel_table *table, const char *format, ...)
{
    va_list list;
    char *row = NULL;

    va_start(list, format);
    if (table->code == EEL_OK && vasprintf(&row, format, list) < 0)
        table->code = eel_fail(EEL_ENOMEM, "%s: no memory for a row", table->title);
    else if (table->code == EEL_OK)
        add(table, row);
    va_end(list);
}

void eel_table_note(eel_table *table, const char *format, ...)
{
    va_list list;
    char *note = NULL, *both = NULL;

    va_start(list, format);
    if (table->code == EEL_OK &&
        (vasprintf(&note, format, list) < 0 || asprintf(&both, "%s%s\n", table->notes, note) < 0))
        table->code = eel_fail(EEL_ENOMEM, "%s: no memory for a note", table->title);
    va_end(list);
    free(note);
    if (both) {
        free(table->notes);
        table->notes = both;
    }
}

/* A cell with a comma or a quote is quoted, quotes inside doubled (RFC 4180). */
static void write_csv_cell(FILE *file, const cell *c)
{
    int quoted = 0;

    for (int i = 0; i < c->length; i++)
        quoted = quoted || strchr(",\"\r\n", c->at[i]);
    if (!quoted) {
        fprintf(file, "%.*s", c->length, c->at);
        return;
    }
    putc('"', file);
    for (int i = 0; i < c->length; i++) {
        if (c->at[i] == '"')
            putc('"', file);
        putc(c->at[i], file);
    }
    putc('"', file);
}

static void write_csv(const eel_table *table, FILE *file)
{
    cell cells[EEL_TABLE_COLUMNS];

    for (int r = 0; r < table->count; r++) {
        int n = cells_of(table->rows[r], cells);
        for (int c = 0; c < n; c++) {
            if (c)
                putc(',', file);
            write_csv_cell(file, &cells[c]);
        }
        putc('\n', file);
    }
}

/* A bar would begin another cell. */
static void write_markdown_cell(FILE *file, const cell *c)
{
    putc(' ', file);
    for (int i = 0; i < c->length; i++) {
        if (c->at[i] == '|')
            putc('\\', file);
        putc(strchr("\r\n", c->at[i]) ? ' ' : c->at[i], file);
    }
    fputs(" |", file);
}

static void write_markdown(const eel_table *table, FILE *file)
{
    cell cells[EEL_TABLE_COLUMNS];

    for (int r = 0; r < table->count; r++) {
        int n = cells_of(table->rows[r], cells);
        putc('|', file);
        for (int c = 0; c < n; c++)
            write_markdown_cell(file, &cells[c]);
        putc('\n', file);
        for (int c = 0; r == 0 && c < n; c++)
            fprintf(file, "%s---%s", c ? "" : "|", c + 1 < n ? "|" : "|\n");
    }
    if (table->notes[0])
        fprintf(file, "\n%s", table->notes);
}

static int save_as(const eel_table *table, const char *folder, const char *name,
                   void (*write)(const eel_table *, FILE *))
{
    char path[EEL_PATH_MAX], *text = NULL;
    size_t size = 0;
    int code = eel_output_path(path, folder, name);
    FILE *memory = code == EEL_OK ? open_memstream(&text, &size) : NULL;

    if (code == EEL_OK && !memory)
        code = eel_fail(EEL_ENOMEM, "%s: no memory to write it", path);
    if (memory) {
        write(table, memory);
        code = fclose(memory) ? eel_fail(EEL_ENOMEM, "%s: no memory to write it", path)
                              : eel_replace_text(path, text);
    }
    free(text);
    return code;
}

int eel_table_save(const eel_table *table, const char *folder, const char *name)
{
    char file[256];
    int code = table->code;

    snprintf(file, sizeof file, "%s.csv", name);
    if (code == EEL_OK)
        code = save_as(table, folder, file, write_csv);
    snprintf(file, sizeof file, "%s.md", name);
    if (code == EEL_OK)
        code = save_as(table, folder, file, write_markdown);
    return code;
}

/* Letters on a terminal: bytes of UTF-8 that begin one. */
static int letters(const cell *c)
{
    int n = 0;
    for (int i = 0; i < c->length; i++)
        n += ((unsigned char)c->at[i] & 0xc0) != 0x80;
    return n;
}

int eel_table_print(const eel_table *table)
{
    cell cells[EEL_TABLE_COLUMNS];
    int widths[EEL_TABLE_COLUMNS] = {0};

    for (int r = 0; r < table->count; r++) {
        int n = cells_of(table->rows[r], cells);
        for (int c = 0; c < n; c++)
            widths[c] = letters(&cells[c]) > widths[c] ? letters(&cells[c]) : widths[c];
    }
    printf("%s\n\n", table->title);
    for (int r = 0; r < table->count; r++) {
        int n = cells_of(table->rows[r], cells);
        for (int c = 0; c < n; c++)
            printf("%.*s%*s", cells[c].length, cells[c].at,
                   c + 1 < n ? widths[c] - letters(&cells[c]) + 2 : 0, "");
        putchar('\n');
    }
    printf("%s%s\n", table->notes[0] ? "\n" : "", table->notes);
    if (table->code == EEL_OK && (fflush(stdout) || ferror(stdout)))
        return eel_fail(EEL_EIO, "standard output: cannot be written");
    return table->code;
}

static json_t *json_of(const cell *c)
{
    char words[64], *end;

    if (c->length == 0)
        return json_null();
    if (c->length < (int)sizeof words) {
        memcpy(words, c->at, (size_t)c->length);
        words[c->length] = 0;
        double value = strtod(words, &end);
        if (!*end && (strpbrk(words, "0123456789")))
            return json_real(value);
    }
    return json_stringn(c->at, (size_t)c->length);
}

json_t *eel_table_to_json(const eel_table *table)
{
    cell head[EEL_TABLE_COLUMNS], cells[EEL_TABLE_COLUMNS];
    json_t *rows = json_array();
    int columns = table->count ? cells_of(table->rows[0], head) : 0;

    for (int r = 1; r < table->count; r++) {
        json_t *row = json_object();
        int n = cells_of(table->rows[r], cells);
        for (int c = 0; c < n && c < columns; c++) {
            char name[128];
            snprintf(name, sizeof name, "%.*s", head[c].length, head[c].at);
            json_object_set_new(row, name, json_of(&cells[c]));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

int eel_output_path(char *path, const char *folder, const char *name)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return eel_fail(EEL_EIO, "%s: %s", folder, strerror(errno));
    if (snprintf(path, EEL_PATH_MAX, "%s/%s", folder, name) >= EEL_PATH_MAX)
        return eel_fail(EEL_ELIMIT, "%s/%s: longer than %d letters", folder, name, EEL_PATH_MAX);
    return EEL_OK;
}
