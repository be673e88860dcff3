#include "ingest/request.h"
#include "base/err.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_LEAST (64u << 10) /* bytes: some spectra of most detectors */

static const char *overrun_words, *scan_words, *axis_words, *axes_words, *rows_words, *signal_name, *results;
static double rate, stall_s = 30;
static int flyback, scans, first_number = 1, serve;
static uint64_t ring_bytes = 192u << 20;

static const eel_option options[] = {
    {"on-overrun", 0, EEL_OPT_TEXT, &overrun_words, "POLICY",
     "drop-newest, drop-oldest, 'thin K', 'spool DIR MAX'"},
    {"scan", 0, EEL_OPT_TEXT, &scan_words, "NYxNX", "pixels of the scan; 0xNX: as many rows as come"},
    {"flyback", 0, EEL_OPT_INT, &flyback, "N", "frames at the end of each row that are no pixels"},
    {"axis", 0, EEL_OPT_TEXT, &axis_words, "FIRST:STEP", "energies in eV, where the source has none"},
    {"axes", 0, EEL_OPT_TEXT, &axes_words, "NAMES", "the dimensions of a TIFF or NumPy file, slowest first: Eyx"},
    {"rows", 0, EEL_OPT_TEXT, &rows_words, "A:B", "rows of a detector's image to sum, from A to before B"},
    {"signal", 0, EEL_OPT_TEXT, &signal_name, "NAME", "which of a file's signals, a detector's channels"},
    {"rate", 0, EEL_OPT_REAL, &rate, "N", "spectra per second of a replay; 0: as fast as it can"},
    {"stall", 0, EEL_OPT_REAL, &stall_s, "S", "a scan in which nothing comes for so long is over"},
    {"scans", 0, EEL_OPT_INT, &scans, "N", "stop after so many; 0: when the source ends"},
    {"ring", 0, EEL_OPT_SIZE, &ring_bytes, "BYTES", "spectra that may wait in memory"},
    {"serve", 0, EEL_OPT_FLAG, &serve, NULL, "one flow after the other, see stages/ingest/serving.h"},
    {"first", 0, EEL_OPT_INT, &first_number, "N", "number of the first scan"},
    {"results", 0, EEL_OPT_TEXT, &results, "OUTDIR", "with --serve: where the folders of the scans lie"},
    {0},
};
const eel_usage eel_request_usage = {
    .name = "eelstream ingest", .summary = "Take spectra from a running source.",
    .operands = "SOURCE ADDRESS", .operands_max = 2, .options = options};

static int parse_scan(eel_live_how *how)
{
    unsigned long long rows, columns;
    char x, rest;

    if (!scan_words)
        return EEL_OK;
    if (sscanf(scan_words, "%llu%c%llu%c", &rows, &x, &columns, &rest) != 3 || x != 'x' ||
        strchr(scan_words, '-') || columns < 1 || columns > EEL_STORE_PIXELS_MAX ||
        rows > EEL_STORE_PIXELS_MAX / columns)
        return eel_fail(EEL_EARGS, "--scan: '%s' is not NYxNX, such as 64x128, or 0x128", scan_words);
    how->rows = rows;
    how->columns = columns;
    return EEL_OK;
}

/* Of a file, a unit alone says what its own numbers are. */
static int parse_axis(eel_live_how *how, const eel_source *source)
{
    static const char *const units[] = {"eV", "keV", "meV"};
    char *colon, *end;

    how->axis_words = axis_words;
    for (size_t i = 0; axis_words && source->files && i < sizeof units / sizeof *units; i++) {
        if (strcmp(axis_words, units[i]) == 0)
            return EEL_OK;
    }
    if (!axis_words)
        return EEL_OK;
    how->axis.start_ev = strtod(axis_words, &colon);
    if (colon != axis_words && *colon == ':') {
        how->axis.step_ev = strtod(colon + 1, &end);
        if (end != colon + 1 && !*end && how->axis.step_ev > 0 && how->axis.step_ev < 1e6)
            return EEL_OK;
    }
    return eel_fail(EEL_EARGS, "--axis: '%s' is not FIRST:STEP in eV, such as 400:0.5", axis_words);
}

static int parse_axes(eel_live_how *how, const eel_source *source)
{
    if (axes_words && !source->files)
        return eel_fail(EEL_EARGS, "--axes: are those of a file, %s reads none", source->name);
    how->axes = axes_words;
    return EEL_OK;
}

static int parse_rows(eel_live_how *how)
{
    char rest;

    if (!rows_words)
        return EEL_OK;
    if (sscanf(rows_words, "%u:%u%c", &how->sum_from, &how->sum_to, &rest) != 2 ||
        strchr(rows_words, '-') || how->sum_from >= how->sum_to)
        return eel_fail(EEL_EARGS, "--rows: '%s' is not A:B with A less than B, such as 100:140",
                        rows_words);
    return EEL_OK;
}

/* POLICY, which only a source that waits can do without. */
static int parse_overrun(eel_request *request)
{
    int code = EEL_OK, patient = request->source->patient;

    if (!overrun_words && !patient)
        return eel_fail(EEL_EARGS, "--on-overrun: missing; a detector does not wait, so say what happens when it is "
                        "too fast: drop-newest, drop-oldest, 'thin K' or 'spool DIR MAX'");
    if (overrun_words)
        code = eel_overrun_parse(&request->overrun, overrun_words);
    if (code == EEL_OK && patient && request->overrun.kind != EEL_SPOOL)
        request->overrun.kind = EEL_WAIT;
    return code;
}

static int check_numbers(void)
{
    if (flyback < 0 || scans < 0 || first_number < 1 || rate < 0 || !(stall_s > 0))
        return eel_fail(EEL_EARGS, "--flyback, --scans, --rate: less than 0, or --first, --stall not more than 0");
    if (ring_bytes < RING_LEAST)
        return eel_fail(EEL_EARGS, "--ring: %ju bytes, expected %u or more", (uintmax_t)ring_bytes, RING_LEAST);
    return EEL_OK;
}

int eel_request_parse(eel_request *request, const eel_flow *flow)
{
    char **operands;

    if (eel_flow_operands(flow, &operands) != 2)
        return eel_fail(EEL_EARGS, "a SOURCE and its ADDRESS are needed, such as: replay scan.dm3");
    int code = eel_source_find(&request->source, operands[0]);
    if (code == EEL_OK)
        code = parse_overrun(request);
    if (code == EEL_OK)
        code = check_numbers();
    request->how = (eel_live_how){.address = operands[1], .signal = signal_name, .rate = rate,
                                  .flyback = (uint64_t)(flyback > 0 ? flyback : 0), .stall_s = stall_s,
                                  .security = eel_flow_security(flow)};
    request->ring_bytes = ring_bytes;
    request->first = (uint64_t)first_number;
    request->scans = (uint64_t)scans;
    request->serve = serve;
    request->results = results;
    if (code == EEL_OK)
        code = parse_scan(&request->how);
    if (code == EEL_OK && request->how.flyback && !request->how.columns)
        code = eel_fail(EEL_EARGS, "--flyback: needs --scan, which says how long a row is");
    if (code == EEL_OK)
        code = parse_rows(&request->how);
    if (code == EEL_OK)
        code = parse_axes(&request->how, request->source);
    return code == EEL_OK ? parse_axis(&request->how, request->source) : code;
}
