#include "live/gather_state.h"
#include "base/err.h"
#include "io/store.h"

#include <stdio.h>

static void set_nav(eel_image_info *info, int i, const char *name, uint64_t size)
{
    info->nav[i] = (eel_nav_axis){.size = size, .scale = 1};
    snprintf(info->nav[i].name, sizeof info->nav[i].name, "%s", name);
}

static void shape_as_user_says(eel_image_info *info, const eel_live_how *user)
{
    info->nav_count = 2;
    set_nav(info, 0, "y", user->rows);
    set_nav(info, 1, "x", user->columns);
    info->pixels = user->rows * user->columns;
}

void gather_shape_open(eel_live_scan *scan, uint64_t pixels)
{
    eel_image_info *info = &scan->image;

    if (scan->columns) {
        info->nav_count = 2;
        set_nav(info, 0, "y", (pixels + scan->columns - 1) / scan->columns);
        set_nav(info, 1, "x", scan->columns);
        info->pixels = info->nav[0].size * scan->columns;
    } else {
        info->nav_count = 1;
        set_nav(info, 0, "pixel", pixels);
        info->pixels = pixels;
    }
}

uint64_t gather_frames_per_row(const eel_gather *g)
{
    return g->scan->columns + (g->scan->columns ? g->flyback : 0);
}

/* Flyback in rows that the source announced: beyond them where they are as long as the user says, their last frames
 * where these are what makes them longer. Any other shape is not the user's, and neither is its flyback. */
static int settle_flyback(eel_gather *g)
{
    const eel_live_how *user = g->how.user;
    eel_image_info *info = &g->scan->image;
    uint64_t columns = g->scan->columns, rows = columns ? info->pixels / columns : 0;
    int has_rows = columns && (!user->rows || user->rows == rows);

    g->flyback = has_rows && user->columns == columns ? user->flyback : 0;
    if (!user->flyback || !has_rows || user->columns + user->flyback != columns)
        return EEL_OK;
    g->flyback = user->flyback;
    g->scan->columns = user->columns;
    info->nav[info->nav_count - 1].size = user->columns;
    info->pixels = rows * user->columns;
    return gather_words(g, "the source announces rows of %ju: %ju pixels and --flyback %ju", (uintmax_t)columns,
                        (uintmax_t)user->columns, (uintmax_t)user->flyback);
}

/* What the source announced against what the user says. */
static int check_shape(eel_gather *g, const eel_image_info *from)
{
    const eel_live_how *user = g->how.user;
    const eel_image_info *info = &g->scan->image;
    uint64_t frames = user->rows * gather_frames_per_row(g);

    if (!user->columns)
        return EEL_OK;
    if (from->nav_count == 0 && user->rows && from->pixels && from->pixels != frames)
        return gather_words(g, "the source announces %ju frames, --scan %jux%ju with --flyback %ju needs "
                         "%ju", (uintmax_t)from->pixels, (uintmax_t)user->rows,
                         (uintmax_t)user->columns, (uintmax_t)user->flyback, (uintmax_t)frames);
    if (from->nav_count && (info->nav[info->nav_count - 1].size != user->columns ||
                            (user->rows && info->pixels != user->rows * user->columns)))
        return gather_words(g, "the source announces %ju pixels in rows of %ju, --scan says %jux%ju: "
                         "mapped as announced%s", (uintmax_t)info->pixels,
                         (uintmax_t)info->nav[info->nav_count - 1].size, (uintmax_t)user->rows,
                         (uintmax_t)user->columns, user->flyback ? ", without --flyback" : "");
    return EEL_OK;
}

int gather_settle_shape(eel_gather *g, const eel_image_info *from)
{
    eel_live_scan *scan = g->scan;
    const eel_live_how *user = g->how.user;

    g->announced = from->nav_count > 0;
    if (!g->announced && user->rows)
        shape_as_user_says(&scan->image, user);
    else if (!g->announced && from->pixels && !user->columns)
        gather_shape_open(scan, from->pixels), g->announced = 1;
    else if (!g->announced)
        scan->open = 1;
    scan->columns = scan->open ? user->columns
                    : scan->image.nav_count > 1 ? scan->image.nav[scan->image.nav_count - 1].size : 0;
    g->flyback = user->flyback;
    if (scan->open)
        scan->image.pixels = UINT64_MAX; /* until the blocks are known */
    else if (scan->image.pixels < 1 || scan->image.pixels > EEL_STORE_PIXELS_MAX)
        return gather_refuse(g, eel_fail(EEL_ELIMIT, "%s: a scan of %ju pixels, expected 1 to %ju", scan->image.path,
                                         (uintmax_t)scan->image.pixels, (uintmax_t)EEL_STORE_PIXELS_MAX));
    int code = from->nav_count ? settle_flyback(g) : EEL_OK;
    return code == EEL_OK ? check_shape(g, from) : code;
}

int gather_settle_energies(eel_gather *g)
{
    eel_axis *axis = &g->scan->image.axis;
    const eel_axis *user = &g->how.user->axis;

    if (axis->n < 1 || axis->n > EEL_CHANNELS_MAX || g->scan->image.type >= EEL_IMAGE_TYPES)
        return gather_refuse(g, eel_fail(EEL_ELIMIT, "%s: spectra of %u channels, expected 1 to %u",
                                         g->scan->image.path, axis->n, EEL_CHANNELS_MAX));
    if (user->step_ev > 0) {
        axis->start_ev = user->start_ev;
        axis->step_ev = user->step_ev;
    }
    if (axis->step_ev > 0)
        return EEL_OK;
    return gather_refuse(g, eel_fail(EEL_EARGS, "--axis: missing, and %s does not say its energies; give those "
                                     "of its %u channels as FIRST:STEP in eV", g->scan->image.path, axis->n));
}
