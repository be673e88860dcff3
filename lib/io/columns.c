#include "io/columns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/sorted.h"
#include "io/planes.h"

#define STRAIGHT 0.25 /* channels that a row may lie off the line */
#define BACK     0.02 /* of the range that energies may turn back */
#define GAP      5    /* times the median step, and */
#define GAP_EV   2.0  /* as long: between such rows nothing was recorded */

int eel_columns_load(const char *path, char **text)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    char *bytes = NULL;
    int code = EEL_OK;
    if (fstat(fd, &stat) != 0)
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else if (stat.st_size > EEL_TEXT_BYTES_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: %ju bytes of text, at most %u", path,
                        (uintmax_t)stat.st_size, EEL_TEXT_BYTES_MAX);
    else if (!(bytes = malloc((size_t)stat.st_size + 1)))
        code = eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    else
        code = eel_read_at(fd, path, bytes, (size_t)stat.st_size, 0);
    close(fd);
    const char *zero = code == EEL_OK ? memchr(bytes, 0, (size_t)stat.st_size) : NULL;
    if (zero)
        code = eel_fail(EEL_EFORMAT, "%s: damaged: a zero byte at %jd, expected text", path,
                        (intmax_t)(zero - bytes));
    if (code != EEL_OK) {
        free(bytes);
        return code;
    }
    bytes[stat.st_size] = 0;
    *text = bytes;
    return EEL_OK;
}

int eel_columns_add(eel_columns *c, const char *path, double x, double y)
{
    if (c->n == EEL_CHANNELS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %u channels", path, EEL_CHANNELS_MAX);
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 1024;
        double *more_x = realloc(c->x, room * sizeof *more_x);
        if (more_x)
            c->x = more_x;
        double *more_y = more_x ? realloc(c->y, room * sizeof *more_y) : NULL;
        if (!more_y)
            return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
        c->y = more_y;
        c->room = room;
    }
    c->x[c->n] = x;
    c->y[c->n++] = y;
    return EEL_OK;
}

void eel_columns_points(char *line)
{
    if (!strpbrk(line, ";\t"))
        return;
    for (char *c = line + 1; *line && *c; c++) {
        if (*c == ',' && isdigit((unsigned char)c[-1]) && isdigit((unsigned char)c[1]))
            *c = '.';
    }
}

int eel_columns_number(const char **at, double *value)
{
    char *end;

    *value = strtod(*at, &end);
    if (end == *at || (*end && !strchr(" \t\r\n,;", *end)))
        return 0;
    end += strspn(end, " \t");
    if (*end == ',' || *end == ';')
        end += 1 + strspn(end + 1, " \t");
    *at = end;
    return 1;
}

static void reverse(double *values, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        double t = values[i];
        values[i] = values[n - 1 - i];
        values[n - 1 - i] = t;
    }
}

typedef struct {
    double x, y;
} row;

static int compare(const void *a, const void *b)
{
    const row *one = a, *other = b;
    return (one->x > other->x) - (one->x < other->x);
}

/* Rows in order, those of one energy averaged. */
static int sort_rows(eel_columns *c, const char *path)
{
    row *rows = malloc(c->n * sizeof *rows);
    size_t n = 0;

    if (!rows)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    for (size_t i = 0; i < c->n; i++)
        rows[i] = (row){c->x[i], c->y[i]};
    qsort(rows, c->n, sizeof *rows, compare);
    for (size_t i = 0; i < c->n; n++) {
        double sum = 0;
        size_t same = i;
        for (; same < c->n && rows[same].x == rows[i].x; same++)
            sum += rows[same].y;
        c->x[n] = rows[i].x;
        c->y[n] = sum / (double)(same - i);
        i = same;
    }
    c->n = n;
    free(rows);
    return EEL_OK;
}

/* Even steps from the first energy to the last. */
typedef struct {
    size_t n;
    double step, gap; /* longer steps between rows are gaps */
} grid;

/* Mean of the steps from half to twice the median: those of rounded energies differ by a digit. */
static double usual_step(const double *sorted, size_t n, double median)
{
    double sum = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (sorted[i] < median / 2 || sorted[i] > median * 2)
            continue;
        sum += sorted[i];
        count++;
    }
    return sum / (double)count;
}

