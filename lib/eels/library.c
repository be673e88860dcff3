/* Sentences L1 to L12 of proto/library.md. */
#include "eels/library.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"
#include "eels/elements.h"

#define LINE_MAX_BYTES 512

static const char title[] = "eelstream edge library 1";

typedef struct {
    FILE *in;
    const char *path;
    int line;
    char text[LINE_MAX_BYTES + 1];
} reader;

/* Next line without its end; 1, 0 at the end of the file, or an error code. */
static int next_line(reader *r)
{
    int length = 0, c = getc(r->in);

    if (c == EOF)
        return ferror(r->in) ? eel_fail(EEL_EIO, "%s: %s", r->path, strerror(errno)) : 0;
    r->line++;
    for (; c != EOF && c != '\n'; c = getc(r->in)) {
        if (length == LINE_MAX_BYTES)
            return eel_fail(EEL_EFORMAT, "%s:%d: a line of more than %d bytes", r->path, r->line,
                            LINE_MAX_BYTES);
        r->text[length++] = (char)c;
    }
    if (length > 0 && r->text[length - 1] == '\r')
        length--;
    r->text[length] = 0;
    for (int i = 0; i < length; i++) {
        if ((unsigned char)r->text[i] < ' ' || r->text[i] == 127)
            return eel_fail(EEL_EFORMAT, "%s:%d: byte %d in the line, expected printable text",
                            r->path, r->line, (unsigned char)r->text[i]);
    }
    return 1;
}

/* The next number of a line, within [low, high]. */
static int number(const reader *r, const char **text, const char *what, double low, double high,
                  double *value)
{
    char *end;

    *value = strtod(*text, &end);
    if (end == *text || **text == ' ' || (*end && *end != ' ') ||
        !(*value >= low && *value <= high))
        return eel_fail(EEL_EFORMAT, "%s:%d: %s is \"%.40s\", expected a number from %g to %g",
                        r->path, r->line, what, *text, low, high);
    *text = *end ? end + 1 : end;
    return EEL_OK;
}

static int ended(const reader *r, const char *text)
{
    if (*text)
        return eel_fail(EEL_EFORMAT, "%s:%d: \"%.40s\" after the last value", r->path, r->line,
                        text);
    return EEL_OK;
}

static int read_text(const reader *r, const char *key, const char *value, char *out, size_t size)
{
    if (out[0])
        return eel_fail(EEL_EFORMAT, "%s:%d: a second \"%s\" in one shape", r->path, r->line, key);
    if (!value[0] || strlen(value) >= size)
        return eel_fail(EEL_EFORMAT, "%s:%d: %s of %zu bytes, expected 1 to %zu", r->path, r->line,
                        key, strlen(value), size - 1);
    memcpy(out, value, strlen(value) + 1);
    return EEL_OK;
}

static int read_number(const reader *r, const char *key, const char *text, double low, double high,
                       double *out)
{
    if (*out != 0)
        return eel_fail(EEL_EFORMAT, "%s:%d: a second \"%s\" in one shape", r->path, r->line, key);
    int code = number(r, &text, key, low, high, out);
    return code ? code : ended(r, text);
}

static int read_gaussian(const reader *r, const char *text, eel_shape *shape)
{
    if (shape->gaussians == EEL_GAUSSIANS_MAX)
        return eel_fail(EEL_ELIMIT, "%s:%d: more than %d Gaussians in one shape", r->path, r->line,
                        EEL_GAUSSIANS_MAX);
    eel_gaussian g;
    int code = number(r, &text, "centre", EEL_CENTRE_MIN_EV, EEL_CENTRE_MAX_EV, &g.centre_ev);
    if (!code)
        code = number(r, &text, "sigma", EEL_SIGMA_MIN_EV, EEL_SIGMA_MAX_EV, &g.sigma_ev);
    if (!code)
        code = number(r, &text, "height", 0, EEL_HEIGHT_MAX, &g.height);
    if (!code)
        code = ended(r, text);
    if (!code)
        shape->g[shape->gaussians++] = g;
    return code;
}

/* Index of the element whose edge among the twenty that is, else -1. */
static int element_of(const char *edge)
{
    for (int i = 0; i < EEL_ELEMENTS; i++) {
        char name[sizeof ((eel_shape *)0)->edge];
        snprintf(name, sizeof name, "%s %s", eel_elements[i].symbol, eel_elements[i].edge);
        if (strcmp(edge, name) == 0)
            return i;
    }
    return -1;
}

