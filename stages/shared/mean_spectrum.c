#include "shared/mean_spectrum.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/image.h"

#include <math.h>

#define ROWS_AT_A_TIME 64

static int is_spectrum(const float *row, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(row[i]))
            return 1;
    }
    return 0;
}

/* (axis.n) floats, and how many spectra they are the mean of. */
static int mean_of(eel_image *image, float *mean, uint64_t *of)
{
    const eel_image_info *info = eel_image_info_of(image);
    const eel_unrecorded *unrecorded = &info->unrecorded;
    uint32_t n = info->axis.n;
    double *sums = eel_alloc(n, sizeof *sums);
    uint64_t *good = eel_alloc(n, sizeof *good);
    float *rows = eel_alloc((size_t)ROWS_AT_A_TIME * n, sizeof *rows);
    void *values = eel_alloc((size_t)ROWS_AT_A_TIME * n, eel_image_type_size(info->type));
    int code = sums && good && rows && values ? EEL_OK : EEL_ENOMEM;

    *of = 0;
    for (uint64_t first = 0; first < info->pixels && code == EEL_OK; first += ROWS_AT_A_TIME) {
        uint64_t left = info->pixels - first;
        uint32_t count = left < ROWS_AT_A_TIME ? (uint32_t)left : ROWS_AT_A_TIME;
        code = eel_image_read(image, first, count, values);
        if (code != EEL_OK)
            break;
        eel_image_to_float(rows, values, info->type, (size_t)count * n);
        for (uint32_t row = 0; row < count; row++)
            *of += (uint64_t)is_spectrum(rows + (size_t)row * n, n);
        for (size_t i = 0; i < (size_t)count * n; i++) {
            int is_number = isfinite(rows[i]);
            sums[i % n] += is_number ? rows[i] : 0;
            good[i % n] += (uint64_t)is_number;
        }
    }
    for (uint32_t i = 0; i < n && code == EEL_OK; i++)
        mean[i] = good[i] && i >= unrecorded->head && i < n - unrecorded->tail ? (float)(sums[i] / (double)good[i]) : NAN;
    eel_free(sums);
    eel_free(good);
    eel_free(rows);
    eel_free(values);
    return code;
}

int eel_file_mean(float **mean, eel_image_info *info, uint64_t *of, const char *path,
                  const eel_image_options *options)
{
    eel_image *image = NULL;
    int code = eel_image_open_as(&image, path, options);

    *mean = NULL;
    if (code != EEL_OK)
        return code;
    *info = *eel_image_info_of(image);
    *mean = eel_alloc(info->axis.n, sizeof **mean);
    code = *mean ? mean_of(image, *mean, of) : EEL_ENOMEM;
    eel_image_close(image);
    if (code != EEL_OK) {
        eel_free(*mean);
        *mean = NULL;
    }
    return code;
}

int eel_mean_spectrum(eel_calibrator **calibrator, float **counts, uint64_t *of, const char *path,
                      const eel_image_options *options, const eel_correction *correction)
{
    eel_image_info info;
    float *mean = NULL;
    int code = eel_file_mean(&mean, &info, of, path, options);

    if (code == EEL_OK) {
        code = eel_calibrator_new(calibrator, correction, &info);
        code = code == EEL_OK ? code : eel_fail_in(code, "%s", path);
    }
    if (code == EEL_OK) {
        *counts = eel_alloc(eel_calibrator_axis(*calibrator)->n, sizeof **counts);
        code = *counts ? EEL_OK : EEL_ENOMEM;
    }
    if (code == EEL_OK)
        eel_calibrate_row(*calibrator, mean, *counts);
    eel_free(mean);
    return code;
}