/* As many steps as there are rows; where these have a gap, steps as long as the rows' own. */
static int lay_grid(grid *g, const eel_columns *c, const char *path, double unit_ev)
{
    size_t n = c->n - 1;
    double range = c->x[n] - c->x[0], *steps = malloc(n * sizeof *steps);

    if (!steps)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    for (size_t i = 0; i < n; i++)
        steps[i] = c->x[i + 1] - c->x[i];
    double median = eel_median(steps, n);
    *g = (grid){c->n, range / (double)n, fmax(GAP * median, GAP_EV / (unit_ev > 0 ? unit_ev : 1)) * (1 + 1e-9)};
    if (steps[n - 1] > g->gap) {
        g->step = fmax(usual_step(steps, n, median), range / (EEL_CHANNELS_MAX - 1));
        g->n = (size_t)(range / g->step + STRAIGHT) + 1;
    }
    free(steps);
    return EEL_OK;
}

/* y at an energy between the rows k and k + 1: on their line; in a gap that of a row that is as good as there. */
static double between(const eel_columns *c, const grid *g, size_t k, double x)
{
    if (c->x[k + 1] - c->x[k] > g->gap) {
        if (x - c->x[k] <= STRAIGHT * g->step)
            return c->y[k];
        return c->x[k + 1] - x <= STRAIGHT * g->step ? c->y[k + 1] : NAN;
    }
    double part = (x - c->x[k]) / (c->x[k + 1] - c->x[k]);
    return c->y[k] + part * (c->y[k + 1] - c->y[k]);
}

static int interpolate(eel_columns *c, const char *path, const grid *g)
{
    double *even = malloc(g->n * sizeof *even);
    size_t k = 0;

    if (!even)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    for (size_t i = 0; i < g->n; i++) {
        double x = c->x[0] + (double)i * g->step;
        while (k + 2 < c->n && c->x[k + 1] < x)
            k++;
        even[i] = between(c, g, k, x);
    }
    free(c->y);
    c->y = even;
    return EEL_OK;
}

/* Refuses energies that are none or that turn back too far. */
static int check_order(const eel_columns *c, const char *path)
{
    double range = c->x[c->n - 1] - c->x[0], furthest = c->x[0];

    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(c->x[i]))
            return eel_fail(EEL_EFORMAT, "%s: row %zu: %g is no energy", path, i + 1, c->x[i]);
        double back = range > 0 ? furthest - c->x[i] : c->x[i] - furthest;
        if (back > BACK * fabs(range))
            return eel_fail(EEL_EFORMAT, "%s: row %zu: energy %g after %g, expected energies that "
                            "rise or fall steadily", path, i + 1, c->x[i], furthest);
        furthest = back < 0 ? c->x[i] : furthest;
    }
    if (range == 0)
        return eel_fail(EEL_EFORMAT, "%s: all energies are %g", path, c->x[0]);
    return EEL_OK;
}

int eel_columns_straighten(eel_columns *c, const char *path, double unit_ev, double *offset, double *scale,
                           int *rebinned)
{
    grid g = {0};

    *rebinned = 0;
    if (c->n < EEL_CHANNELS_MIN)
        return eel_fail(EEL_EFORMAT, "%s: %zu channels, expected at least %d", path, c->n,
                        EEL_CHANNELS_MIN);
    int code = check_order(c, path);
    if (code != EEL_OK)
        return code;
    if (c->x[c->n - 1] < c->x[0]) {
        reverse(c->x, c->n);
        reverse(c->y, c->n);
    }
    *offset = c->x[0];
    *scale = (c->x[c->n - 1] - c->x[0]) / (double)(c->n - 1);
    double off = 0;
    for (size_t i = 0; i < c->n; i++)
        off = fmax(off, fabs(c->x[i] - c->x[0] - (double)i * *scale));
    if (off <= STRAIGHT * *scale)
        return EEL_OK;
    *rebinned = 1;
    code = sort_rows(c, path);
    if (code == EEL_OK)
        code = lay_grid(&g, c, path, unit_ev);
    if (code == EEL_OK)
        code = interpolate(c, path, &g);
    if (code != EEL_OK)
        return code;
    *offset = c->x[0];
    *scale = g.step;
    c->n = g.n;
    return EEL_OK;
}

int eel_columns_read(void *columns, uint64_t first, uint32_t rows, void *spectra)
{
    const eel_columns *c = columns;
    (void)first; /* the only row */
    memcpy(spectra, c->y, rows * c->n * sizeof *c->y);
    return EEL_OK;
}

void eel_columns_close(void *columns)
{
    eel_columns *c = columns;
    if (!c)
        return;
    free(c->x);
    free(c->y);
    free(c);
}
