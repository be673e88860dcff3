#include "score/exam.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct eel_exam {
    eel_recogniser *recogniser;
    eel_metrics metrics;
    float *f1;
    uint32_t rows; /* of the batch that are there */
    uint8_t labels[EEL_RECOGNISER_BATCH * EEL_CLASSES];
    uint8_t hidden[EEL_RECOGNISER_BATCH * EEL_CLASSES]; /* 1: not observable */
    float x[EEL_RECOGNISER_BATCH * EEL_NET_CHANNELS];
    float p[EEL_RECOGNISER_BATCH * EEL_CLASSES];
};

int eel_exam_new(eel_exam **exam, const char *model_path, eel_numbers numbers)
{
    eel_exam *e = eel_alloc(1, sizeof *e);
    int own, code = e ? eel_recogniser_new(&e->recogniser, model_path, numbers) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = eel_recogniser_standard(e->recogniser, model_path, 0, &own);
    if (code == EEL_OK)
        *exam = e;
    else
        eel_exam_free(e);
    return code;
}

void eel_exam_free(eel_exam *exam)
{
    if (exam)
        eel_recogniser_free(exam->recogniser);
    eel_free(exam);
}

void eel_exam_keep_f1(eel_exam *exam, float *f1)
{
    exam->f1 = f1;
}

static void ask(eel_exam *exam)
{
    const eel_model_info *info = eel_recogniser_info(exam->recogniser);

    eel_recognise_raw(exam->recogniser, exam->x, exam->rows, exam->p);
    for (uint32_t r = 0; r < exam->rows; r++) {
        float *p = exam->p + r * EEL_CLASSES;
        for (uint32_t c = 0; c < EEL_CLASSES; c++)
            p[c] = exam->hidden[r * EEL_CLASSES + c] ? NAN : eel_model_calibrate(info, c, p[c]);
        double f1 =
            eel_metrics_add(&exam->metrics, exam->labels + r * EEL_CLASSES, p, info->threshold);
        if (exam->f1)
            *exam->f1++ = (float)f1;
    }
    exam->rows = 0;
}

void eel_exam_add(eel_exam *exam, const float *counts, uint32_t n, uint32_t offset,
                  const uint8_t *labels)
{
    const eel_class_edge *edges = eel_recogniser_edges(exam->recogniser);
    eel_axis axis = {EEL_NET_START_EV + offset * EEL_NET_STEP_EV, EEL_NET_STEP_EV, n};
    float *x = exam->x + (size_t)exam->rows * eel_recogniser_inputs(exam->recogniser);
    uint8_t *mine = exam->labels + exam->rows * EEL_CLASSES;
    uint8_t *hidden = exam->hidden + exam->rows * EEL_CLASSES;

    eel_recogniser_show(exam->recogniser, counts, offset, n, x);
    for (uint32_t c = 0; c < EEL_CLASSES; c++) {
        hidden[c] = !eel_observable(&edges[c], &axis);
        mine[c] = hidden[c] ? EEL_UNLABELLED : labels[c];
    }
    if (++exam->rows == EEL_RECOGNISER_BATCH)
        ask(exam);
}

void eel_exam_finish(eel_exam *exam, eel_metrics *metrics)
{
    if (exam->rows)
        ask(exam);
    *metrics = exam->metrics;
    exam->metrics = (eel_metrics){0};
}

eel_recogniser *eel_exam_recogniser(eel_exam *exam)
{
    return exam->recogniser;
}
