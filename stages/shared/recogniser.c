#include "shared/recogniser.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/shipped.h"
#include "eels/background.h"
#include "eels/elements.h"
#include "eels/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct eel_recogniser {
    eel_net *net;
    eel_net_state *state;
    eel_model_info info;
    eel_class_edge edge[EEL_NET_CLASSES_MAX];
    uint32_t first; /* channels of the network's axis before the model's */
    int trials;     /* to either side of where the axis has the spectrum, */
    double trial;   /* so many channels apart */
    float *x;       /* (EEL_RECOGNISER_AT_ONCE, inputs) */
    float *moved_x, *moved_p; /* (EEL_RECOGNISER_BATCH, inputs) and (…, classes), where there are trials */
};

static int check_axis(eel_recogniser *r, const char *path)
{
    const eel_net_shape *shape = eel_net_shape_of(r->net);
    eel_axis net = eel_axis_net();
    double first = eel_axis_channel(&net, r->info.start_ev);

    r->first = shape->inputs < net.n ? net.n - shape->inputs : 0;
    if (fabs(first - r->first) < 1e-3 && r->first + shape->inputs == net.n &&
        fabs(r->info.step_ev - net.step_ev) < 1e-9)
        return EEL_OK;
    return eel_fail(EEL_EFORMAT, "%s: a network for %u channels from %g eV at %g eV, expected %u from "
                    "%g at %g, or fewer with the same end", path, shape->inputs, r->info.start_ev,
                    r->info.step_ev, net.n, net.start_ev, net.step_ev);
}

static int check_model(const eel_model_info *info, eel_class_edge *edge, const char *path)
{
    if (strcmp(info->normalisation, EEL_NORMALISATION))
        return eel_fail(EEL_EFORMAT, "%s: input normalisation '%s', expected '%s'", path,
                        info->normalisation, EEL_NORMALISATION);
    for (uint32_t c = 0; c < info->classes; c++) {
        int code = eel_class_edge_of(&edge[c], info->class_name[c], info->shell[c],
                                     info->onset_ev[c]);
        if (code != EEL_OK)
            return eel_fail_in(code, "%s", path);
        if (edge[c].atomic_number == 0 && strncmp(info->class_name[c], "other", 5) != 0)
            return eel_fail(EEL_EFORMAT, "%s: class %u is '%s', whose edge the file does not say; "
                            "expected one of the twenty elements, an edge, or other", path, c,
                            info->class_name[c]);
    }
    return EEL_OK;
}

int eel_recogniser_new(eel_recogniser **recogniser, const char *model_path,
                       eel_numbers numbers)
{
    char shipped[EEL_SHIPPED_MAX];
    eel_recogniser *r = eel_alloc(1, sizeof *r);
    int code = r ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK && !model_path) {
        code = eel_shipped(shipped, "models/" EEL_MODEL_SHIPPED);
        model_path = shipped;
    }
    if (code == EEL_OK)
        code = eel_model_read(&r->net, &r->info, model_path);
    if (code == EEL_OK)
        code = check_axis(r, model_path);
    if (code == EEL_OK)
        code = check_model(&r->info, r->edge, model_path);
    if (code == EEL_OK)
        code = eel_net_state_new(&r->state, r->net, EEL_RECOGNISER_BATCH, numbers);
    if (code == EEL_OK) {
        r->x = eel_alloc((size_t)EEL_RECOGNISER_AT_ONCE * eel_recogniser_inputs(r), sizeof *r->x);
        code = r->x ? EEL_OK : EEL_ENOMEM;
    }
    if (code == EEL_OK)
        *recogniser = r;
    else
        eel_recogniser_free(r);
    return code;
}

void eel_recogniser_free(eel_recogniser *recogniser)
{
    if (!recogniser)
        return;
    eel_net_state_free(recogniser->state);
    eel_net_free(recogniser->net);
    eel_model_info_release(&recogniser->info);
    eel_free(recogniser->x);
    eel_free(recogniser->moved_x);
    eel_free(recogniser->moved_p);
    eel_free(recogniser);
}

