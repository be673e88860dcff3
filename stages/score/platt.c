#include "score/platt.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEWTON_STEPS 100
#define STEP_MAX     0.3 /* of scale and of shift: full steps overshoot far from the maximum */
#define LEAST_P      1e-7 /* of a probability: keeps its logit finite */
#define RIDGE        1e-3 /* pulls scale to 1 and shift to 0 where few spectra say anything */
#define FEW          20   /* spectra of either kind below which a class is left alone */

struct eel_platt {
    uint32_t classes, count, room;
    float *logits;   /* (count, classes) */
    uint8_t *labels; /* (count, classes) */
};

int eel_platt_new(eel_platt **platt, uint32_t classes)
{
    *platt = eel_alloc(1, sizeof **platt);
    if (!*platt)
        return EEL_ENOMEM;
    (*platt)->classes = classes;
    return EEL_OK;
}

void eel_platt_free(eel_platt *platt)
{
    if (!platt)
        return;
    free(platt->logits);
    free(platt->labels);
    eel_free(platt);
}

int eel_platt_add(eel_platt *platt, const uint8_t *labels, const float *p)
{
    uint32_t n = platt->classes;

    if (platt->count == EEL_PLATT_MAX)
        return eel_fail(EEL_ELIMIT, "calibration: more than %u spectra", EEL_PLATT_MAX);
    if (platt->count == platt->room) {
        uint32_t room = platt->room ? 2 * platt->room : 4096;
        float *logits = realloc(platt->logits, (size_t)room * n * sizeof *logits);
        platt->logits = logits ? logits : platt->logits;
        uint8_t *kept = realloc(platt->labels, (size_t)room * n);
        platt->labels = kept ? kept : platt->labels;
        if (!logits || !kept)
            return eel_fail(EEL_ENOMEM, "calibration: out of memory");
        platt->room = room;
    }
    for (uint32_t c = 0; c < n; c++) {
        double q = fmin(fmax(p[c], LEAST_P), 1 - LEAST_P);
        platt->logits[(size_t)platt->count * n + c] = (float)log(q / (1 - q));
    }
    memcpy(platt->labels + (size_t)platt->count * n, labels, n);
    platt->count++;
    return EEL_OK;
}

/* Newton's method on the log-likelihood of one class, with a weak prior on (1, 0). */
static void fit_class(const eel_platt *platt, uint32_t c, double *scale, double *shift)
{
    double a = 1, b = 0;

    for (int k = 0; k < NEWTON_STEPS; k++) {
        double ga = RIDGE * (a - 1), gb = RIDGE * b, haa = RIDGE, hab = 0, hbb = RIDGE;
        for (uint32_t i = 0; i < platt->count; i++) {
            uint8_t label = platt->labels[(size_t)i * platt->classes + c];
            double z = platt->logits[(size_t)i * platt->classes + c];
            if (label > 1)
                continue;
            double q = 1 / (1 + exp(-(a * z + b))), w = q * (1 - q);
            ga += (q - label) * z;
            gb += q - label;
            haa += w * z * z;
            hab += w * z;
            hbb += w;
        }
        double det = haa * hbb - hab * hab;
        if (!(det > 0))
            break;
        double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
        double damping = fmin(1, STEP_MAX / fmax(fmax(fabs(da), fabs(db)), 1e-12));
        a -= damping * da;
        b -= damping * db;
        if (fabs(da) + fabs(db) < 1e-8)
            break;
    }
    if (isfinite(a) && isfinite(b) && a > 0) {
        *scale = a;
        *shift = b;
    }
}

void eel_platt_fit(const eel_platt *platt, float *scale, float *shift)
{
    for (uint32_t c = 0; c < platt->classes; c++) {
        uint32_t present = 0, absent = 0;
        for (uint32_t i = 0; i < platt->count; i++) {
            present += platt->labels[(size_t)i * platt->classes + c] == 1;
            absent += platt->labels[(size_t)i * platt->classes + c] == 0;
        }
        double a = scale[c], b = shift[c];
        if (present >= FEW && absent >= FEW)
            fit_class(platt, c, &a, &b);
        scale[c] = (float)a;
        shift[c] = (float)b;
    }
}
