/*
 * table - rows of words that become a CSV file, a Markdown file and a table on a terminal.
 *
 *     eel_table *table;
 *     eel_table_new(&table, "Sensitivity", "element\tPSNR\tjump ratio");
 *     eel_table_row(table, "%s\t%.2f\t%.3f", "O K", 4.51, 0.088);
 *     eel_table_save(table, "results", "sensitivity");      results/sensitivity.csv and .md
 *     eel_table_free(table);
 *
 * Cells are separated by tabs. A table remembers its first failure; saving or printing tells it.
 */
#ifndef EEL_STAGES_TABLE_H
#define EEL_STAGES_TABLE_H

#include <jansson.h>

#define EEL_TABLE_COLUMNS 32
#define EEL_TABLE_ROWS    100000

typedef struct eel_table eel_table;

int eel_table_new(eel_table **table, const char *title, const char *head);
void eel_table_free(eel_table *table); /* NULL is fine */

void eel_table_row(eel_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of prose under the table; in the Markdown file and on the terminal. */
void eel_table_note(eel_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* NAME.csv and NAME.md in `folder`, which is made when it is not there. EEL_EIO, EEL_ENOMEM,
 * EEL_ELIMIT. */
int eel_table_save(const eel_table *table, const char *folder, const char *name);
int eel_table_print(const eel_table *table);

/* An array of objects, one a row; cells that are numbers are numbers there. */
json_t *eel_table_to_json(const eel_table *table);

/* The path of a file in a folder, which is made when it is not there. path: EEL_PATH_MAX bytes. */
int eel_output_path(char *path, const char *folder, const char *name);

#endif