int eel_recogniser_doubt_axis(eel_recogniser *r, double ev)
{
    if (!(ev >= 0 && ev <= EEL_AXIS_ERROR_MAX_EV))
        return eel_fail(EEL_EARGS, "--axis-error: %g, expected 0 to %d eV", ev, EEL_AXIS_ERROR_MAX_EV);
    r->trials = (int)ceil(ev / EEL_AXIS_TRIAL_EV);
    if (r->trials == 0)
        return EEL_OK;
    r->trial = ev / r->trials / r->info.step_ev;
    r->moved_x = eel_alloc((size_t)EEL_RECOGNISER_BATCH * eel_recogniser_inputs(r), sizeof *r->moved_x);
    r->moved_p = eel_alloc((size_t)EEL_RECOGNISER_BATCH * r->info.classes, sizeof *r->moved_p);
    return r->moved_x && r->moved_p ? EEL_OK : EEL_ENOMEM;
}

int eel_recogniser_standard(const eel_recogniser *r, const char *model_path, int own_max, int *own)
{
    const char *path = model_path ? model_path : EEL_MODEL_SHIPPED;
    uint32_t c = 0;

    for (; c < EEL_ELEMENTS; c++) {
        if (c == r->info.classes || strcmp(r->info.class_name[c], eel_elements[c].symbol))
            return eel_fail(EEL_EFORMAT, "%s: class %u is %s, expected %s", path, c,
                            c < r->info.classes ? r->info.class_name[c] : "not there",
                            eel_elements[c].symbol);
    }
    while (c < r->info.classes && r->edge[c].atomic_number)
        c++;
    *own = (int)c - EEL_ELEMENTS;
    if (*own > own_max)
        return eel_fail(EEL_EFORMAT, "%s: %d elements beyond the twenty, which this question is not "
                        "about", path, *own);
    if (r->info.classes - c != EEL_CLASSES - EEL_ELEMENTS ||
        eel_recogniser_other(r) != (int)c)
        return eel_fail(EEL_EFORMAT, "%s: %u classes behind its elements, expected other and the %d "
                        "places of other edges", path, r->info.classes - c, EEL_OTHER_BINS);
    return EEL_OK;
}

const eel_model_info *eel_recogniser_info(const eel_recogniser *recogniser)
{
    return &recogniser->info;
}

uint64_t eel_recogniser_flop(const eel_recogniser *recogniser)
{
    return eel_net_flop(eel_net_shape_of(recogniser->net));
}

uint32_t eel_recogniser_inputs(const eel_recogniser *recogniser)
{
    return eel_net_shape_of(recogniser->net)->inputs;
}

int eel_recogniser_show(const eel_recogniser *r, const float *counts, uint32_t offset, uint32_t n,
                        float *x)
{
    float whole[EEL_NET_CHANNELS];
    uint32_t before = offset < r->first ? r->first - offset : 0, inputs = eel_recogniser_inputs(r);

    if (n < before + EEL_RESAMPLE_LEAST) {
        memset(x, 0, inputs * sizeof *x);
        return 0;
    }
    int seen = eel_normalise(counts + before, n - before, offset + before, r->first ? whole : x) > 0;
    if (r->first)
        memcpy(x, whole + r->first, inputs * sizeof *x);
    return seen;
}

/* x (rows, inputs) with all energies `by` channels higher; what leaves the axis is cut off. */
static void move(eel_recogniser *r, const float *x, uint32_t rows, int by)
{
    uint32_t inputs = eel_recogniser_inputs(r), kept = inputs - (uint32_t)abs(by);

    memset(r->moved_x, 0, (size_t)rows * inputs * sizeof *x);
    for (uint32_t i = 0; i < rows; i++) {
        size_t row = (size_t)i * inputs;
        memcpy(r->moved_x + row + (by > 0 ? by : 0), x + row + (by > 0 ? 0 : -by), kept * sizeof *x);
    }
}

