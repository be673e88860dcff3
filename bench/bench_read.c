/*
 * bench_read - how fast spectra come out of files: MB/s of values as stored, and spectra per second.
 *
 * Every pixel is read once, in blocks as `reader` reads them. A second reading finds the file in
 * memory: that is what the format costs, without the disk.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/image.h"

#include <limits.h>
#include <stdio.h>

#define BLOCK_ROWS 256

static int json;
static const eel_option options[] = {
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
    {0},
};
static const eel_usage usage = {.name = "bench_read", .summary = "Measure how fast files are read.",
                                .operands = "FILE…", .operands_min = 1, .operands_max = INT_MAX,
                                .options = options};

static int read_all(eel_image *image, void *spectra, double *seconds)
{
    const eel_image_info *info = eel_image_info_of(image);
    double start_s = eel_clock_s();
    int code = EEL_OK;

    for (uint64_t first = 0; first < info->pixels && !code; first += BLOCK_ROWS) {
        uint64_t left = info->pixels - first;
        code = eel_image_read(image, first, left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS, spectra);
    }
    *seconds = eel_clock_s() - start_s;
    return code;
}

static int measure(const char *path)
{
    eel_image *image = NULL;
    double first_s = 0, again_s = 0;
    int code = eel_image_open(&image, path, NULL);

    if (code)
        return code;
    const eel_image_info *info = eel_image_info_of(image);
    double bytes = (double)eel_image_type_size(info->type) * info->axis.n;
    void *spectra = eel_alloc(BLOCK_ROWS * info->axis.n, eel_image_type_size(info->type));
    code = spectra ? read_all(image, spectra, &first_s) : EEL_ENOMEM;
    if (!code)
        code = read_all(image, spectra, &again_s);
    if (!code)
        printf(json ? "{\"format\": \"%s\", \"type\": \"%s\", \"pixels\": %ju, \"channels\": %u, "
                      "\"mb_per_s\": %.0f, \"again_mb_per_s\": %.0f, \"spectra_per_s\": %.0f, "
                      "\"file\": \"%s\"}\n"
                    : "%-8s %-8s %9ju x %-6u %7.0f MB/s, again %7.0f MB/s, %9.0f spectra/s  %s\n",
               info->format, eel_image_type_name(info->type), (uintmax_t)info->pixels, info->axis.n,
               1e-6 * bytes * (double)info->pixels / first_s,
               1e-6 * bytes * (double)info->pixels / again_s, (double)info->pixels / again_s, path);
    eel_free(spectra);
    eel_image_close(image);
    return code;
}

int main(int argc, char **argv)
{
    int first, code = eel_args(&usage, argc, argv, &first);

    for (int i = first; i < argc && !code; i++)
        code = measure(argv[i]);
    return eel_log_exit(code);
}
