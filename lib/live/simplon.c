#include "live/simplon.h"
#include "base/err.h"
#include "io/store.h"

#include <math.h>

void eel_simplon_images(eel_simplon *m, uint64_t triggers, uint64_t each)
{
    m->images = each && triggers <= EEL_STORE_PIXELS_MAX / each ? triggers * each : 0;
}

void eel_simplon_shape(eel_simplon *m, const double pair[2])
{
    m->odd_shape = !pair || !(pair[0] >= 1 && pair[1] >= 1 && pair[0] * pair[1] <= (double)EEL_STORE_PIXELS_MAX) ||
                   pair[0] != floor(pair[0]) || pair[1] != floor(pair[1]);
    if (m->odd_shape)
        return;
    m->scan_rows = (uint64_t)pair[0];
    m->scan_columns = (uint64_t)pair[1];
}

void eel_simplon_axis(eel_simplon *m, const double pair[2])
{
    m->odd_axis = !pair || !isfinite(pair[0]) || !isfinite(pair[1]) || !(pair[1] > 0);
    if (m->odd_axis)
        return;
    m->first_ev = pair[0];
    m->step_ev = pair[1];
}

static int check_array(const eel_simplon_array *a, const char *what)
{
    size_t pixels = (size_t)a->rows * a->columns;

    if (a->rows < 1 || a->columns < 1 || a->rows > EEL_SIMPLON_SIDE_MAX ||
        a->columns > EEL_SIMPLON_SIDE_MAX || pixels > EEL_SIMPLON_PIXELS_MAX)
        return eel_fail(EEL_ELIMIT, "%s of %u x %u pixels, expected at most %u along a side and %u in "
                        "all", what, a->columns, a->rows, EEL_SIMPLON_SIDE_MAX,
                        EEL_SIMPLON_PIXELS_MAX);
    if (a->packing == EEL_PACKED_NOT && a->bytes != pixels * a->value_bytes)
        return eel_fail(EEL_EFORMAT, "%s of %u x %u pixels in %zu bytes, expected %zu", what,
                        a->columns, a->rows, a->bytes, pixels * a->value_bytes);
    return EEL_OK;
}

int eel_simplon_check(const eel_simplon *m)
{
    if (m->number > EEL_SIMPLON_NUMBER_MAX)
        return eel_fail(EEL_ELIMIT, "image %ju, expected at most %ju", (uintmax_t)m->number,
                        (uintmax_t)EEL_SIMPLON_NUMBER_MAX);
    if (m->mask.value_bytes && m->mask.value_bytes != 4)
        return eel_fail(EEL_EFORMAT, "a pixel mask that is not of uint32");
    int code = m->image.value_bytes ? check_array(&m->image, "an image") : EEL_OK;
    return code == EEL_OK && m->mask.value_bytes ? check_array(&m->mask, "a pixel mask") : code;
}
