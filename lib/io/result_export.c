#include "io/amounts.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/mem.h"
#include "base/replace.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const eel_result_format eel_result_format_list[EEL_RESULT_FORMATS] = {
    {"hspy", "maps.hspy", 0, eel_result_write_hspy},
    {"nxs", "maps.nxs", 0, eel_result_write_nexus},
    {"tif", "maps.tif", 0, eel_result_write_tiff},
    {"csv", "maps.csv", 1, eel_result_write_csv},
    {"html", "report.html", 0, eel_result_write_html},
    {"png", "overview.png", 1, eel_result_draw_overview}, /* and one per found element */
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

    snprintf(path, sizeof path, "%s/" EEL_RESULT_PICTURE, folder, result->class[class].name);
    if (result->class[class].found && eel_result_has(result, "png"))
        return eel_result_draw_map(result, class, path);
    unlink(path);
    return EEL_OK;
}

/* One thread's share; the maps go with the other pictures. */
static int export_share(eel_result *result, const char *folder, int aside)
{
    int code = EEL_OK;

    for (int f = 0; code == EEL_OK && f < EEL_RESULT_FORMATS; f++) {
        if (eel_result_format_list[f].aside == aside)
            code = export_one(result, &eel_result_format_list[f], folder);
    }
    for (uint32_t c = 0; aside && code == EEL_OK && c < result->classes; c++)
        code = export_map(result, folder, c);
    return code;
}

/* What another thread writes: of the same result, with a plane of its own. */
typedef struct {
    eel_result result;
    const char *folder;
    int code;
    char words[EEL_WORDS_MAX]; /* a thread's words end with it */
} share;

static void *export_aside(void *at)
{
    share *s = at;

    s->code = export_share(&s->result, s->folder, 1);
    snprintf(s->words, sizeof s->words, "%s", eel_words());
    return NULL;
}

/* Files that belong to no report are none. */
static void take_back(eel_result *result, const char *folder)
{
    result->formats = 0;
    export_share(result, folder, 0);
    export_share(result, folder, 1);
}

static int export_all(eel_result *result, const char *folder, share *s)
{
    pthread_t thread;
    float *plane = eel_alloc(result->rows * result->columns, sizeof *plane);

    s->result = *result;
    s->result.plane = plane ? plane : result->plane;
    s->folder = folder;
    int begun = plane && pthread_create(&thread, NULL, export_aside, s) == 0;
    int code = export_share(result, folder, 0);
    if (begun)
        pthread_join(thread, NULL);
    else if (code == EEL_OK)
        export_aside(s);
    eel_free(plane);
    return code == EEL_OK && s->code != EEL_OK ? eel_fail(s->code, "%s", s->words) : code;
}

int eel_result_export(eel_result *result, const char *folder)
{
    char path[EEL_PATH_MAX];
    share *aside = eel_alloc(1, sizeof *aside);

    if (!aside)
        return EEL_ENOMEM;
    int code = strlen(folder) + 64 > sizeof path ? eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder) : EEL_OK;
    if (code == EEL_OK) {
        snprintf(path, sizeof path, "%s/quantify", folder);
        eel_amounts_remove_stale(path, eel_store_info_of(result->store)->run);
        snprintf(path, sizeof path, "%s/report.json", folder);
        unlink(path);
        code = export_all(result, folder, aside);
        eel_fault("before_report");
        if (code == EEL_OK)
            code = eel_result_write_report(result, path);
        if (code != EEL_OK)
            take_back(result, folder);
    }
    eel_free(aside);
    return code;
}
