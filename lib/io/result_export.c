#include "io/result.h"
#include "base/err.h"
#include "base/replace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const eel_result_format eel_result_format_list[EEL_RESULT_FORMATS] = {
    {"hspy", "maps.hspy", eel_result_write_hspy},
    {"nxs", "maps.nxs", eel_result_write_nexus},
    {"tif", "maps.tif", eel_result_write_tiff},
    {"csv", "maps.csv", eel_result_write_csv},
    {"html", "report.html", eel_result_write_html},
    {"png", "overview.png", eel_result_draw_overview}, /* and one per found element */
};

/* ---- which ---- */

static int find_format(const char *name, size_t length)
{
    for (int f = 0; f < EEL_RESULT_FORMATS; f++) {
        const char *known = eel_result_format_list[f].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return f;
    }
    return -1;
}

static int unknown(const char *name, size_t length)
{
    char known[128] = "";

    for (int f = 0; f < EEL_RESULT_FORMATS; f++) {
        strcat(known, f ? ", " : "");
        strcat(known, eel_result_format_list[f].name);
    }
    return eel_fail(EEL_EARGS, "--formats: '%.*s' is none, expected some of %s", (int)length, name,
                    known);
}

unsigned eel_result_formats_cheap(const eel_result *result)
{
    unsigned all = (1u << EEL_RESULT_FORMATS) - 1;

    if (eel_result_pages(result) > EEL_RESULT_PAGES_MAX)
        all &= ~(1u << find_format("tif", 3));
    if (eel_store_info_of(result->store)->pixels > EEL_RESULT_CSV_PIXELS)
        all &= ~(1u << find_format("csv", 3));
    return all;
}

int eel_result_formats(unsigned *formats, const char *list)
{
    unsigned chosen = 0;

    for (const char *s = list; s; s = *s ? s + 1 : NULL) {
        size_t length = strcspn(s, ",");
        int f = find_format(s, length);
        if (f < 0)
            return unknown(s, length);
        chosen |= 1u << f;
        s += length;
    }
    *formats = chosen;
    return EEL_OK;
}

int eel_result_has(const eel_result *result, const char *format)
{
    int f = find_format(format, strlen(format));
    return f >= 0 && result->formats >> f & 1;
}

/* ---- export ---- */

/* A file of an earlier run must not stand beside this report. */
static int export_one(eel_result *result, const eel_result_format *format, const char *folder)
{
    char path[EEL_PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", folder, format->file);
    if (eel_result_has(result, format->name))
        return format->write(result, path);
    unlink(path);
    return EEL_OK;
}

static int export_map(eel_result *result, const char *folder, uint32_t class)
{
    char path[EEL_PATH_MAX];

    snprintf(path, sizeof path, "%s/%s.png", folder, result->class[class].name);
    if (result->class[class].found && eel_result_has(result, "png"))
        return eel_result_draw_map(result, class, path);
    unlink(path);
    return EEL_OK;
}

int eel_result_export(eel_result *result, const char *folder)
{
    char path[EEL_PATH_MAX];
    int code = EEL_OK;

    if (strlen(folder) + 64 > sizeof path)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder);
    snprintf(path, sizeof path, "%s/report.json", folder);
    unlink(path);
    for (int f = 0; code == EEL_OK && f < EEL_RESULT_FORMATS; f++)
        code = export_one(result, &eel_result_format_list[f], folder);
    for (uint32_t c = 0; code == EEL_OK && c < result->classes; c++)
        code = export_map(result, folder, c);
    if (code == EEL_OK) {
        snprintf(path, sizeof path, "%s/report.json", folder);
        code = eel_result_write_report(result, path);
    }
    return code;
}
