/*
 * score --files: measured spectra whose elements are known, by the measures of Kong et al. 2022.
 *
 * Carbon that is not labelled counts neither way: it may be the support film. A labelled element
 * that the network cannot see in the window counts as missed.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "exam.h"
#include "kong2022.h"
#include "labels_file.h"
#include "question.h"
#include "recognise_file.h"

#define GROUPS_MAX 32
#define SYMBOLS    (4 * EEL_ELEMENTS)

typedef struct {
    const char *name; /* "" for all */
    eel_metrics metrics;
    int unread;
} group;

typedef struct {
    group groups[GROUPS_MAX]; /* the first is all */
    int count;
} tally;

static group *find_group(tally *t, const char *name)
{
    for (int g = 1; g < t->count; g++) {
        if (strcmp(t->groups[g].name, name) == 0)
            return &t->groups[g];
    }
    if (!*name || t->count == GROUPS_MAX)
        return NULL;
    t->groups[t->count].name = name;
    return &t->groups[t->count++];
}

static void write_symbols(uint32_t bits, char words[SYMBOLS])
{
    size_t used = 0;

    words[0] = 0;
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        if (bits >> e & 1)
            used += (size_t)snprintf(words + used, SYMBOLS - used, "%s%s", used ? " " : "",
                                     eel_elements[e].symbol);
    }
}

static void judge(tally *t, const eel_model_info *info, const eel_labels_row *row, const float *p,
                  eel_table *table)
{
    uint8_t labels[EEL_CLASSES] = {0};
    uint32_t found = 0;
    int carbon = eel_element_find("C");
    char real_words[SYMBOLS], found_words[SYMBOLS];
    group *part = find_group(t, row->group);

    for (int e = 0; e < EEL_ELEMENTS; e++)
        labels[e] = row->elements >> e & 1 ? EEL_PRESENT : EEL_ABSENT;
    if (labels[carbon] == EEL_ABSENT)
        labels[carbon] = EEL_UNLABELLED;
    labels[EEL_CLASS_OTHER] = row->other ? EEL_PRESENT : EEL_UNLABELLED;
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        if (labels[e] != EEL_UNLABELLED && p[e] >= info->threshold[e])
            found |= 1u << e;
    }
    eel_metrics_add(&t->groups[0].metrics, labels, p, info->threshold);
    if (part)
        eel_metrics_add(&part->metrics, labels, p, info->threshold);
    write_symbols(row->elements, real_words);
    write_symbols(found, found_words);
    eel_table_row(table, "%s\t%s\t%s\t%s\t%.2f\t%s", row->file, real_words, found_words,
                  found == row->elements ? "" : "x", p[EEL_CLASS_OTHER], row->group);
}

static void measures_row(eel_table *table, const char *name, const eel_metrics *m)
{
    double n = m->spectra ? (double)m->spectra : 1;

    eel_table_row(table, "%s\t%ju\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f", name, (uintmax_t)m->spectra,
                  (double)m->exact / n, (double)m->recognised / n, m->precision / n, m->recall / n,
                  m->f1 / n);
}

static int answer(const eel_question *q, const tally *t, eel_table *files)
{
    const eel_kong_measures *k = &eel_kong_real;
    eel_table *summary = NULL;
    json_t *metrics = NULL;
    int code = eel_table_new(&summary, "Measured spectra",
                             "spectra of\tspectra\texact\trecognition\t"
                             "precision\trecall\tF1");

    if (code != EEL_OK)
        return code;
    measures_row(summary, "all files", &t->groups[0].metrics);
    for (int g = 1; g < t->count; g++)
        measures_row(summary, t->groups[g].name, &t->groups[g].metrics);
    eel_table_row(summary, "Kong et al. 2022, their own\t177\t%.3f\t%.3f\t%.2f\t%.2f\t%.2f",
                  k->exact, k->recognition, k->precision, k->recall, k->f1);
    if (t->groups[0].unread)
        eel_table_note(summary, "%d files could not be read.", t->groups[0].unread);
    eel_table_note(summary, "Carbon that is not labelled counts neither way.");
    if (q->output)
        code = eel_table_save(summary, q->output, "files-summary");
    if (q->json) {
        metrics = eel_metrics_to_json(&t->groups[0].metrics);
        json_object_set_new(metrics, "groups", eel_table_to_json(summary));
    }
    if (code == EEL_OK)
        code = eel_question_answer(q, files, "files", metrics);
    if (code == EEL_OK && !q->json)
        code = eel_table_print(summary);
    eel_table_free(summary);
    return code;
}

int eel_ask_files(const eel_question *q)
{
    eel_labels labels = {0};
    eel_recogniser *recogniser = NULL;
    eel_table *table = NULL;
    tally *t = eel_alloc(1, sizeof *t);
    float p[EEL_NET_CLASSES_MAX];
    int code = t ? eel_labels_read(&labels, q->labels) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_recogniser_new(&recogniser, q->model);
    if (code == EEL_OK && eel_recogniser_info(recogniser)->classes != EEL_CLASSES)
        code = eel_fail(EEL_EFORMAT, "%u classes in the model, expected %d",
                        eel_recogniser_info(recogniser)->classes, EEL_CLASSES);
    if (code == EEL_OK)
        code = eel_table_new(&table, "Measured spectra: what is there and what was found",
                             "file\tlabelled\tfound\twrong\tother edge\tgroup");
    if (code == EEL_OK)
        t->groups[t->count++].name = "";
    for (int i = 0; i < labels.count && code == EEL_OK; i++) {
        char path[8192];
        int read = eel_labels_path(path, sizeof path, &labels, &labels.rows[i]);
        if (read == EEL_OK)
            read = eel_recognise_file(recogniser, path, &(eel_image_options){0},
                                      &(eel_correction){0, NAN, labels.rows[i].window}, p, NULL);
        if (read == EEL_OK) {
            judge(t, eel_recogniser_info(recogniser), &labels.rows[i], p, table);
        } else {
            eel_log("%s", eel_words());
            t->groups[0].unread++;
        }
    }
    if (code == EEL_OK && t->groups[0].metrics.spectra == 0)
        code = eel_fail(EEL_EFORMAT, "%s: none of its files could be read", q->labels);
    if (code == EEL_OK)
        code = answer(q, t, table);
    if (code == EEL_OK && t->groups[0].unread)
        code = eel_fail(EEL_EIO, "%s: %d of its files could not be read", q->labels,
                        t->groups[0].unread);
    eel_table_free(table);
    eel_recogniser_free(recogniser);
    eel_labels_release(&labels);
    eel_free(t);
    return code;
}