static int read_field(const reader *r, eel_shape *shape)
{
    char key[16] = "";
    const char *space = strchr(r->text, ' '), *value = space ? space + 1 : "";
    size_t length = space ? (size_t)(space - r->text) : strlen(r->text);

    if (length < sizeof key)
        memcpy(key, r->text, length);
    if (strcmp(key, "compound") == 0)
        return read_text(r, key, value, shape->compound, sizeof shape->compound);
    if (strcmp(key, "source") == 0)
        return read_text(r, key, value, shape->source, sizeof shape->source);
    if (strcmp(key, "edge") == 0)
        return read_text(r, key, value, shape->edge, sizeof shape->edge);
    if (strcmp(key, "onset") == 0)
        return read_number(r, key, value, EEL_ONSET_MIN_EV, EEL_ONSET_MAX_EV, &shape->onset_ev);
    if (strcmp(key, "end") == 0)
        return read_number(r, key, value, EEL_END_MIN_EV, EEL_END_MAX_EV, &shape->end_ev);
    if (strcmp(key, "g") == 0)
        return read_gaussian(r, value, shape);
    if (strcmp(r->text, "held-out") == 0 && !shape->held_out) {
        shape->held_out = 1;
        return EEL_OK;
    }
    return eel_fail(EEL_EFORMAT, "%s:%d: \"%.40s\", expected compound, source, edge, onset, end, "
                    "held-out or g, each with one space behind it", r->path, r->line, r->text);
}

static int complete(const reader *r, eel_shape *shape)
{
    const char *missing = !shape->compound[0] ? "compound" : !shape->source[0] ? "source"
                        : !shape->edge[0] ? "edge" : shape->onset_ev == 0 ? "onset"
                        : shape->end_ev == 0 ? "end" : shape->gaussians == 0 ? "g" : NULL;

    if (missing)
        return eel_fail(EEL_EFORMAT, "%s:%d: shape %s ends without \"%s\"", r->path, r->line,
                        shape->id, missing);
    shape->element = element_of(shape->edge);
    return EEL_OK;
}

