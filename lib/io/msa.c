/*
 * msa - EMSA/MAS spectral data files (ISO 22029): lines "#KEYWORD : value", then numbers.
 *
 * Of a file with XY data the energies of the header (OFFSET, XPERCHAN) hold if no row lies more
 * than a channel off them; else those of the rows do, because many headers are rounded. Y data have
 * no energies but the header's. Lines may hold several values (NCOLUMNS); the keyword may carry a
 * unit ("BEAMKV   -kV"). A comma between digits is a decimal comma in the header, and where values
 * stand apart by semicolons or tabs. Twice as many values as NPOINTS are pairs that DATATYPE does not
 * name, or decimal commas after all, and refused.
 */
#include "io/format.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "io/columns.h"

#define BEAM_KEV_MAX 5000 /* no microscope goes there */

typedef struct {
    char title[128], data_type[16], units[64], signal_type[32];
    int names_signal;           /* there is a SIGNALTYPE, be it empty */
    double points, per_channel, offset; /* NAN when absent */
    double beam_kev, convergence_mrad, collection_mrad, dwell_s, integration_s;
} header;

static int probe(const unsigned char *head, size_t n)
{
    char start[128];

    eel_text_copy(start, sizeof start, (const char *)head, n < 100 ? n : 100);
    const char *at = strncmp(start, "\xef\xbb\xbf", 3) == 0 ? start + 3 : start;
    return strncasecmp(at, "#FORMAT", 7) == 0 && strcasestr(at, "EMSA/MAS");
}

static double value_number(const char *value, double otherwise)
{
    char text[64], *end, *comma;
    snprintf(text, sizeof text, "%s", value);
    if ((comma = strchr(text, ',')))
        *comma = '.';
    double number = strtod(text, &end);
    return end == text || !isfinite(number) ? otherwise : number;
}

static int is_pairs(const header *h)
{
    return strncasecmp(h->data_type, "XY", 2) == 0;
}

/* "#BEAMKV   -kV: 120.0" becomes BEAMKV, kV and 120.0. */
static void read_keyword(header *h, const char *line, size_t length)
{
    char text[256], unit[16] = "";
    eel_text_copy(text, sizeof text, line, length);
    char *colon = strchr(text, ':');

    if (!colon)
        return;
    *colon = 0;
    char *key = text + strspn(text, "# \t"), *dash = strchr(key, '-');
    if (dash) {
        *dash = 0;
        eel_text_copy(unit, sizeof unit, dash + 1, strlen(dash + 1));
    }
    key[strcspn(key, " \t")] = 0;
    const char *value = colon + 1;
    value += strspn(value, " \t");
    double number = value_number(value, NAN);
    double seconds = strcmp(unit, "s") == 0 ? number : number / 1000; /* the standard's are ms */

    if (strcasecmp(key, "TITLE") == 0 && !*h->title)
        snprintf(h->title, sizeof h->title, "%.127s", value);
    else if (strcasecmp(key, "DATATYPE") == 0)
        snprintf(h->data_type, sizeof h->data_type, "%.15s", value);
    else if (strcasecmp(key, "XUNITS") == 0)
        snprintf(h->units, sizeof h->units, "%.63s", value);
    else if (strcasecmp(key, "SIGNALTYPE") == 0) {
        snprintf(h->signal_type, sizeof h->signal_type, "%.31s", value);
        h->names_signal = 1;
    } else if (strcasecmp(key, "NPOINTS") == 0)
        h->points = number;
    else if (strcasecmp(key, "XPERCHAN") == 0)
        h->per_channel = number;
    else if (strcasecmp(key, "OFFSET") == 0)
        h->offset = number;
    else if (strcasecmp(key, "BEAMKV") == 0)
        h->beam_kev = number > BEAM_KEV_MAX ? number / 1000 : number; /* some write volts */
    else if (strcasecmp(key, "CONVANGLE") == 0)
        h->convergence_mrad = number;
    else if (strcasecmp(key, "COLLANGLE") == 0)
        h->collection_mrad = number;
    else if (strcasecmp(key, "DWELLTIME") == 0)
        h->dwell_s = seconds;
    else if (strcasecmp(key, "INTEGTIME") == 0)
        h->integration_s = seconds;
}

/* Numbers of one line: x, y, x, y … or y, y, y … */
static int read_values(eel_columns *c, const char *path, size_t line_number, const char *line,
                       const char *end, int pairs)
{
    double x = 0, y;

    while (line < end) {
        line += strspn(line, " \t\r");
        if (line >= end)
            break;
        if ((pairs && !eel_columns_number(&line, &x)) || line > end ||
            !eel_columns_number(&line, &y) || line > end)
            return eel_fail(EEL_EFORMAT, "%s: line %zu: expected %s", path, line_number,
                            pairs ? "energy and value" : "numbers");
        int code = eel_columns_add(c, path, pairs ? x : (double)c->n, y);
        if (code != EEL_OK)
            return code;
    }
    return EEL_OK;
}

