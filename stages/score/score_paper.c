/*
 * score --paper: Figure 6 of Kong et al. 2022 - the averages of precision, recall and F1, exact and
 * recognition accuracy on fresh spectra of the paper's distribution, and the box plot of F1.
 */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/replace.h"
#include "score/exam.h"
#include "io/plot.h"
#include "score/kong2022.h"
#include "score/question.h"
#include "score/report.h"
#include "score/spread.h"

#define TOP           60 /* of both plots, */
#define HIGH          420
#define COUNT_DEFAULT 50000
#define COUNT_MAX     10000000

static int draw_all(const eel_question *q, uint64_t count, eel_exam *exam)
{
    eel_library library = {0};
    eel_synth *synth = NULL;
    eel_spectrum *s = eel_alloc(1, sizeof *s);
    eel_progress progress;
    int code = s ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_question_library(q, &library);
    if (code == EEL_OK)
        code = eel_synth_new(&synth, EEL_SYNTH_PAPER, &library, 0);
    eel_progress_start(&progress, "paper", "spectra");
    for (uint64_t i = 0; i < count && code == EEL_OK; i++) {
        eel_synth_draw(synth, NULL, q->seed, i, s);
        eel_exam_add(exam, s->counts, s->n, s->offset, s->labels);
        eel_progress_show(&progress, i, count, NULL);
    }
    eel_progress_end(&progress);
    eel_synth_free(synth);
    eel_library_release(&library);
    eel_free(s);
    return code;
}

/* Five pairs of bars. */
static void draw_bars(eel_picture *picture, const double *ours, const double *papers)
{
    static const char *const names[] = {"precision", "recall", "F1", "exact", "recognition"};
    eel_text small = {.size = 15, .colour = EEL_INK, .align = EEL_CENTRE};
    double lowest = 0.8;

    for (int i = 0; i < 5; i++)
        lowest = ours[i] < 0.82 ? 0 : lowest; /* a bar must show */
    eel_plot bars = {.x = 90, .y = TOP, .w = 650, .h = HIGH, .font = 16,
                     .across = {.low = 0, .high = 5, .plain = 1},
                     .up = {.low = lowest, .high = lowest > 0 ? 1.015 : 1.075}}; /* room for the numbers on the bars */
    eel_plot_axes(picture, &bars);
    for (int i = 0; i < 5; i++) {
        for (int side = 0; side < 2; side++) {
            double value = side ? papers[i] : ours[i], top = eel_plot_y(&bars, value);
            double left = eel_plot_x(&bars, i + (side ? 0.52 : 0.12));
            eel_picture_rect(picture, left, top, 46, bars.y + bars.h - top,
                             side ? EEL_ABSENT_COLOUR : EEL_BLUE);
            eel_picture_text(picture, left + 23, top - 5, &small, side ? "%.2f" : "%.3f", value);
        }
        eel_picture_text(picture, eel_plot_x(&bars, i + 0.5), bars.y + bars.h + 24, &small, "%s",
                         names[i]);
    }
    eel_picture_text(picture, 90, 38, &(eel_text){.size = 20, .colour = EEL_INK},
                     "Spectra of the paper's distribution: eelstream (blue), Kong et al. (grey)");
}

/* The box plot; f1 (n) is sorted. */
static void draw_box(eel_picture *picture, const eel_spread *box, const float *f1, size_t n)
{
    eel_plot plot = {.x = 850, .y = TOP, .w = 200, .h = HIGH, .font = 16,
                     .across = {.low = 0, .high = 1, .plain = 1},
                     .up = {.low = 0, .high = 1.05, .label = "F1 of a spectrum"}};
    eel_plot_axes(picture, &plot);
    double left = eel_plot_x(&plot, 0.25), width = 0.5 * plot.w, middle = left + width / 2;
    double first = eel_plot_y(&plot, box->first_quartile), third = eel_plot_y(&plot, box->third_quartile);
    double median = eel_plot_y(&plot, box->median);

    eel_picture_line(picture, middle, eel_plot_y(&plot, box->low_whisker), middle,
                     eel_plot_y(&plot, box->high_whisker), 2, EEL_INK);
    eel_picture_rect(picture, left, third, width, fmax(first - third, 2), EEL_PALE);
    eel_picture_frame(picture, left, third, width, fmax(first - third, 2), 1.5, EEL_INK);
    for (size_t i = 0; i < n; i++) { /* each outlier's value once */
        if ((f1[i] < box->low_whisker || f1[i] > box->high_whisker) &&
            (i == 0 || f1[i] > f1[i - 1]))
            eel_picture_dot(picture, middle, eel_plot_y(&plot, f1[i]), 4, EEL_ORANGE);
    }
    eel_picture_line(picture, left, median, left + width, median, 3, EEL_BLUE);
    eel_picture_text(picture, 950, plot.y + plot.h + 24, &(eel_text){.size = 15, .colour = EEL_INK, .align = EEL_CENTRE},
                     "outliers: %.1f %% of spectra", 100 * box->outliers);
}

