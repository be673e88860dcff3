/*
 * labels_file - which elements are in which file: a CSV table (RFC 4180) with a head, or one whose cells stand apart by
 * semicolons or tabs, as the head has it.
 *
 *     file,elements,window,group
 *     titanate.dm3,O;Ti,,
 *     "old/steel, rim.msa",O_K;Cr_L;Fe_L,400:800,background removed
 *
 * Columns `file` and `elements` must be there, `window` (FROM:TO in eV), `group` (scored apart
 * too) and `axis` (as --axis of map) may, others are passed over. Case and spaces around cells do not count. Elements
 * are separated by ";" and may name their edge. Files are looked for in the table's folder.
 */
#ifndef EEL_STAGES_LABELS_FILE_H
#define EEL_STAGES_LABELS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "eels/elements.h"

#define EEL_LABELS_BYTES_MAX (16u << 20)
#define EEL_LABELS_ROWS_MAX  100000
#define EEL_LABELS_COLUMNS   64

typedef struct {
    const char *file;   /* as in the table */
    const char *window; /* NULL when there is none */
    const char *group;  /* "" when there is none */
    const char *axis;   /* of a file that does not know its energies; NULL when there is none */
    uint8_t has[EEL_ATOMIC_NUMBER_MAX + 1]; /* 1: the element of this atomic number is there */
} eel_labels_row;

typedef struct {
    eel_labels_row *rows;
    int count;
    char *text; /* what the rows point into */
    char folder[4096];
} eel_labels;

/* EEL_EIO, EEL_ELIMIT; EEL_EFORMAT names the line. */
int eel_labels_read(eel_labels *labels, const char *path);
void eel_labels_release(eel_labels *labels);

/* Path of a row's file: as it is when absolute, else in the table's folder. EEL_ELIMIT. */
int eel_labels_path(char *path, size_t size, const eel_labels *labels, const eel_labels_row *row);

#endif
