#include "live/frames.h"
#include "base/err.h"
#include "base/mem.h"

#include <string.h>

static size_t bytes_of(const eel_simplon_array *a)
{
    return (size_t)a->rows * a->columns * a->value_bytes;
}

/* Room for an image of so many bytes. */
static int make_room(eel_frames *f, size_t bytes)
{
    if (bytes <= f->bytes)
        return EEL_OK;
    eel_free(f->image);
    eel_free(f->scratch);
    f->image = eel_alloc(1, bytes);
    f->scratch = eel_alloc(1, bytes);
    f->bytes = f->image && f->scratch ? bytes : 0;
    return f->bytes ? EEL_OK : EEL_ENOMEM;
}

int eel_frames_mask(eel_frames *f, const eel_simplon_array *mask)
{
    size_t pixels = (size_t)mask->rows * mask->columns;

    eel_free(f->mask);
    f->mask = NULL;
    if (!mask->value_bytes)
        return EEL_OK;
    int code = make_room(f, bytes_of(mask));
    if (code == EEL_OK)
        code = eel_unpack(f->image, f->scratch, bytes_of(mask), (eel_unpack_range){0, bytes_of(mask)},
                          mask->value_bytes, mask->packing, mask->data, mask->bytes);
    f->mask = code == EEL_OK ? eel_alloc(pixels, 1) : NULL;
    if (!f->mask)
        return code == EEL_OK ? EEL_ENOMEM : eel_fail_in(code, "the pixel mask");
    for (size_t i = 0; i < pixels; i++)
        f->mask[i] = ((const uint32_t *)f->image)[i] != 0;
    f->mask_rows = mask->rows;
    f->mask_columns = mask->columns;
    return EEL_OK;
}

static int choose_rows(eel_projection *p, const eel_live_how *how)
{
    if (how->sum_to > p->rows)
        return eel_fail(EEL_EARGS, "--rows: %u:%u, but the images have %u rows", how->sum_from,
                        how->sum_to, p->rows);
    p->from = how->sum_from;
    p->to = how->sum_to ? how->sum_to : p->rows;
    return EEL_OK;
}

int eel_frames_begin(eel_frames *f, const eel_simplon_array *first, uint64_t saturation,
                     const eel_live_how *how)
{
    uint64_t largest = first->value_bytes == 4 ? UINT32_MAX : (1u << 8 * first->value_bytes) - 1;

    f->projection = (eel_projection){
        .rows = first->rows, .columns = first->columns, .value_bytes = first->value_bytes,
        .saturated = saturation && saturation < largest ? saturation + 1 : largest - 1,
        .masked = f->mask};
    if (f->mask && (f->mask_rows != first->rows || f->mask_columns != first->columns))
        return eel_fail(EEL_EFORMAT, "a pixel mask of %u x %u for images of %u x %u", f->mask_columns,
                        f->mask_rows, first->columns, first->rows);
    int code = choose_rows(&f->projection, how);
    if (code == EEL_OK)
        code = make_room(f, bytes_of(first));
    if (code != EEL_OK)
        return code;
    eel_free(f->spectrum);
    eel_free(f->sums);
    f->spectrum = eel_alloc(first->columns, sizeof *f->spectrum);
    f->sums = eel_alloc(first->columns, sizeof *f->sums);
    return f->spectrum && f->sums ? EEL_OK : EEL_ENOMEM;
}

int eel_frames_spectrum(eel_frames *f, const eel_simplon_array *image, const float **spectrum)
{
    const eel_projection *p = &f->projection;

    if (image->rows != p->rows || image->columns != p->columns || image->value_bytes != p->value_bytes)
        return eel_fail(EEL_EFORMAT, "an image of %u x %u values of %u bytes, expected %u x %u of %u",
                        image->columns, image->rows, image->value_bytes, p->columns, p->rows,
                        p->value_bytes);
    size_t row = (size_t)p->columns * p->value_bytes;
    int code = eel_unpack(f->image, f->scratch, bytes_of(image),
                          (eel_unpack_range){p->from * row, p->to * row}, p->value_bytes,
                          image->packing, image->data, image->bytes);
    if (code == EEL_OK) {
        eel_project(f->spectrum, f->sums, p, f->image);
        *spectrum = f->spectrum;
    }
    return code;
}

void eel_frames_release(eel_frames *f)
{
    eel_free(f->mask);
    eel_free(f->image);
    eel_free(f->scratch);
    eel_free(f->spectrum);
    eel_free(f->sums);
    *f = (eel_frames){0};
}