/* Figure 6. */
static int save_picture(const double *ours, const double *papers, const eel_spread *box,
                        const float *f1, size_t n, const char *folder)
{
    eel_picture *picture = NULL;
    char path[EEL_PATH_MAX];
    int code = eel_output_path(path, folder, "paper.png");

    if (code == EEL_OK)
        code = eel_picture_new(&picture, 1100, 560);
    if (code != EEL_OK)
        return code;
    draw_bars(picture, ours, papers);
    draw_box(picture, box, f1, n);
    code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

static int answer(const eel_question *q, const eel_metrics *m, uint64_t flop, float *f1)
{
    double n = (double)m->spectra;
    double ours[] = {m->precision / n, m->recall / n, m->f1 / n, (double)m->exact / n,
                     (double)m->recognised / n};
    const eel_kong_measures *k = &eel_kong_synthetic;
    double papers[] = {k->precision, k->recall, k->f1, k->exact, k->recognition};
    eel_spread box = eel_spread_of(f1, m->spectra);
    eel_table *table = NULL;
    int code = eel_table_new(&table, "Spectra of the paper's distribution (Figure 6)",
                             "measure\teelstream\tKong et al. 2022\ttarget");

    if (code != EEL_OK)
        return code;
    eel_table_row(table, "precision, mean\t%.4f\t%.2f\t0.995", ours[0], papers[0]);
    eel_table_row(table, "recall, mean\t%.4f\t%.2f\t0.990", ours[1], papers[1]);
    eel_table_row(table, "F1, mean\t%.4f\t%.2f\t0.993", ours[2], papers[2]);
    eel_table_row(table, "exact accuracy\t%.4f\tabout %.2f\t0.970", ours[3], papers[3]);
    eel_table_row(table, "recognition accuracy\t%.4f\tabout %.2f\t", ours[4], papers[4]);
    eel_table_row(table, "calibration error\t%.4f\t\t0.020", eel_metrics_calibration_error(m));
    eel_table_row(table, "cost of a spectrum, MFLOP\t%.1f\t\t15", 1e-6 * (double)flop);
    eel_table_row(table, "F1: first quartile\t%.4f\t1\t", box.first_quartile);
    eel_table_row(table, "F1: median\t%.4f\t1\t", box.median);
    eel_table_row(table, "F1: third quartile\t%.4f\t1\t", box.third_quartile);
    eel_table_row(table, "F1: lower whisker\t%.4f\t1\t", box.low_whisker);
    eel_table_row(table, "F1: lowest\t%.4f\t\t", box.lowest);
    eel_table_row(table, "F1: outliers, share\t%.4f\t\t", box.outliers);
    eel_table_note(table,
                   "%ju spectra, seed %ju. The paper's box plot shows only outliers below 1.",
                   (uintmax_t)m->spectra, (uintmax_t)q->seed);
    if (q->output)
        code = save_picture(ours, papers, &box, f1, m->spectra, q->output);
    if (code == EEL_OK && q->output)
        code = eel_report_save(m, q->output);
    if (code == EEL_OK) {
        json_t *metrics = eel_metrics_to_json(m);
        json_object_set_new(metrics, "flop", json_integer((json_int_t)flop));
        code = eel_question_answer(q, table, "paper", metrics);
    }
    eel_table_free(table);
    return code;
}

int eel_ask_paper(const eel_question *q)
{
    uint64_t count = q->count ? q->count : COUNT_DEFAULT;
    eel_exam *exam = NULL;
    eel_metrics metrics;
    float *f1 = NULL;
    int code = eel_exam_new(&exam, q->model, eel_numbers_asked(q->float32));

    if (code == EEL_OK && count > COUNT_MAX)
        code = eel_fail(EEL_ELIMIT, "--count: %ju, at most %d", (uintmax_t)count, COUNT_MAX);
    if (code == EEL_OK) {
        f1 = eel_alloc(count, sizeof *f1);
        code = f1 ? EEL_OK : EEL_ENOMEM;
    }
    if (code == EEL_OK) {
        eel_exam_keep_f1(exam, f1);
        code = draw_all(q, count, exam);
    }
    if (code == EEL_OK) {
        eel_exam_finish(exam, &metrics);
        code = answer(q, &metrics, eel_recogniser_flop(eel_exam_recogniser(exam)), f1);
    }
    eel_exam_free(exam);
    eel_free(f1);
    return code;
}
