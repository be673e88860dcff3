/*
 * make_examples - the files that the documents speak of, from the phantom scan.hspy in the current
 * folder: scan.dm3 and scan.dm4 with the same spectra, and spectrum.msa, the sum of its first row;
 * and lanthanate.msa, a made-up reference spectrum of La M4,5.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../dm_make.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/image.h"
#include "io/image_write.h"

#define DM_UINT16 10

/* DigitalMicrograph has the energy slowest: (channels, pixels) from (pixels, channels). */
static void write_dm(const eel_image_info *info, const uint16_t *spectra, uint16_t *planes)
{
    dm_description dm = {.images = 1};

    for (uint64_t i = 0; i < info->pixels; i++) {
        for (uint32_t c = 0; c < info->axis.n; c++)
            planes[c * info->pixels + i] = spectra[i * info->axis.n + c];
    }
    dm.image[0] = (dm_image){
        .name = "EELS", .data_type = DM_UINT16, .dims = 3,
        .size = {info->nav[1].size, info->nav[0].size, info->axis.n},
        .origin = {0, 0, -info->axis.start_ev / info->axis.step_ev},
        .scale = {info->nav[1].scale, info->nav[0].scale, info->axis.step_ev},
        .units = {"nm", "nm", "eV"}, .signal = "EELS", .format = "Spectrum image",
        .voltage = 200e3, .values = planes, .value_bytes = info->pixels * info->axis.n * 2};
    for (dm.version = 3; dm.version <= 4; dm.version++)
        dm_make(dm.version == 3 ? "scan.dm3" : "scan.dm4", &dm);
}

static int write_sum(const eel_image_info *info, const uint16_t *spectra)
{
    eel_image_writer *writer = NULL;
    eel_image_info single = *info;
    float *sum = eel_alloc(info->axis.n, sizeof *sum);

    if (!sum)
        return EEL_ENOMEM;
    for (uint64_t i = 0; i < info->nav[1].size; i++) {
        for (uint32_t c = 0; c < info->axis.n; c++)
            sum[c] += spectra[i * info->axis.n + c];
    }
    single.nav_count = 0;
    single.pixels = 1;
    single.type = EEL_IMAGE_F32;
    int code = eel_image_create(&writer, "spectrum.msa", &single);
    if (code == EEL_OK)
        code = eel_image_write(writer, 0, 1, sum);
    int finished = eel_image_finish(writer, code == EEL_OK);
    eel_free(sum);
    return code == EEL_OK ? finished : code;
}

/* Two white lines on a step, on a power law: 740 to 990 eV. */
static int write_reference(void)
{
    eel_image_info info = {.axis = {740, 0.25, 1000}, .type = EEL_IMAGE_F32, .pixels = 1,
                           .beam_kev = 200, .collection_mrad = NAN, .convergence_mrad = NAN,
                           .exposure_s = NAN};
    eel_image_writer *writer = NULL;
    float counts[1000];

    for (uint32_t c = 0; c < info.axis.n; c++) {
        double ev = eel_axis_ev(&info.axis, c), a = ev - 834, b = ev - 850;
        double edge = ev < 831 ? 0 : 300 * pow(ev / 831, -3) + 1500 * exp(-a * a / 4) +
                                     1100 * exp(-b * b / 5);
        counts[c] = (float)round(9000 * pow(ev / 740, -2.6) + edge);
    }
    int code = eel_image_create(&writer, "lanthanate.msa", &info);
    if (code == EEL_OK)
        code = eel_image_write(writer, 0, 1, counts);
    int finished = eel_image_finish(writer, code == EEL_OK);
    return code == EEL_OK ? finished : code;
}

int main(void)
{
    eel_image *image = NULL;
    uint16_t *spectra = NULL, *planes = NULL;

    int code = eel_image_open(&image, "scan.hspy", NULL);
    if (code == EEL_OK) {
        const eel_image_info *info = eel_image_info_of(image);
        size_t values = (size_t)info->pixels * info->axis.n;
        spectra = eel_alloc(values, sizeof *spectra);
        planes = eel_alloc(values, sizeof *planes);
        code = !spectra || !planes ? EEL_ENOMEM
               : info->type != EEL_IMAGE_U16 || info->nav_count != 2
                   ? eel_fail(EEL_EFORMAT, "scan.hspy: is not the phantom")
                   : eel_image_read(image, 0, (uint32_t)info->pixels, spectra);
        if (code == EEL_OK) {
            write_dm(info, spectra, planes);
            code = write_sum(info, spectra);
        }
        if (code == EEL_OK)
            code = write_reference();
    }
    eel_image_close(image);
    eel_free(spectra);
    eel_free(planes);
    return eel_log_exit(code);
}
