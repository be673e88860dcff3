#include "score/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CONFUSIONS_SHOWN 10

static void bin(eel_metrics *m, float p, int present)
{
    int b = (int)(p * EEL_BINS);

    b = b < 0 ? 0 : b >= EEL_BINS ? EEL_BINS - 1 : b;
    m->binned[b]++;
    m->binned_present[b] += (uint64_t)present;
    m->binned_p[b] += p;
}

const char *eel_metrics_name(const eel_metrics *m, int element)
{
    return element < EEL_ELEMENTS ? eel_elements[element].symbol
                                  : m->own_name[element - EEL_ELEMENTS];
}

static void add_confusions(eel_metrics *m, const int *missed, const int *wrong)
{
    for (int a = 0; a < eel_metrics_elements(m); a++) {
        for (int b = 0; missed[a] && b < eel_metrics_elements(m); b++)
            m->confused[a][b] += (uint64_t)wrong[b];
    }
}

/* Where edges outside the twenty begin: right within one bin of the labelled one. */
static void add_places(eel_metrics *m, const uint8_t *labels, const float *p, const float *threshold)
{
    for (int b = 0; b < EEL_OTHER_BINS; b++) {
        int told = 0, there = 0, c = EEL_CLASS_BIN + m->own + b;
        for (int k = b > 0 ? c - 1 : c; k <= (b + 1 < EEL_OTHER_BINS ? c + 1 : c); k++) {
            told |= p[k] >= threshold[k];
            there |= labels[k] != EEL_ABSENT;
        }
        m->placed += labels[c] == EEL_PRESENT;
        m->placed_right += labels[c] == EEL_PRESENT && told;
        m->placed_wrong += !there && p[c] >= threshold[c];
    }
}

double eel_metrics_add(eel_metrics *m, const uint8_t *labels, const float *p, const float *threshold)
{
    int right = 0, predicted = 0, real = 0;
    int missed[EEL_METRICS_ELEMENTS_MAX] = {0}, wrong[EEL_METRICS_ELEMENTS_MAX] = {0};
    int elements = eel_metrics_elements(m);

    for (int e = 0; e < elements; e++) {
        int present = labels[e] == EEL_PRESENT, says = p[e] >= threshold[e];
        if (labels[e] != EEL_PRESENT && labels[e] != EEL_ABSENT)
            continue;
        if (isfinite(p[e]))
            bin(m, p[e], present);
        right += present && says;
        predicted += says;
        real += present;
        missed[e] = present && !says;
        wrong[e] = says && !present;
        m->correct[e] += (uint64_t)(present && says);
        m->missed[e] += (uint64_t)missed[e];
        m->wrong[e] += (uint64_t)wrong[e];
    }
    double precision = predicted ? (double)right / predicted : real == 0;
    double recall = real ? (double)right / real : 1;
    m->spectra++;
    m->precision += precision;
    m->recall += recall;
    double f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    m->f1 += f1;
    m->exact += right == real && right == predicted;
    m->recognised += right == real;
    m->edge_free += real == 0;
    m->edge_free_wrong += real == 0 && predicted > 0;
    int other = labels[elements], other_says = p[elements] >= threshold[elements];
    m->foreign += other == EEL_PRESENT;
    m->foreign_wrong += other == EEL_PRESENT && predicted > right;
    m->other_right += other == EEL_PRESENT && other_says;
    m->other_missed += other == EEL_PRESENT && !other_says;
    m->other_false += other == EEL_ABSENT && other_says;
    add_places(m, labels, p, threshold);
    add_confusions(m, missed, wrong);
    return f1;
}

