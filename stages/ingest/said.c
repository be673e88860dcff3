#include "ingest/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/store.h"

int eel_said_scan(eel_live_how *how, const char *words)
{
    unsigned long long rows, columns;
    char x, rest;

    if (sscanf(words, "%llu%c%llu%c", &rows, &x, &columns, &rest) != 3 || x != 'x' || strchr(words, '-') ||
        columns < 1 || columns > EEL_STORE_PIXELS_MAX || rows > EEL_STORE_PIXELS_MAX / columns)
        return eel_fail(EEL_EARGS, "--scan: '%s' is not NYxNX, such as 64x128, or 0x128", words);
    how->rows = rows;
    how->columns = columns;
    return EEL_OK;
}

int eel_said_rows(eel_live_how *how, const char *words)
{
    char rest;

    if (sscanf(words, "%u:%u%c", &how->sum_from, &how->sum_to, &rest) != 2 || strchr(words, '-') ||
        how->sum_from >= how->sum_to)
        return eel_fail(EEL_EARGS, "--rows: '%s' is not A:B with A less than B, such as 100:140", words);
    return EEL_OK;
}

int eel_said_axis(eel_live_how *how, const char *words, const eel_source *source)
{
    static const char *const units[] = {"eV", "keV", "meV"};
    char *colon, *end;

    how->axis_words = words;
    for (size_t i = 0; source->files && i < sizeof units / sizeof *units; i++) {
        if (strcmp(words, units[i]) == 0)
            return EEL_OK; /* the numbers are the file's */
    }
    how->axis.start_ev = strtod(words, &colon);
    if (colon != words && *colon == ':') {
        how->axis.step_ev = strtod(colon + 1, &end);
        if (end != colon + 1 && !*end && how->axis.step_ev > 0 && how->axis.step_ev < 1e6)
            return EEL_OK;
    }
    return eel_fail(EEL_EARGS, "--axis: '%s' is not FIRST:STEP in eV, such as 400:0.5", words);
}

int eel_said_axes(eel_live_how *how, const char *words, const eel_source *source)
{
    if (!source->files)
        return eel_fail(EEL_EARGS, "--axes: are those of a file, %s reads none", source->name);
    how->axes = words;
    return EEL_OK;
}
