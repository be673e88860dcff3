#include "score/report.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"
#include "io/plot.h"
#include "score/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CURVE_POINTS_MAX 200000

static int save_confusion(const eel_metrics *m, const char *folder)
{
    eel_table *table = NULL;
    char row[2048]; /* a number per element */
    int elements = eel_metrics_elements(m);
    size_t used = 0;
    const char *head = "element\tright\tmissed\tfalse";

    for (int e = 0; e < elements; e++)
        used += (size_t)snprintf(row + used, sizeof row - used, "%s%s", e ? "\t" : "",
                                 eel_metrics_name(m, e));
    char whole[2200];
    snprintf(whole, sizeof whole, "%s\t%s", head, row);
    int code = eel_table_new(&table, "Confusion", whole);
    for (int a = 0; a < elements && code == EEL_OK; a++) {
        used = 0;
        for (int b = 0; b < elements; b++)
            used += (size_t)snprintf(row + used, sizeof row - used, "\t%ju",
                                     (uintmax_t)m->confused[a][b]);
        eel_table_row(table, "%s\t%ju\t%ju\t%ju%s", eel_metrics_name(m, a),
                      (uintmax_t)m->correct[a], (uintmax_t)m->missed[a], (uintmax_t)m->wrong[a],
                      row);
    }
    if (code == EEL_OK) {
        eel_table_note(table,
                       "A row counts the spectra with that element: recognised, missed; then "
                       "those without it where it was reported. The other columns say what was "
                       "falsely there in spectra where it was missed.");
        code = eel_table_save(table, folder, "confusion");
    }
    eel_table_free(table);
    return code;
}

/* Frequency over probability; the lower part shows how many answers there are of each. */
static int save_reliability(const eel_metrics *m, const char *folder)
{
    eel_picture *picture = NULL;
    char path[EEL_PATH_MAX];
    double x[EEL_BINS], y[EEL_BINS], most = 10;
    int n = 0, code = eel_output_path(path, folder, "reliability.png");

    if (code == EEL_OK)
        code = eel_picture_new(&picture, 720, 900);
    if (code != EEL_OK)
        return code;
    eel_plot upper = {.x = 100,
                      .y = 70,
                      .w = 580,
                      .h = 520,
                      .font = 16,
                      .across = {.low = 0, .high = 1},
                      .up = {.low = 0, .high = 1, .label = "Share that was there"}};
    for (int b = 0; b < EEL_BINS; b++) {
        most = fmax(most, (double)m->binned[b]);
        if (!m->binned[b])
            continue;
        x[n] = m->binned_p[b] / (double)m->binned[b];
        y[n++] = (double)m->binned_present[b] / (double)m->binned[b];
    }
    eel_plot lower = {.x = 100,
                      .y = 640,
                      .w = 580,
                      .h = 180,
                      .font = 16,
                      .across = {.low = 0, .high = 1, .label = "Probability given"},
                      .up = {.low = 1, .high = most * 3, .log = 1, .label = "Answers"}};

    eel_picture_text(picture, 100, 42, &(eel_text){.size = 22, .colour = EEL_INK},
                     "Do probabilities mean what they say?  Error %.4f",
                     eel_metrics_calibration_error(m));
    eel_plot_axes(picture, &upper);
    eel_plot_curve(picture, &upper, (double[]){0, 1}, (double[]){0, 1}, 2, 2, EEL_GREY);
    eel_plot_curve(picture, &upper, x, y, n, 2.5, EEL_BLUE);
    eel_plot_points(picture, &upper, x, y, n, 5, EEL_BLUE);
    eel_plot_axes(picture, &lower);
    for (int b = 0; b < EEL_BINS; b++) {
        double left = eel_plot_x(&lower, (double)b / EEL_BINS), base = lower.y + lower.h;
        double top = eel_plot_y(&lower, fmax((double)m->binned[b], 1));
        eel_picture_rect(picture, left + 1, top, lower.w / EEL_BINS - 2, base - top, EEL_BLUE);
    }
    code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

int eel_report_save(const eel_metrics *metrics, const char *folder)
{
    int code = save_confusion(metrics, folder);
    return code == EEL_OK ? save_reliability(metrics, folder) : code;
}

/* ---- the course of a training ---- */

typedef struct {
    double millions[CURVE_POINTS_MAX], loss[CURVE_POINTS_MAX], rate[CURVE_POINTS_MAX];
    int n;
} curve;

static int read_curve(curve *c, const char *path)
{
    char line[256];
    FILE *file = fopen(path, "r");
    int number = 0, code = EEL_OK;

    if (!file)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    while (code == EEL_OK && fgets(line, sizeof line, file)) {
        number++;
        if (c->n == CURVE_POINTS_MAX)
            code = eel_fail(EEL_ELIMIT, "%s: more than %d lines", path, CURVE_POINTS_MAX);
        else if (sscanf(line, "%lf,%lf,%lf", &c->millions[c->n], &c->loss[c->n], &c->rate[c->n]) ==
                 3)
            c->millions[c->n++] /= 1e6;
        else
            code = eel_fail(EEL_EFORMAT, "%s: line %d is not \"spectra,loss,rate\"", path, number);
    }
    fclose(file);
    if (code == EEL_OK && c->n < 2)
        code = eel_fail(EEL_EFORMAT, "%s: %d lines, expected two or more", path, c->n);
    return code;
}

int eel_report_curve(const char *csv_path, const char *folder)
{
    eel_picture *picture = NULL;
    curve *c = eel_alloc(1, sizeof *c);
    char path[EEL_PATH_MAX];
    int code = c ? read_curve(c, csv_path) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_output_path(path, folder, "curves.png");
    if (code == EEL_OK)
        code = eel_picture_new(&picture, 960, 760);
    if (code == EEL_OK) {
        eel_plot_axis across = {.low = 0, .high = 1.02 * c->millions[c->n - 1]};
        eel_plot upper = {.x = 110,
                          .y = 60,
                          .w = 800,
                          .h = 400,
                          .font = 16,
                          .across = across,
                          .up = eel_plot_range(c->loss, c->n, "Training loss")};
        eel_plot lower = {.x = 110,
                          .y = 510,
                          .w = 800,
                          .h = 160,
                          .font = 16,
                          .across = across,
                          .up = eel_plot_range(c->rate, c->n, "Rate")};
        lower.across.label = "Millions of spectra learnt from";
        eel_picture_text(picture, 110, 38, &(eel_text){.size = 22, .colour = EEL_INK},
                         "Course of the training: loss %.4f after %.3g million spectra",
                         c->loss[c->n - 1], c->millions[c->n - 1]);
        eel_plot_axes(picture, &upper);
        eel_plot_curve(picture, &upper, c->millions, c->loss, c->n, 2, EEL_BLUE);
        eel_plot_axes(picture, &lower);
        eel_plot_curve(picture, &lower, c->millions, c->rate, c->n, 2, EEL_ORANGE);
        code = eel_picture_save(picture, path);
    }
    eel_picture_free(picture);
    eel_free(c);
    return code;
}
