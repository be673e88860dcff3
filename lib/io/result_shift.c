/* By how much the energy axis was moved, over all pixels: what the column of EEL_SHIFT_EV says. */
#include "io/result.h"
#include "base/err.h"

#include <math.h>

int eel_result_measure_shift(eel_result *result)
{
    uint64_t n = result->rows * result->columns;
    eel_result_shift *shift = &result->shift;
    double sum = 0;
    int code = EEL_OK;

    *shift = (eel_result_shift){.mean_ev = NAN, .min_ev = NAN, .max_ev = NAN};
    for (uint64_t p = 0; result->shift_column && code == EEL_OK && p < result->planes; p++) {
        code = eel_result_plane(result, result->shift_column, p);
        for (uint64_t i = 0; code == EEL_OK && i < n; i++) {
            double ev = result->plane[i];
            if (isnan(ev))
                continue;
            sum += ev;
            shift->min_ev = fmin(shift->min_ev, ev); /* of NAN and a number, the number */
            shift->max_ev = fmax(shift->max_ev, ev);
            shift->pixels++;
        }
    }
    if (shift->pixels)
        shift->mean_ev = sum / (double)shift->pixels;
    return code;
}
