/*
 * ripple - Lispix raw files: NAME.rpl says in lines "key<tab>value" what NAME.raw holds.
 *
 * record-by vector: (height, width, depth), image: (depth, height, width); the depth is the energy,
 * in depth-units, or in eV where only ev-per-chan says how wide a channel is. The keys that HyperSpy
 * adds (depth-scale, depth-origin, signal …) are used where they are.
 */
#include "io/raw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "io/columns.h"

#define KEYS_MAX 100

typedef struct {
    char key[KEYS_MAX][32], value[KEYS_MAX][96];
    int count;
} keys;

static void read_keys(keys *k, const char *text)
{
    k->count = 0;
    for (const char *line = text; *line && k->count < KEYS_MAX;) {
        size_t n = strcspn(line, "\r\n"), tab = strcspn(line, "\t");
        if (*line != ';' && tab < n) {
            size_t end = strcspn(line + tab + 1, "\t\r\n");
            eel_text_copy(k->key[k->count], sizeof k->key[0], line, tab);
            eel_text_copy(k->value[k->count], sizeof k->value[0], line + tab + 1, end);
            k->count++;
        }
        line += n + strspn(line + n, "\r\n");
    }
}

static const char *text_of(const keys *k, const char *key)
{
    for (int i = 0; i < k->count; i++) {
        if (strcasecmp(k->key[i], key) == 0)
            return k->value[i];
    }
    return "";
}

static double number_of(const keys *k, const char *key, double otherwise)
{
    char *end;
    const char *text = text_of(k, key);
    double value = strtod(text, &end);
    return end == text || !isfinite(value) ? otherwise : value;
}

static double positive_of(const keys *k, const char *key)
{
    double value = number_of(k, key, NAN);
    return value > 0 ? value : NAN;
}

static int probe(const unsigned char *head, size_t n)
{
    char text[EEL_PROBE_BYTES + 1];
    keys *k = malloc(sizeof *k);

    memcpy(text, head, n);
    text[n] = 0;
    if (k)
        read_keys(k, text);
    int found = k && *text_of(k, "width") && *text_of(k, "data-length") && *text_of(k, "record-by");
    free(k);
    return found;
}

static void read_type(eel_candidate *c, const keys *k)
{
    static const struct { const char *name; int bytes; eel_image_type type; } types[] = {
        {"unsigned", 1, EEL_IMAGE_U8}, {"signed", 1, EEL_IMAGE_I8}, {"unsigned", 2, EEL_IMAGE_U16},
        {"signed", 2, EEL_IMAGE_I16}, {"unsigned", 4, EEL_IMAGE_U32}, {"signed", 4, EEL_IMAGE_I32},
        {"unsigned", 8, EEL_IMAGE_U64}, {"signed", 8, EEL_IMAGE_I64}, {"float", 4, EEL_IMAGE_F32},
        {"float", 8, EEL_IMAGE_F64},
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(text_of(k, "data-type"), types[i].name) == 0 &&
            number_of(k, "data-length", 0) == types[i].bytes) {
            c->type = types[i].type;
            return;
        }
    }
    eel_candidate_refuse(c, "its values are '%s' of %s bytes, expected signed, unsigned or float",
                         text_of(k, "data-type"), text_of(k, "data-length"));
}

/* The names of the dimensions as stored, slowest first. */
static const char *const *dimensions(const keys *k)
{
    static const char *const vector[] = {"height", "width", "depth"};
    static const char *const image[] = {"depth", "height", "width"};
    return strcasecmp(text_of(k, "record-by"), "image") == 0 ? image : vector;
}

static void describe(eel_candidate *c, const keys *k)
{
    const char *const *names = dimensions(k), *kind = text_of(k, "signal");
    const char *units = text_of(k, "depth-units");
    uint64_t values = 1;
    int xray = strncmp(kind, "EDS", 3) == 0;

    eel_text_copy(c->name, sizeof c->name, text_of(k, "title"), strlen(text_of(k, "title")));
    c->prefix = xray ? "EDS " : "";
    if (xray)
        eel_candidate_refuse(c, "its signal is %s, expected EELS", kind);
    read_type(c, k);
    c->dims = 3;
    for (int d = 0; d < 3; d++) {
        double size = number_of(k, names[d], 1);
        c->size[d] = size >= 1 && size < 0x1p40 ? (uint64_t)size : 1;
        if ((double)c->size[d] != size || __builtin_mul_overflow(values, c->size[d], &values))
            eel_candidate_refuse(c, "its %s is %g", names[d], size);
    }
    int energy = names[0][0] == 'd' ? 0 : 2;
    if (c->size[energy] == 1) {
        eel_candidate_refuse(c, "it has no depth, expected energies in eV there");
        return;
    }
    if (energy == 2 && strcasecmp(text_of(k, "record-by"), "vector") != 0)
        eel_candidate_refuse(c, "its record-by is '%s', expected vector or image", text_of(k, "record-by"));
    double step = number_of(k, "ev-per-chan", 1);
    if (!*units && *text_of(k, "ev-per-chan"))
        units = "eV";
    eel_candidate_energy(c, energy, number_of(k, "depth-origin", 0),
                         number_of(k, "depth-scale", step), units, strncmp(kind, "EELS", 4) == 0);
}

