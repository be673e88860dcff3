/* reader: any bytes as a spectrum file, of whatever format its content says; one that states no energies
 * is given some. */
#include "fuzz.h"

#include "base/err.h"
#include "io/image.h"

#include <stdlib.h>

#define ROWS_BYTES_MAX (1u << 20) /* spectra read at once: a file may announce millions */

/* The first rows, the last, and those around the middle. */
static void read_some(eel_image *image)
{
    const eel_image_info *info = eel_image_info_of(image);
    size_t row_bytes = info->axis.n * eel_image_type_size(info->type);
    uint64_t rows = ROWS_BYTES_MAX / row_bytes;

    rows = rows < 1 ? 1 : rows > info->pixels ? info->pixels : rows;
    void *spectra = malloc(rows * row_bytes);
    float *counts = malloc(rows * info->axis.n * sizeof *counts);
    uint64_t places[] = {0, (info->pixels - rows) / 2, info->pixels - rows};
    for (int i = 0; i < 3; i++) {
        if (fuzz_ok(eel_image_read(image, places[i], (uint32_t)rows, spectra)))
            eel_image_to_float(counts, spectra, info->type, rows * info->axis.n);
    }
    fuzz_must(eel_image_read(image, info->pixels, 1, spectra) == EEL_EARGS);
    free(counts);
    free(spectra);
}

/* What is known of a file travels as JSON and is the same at the other end. */
static void send_info(const eel_image_info *info)
{
    eel_image_info *got = malloc(sizeof *got);
    char *text = eel_image_info_to_json(info);

    fuzz_must(text && got);
    fuzz_must(fuzz_ok(eel_image_info_from_json(got, text)));
    fuzz_must(got->pixels == info->pixels && got->axis.n == info->axis.n);
    fuzz_must(got->axis.start_ev == info->axis.start_ev && got->axis.step_ev == info->axis.step_ev);
    free(text);
    free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    eel_image *image;

    if (!fuzz_ok(eel_image_open(&image, path, NULL)) &&
        !fuzz_ok(eel_image_open_as(&image, path, &(eel_image_options){.axis = "100:0.5"})))
        return 0;
    const eel_image_info *info = eel_image_info_of(image);
    fuzz_must(info->pixels > 0 && info->axis.n > 1 && info->axis.n <= EEL_CHANNELS_MAX);
    fuzz_must(info->axis.step_ev > 0);
    fuzz_must(info->signal >= 0 && info->signal < info->signal_count);
    send_info(info);
    read_some(image);
    eel_image_close(image);
    return 0;
}