static int begin_shape(const reader *r, eel_library *library, int *capacity)
{
    if (library->count == EEL_SHAPES_MAX)
        return eel_fail(EEL_ELIMIT, "%s:%d: more than %d shapes", r->path, r->line,
                        EEL_SHAPES_MAX);
    if (library->count == *capacity) {
        int more = *capacity ? 2 * *capacity : 64;
        eel_shape *shapes = eel_alloc((size_t)more, sizeof *shapes);
        if (!shapes)
            return EEL_ENOMEM;
        if (library->count)
            memcpy(shapes, library->shapes, (size_t)library->count * sizeof *shapes);
        eel_free(library->shapes);
        library->shapes = shapes;
        *capacity = more;
    }
    eel_shape *shape = &library->shapes[library->count];
    int code = read_text(r, "shape", r->text + 6, shape->id, sizeof shape->id);
    if (!code && strchr(shape->id, ' '))
        code = eel_fail(EEL_EFORMAT, "%s:%d: a space in the id \"%s\"", r->path, r->line,
                        shape->id);
    library->count += !code;
    return code;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int ids_differ(const eel_library *library, const char *path)
{
    const char **ids = eel_alloc((size_t)library->count, sizeof *ids);
    int code = ids ? EEL_OK : EEL_ENOMEM;

    for (int i = 0; ids && i < library->count; i++)
        ids[i] = library->shapes[i].id;
    if (ids)
        qsort(ids, (size_t)library->count, sizeof *ids, by_id);
    for (int i = 1; ids && i < library->count && !code; i++) {
        if (strcmp(ids[i - 1], ids[i]) == 0)
            code = eel_fail(EEL_EFORMAT, "%s: two shapes with the id %s", path, ids[i]);
    }
    eel_free(ids);
    return code;
}

static int read_shapes(reader *r, eel_library *library)
{
    int capacity = 0, open = 0, got, code = next_line(r);

    if (code < 0)
        return code;
    if (code == 0 || strcmp(r->text, title) != 0)
        return eel_fail(EEL_EFORMAT, "%s:1: \"%.40s\", expected \"%s\"", r->path,
                        code ? r->text : "", title);
    while ((got = next_line(r)) > 0) {
        if (r->text[0] == '#')
            continue;
        eel_shape *shape = open ? &library->shapes[library->count - 1] : NULL;
        if (!r->text[0]) {
            code = open ? complete(r, shape) : EEL_OK;
            open = 0;
        } else if (open) {
            code = read_field(r, shape);
        } else if (strncmp(r->text, "shape ", 6) == 0) {
            code = begin_shape(r, library, &capacity);
            open = 1;
        } else {
            code = eel_fail(EEL_EFORMAT, "%s:%d: \"%.40s\", expected \"shape ID\"", r->path,
                            r->line, r->text);
        }
        if (code < 0)
            return code;
    }
    if (got == 0 && open)
        got = complete(r, &library->shapes[library->count - 1]);
    return got < 0 ? got : ids_differ(library, r->path);
}

int eel_library_read(eel_library *library, const char *path)
{
    eel_library found = {0};
    reader r = {.in = fopen(path, "r"), .path = path};

    if (!r.in)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    int code = read_shapes(&r, &found);
    fclose(r.in);
    if (code < 0)
        eel_library_release(&found);
    else
        *library = found;
    return code;
}

/* The shortest decimal text that reads back as the same number. */
static const char *exact(double value, char text[32])
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

/* What a reader would refuse is not written. */
static int writable(const eel_shape *shape)
{
    const char *texts[] = {shape->id, shape->compound, shape->edge, shape->source};

    for (int i = 0; i < 4; i++) {
        for (const char *c = texts[i]; *c; c++) {
            if ((unsigned char)*c < ' ' || *c == 127 || (i == 0 && *c == ' '))
                return eel_fail(EEL_EARGS, "shape %s: byte %d in \"%s\"", shape->id,
                                (unsigned char)*c, texts[i]);
        }
        if (!texts[i][0])
            return eel_fail(EEL_EARGS, "shape %s: an empty id, compound, edge or source",
                            shape->id);
    }
    if (!(shape->onset_ev >= EEL_ONSET_MIN_EV && shape->onset_ev <= EEL_ONSET_MAX_EV &&
          shape->end_ev >= EEL_END_MIN_EV && shape->end_ev <= EEL_END_MAX_EV))
        return eel_fail(EEL_EARGS, "shape %s: onset %g eV and end %g eV, expected %g to %g and "
                        "%g to %g", shape->id, shape->onset_ev, shape->end_ev, EEL_ONSET_MIN_EV,
                        EEL_ONSET_MAX_EV, EEL_END_MIN_EV, EEL_END_MAX_EV);
    if (shape->gaussians < 1 || shape->gaussians > EEL_GAUSSIANS_MAX)
        return eel_fail(EEL_EARGS, "shape %s: %d Gaussians, expected 1 to %d", shape->id,
                        shape->gaussians, EEL_GAUSSIANS_MAX);
    for (int i = 0; i < shape->gaussians; i++) {
        const eel_gaussian *g = &shape->g[i];
        if (!(g->centre_ev >= EEL_CENTRE_MIN_EV && g->centre_ev <= EEL_CENTRE_MAX_EV && g->height >= 0 &&
              g->sigma_ev >= EEL_SIGMA_MIN_EV && g->sigma_ev <= EEL_SIGMA_MAX_EV && g->height <= EEL_HEIGHT_MAX))
            return eel_fail(EEL_EARGS, "shape %s: a Gaussian at %g eV, %g eV wide, %g high", shape->id,
                            g->centre_ev, g->sigma_ev, g->height);
    }
    return EEL_OK;
}

static void write_shape(FILE *out, const eel_shape *shape)
{
    char a[32], b[32], c[32];

    fprintf(out, "\nshape %s\ncompound %s\nedge %s\nonset %s\nend %s\n", shape->id,
            shape->compound, shape->edge, exact(shape->onset_ev, a), exact(shape->end_ev, b));
    if (shape->held_out)
        fprintf(out, "held-out\n");
    fprintf(out, "source %s\n", shape->source);
    for (int i = 0; i < shape->gaussians; i++) {
        const eel_gaussian *g = &shape->g[i];
        fprintf(out, "g %s %s %s\n", exact(g->centre_ev, a), exact(g->sigma_ev, b),
                exact(g->height, c));
    }
}

int eel_library_write(const eel_library *library, const char *path)
{
    eel_replace file;
    int code = EEL_OK;

    for (int i = 0; i < library->count && !code; i++)
        code = writable(&library->shapes[i]);
    if (code)
        return code;
    code = eel_replace_begin(&file, path);

    if (code == EEL_OK) {
        FILE *out = fopen(file.temporary, "w");
        if (out) {
            fprintf(out, "%s\n", title);
            for (int i = 0; i < library->count; i++)
                write_shape(out, &library->shapes[i]);
        }
        int bad = !out || ferror(out);
        if ((out && fclose(out)) || bad)
            code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    }
    return eel_replace_end(&file, code);
}

void eel_library_release(eel_library *library)
{
    eel_free(library->shapes);
    *library = (eel_library){0};
}

void eel_shape_sample(const eel_shape *shape, double first_ev, double step_ev, float *out, int n)
{
    const double reach = 6; /* sigmas: below 2e-8 of the height */

    for (int i = 0; i < n; i++)
        out[i] = 0;
    for (int k = 0; k < shape->gaussians; k++) {
        const eel_gaussian *g = &shape->g[k];
        double low = (g->centre_ev - reach * g->sigma_ev - first_ev) / step_ev;
        double high = (g->centre_ev + reach * g->sigma_ev - first_ev) / step_ev;
        int first = low < 0 ? 0 : low > n ? n : (int)ceil(low);
        int last = high < 0 ? 0 : high >= n ? n : (int)floor(high) + 1;
        for (int i = first; i < last; i++) {
            double u = (first_ev + i * step_ev - g->centre_ev) / g->sigma_ev;
            out[i] += (float)(g->height * exp(-0.5 * u * u));
        }
    }
}
