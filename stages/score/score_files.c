/*
 * score --files: measured spectra whose elements are known, by the measures of Kong et al. 2022.
 *
 * The elements are the network's: the twenty and those of a network of one's own.
 * Carbon that is not labelled counts neither way: it may be the support film. Nor does a labelled element
 * whose edge the window cannot show; it is named. A file of which the window shows none of what is labelled counts only
 * where something was found in it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "score/exam.h"
#include "score/kong2022.h"
#include "score/labels_file.h"
#include "score/question.h"
#include "shared/recognise_file.h"

#define GROUPS_MAX 256
#define SYMBOLS    (4 * EEL_METRICS_ELEMENTS_MAX)
#define CARBON     6

typedef struct {
    const char *name; /* "" for all */
    eel_metrics metrics;
} group;

typedef struct {
    group groups[GROUPS_MAX]; /* the first is all */
    int count;
    int unread;               /* files */
    int hidden;               /* labelled elements whose edge is outside the window */
    int idle;                 /* files that show none of what is labelled, and where nothing was found */
} tally;

static group *new_group(tally *t, const char *name, const eel_recogniser *recogniser)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    group *g = &t->groups[t->count++];

    g->name = name;
    g->metrics.own = eel_recogniser_other(recogniser) - EEL_ELEMENTS;
    memcpy(g->metrics.own_name, info->class_name[EEL_ELEMENTS],
           (size_t)g->metrics.own * sizeof g->metrics.own_name[0]);
    return g;
}

/* *found: the group of that name, a new one where there is none yet; NULL for "". */
static int find_group(group **found, tally *t, const char *name, const eel_recogniser *recogniser)
{
    *found = NULL;
    if (!*name)
        return EEL_OK;
    for (int g = 1; g < t->count; g++) {
        if (strcmp(t->groups[g].name, name) == 0) {
            *found = &t->groups[g];
            return EEL_OK;
        }
    }
    if (t->count == GROUPS_MAX)
        return eel_fail(EEL_ELIMIT, "group %s: more than %d groups", name, GROUPS_MAX - 1);
    *found = new_group(t, name, recogniser);
    return EEL_OK;
}

static void append(char words[SYMBOLS], const char *symbol)
{
    size_t used = strlen(words);

    snprintf(words + used, SYMBOLS - used, "%s%s", used ? " " : "", symbol);
}

/* Elements that the network does not know stand in brackets. */
static void append_others(char words[SYMBOLS], const eel_labels_row *row, const uint8_t *known)
{
    char symbol[8];

    for (int z = 1; z <= EEL_ATOMIC_NUMBER_MAX; z++) {
        snprintf(symbol, sizeof symbol, "(%s)", eel_element_symbol(z));
        if (row->has[z] && !known[z])
            append(words, symbol);
    }
}

