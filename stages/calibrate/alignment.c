#include "calibrate/alignment.h"
#include "shared/joints.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/align.h"
#include "eels/elements.h"
#include "eels/rise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MEANS 3
static const float remembers[MEANS] = {1, 8, 64}; /* blocks in each running mean, roughly */

int eel_alignment_is_on(const eel_alignment *alignment)
{
    return alignment->align || alignment->anchor;
}

int eel_alignment_check(eel_alignment *a)
{
    if (a->align && a->anchor)
        return eel_fail(EEL_EARGS, "--anchor: does not go with --align");
    if (a->align && strcmp(a->align, "zero-loss"))
        return eel_fail(EEL_EARGS, "--align: '%s', expected zero-loss", a->align);
    a->element = a->anchor ? eel_element_find(a->anchor) : 0;
    if (a->element < 0)
        return eel_fail(EEL_EARGS, "--anchor: '%s' is no element that the network knows", a->anchor);
    return EEL_OK;
}

int eel_alignment_open(eel_alignment *a, eel_calibrator *calibrator, int shifted)
{
    const eel_axis *axis = eel_calibrator_whole(calibrator);
    int code = eel_alignment_check(a);

    if (code != EEL_OK || !eel_alignment_is_on(a))
        return code;
    a->companion = a->align && shifted;
    const eel_element *element = &eel_elements[a->element];
    if (a->align && !a->companion && axis->start_ev > 0)
        return eel_fail(EEL_EFORMAT, "--align: the energies begin at %g eV, the zero-loss peak is not "
                        "among them", axis->start_ev);
    if (a->anchor && (axis->start_ev > element->onset_ev - EEL_RISE_LOOK_EV ||
                      eel_axis_end(axis) < element->onset_ev + EEL_RISE_LOOK_EV))
        return eel_fail(EEL_EFORMAT, "--anchor: the %s %s edge at %g eV and its surroundings are not "
                        "recorded", element->symbol, element->edge, element->onset_ev);
    if (a->anchor)
        snprintf(a->by, sizeof a->by, "%s %s", element->symbol, element->edge);
    else
        snprintf(a->by, sizeof a->by, "zero-loss%s", a->companion ? " beside it" : "");
    a->shift_ev = NAN;
    a->means = eel_alloc((size_t)MEANS * axis->n, sizeof *a->means);
    if (!a->means)
        return EEL_ENOMEM;
    return eel_calibrator_let_move(calibrator, a->anchor ? EEL_ANCHOR_REACH_EV
                                                         : EEL_ZERO_LOSS_REACH_EV);
}

void eel_alignment_close(eel_alignment *a)
{
    eel_free(a->means);
}

static void add_rows(float *mean, const float *counts, uint32_t rows, uint32_t n)
{
    for (uint32_t r = 0; r < rows; r++, counts += n) {
        for (uint32_t i = 0; i < n; i++)
            mean[i] += isfinite(counts[i]) ? counts[i] : 0;
    }
}

static int move(const eel_alignment *a, eel_calibrator *calibrator)
{
    return eel_calibrator_move(calibrator, isnan(a->shift_ev) ? 0 : a->shift_ev);
}

/* By the shortest of the running means in which the edge shows: it is nearest to where the axis is now. */
static void follow_anchor(eel_alignment *a, const eel_axis *axis, const float *counts, uint32_t rows)
{
    double onset_ev = eel_elements[a->element].onset_ev, shift_ev;
    int found = 0;

    for (int m = 0; m < MEANS; m++) {
        float *mean = a->means + (size_t)m * axis->n, keep = 1 - 1 / remembers[m];
        for (uint32_t i = 0; i < axis->n; i++)
            mean[i] *= keep;
        add_rows(mean, counts, rows, axis->n);
        if (!found && eel_align_edge(axis, mean, onset_ev, &shift_ev) == EEL_OK) {
            a->shift_ev = (float)shift_ev;
            found = 1;
        }
    }
}

static void follow_zero_loss(eel_alignment *a, const eel_axis *axis, const float *counts, uint32_t rows)
{
    double shift_ev;

    memset(a->means, 0, axis->n * sizeof *a->means);
    add_rows(a->means, counts, rows, axis->n);
    a->shift_ev = eel_align_zero_loss(axis, a->means, &shift_ev) == EEL_OK ? (float)shift_ev : NAN;
}

int eel_alignment_follow(eel_alignment *a, eel_calibrator *calibrator, const float *counts,
                         eel_block *block)
{
    const eel_axis *axis = eel_calibrator_whole(calibrator);

    if (a->companion && block->side_bytes != block->rows * sizeof(float))
        return eel_fail(EEL_EFORMAT, "block %ju: %zu bytes beside it, expected the shifts of %u spectra",
                        (uintmax_t)block->number, block->side_bytes, block->rows);
    if (a->companion || !eel_alignment_is_on(a))
        return EEL_OK;
    if (a->align)
        follow_zero_loss(a, axis, counts, block->rows);
    else
        follow_anchor(a, axis, counts, block->rows);
    int code = move(a, calibrator);
    return code == EEL_OK ? eel_block_side(block, &a->shift_ev, sizeof a->shift_ev) : code;
}

int eel_alignment_follow_row(eel_alignment *a, eel_calibrator *calibrator, const eel_block *block,
                             uint32_t row)
{
    float shift_ev = a->companion ? eel_shift_beside(block, row) : NAN;

    if (isnan(shift_ev))
        return EEL_OK;
    a->shift_ev = shift_ev;
    return move(a, calibrator);
}
