/*
 * convert - copy spectra from any readable file into another format, block by block.
 *
 * in:   a spectrum image, line scan or spectrum
 * out:  .hspy (axes and metadata kept, of .hspy and .dm all of them), .msa (one spectrum) or .npy (values only),
 *       with the values as stored; one line on stdout that says what was written and what was not
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "io/image.h"
#include "io/image_write.h"
#include "io/json_text.h"

#define BLOCK_BYTES (4u << 20)

static int json, force;
static eel_image_options image_options;

static const eel_option options[] = {
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "say what was written as JSON"},
    {"force", 0, EEL_OPT_FLAG, &force, NULL, "replace OUTPUT if it is there"},
    EEL_IMAGE_OPTIONS(image_options),
    {0},
};
static const eel_usage usage = {
    .name = "eelstream convert",
    .summary = "Copy spectra into a .hspy, .msa or .npy file.",
    .operands = "INPUT OUTPUT",
    .operands_min = 2,
    .operands_max = 2,
    .options = options,
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    interrupted = number;
}

/* Never the input: of a file with several signals only one would be left. */
static int check_output(const char *input, const char *output)
{
    struct stat in, out;
    if (stat(output, &out) != 0)
        return EEL_OK;
    if (stat(input, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return eel_fail(EEL_EARGS, "%s: is the input itself", output);
    return force || !S_ISREG(out.st_mode) ? EEL_OK
                                          : eel_fail(EEL_EIO, "%s: is there already; --force replaces it", output);
}

static int copy(eel_image *image, eel_image_writer *writer)
{
    const eel_image_info *info = eel_image_info_of(image);
    size_t row_bytes = info->axis.n * eel_image_type_size(info->type);
    uint32_t rows_max = row_bytes < BLOCK_BYTES ? (uint32_t)(BLOCK_BYTES / row_bytes) : 1;
    void *spectra = eel_alloc(rows_max, row_bytes);
    int code = spectra ? EEL_OK : EEL_ENOMEM;
    eel_progress progress;

    eel_progress_start(&progress, "convert", "spectra");
    for (uint64_t first = 0; code == EEL_OK && first < info->pixels;) {
        uint64_t left = info->pixels - first;
        uint32_t rows = left < rows_max ? (uint32_t)left : rows_max;
        code = eel_image_read(image, first, rows, spectra);
        if (code == EEL_OK)
            code = eel_image_write(writer, first, rows, spectra);
        if (code == EEL_OK && interrupted)
            code = eel_fail(EEL_EIO, "%s: interrupted, nothing written", info->path);
        first += rows;
        eel_progress_show(&progress, first, info->pixels, NULL);
    }
    eel_progress_end(&progress);
    eel_free(spectra);
    return code;
}

static void report(const char *output, const eel_image_info *info, const char *without)
{
    const eel_axis *a = &info->axis;

    if (json) {
        json_t *o = json_pack("{s:o, s:I, s:I, s:f, s:f, s:s}", "output", eel_json_text(output),
                              "pixels", (json_int_t)info->pixels, "channels", (json_int_t)a->n,
                              "start_ev", a->start_ev, "step_ev", a->step_ev, "type",
                              eel_image_type_name(info->type));
        char *text = o ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
        printf("%s\n", text ? text : "{}");
        free(text);
        json_decref(o);
    } else {
        printf("%s: %ju spectr%s of %u channels, %g to %g eV, %s%s\n", output,
               (uintmax_t)info->pixels, info->pixels == 1 ? "um" : "a", a->n, a->start_ev,
               eel_axis_ev(a, a->n - 1.0), eel_image_type_name(info->type), without);
    }
}

int main(int argc, char **argv)
{
    int first;
    char without[320] = "";
    eel_image *image = NULL;
    eel_image_writer *writer = NULL;
    int code = eel_args(&usage, argc, argv, &first);

    if (code != EEL_OK)
        return eel_log_exit(code);
    const char *input = argv[first], *output = argv[first + 1];
    sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = interrupt}, NULL);
    code = check_output(input, output);
    if (code == EEL_OK)
        code = eel_image_open_as(&image, input, &image_options);
    if (code == EEL_OK)
        code = eel_image_create_like(&writer, output, image);
    if (code == EEL_OK)
        code = copy(image, writer);
    if (code == EEL_OK)
        eel_image_left_out(writer, without, sizeof without);
    int end = eel_image_finish(writer, code == EEL_OK);
    code = code == EEL_OK ? end : code;
    if (code == EEL_OK)
        report(output, eel_image_info_of(image), without);
    eel_image_close(image);
    int status = eel_log_exit(code);
    return interrupted && status ? 128 + interrupted : status;
}