double eel_metrics_calibration_error(const eel_metrics *m)
{
    double error = 0, total = 0;

    for (int b = 0; b < EEL_BINS; b++) {
        error += fabs(m->binned_p[b] - (double)m->binned_present[b]);
        total += (double)m->binned[b];
    }
    return total > 0 ? error / total : 0;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static json_t *share_or_null(uint64_t part, uint64_t whole)
{
    return whole ? json_real(share(part, whole)) : json_null();
}

typedef struct {
    int missed, wrong;
    uint64_t count;
} confusion;

static int by_count(const void *a, const void *b)
{
    uint64_t x = ((const confusion *)a)->count, y = ((const confusion *)b)->count;
    return (x < y) - (x > y);
}

static void sort_confusions(const eel_metrics *m, confusion *list)
{
    int n = 0;

    for (int a = 0; a < eel_metrics_elements(m); a++) {
        for (int b = 0; b < eel_metrics_elements(m); b++)
            list[n++] = (confusion){a, b, m->confused[a][b]};
    }
    qsort(list, (size_t)n, sizeof *list, by_count);
}

void eel_metrics_print(const eel_metrics *m)
{
    double n = m->spectra ? (double)m->spectra : 1;
    confusion list[EEL_METRICS_ELEMENTS_MAX * EEL_METRICS_ELEMENTS_MAX];

    printf("spectra               %ju\n", (uintmax_t)m->spectra);
    printf("exact accuracy        %.4f\n", (double)m->exact / n);
    printf("recognition accuracy  %.4f\n", (double)m->recognised / n);
    printf("precision             %.4f\n", m->precision / n);
    printf("recall                %.4f\n", m->recall / n);
    printf("F1                    %.4f\n", m->f1 / n);
    printf("calibration error     %.4f\n", eel_metrics_calibration_error(m));
    printf("edge-free spectra with a false element      %.4f of %ju\n",
           share(m->edge_free_wrong, m->edge_free), (uintmax_t)m->edge_free);
    printf("spectra with other edges, a false element   %.4f of %ju\n",
           share(m->foreign_wrong, m->foreign), (uintmax_t)m->foreign);
    printf("other edges: precision %.4f, recall %.4f\n",
           share(m->other_right, m->other_right + m->other_false),
           share(m->other_right, m->other_right + m->other_missed));
    printf("their energies, within a bin of 20 eV: precision %.4f, recall %.4f\n",
           share(m->placed_right, m->placed_right + m->placed_wrong),
           share(m->placed_right, m->placed));
    printf("\nelement  precision  recall  real\n");
    for (int e = 0; e < eel_metrics_elements(m); e++)
        printf("%-7s  %9.4f  %6.4f  %ju\n", eel_metrics_name(m, e),
               share(m->correct[e], m->correct[e] + m->wrong[e]),
               share(m->correct[e], m->correct[e] + m->missed[e]),
               (uintmax_t)(m->correct[e] + m->missed[e]));
    sort_confusions(m, list);
    printf("\nmost frequent confusions (missed -> false):");
    for (int i = 0; i < CONFUSIONS_SHOWN && list[i].count; i++)
        printf(" %s->%s %ju", eel_metrics_name(m, list[i].missed),
               eel_metrics_name(m, list[i].wrong), (uintmax_t)list[i].count);
    printf("\n");
}

json_t *eel_metrics_to_json(const eel_metrics *m)
{
    double n = m->spectra ? (double)m->spectra : 1;
    json_t *elements = json_object(), *reliability = json_array();

    for (int e = 0; e < eel_metrics_elements(m); e++)
        json_object_set_new(elements, eel_metrics_name(m, e),
                            json_pack("{s:o, s:o, s:I}", "precision",
                                      share_or_null(m->correct[e], m->correct[e] + m->wrong[e]), "recall",
                                      share_or_null(m->correct[e], m->correct[e] + m->missed[e]), "real",
                                      (json_int_t)(m->correct[e] + m->missed[e])));
    for (int b = 0; b < EEL_BINS; b++)
        json_array_append_new(
            reliability, json_pack("{s:f, s:f, s:I}", "probability",
                                   m->binned[b] ? m->binned_p[b] / (double)m->binned[b] : 0,
                                   "frequency", share(m->binned_present[b], m->binned[b]), "count",
                                   (json_int_t)m->binned[b]));
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o}",
                     "spectra",
                     (json_int_t)m->spectra, "exact", (double)m->exact / n, "recognition",
                     (double)m->recognised / n, "precision", m->precision / n, "recall",
                     m->recall / n, "f1", m->f1 / n, "calibration_error",
                     eel_metrics_calibration_error(m), "edge_free_false",
                     share(m->edge_free_wrong, m->edge_free), "foreign_false",
                     share(m->foreign_wrong, m->foreign), "other_precision",
                     share(m->other_right, m->other_right + m->other_false), "other_recall",
                     share(m->other_right, m->other_right + m->other_missed), "energy_precision",
                     share(m->placed_right, m->placed_right + m->placed_wrong), "energy_recall",
                     share(m->placed_right, m->placed), "elements", elements,
                     "reliability", reliability);
}
