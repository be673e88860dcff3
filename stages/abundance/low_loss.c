#include "abundance/low_loss.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/zero_loss.h"
#include "io/json_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PIECE_BYTES (1u << 20) /* of spectra that are read at once for the mean */

struct eel_low_loss {
    eel_image *image;
    int by_pixel; /* it has a spectrum for each pixel */
    void *raw;    /* (piece, channels) of the file's type */
    float *counts; /* (piece, channels) */
    uint32_t piece;
    double thickness; /* t/lambda, mean of all that tell one; NAN */
};

static int same_shape(const eel_image_info *a, const eel_image_info *b)
{
    if (a->pixels != b->pixels || a->nav_count != b->nav_count || a->pixels < 2)
        return 0;
    for (int i = 0; i < a->nav_count; i++) {
        if (a->nav[i].size != b->nav[i].size)
            return 0;
    }
    return 1;
}

/* Number of the first low-loss signal of a file, -1 without one. */
static int find_signal(const eel_image_info *image)
{
    for (int i = 0; i < image->signal_count; i++) {
        if (i != image->signal && eel_signal_is_low_loss(&image->signals[i]))
            return i;
    }
    return -1;
}

/* The pixels that `image` has, selected and added up as there; all where the file has no such axes. */
static int open_like(eel_image **opened, const char *file, const char *signal, const eel_image_info *image)
{
    eel_image_options like = {.signal = signal, .select = *image->select ? image->select : NULL,
                              .bin = *image->bin ? image->bin : NULL};
    int code = eel_image_open_as(opened, file, &like);

    return code == EEL_EARGS && (like.select || like.bin) ? eel_image_open(opened, file, signal) : code;
}

static int open_image(eel_low_loss *l, const char *file, const char *signal,
                      const eel_image_info *image)
{
    char number[16];
    int code = open_like(&l->image, file, signal, image), found;

    if (code == EEL_OK && !signal && (found = find_signal(eel_image_info_of(l->image))) >= 0) {
        snprintf(number, sizeof number, "#%d", found); /* not the core loss beside it */
        eel_image_close(l->image);
        l->image = NULL;
        code = open_like(&l->image, file, number, image);
    }
    if (code != EEL_OK)
        return code;
    const eel_image_info *info = eel_image_info_of(l->image);
    double end_ev = eel_axis_ev(&info->axis, info->axis.n - 1.0);
    if (info->axis.start_ev > 5 || end_ev < 20)
        return eel_fail(EEL_EFORMAT, "%s: goes from %.4g to %.4g eV, expected a low-loss spectrum "
                        "with its zero-loss peak (--low-loss none does without)", file, info->axis.start_ev, end_ev);
    size_t row = info->axis.n * eel_image_type_size(info->type);
    l->by_pixel = same_shape(info, image);
    l->piece = row < PIECE_BYTES ? (uint32_t)(PIECE_BYTES / row) : 1;
    l->raw = eel_alloc(l->piece, row);
    l->counts = eel_alloc((size_t)l->piece * info->axis.n, sizeof *l->counts);
    return l->raw && l->counts ? EEL_OK : EEL_ENOMEM;
}

int eel_low_loss_open(eel_low_loss **low_loss, const char *file, const char *signal,
                      const eel_image_info *image)
{
    char number[16];

    *low_loss = NULL;
    if (file && strcmp(file, "none") == 0)
        return EEL_OK;
    if (!file) {
        int found = find_signal(image);
        if (!signal && found < 0)
            return EEL_OK;
        snprintf(number, sizeof number, "#%d", found);
        file = image->path;
        signal = signal ? signal : number;
    }
    eel_low_loss *made = eel_alloc(1, sizeof *made);
    int code = made ? open_image(made, file, signal, image) : EEL_ENOMEM;
    if (code == EEL_OK)
        *low_loss = made;
    else
        eel_low_loss_close(made);
    return code;
}

void eel_low_loss_close(eel_low_loss *low_loss)
{
    if (!low_loss)
        return;
    eel_image_close(low_loss->image);
    eel_free(low_loss->raw);
    eel_free(low_loss->counts);
    eel_free(low_loss);
}

static int read_rows(eel_low_loss *l, uint64_t first, uint32_t rows)
{
    const eel_image_info *info = eel_image_info_of(l->image);
    int code = eel_image_read(l->image, first, rows, l->raw);

    if (code == EEL_OK)
        eel_image_to_float(l->counts, l->raw, info->type, (size_t)rows * info->axis.n);
    return code;
}

/* Of sums of spectra whose peaks are not at the same place neither the thickness nor the losses could be told. */
int eel_low_loss_fold_mean(eel_low_loss *l, eel_edge_fit *fit)
{
    if (!l)
        return EEL_OK;
    const eel_image_info *info = eel_image_info_of(l->image);
    double sum = 0;
    uint64_t thick = 0;
    int code = EEL_OK;

    for (uint64_t first = 0; code == EEL_OK && first < info->pixels; first += l->piece) {
        uint64_t left = info->pixels - first;
        uint32_t rows = left < l->piece ? (uint32_t)left : l->piece;
        code = read_rows(l, first, rows);
        for (uint32_t r = 0; code == EEL_OK && r < rows; r++) {
            const float *counts = l->counts + (size_t)r * info->axis.n;
            double thickness = eel_thickness(counts, &info->axis);
            if (eel_edge_fit_add_low_loss(fit, counts, &info->axis) != EEL_OK || isnan(thickness))
                continue; /* an empty pixel among others */
            sum += thickness;
            thick++;
        }
    }
    l->thickness = thick ? sum / (double)thick : NAN;
    if (code == EEL_OK)
        code = eel_edge_fit_fold(fit);
    return code == EEL_OK ? code : eel_fail_in(code, "%s", info->path);
}

int eel_low_loss_fold_pixel(eel_low_loss *l, eel_edge_fit *fit, uint64_t pixel)
{
    if (!l || !l->by_pixel)
        return EEL_OK;
    int code = read_rows(l, pixel, 1);
    if (code != EEL_OK)
        return EEL_EIO; /* the file, not this pixel */
    code = eel_edge_fit_low_loss(fit, l->counts, &eel_image_info_of(l->image)->axis);
    return code == EEL_OK ? code : eel_fail_in(code, "%s: pixel %ju", eel_image_info_of(l->image)->path,
                                               (uintmax_t)pixel);
}

json_t *eel_low_loss_to_json(const eel_low_loss *l)
{
    if (!l)
        return json_null();
    const eel_image_info *info = eel_image_info_of(l->image);
    return json_pack("{s:o, s:i, s:b, s:o}", "file", eel_json_text(eel_image_file(info)), /* where it lay says nothing */
                     "signal", info->signal, "by_pixel", l->by_pixel, "t_over_lambda",
                     isfinite(l->thickness) ? json_real(round(100 * l->thickness) / 100) : json_null());
}