static int judge(tally *t, const eel_recogniser *recogniser, const eel_labels_row *row,
                 const float *p, eel_table *table)
{
    const eel_model_info *info = eel_recogniser_info(recogniser);
    const eel_class_edge *edges = eel_recogniser_edges(recogniser);
    uint8_t labels[EEL_NET_CLASSES_MAX] = {0}, known[EEL_ATOMIC_NUMBER_MAX + 1] = {0};
    int other = eel_recogniser_other(recogniser), wrong = 0, hidden = 0, seen = 0, said = 0, has_other = 0;
    char real_words[SYMBOLS] = "", found_words[SYMBOLS] = "", hidden_words[SYMBOLS] = "";
    group *part;

    int code = find_group(&part, t, row->group, recogniser);
    if (code != EEL_OK)
        return code;
    for (int e = 0; e < other; e++) {
        int z = edges[e].atomic_number, there = row->has[z], says = p[e] >= info->threshold[e];
        int outside = isnan(p[e]);
        known[z] = 1;
        labels[e] = outside || (!there && z == CARBON) ? EEL_UNLABELLED : there ? EEL_PRESENT : EEL_ABSENT;
        if (there)
            append(outside ? hidden_words : real_words, info->class_name[e]);
        if (says && labels[e] != EEL_UNLABELLED)
            append(found_words, info->class_name[e]);
        hidden += there && outside;
        seen += there && !outside;
        said += says && labels[e] != EEL_UNLABELLED;
        wrong |= labels[e] != EEL_UNLABELLED && says != there;
    }
    append_others(real_words, row, known);
    for (int z = 1; z <= EEL_ATOMIC_NUMBER_MAX; z++)
        has_other |= row->has[z] && !known[z];
    labels[other] = has_other ? EEL_PRESENT : EEL_UNLABELLED;
    t->hidden += hidden;
    if (hidden && !seen && !said) {
        t->idle++;
    } else {
        eel_metrics_add(&t->groups[0].metrics, labels, p, info->threshold);
        if (part)
            eel_metrics_add(&part->metrics, labels, p, info->threshold);
    }
    eel_table_row(table, "%s\t%s\t%s\t%s\t%s\t%.2f\t%s", row->file, real_words, found_words,
                  wrong ? "x" : "", hidden_words, p[other], row->group);
    return EEL_OK;
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
    json_t *groups = eel_table_to_json(summary);
    eel_table_row(summary, "Kong et al. 2022, their own\t177\t%.3f\t%.3f\t%.2f\t%.2f\t%.2f",
                  k->exact, k->recognition, k->precision, k->recall, k->f1);
    if (t->unread)
        eel_table_note(summary, "Files that could not be read: %d.", t->unread);
    if (t->hidden)
        eel_table_note(summary, "Labelled elements that are not observable, their edge outside the window: %d. They count neither way.",
                       t->hidden);
    if (t->idle)
        eel_table_note(summary, "Files in which none of what is labelled is observable, and nothing was found: %d. They are not scored.",
                       t->idle);
    eel_table_note(summary, "Carbon that is not labelled counts neither way.");
    if (q->output)
        code = eel_table_save(summary, q->output, "files-summary");
    if (q->json) {
        metrics = eel_metrics_to_json(&t->groups[0].metrics);
        json_object_set(metrics, "groups", groups);
        json_object_set_new(metrics, "unread", json_integer(t->unread));
        json_object_set_new(metrics, "not_observable", json_integer(t->hidden));
        json_object_set_new(metrics, "not_scored", json_integer(t->idle));
    }
    if (code == EEL_OK)
        code = eel_question_answer(q, files, "files", metrics);
    if (code == EEL_OK && !q->json)
        code = eel_table_print(summary);
    json_decref(groups);
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
    int own = 0, code = t ? eel_labels_read(&labels, q->labels) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_recogniser_new(&recogniser, q->model, eel_numbers_asked(q->float32));
    if (code == EEL_OK)
        code = eel_recogniser_doubt_axis(recogniser, q->axis_error_ev);
    if (code == EEL_OK)
        code = eel_recogniser_standard(recogniser, q->model, EEL_OWN_MAX, &own);
    if (code == EEL_OK)
        code = eel_table_new(&table, "Measured spectra: what is there and what was found",
                             "file\tlabelled\tfound\twrong\tnot observable\tother edge\tgroup");
    if (code == EEL_OK)
        new_group(t, "", recogniser);
    for (int i = 0; i < labels.count && code == EEL_OK; i++) {
        char path[8192];
        int read = eel_labels_path(path, sizeof path, &labels, &labels.rows[i]);
        if (read == EEL_OK)
            read = eel_recognise_file(recogniser, path, &(eel_image_options){.axis = labels.rows[i].axis},
                                      &(eel_correction){0, NAN, labels.rows[i].window}, p, NULL);
        if (read == EEL_OK) {
            code = judge(t, recogniser, &labels.rows[i], p, table);
        } else {
            eel_log("%s", eel_words());
            t->unread++;
        }
    }
    if (code == EEL_OK && t->unread == labels.count)
        code = eel_fail(EEL_EFORMAT, "%s: none of its files could be read", q->labels);
    if (code == EEL_OK)
        code = answer(q, t, table);
    if (code == EEL_OK && t->unread)
        code = eel_fail(EEL_EIO, "%s: %d of its files could not be read", q->labels,
                        t->unread);
    eel_table_free(table);
    eel_recogniser_free(recogniser);
    eel_labels_release(&labels);
    eel_free(t);
    return code;
}
