#include "io/stated.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/format.h"

static int parse_axis(eel_stated *s, const char *text)
{
    char *colon, *end;

    s->unit_ev = isalpha((unsigned char)*text) ? eel_unit_ev(text) : 0;
    if (s->unit_ev > 0)
        return EEL_OK;
    s->start_ev = strtod(text, &colon);
    s->step_ev = *colon == ':' ? strtod(colon + 1, &end) : NAN;
    s->has_axis = *colon == ':' && colon > text && end > colon + 1 && !*end &&
                  isfinite(s->start_ev) && s->step_ev > 0 && isfinite(s->step_ev);
    return s->has_axis ? EEL_OK
                       : eel_fail(EEL_EARGS, "--axis: '%s', expected FIRST:STEP in eV, as 400:0.5, "
                                  "or the unit of the file's energies: eV, keV or meV", text);
}

static int is_energy(const char *name)
{
    return strcmp(name, "E") == 0 || strcasecmp(name, "energy") == 0;
}

/* "tyxE" or "time,y,x,E" */
static int parse_axes(eel_stated *s, const char *text)
{
    int commas = strchr(text, ',') != NULL, energies = 0;

    for (const char *at = text; *at; s->dims++) {
        size_t n = commas ? strcspn(at, ",") : 1;
        if (s->dims == EEL_DIMS_MAX)
            return eel_fail(EEL_EARGS, "--axes: '%s' names more than %d dimensions", text,
                            EEL_DIMS_MAX);
        eel_text_copy(s->name[s->dims], sizeof s->name[0], at, n);
        if (is_energy(s->name[s->dims])) {
            s->energy = s->dims;
            energies++;
        }
        at += n + (at[n] == ',');
    }
    return energies == 1 ? EEL_OK
                         : eel_fail(EEL_EARGS, "--axes: '%s' has %d dimensions named E, expected "
                                    "one, as in Eyx or t,y,x,E", text, energies);
}

int eel_stated_parse(eel_stated *stated, const eel_image_options *options)
{
    *stated = (eel_stated){.signal = options->signal};
    int code = options->axis ? parse_axis(stated, options->axis) : EEL_OK;
    return code == EEL_OK && options->axes ? parse_axes(stated, options->axes) : code;
}

/* ---- one index of an axis ---- */

static void list_axes(const eel_image_info *info, char *out, size_t size)
{
    size_t at = 0;

    snprintf(out, size, "none");
    for (int k = 0; k < info->nav_count && at < size; k++)
        at += (size_t)snprintf(out + at, size - at, "%s%d '%s' of %ju", k ? ", " : "", k,
                               info->nav[k].name, (uintmax_t)info->nav[k].size);
}

int eel_stated_pair(int *axis, uint64_t *number, const eel_image_info *info, const char *option, const char *item,
                    size_t length)
{
    char text[64], axes[256], *end;
    int found = -1;

    eel_text_copy(text, sizeof text, item, length);
    char *equals = strchr(text, '=');
    *number = equals ? strtoull(equals + 1, &end, 10) : 0;
    if (!equals || equals == text || !isdigit((unsigned char)equals[1]) || *end)
        return eel_fail(EEL_EARGS, "--%s: '%s', expected AXIS=N, as t=3", option, text);
    *equals = 0;
    for (int k = info->nav_count - 1; k >= 0; k--) {
        if (strcmp(info->nav[k].name, text) == 0)
            found = k;
    }
    if (found < 0 && isdigit((unsigned char)*text) && !text[1] && *text - '0' < info->nav_count)
        found = *text - '0';
    if (found < 0) {
        list_axes(info, axes, sizeof axes);
        return eel_fail(EEL_EARGS, "--%s: no axis '%s'; the navigation axes are %s", option, text, axes);
    }
    *axis = found;
    return EEL_OK;
}

/* "t=3": the axis by name or number, and the index on it. */
static int hold(eel_selection *s, const eel_image_info *info, const char *item, size_t n)
{
    uint64_t index;
    int found, code = eel_stated_pair(&found, &index, info, "select", item, n);

    if (code != EEL_OK)
        return code;
    if (index >= info->nav[found].size)
        return eel_fail(EEL_EARGS, "--select: %.*s, the axis has 0 to %ju", (int)n, item,
                        (uintmax_t)info->nav[found].size - 1);
    s->held[found] = 1;
    s->at[found] = index;
    return EEL_OK;
}

int eel_select(eel_selection *s, eel_image_info *info, const char *select)
{
    *s = (eel_selection){.axes = info->nav_count, .inner = 1};
    for (int k = 0; k < s->axes; k++)
        s->size[k] = info->nav[k].size;
    for (const char *at = select; *at;) {
        size_t n = strcspn(at, ",");
        int code = hold(s, info, at, n);
        if (code != EEL_OK)
            return code;
        at += n + (at[n] == ',');
    }
    info->nav_count = 0;
    info->pixels = 1;
    for (int k = 0; k < s->axes; k++) {
        if (s->held[k])
            continue;
        info->pixels *= s->size[k];
        info->nav[info->nav_count++] = info->nav[k];
    }
    for (int k = s->axes - 1; k >= 0 && !s->held[k]; k--)
        s->inner *= s->size[k];
    snprintf(info->select, sizeof info->select, "%s", select);
    return EEL_OK;
}

uint64_t eel_selection_at(const eel_selection *s, uint64_t first, uint64_t *run)
{
    uint64_t at[EEL_NAV_MAX], pixel = 0, left = first;

    for (int k = s->axes - 1; k >= 0; k--) {
        at[k] = s->held[k] ? s->at[k] : left % s->size[k];
        left /= s->held[k] ? 1 : s->size[k];
    }
    for (int k = 0; k < s->axes; k++)
        pixel = pixel * s->size[k] + at[k];
    *run = s->inner - first % s->inner;
    return pixel;
}
