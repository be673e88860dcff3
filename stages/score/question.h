/*
 * question - what `eelstream score` can answer by itself, without a stream of spectra: the tables
 * and pictures of Kong et al. 2022 and what goes beyond them. One question is one file score_*.c.
 *
 * Each prints a table (or one JSON object) and, where an output folder is given, leaves the table
 * there as CSV and Markdown beside a picture.
 */
#ifndef EEL_STAGES_QUESTION_H
#define EEL_STAGES_QUESTION_H

#include <stdint.h>

#include "eels/library.h"
#include "score/table.h"

#define EEL_QUESTION_SEED 20260701 /* far from any that networks are trained with */

typedef struct {
    const char *model, *library; /* NULL: those that ship */
    const char *paper_model;     /* robust: another one for spectra of the paper; NULL: the same */
    const char *output;          /* folder, or NULL */
    int float32;                 /* the network's products as it was trained, not of bfloat16 */
    uint64_t count, seed;        /* count 0: the question's own default */
    int shapes, draws;           /* sensitivity: of each element; of noise */
    const char *labels;          /* files: the table of files and elements */
    double axis_error_ev;        /* files, robust: how far energies may be off (recogniser.h) */
    char **files;                /* carbon: measured spectra */
    int file_count;
    int json;
} eel_question;

int eel_ask_paper(const eel_question *question);       /* Figure 6 */
int eel_ask_sensitivity(const eel_question *question); /* Table 4 */
int eel_ask_files(const eel_question *question);       /* measured spectra with labels */
int eel_ask_carbon(const eel_question *question);      /* Figure 7 */
int eel_ask_robust(const eel_question *question); /* doses, windows, unseen and foreign edges */

/* The edge library that was asked for, or the one that ships. */
int eel_question_library(const eel_question *question, eel_library *library);

/* The usual end: saves the table as `name` where there is a folder; prints it, or as JSON together
 * with `more` (which it takes; NULL is fine). */
int eel_question_answer(const eel_question *question, const eel_table *table, const char *name,
                        json_t *more);

#endif