/* The mean of p and of the answers to the spectra moved to either side; of the classes up to "other". */
static void average(eel_recogniser *r, const float *x, uint32_t rows, float *p)
{
    uint32_t classes = r->info.classes;
    int other = eel_recogniser_other(r);
    uint32_t count = other < 0 ? classes : (uint32_t)other + 1;

    for (int k = -r->trials; k <= r->trials; k++) {
        if (k == 0)
            continue;
        move(r, x, rows, (int)lround(k * r->trial));
        eel_net_forward(r->net, r->state, r->moved_p, r->moved_x, rows);
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t c = 0; c < count; c++)
                p[i * classes + c] += r->moved_p[i * classes + c];
        }
    }
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t c = 0; c < count; c++)
            p[i * classes + c] /= (float)(2 * r->trials + 1);
    }
}

void eel_recognise_raw(eel_recogniser *r, const float *x, uint32_t rows, float *p)
{
    eel_net_forward(r->net, r->state, p, x, rows);
    if (r->trials)
        average(r, x, rows, p);
}

void eel_recognise(eel_recogniser *r, const float *counts, uint32_t offset, uint32_t n,
                   uint32_t rows, float *p)
{
    uint32_t inputs = eel_recogniser_inputs(r);
    size_t classes = r->info.classes;

    for (uint32_t done = 0; done < rows; done += EEL_RECOGNISER_AT_ONCE) {
        uint32_t left = rows - done, part = left < EEL_RECOGNISER_AT_ONCE ? left : EEL_RECOGNISER_AT_ONCE;
        float *out = p + done * classes;
        uint8_t blank[EEL_RECOGNISER_AT_ONCE];

        for (uint32_t i = 0; i < part; i++) {
            const float *row = counts + (size_t)(done + i) * n;
            blank[i] = isnan(row[0]) || !eel_recogniser_show(r, row, offset, n, r->x + i * inputs);
        }
        eel_recognise_raw(r, r->x, part, out);
        for (uint32_t i = 0; i < part; i++) {
            for (uint32_t c = 0; c < classes && blank[i]; c++)
                out[i * classes + c] = NAN;
            eel_model_calibrate_all(&r->info, out + i * classes);
        }
    }
}

const eel_class_edge *eel_recogniser_edges(const eel_recogniser *recogniser)
{
    return recogniser->edge;
}

int eel_recogniser_other(const eel_recogniser *recogniser)
{
    for (uint32_t c = 0; c < recogniser->info.classes; c++) {
        if (strcmp(recogniser->info.class_name[c], "other") == 0)
            return (int)c;
    }
    return -1;
}

int eel_recogniser_check_window(const eel_recogniser *r, const eel_axis *axis)
{
    for (uint32_t c = 0; c < r->info.classes; c++) {
        if (r->edge[c].atomic_number && eel_observable(&r->edge[c], axis))
            return EEL_OK;
    }
    return eel_fail(EEL_EFORMAT, "energy axis: from %.1f to %.1f eV there is no edge of the network's "
                    "elements; low loss?", axis->start_ev, eel_axis_ev(axis, axis->n - 1.0));
}

int eel_observable(const eel_class_edge *edge, const eel_axis *axis)
{
    int z = edge->atomic_number, white_lines = z >= 20 && z <= 29; /* calcium to copper */

    if (z == 0)
        return 1;
    double before = white_lines ? EEL_OBSERVABLE_L2_EV : EEL_OBSERVABLE_BEFORE_EV;
    return edge->onset_ev >= axis->start_ev - before &&
           edge->onset_ev <= eel_axis_ev(axis, axis->n - 1.0) - EEL_OBSERVABLE_END_EV;
}

int eel_observable_beside(const eel_class_edge *edge, const eel_axis *axis, const eel_gap *gap)
{
    double from = round(eel_axis_channel(axis, gap->from_ev)), to = round(eel_axis_channel(axis, gap->to_ev));
    eel_axis before = *axis, behind = *axis;

    if (!(to > from) || from < 0 || to >= axis->n)
        return eel_observable(edge, axis);
    before.n = (uint32_t)from + 1;
    behind.n -= (uint32_t)to;
    behind.start_ev = gap->to_ev;
    return eel_observable(edge, &before) || eel_observable(edge, &behind);
}