static int parse(header *h, eel_columns *c, const char *path, char *text)
{
    int in_data = 0, code = EEL_OK;
    size_t number = 1;

    for (char *line = text; code == EEL_OK && *line; number++) {
        char *end = line + strcspn(line, "\r\n"), *next = end;
        if (*next)
            next += next[0] == '\r' && next[1] == '\n' ? 2 : 1;
        if (*end)
            *end = 0;
        char *first = line + strspn(line, " \t\xef\xbb\xbf");
        if (*first == '#') {
            read_keyword(h, first, (size_t)(end - first));
            in_data |= strncasecmp(first + 1 + strspn(first + 1, " "), "SPECTRUM", 8) == 0;
            if (in_data && strncasecmp(first + 1, "ENDOFDATA", 9) == 0)
                break;
        } else if (in_data) {
            eel_columns_points(line);
            code = read_values(c, path, number, line, end, is_pairs(h));
        }
        line = next;
    }
    if (code == EEL_OK && isfinite(h->points) && (double)c->n < h->points)
        code = eel_fail(EEL_EFORMAT, "%s: truncated: %zu of %g points", path, c->n, h->points);
    if (code == EEL_OK && h->points >= EEL_CHANNELS_MIN && (double)c->n >= 2 * h->points)
        code = eel_fail(EEL_EFORMAT, "%s: holds %zu values, its NPOINTS says %g", path, c->n, h->points);
    return code;
}

/* Whether the energies of pairs are those of the header, within a channel. */
static int header_holds(const header *h, const eel_columns *c)
{
    if (!isfinite(h->per_channel) || !isfinite(h->offset) || h->per_channel <= 0)
        return 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!(fabs(c->x[i] - h->offset - (double)i * h->per_channel) <= h->per_channel))
            return 0;
    }
    return 1;
}

static int describe(eel_image_info *info, eel_columns *c, const header *h, const char *path,
                    const eel_stated *stated)
{
    eel_candidate candidate;
    double offset = h->offset, scale = h->per_channel;
    int rebinned = 0, axis_of[EEL_NAV_MAX], code = EEL_OK;
    const char *kind = h->signal_type;
    int eels = strcasecmp(kind, "ELS") == 0 || strcasecmp(kind, "EELS") == 0;

    if (c->n < EEL_CHANNELS_MIN || (is_pairs(h) && !header_holds(h, c)))
        code = eel_columns_straighten(c, path, eel_unit_ev(h->units), &offset, &scale, &rebinned);
    if (code != EEL_OK)
        return code;
    eel_candidate_init(&candidate, stated);
    eel_text_copy(candidate.name, sizeof candidate.name - 11, h->title, strlen(h->title));
    if (rebinned)
        strcat(candidate.name, " (rebinned)");
    candidate.type = EEL_IMAGE_F64;
    candidate.dims = 1;
    candidate.size[0] = c->n;
    if (*kind && !eels) {
        candidate.prefix = strstr(kind, "ED") ? "EDS " : "";
        eel_candidate_refuse(&candidate, "its SIGNALTYPE is %s, expected ELS", kind);
    }
    if (!(isfinite(offset) && isfinite(scale)) && !stated->has_axis)
        eel_candidate_refuse(&candidate, "its header has no number for OFFSET or XPERCHAN (--axis FIRST:STEP states them)");
    eel_candidate_energy(&candidate, 0, offset, scale, h->units, eels || !h->names_signal);
    code = eel_pick(info, path, &candidate, 1, stated->signal);
    if (code != EEL_OK)
        return code;
    info->beam_kev = eel_positive_or_nan(h->beam_kev);
    info->convergence_mrad = eel_positive_or_nan(h->convergence_mrad);
    info->collection_mrad = eel_positive_or_nan(h->collection_mrad);
    info->exposure_s = eel_positive_or_nan(h->integration_s > 0 ? h->integration_s : h->dwell_s);
    return eel_pick_navigation(info, path, &candidate, axis_of);
}

static int open_file(void **state, eel_image_info *info, const char *path,
                     const eel_stated *stated)
{
    header h = {.points = NAN, .per_channel = NAN, .offset = NAN, .beam_kev = NAN,
                .convergence_mrad = NAN, .collection_mrad = NAN, .dwell_s = NAN,
                .integration_s = NAN};
    eel_columns *c = calloc(1, sizeof *c);
    char *text = NULL;

    if (!c)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    int code = eel_columns_load(path, &text);
    if (code == EEL_OK)
        code = parse(&h, c, path, text);
    if (code == EEL_OK)
        code = describe(info, c, &h, path, stated);
    free(text);
    if (code == EEL_OK)
        *state = c;
    else
        eel_columns_close(c);
    return code;
}

const eel_format eel_format_msa = {
    .about = {"msa", ".msa .emsa", "EMSA/MAS spectrum, ISO 22029"}, .probe = probe, .open = open_file, .read = eel_columns_read,
    .close = eel_columns_close,
};
