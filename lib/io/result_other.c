/* Edges of elements that the network does not name: the energies that pixels tell, as a list. */
#include "io/result.h"
#include "base/err.h"

#include <math.h>

#define ENERGIES_EV 2048 /* counted by the electronvolt up to here */

static int count_energies(eel_result *result, uint64_t *pixels)
{
    uint64_t n = result->rows * result->columns;
    int code = EEL_OK;

    for (uint64_t p = 0; code == EEL_OK && p < result->planes; p++) {
        code = eel_result_plane(result, result->other_column, p);
        for (uint64_t i = 0; code == EEL_OK && i < n; i++) {
            float ev = result->plane[i];
            if (ev >= 0 && ev < ENERGIES_EV) /* not where it is NAN */
                pixels[(int)ev]++;
        }
    }
    return code;
}

static uint64_t pixels_with_value(const eel_result *result)
{
    uint64_t most = 0;

    for (uint32_t c = 0; c < result->classes; c++)
        most = result->class[c].valued > most ? result->class[c].valued : most;
    return most;
}

static void keep(eel_result *result, double sum_ev, uint64_t pixels)
{
    double least = EEL_RESULT_OTHER_SHARE * (double)pixels_with_value(result);

    if (pixels > 0 && (double)pixels >= least && result->other_count < EEL_RESULT_OTHER_MAX)
        result->other[result->other_count++] =
            (eel_result_other){.onset_ev = sum_ev / (double)pixels, .pixels = pixels};
}

/* Of each pixel only the strongest edge is known: that others are missing says nothing. */
static void find_candidates(eel_result *result)
{
    double told_ev[EEL_RESULT_OTHER_MAX];
    int count = result->other_count;

    for (int i = 0; i < count; i++)
        told_ev[i] = result->other[i].onset_ev;
    for (int i = 0; i < count; i++)
        result->other[i].candidates = eel_candidates_for(told_ev, count, i, 0, 0);
}

int eel_result_measure_other(eel_result *result)
{
    uint64_t pixels[ENERGIES_EV] = {0}, count = 0;
    double sum_ev = 0, last_ev = 0;
    int code = result->other_column ? count_energies(result, pixels) : EEL_OK;

    for (int ev = 0; code == EEL_OK && ev < ENERGIES_EV; ev++) {
        if (pixels[ev] == 0)
            continue;
        if (ev - last_ev > EEL_RESULT_OTHER_GAP_EV) { /* the next edge */
            keep(result, sum_ev, count);
            count = 0;
            sum_ev = 0;
        }
        count += pixels[ev];
        sum_ev += (double)pixels[ev] * (ev + 0.5);
        last_ev = ev;
    }
    keep(result, sum_ev, count);
    find_candidates(result);
    return code;
}
