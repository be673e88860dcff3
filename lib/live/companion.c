#include "live/companion.h"
#include "base/err.h"
#include "base/mem.h"
#include "eels/align.h"

#include <math.h>
#include <string.h>

int eel_companion_begin(eel_companion *c, const eel_axis *axis, eel_image_type type)
{
    if (axis->start_ev > 0 || eel_axis_ev(axis, axis->n - 1.0) < 0)
        return eel_fail(EEL_EFORMAT, "the low loss goes from %g to %g eV, expected 0 eV in it",
                        axis->start_ev, eel_axis_ev(axis, axis->n - 1.0));
    float *counts = eel_alloc(axis->n, sizeof *counts);
    void *values = eel_alloc(axis->n, eel_image_type_size(type));
    if (!counts || !values) {
        eel_free(counts);
        eel_free(values);
        return EEL_ENOMEM;
    }
    eel_free(c->counts);
    eel_free(c->values);
    c->counts = counts;
    c->values = values;
    c->axis = *axis;
    c->type = type;
    return EEL_OK;
}

void eel_companion_release(eel_companion *c)
{
    eel_free(c->counts);
    eel_free(c->values);
    eel_free(c->rows);
    *c = (eel_companion){0};
}

static float shift_of(eel_companion *c, const char *values)
{
    double shift_ev;

    memcpy(c->values, values, c->axis.n * eel_image_type_size(c->type));
    eel_image_to_float(c->counts, c->values, c->type, c->axis.n);
    return eel_align_zero_loss(&c->axis, c->counts, &shift_ev) == EEL_OK ? (float)shift_ev : NAN;
}

static int make_room(eel_companion *c, size_t bytes)
{
    if (bytes > c->rows_bytes) {
        eel_free(c->rows);
        c->rows = eel_alloc(1, bytes);
        c->rows_bytes = c->rows ? bytes : 0;
    }
    return c->rows ? EEL_OK : EEL_ENOMEM;
}

int eel_companion_join(eel_companion *c, size_t spectrum_bytes, const void *spectra, uint32_t count,
                       const void *low_loss, size_t bytes, const void **rows)
{
    size_t each = c->axis.n * eel_image_type_size(c->type), row = spectrum_bytes + sizeof(float);
    float shift_ev = NAN;

    if (bytes != 0 && bytes != each && bytes != count * each)
        return eel_fail(EEL_EFORMAT, "%zu bytes of low loss, expected %zu for each of %u spectra or once",
                        bytes, each, count);
    if (make_room(c, count * row) != EEL_OK)
        return EEL_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        if (bytes && (i == 0 || bytes > each))
            shift_ev = shift_of(c, (const char *)low_loss + i * each);
        memcpy(c->rows + i * row, (const char *)spectra + i * spectrum_bytes, spectrum_bytes);
        memcpy(c->rows + i * row + spectrum_bytes, &shift_ev, sizeof shift_ev);
    }
    *rows = c->rows;
    return EEL_OK;
}
