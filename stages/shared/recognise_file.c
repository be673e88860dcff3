#include "shared/recognise_file.h"
#include "base/err.h"
#include "base/mem.h"
#include "shared/mean_spectrum.h"

#include <math.h>

int eel_recognise_file(eel_recogniser *recogniser, const char *path,
                       const eel_image_options *options, const eel_correction *correction,
                       float *p, eel_file_spectrum *spectrum)
{
    const eel_class_edge *edges = eel_recogniser_edges(recogniser);
    uint32_t classes = eel_recogniser_info(recogniser)->classes;
    eel_calibrator *calibrator = NULL;
    float *counts = NULL;
    uint64_t of;
    int code = eel_mean_spectrum(&calibrator, &counts, &of, path, options, correction);

    if (code == EEL_OK) {
        const eel_axis *axis = eel_calibrator_axis(calibrator);
        code = eel_recogniser_check_window(recogniser, axis);
        if (code != EEL_OK)
            code = eel_fail_in(code, "%s", path);
        eel_recognise(recogniser, counts, eel_calibrator_offset(calibrator), axis->n, 1, p);
        if (code == EEL_OK && isnan(p[0]))
            code = eel_fail(EEL_EFORMAT, "%s: no positive counts between %.1f and %.1f eV", path,
                            axis->start_ev, eel_axis_ev(axis, axis->n - 1.0));
        for (uint32_t c = 0; c < classes && code == EEL_OK; c++) {
            if (!eel_observable_beside(&edges[c], axis, eel_calibrator_gap(calibrator)))
                p[c] = NAN;
        }
        if (code == EEL_OK && spectrum) {
            *spectrum = (eel_file_spectrum){counts, *axis, of};
            counts = NULL;
        }
    }
    eel_calibrator_free(calibrator);
    eel_free(counts);
    return code;
}