/* HyperSpy writes "<undefined>" where it has no word. */
static const char *defined(const keys *k, const char *key)
{
    return strcmp(text_of(k, key), "<undefined>") ? text_of(k, key) : "";
}

static void read_axes(const keys *k, eel_image_info *info, const int axis_of[EEL_NAV_MAX])
{
    for (int a = 0; a < info->nav_count; a++) {
        const char *name = dimensions(k)[axis_of[a]], *text;
        char key[32];
        snprintf(key, sizeof key, "%s-name", name);
        text = *defined(k, key) ? defined(k, key) : *name == 'h' ? "y" : "x";
        eel_text_copy(info->nav[a].name, sizeof info->nav[a].name, text, strlen(text));
        snprintf(key, sizeof key, "%s-units", name);
        text = defined(k, key);
        eel_text_copy(info->nav[a].units, sizeof info->nav[a].units, text, strlen(text));
        snprintf(key, sizeof key, "%s-scale", name);
        info->nav[a].scale = number_of(k, key, 1);
        if (info->nav[a].scale == 0)
            info->nav[a].scale = 1;
        snprintf(key, sizeof key, "%s-origin", name);
        info->nav[a].offset = number_of(k, key, 0);
    }
    info->beam_kev = positive_of(k, "beam-energy");
    info->collection_mrad = positive_of(k, "collection-angle");
    info->convergence_mrad = positive_of(k, "convergence-angle");
    info->exposure_s = positive_of(k, "live-time");
}

/* NAME.raw beside NAME.rpl, in either case of letters. */
static int raw_path(const char *path, char raw[1024])
{
    static const char *const endings[] = {".raw", ".RAW"};
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    int stem = dot && (!slash || dot > slash) ? (int)(dot - path) : (int)strlen(path);

    for (size_t i = 0; i < 2; i++) {
        snprintf(raw, 1024, "%.*s%s", stem < 1018 ? stem : 1018, path, endings[i]);
        if (access(raw, R_OK) == 0)
            return EEL_OK;
    }
    return eel_fail(EEL_EIO, "%s: its values should lie in %.*s.raw, which cannot be read", path,
                    stem, path);
}

static int set_up(eel_raw *raw, eel_image_info *info, const keys *k, const eel_stated *stated)
{
    const int one = 1, is_little = *(const char *)&one;
    const char *order = text_of(k, "byte-order");
    double offset = number_of(k, "offset", 0);
    eel_candidate c;
    int axis_of[EEL_NAV_MAX];
    int swap = strncasecmp(order, is_little ? "big" : "little", is_little ? 3 : 6) == 0;

    eel_candidate_init(&c, stated);
    describe(&c, k);
    int code = offset >= 0 && offset < 0x1p40
                   ? eel_raw_array(raw, info, &c, (uint64_t)offset, UINT64_MAX, swap, axis_of)
                   : eel_fail(EEL_EFORMAT, "%s: its offset is %g", raw->path, offset);
    if (code == EEL_OK)
        read_axes(k, info, axis_of);
    return code;
}

static int open_file(void **state, eel_image_info *info, const char *path, const eel_stated *stated)
{
    eel_raw *raw = NULL;
    char *text = NULL, values[1024];
    keys *k = calloc(1, sizeof *k);
    int code = k ? eel_columns_load(path, &text) : eel_fail(EEL_ENOMEM, "%s: out of memory", path);

    if (code == EEL_OK) {
        read_keys(k, text);
        code = raw_path(path, values);
    }
    if (code == EEL_OK)
        code = eel_raw_open(&raw, values);
    if (code == EEL_OK) {
        snprintf(raw->path, sizeof raw->path, "%s", path); /* the file that the user named */
        code = set_up(raw, info, k, stated);
    }
    free(text);
    free(k);
    if (code == EEL_OK)
        *state = raw;
    else
        eel_raw_close(raw);
    return code;
}

const eel_format eel_format_ripple = {
    .about = {"ripple", ".rpl + .raw", "Lispix raw file with its parameters"}, .probe = probe,
    .open = open_file, .read = eel_raw_read, .close = eel_raw_close,
};
