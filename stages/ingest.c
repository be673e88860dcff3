/*
 * ingest - the spectra of a running source, with what is missing named.
 *
 * in:   a live source: see lib/live/source.h
 * out:  spectra (pixels, channels) of the source's own type, on its energy axis, and tombstones for
 *       pixels that were lost; side data of a scan that is "shifted": what its low-loss companion says is to be
 *       added to the energies of each, float32 eV, NAN where it is not known. In the description of the run:
 *       "input", "image", "version", "block_rows", "shifted", "numbers" (nn/numbers.h), and "open" when the length of the scan is not
 *       known before its end
 *
 * A thread of its own listens to the source and never waits for the pipeline (lib/live/gather.h);
 * between it and the flow is a ring with the user's policy for overruns (lib/live/ring.h).
 *
 * As the first stage of a pipeline it maps one scan. With --serve it outlives pipelines: for each
 * scan it prints "scan N", or "scan N again M SPOOL" when an earlier process spooled it and had begun to map it into
 * folder scan-M of --results, and gets on one line of standard input, separated by tabs, the options of the flow
 * that takes it, with the number of the folder that it goes into; an empty line when there is none. SIGTERM ends that
 * flow alone: what else comes of the scan is passed over, and the next one waits for its flow. The end of standard
 * input asks it to stop: the rest of the scan that is on is named cancelled, and "left N" printed where N scans had
 * come that no flow has taken. "passed N" at the end: so many spooled scans are not for this run, as was said.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "flow/cancel.h"
#include "io/store.h"
#include "shared/joints.h"
#include "nn/numbers.h"
#include "ingest/leftover.h"
#include "ingest/said.h"
#include "live/gather.h"

#define RING_LEAST (64u << 10) /* bytes: some spectra of most detectors */
#define WAIT_MS    10          /* for the ring, between two looks at the flow */
#define LINE_BYTES 8192
#define WORDS_MAX  64

static const char *overrun_words, *scan_words, *axis_words, *axes_words, *rows_words, *signal_name, *results;
static double rate, stall_s = 30;
static int flyback, scans, first_number = 1, serve, into_number;
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
    {"serve", 0, EEL_OPT_FLAG, &serve, NULL, "one flow after the other, see stages/ingest.c"},
    {"first", 0, EEL_OPT_INT, &first_number, "N", "number of the first scan"},
    {"results", 0, EEL_OPT_TEXT, &results, "OUTDIR", "with --serve: where the folders of the scans lie"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream ingest", .summary = "Take spectra from a running source.",
    .operands = "SOURCE ADDRESS", .operands_max = 2, .options = options};
static const eel_option scan_options[] = {
    {"folder", 0, EEL_OPT_INT, &into_number, "M", "the scan goes into folder scan-M"},
    {0},
};
static const eel_usage scan_usage = {
    .name = "eelstream ingest", .summary = "Hand one scan on.", .options = scan_options};

typedef struct {
    const eel_source *source;
    void *state;
    eel_live_how user;
    eel_overrun overrun;
    eel_ring *ring;
    eel_gather *gather;
    int stopping;
    uint64_t left;   /* scans that had come, at least in part, when it was asked to stop */
    uint64_t passed; /* spooled scans that are not for this run */
} ingest;

/* ---- what the user says ---- */

static int parse(ingest *in, const eel_flow *flow)
{
    char **operands;

    if (eel_flow_operands(flow, &operands) != 2)
        return eel_fail(EEL_EARGS, "a SOURCE and its ADDRESS are needed, such as: replay scan.dm3");
    int code = eel_source_find(&in->source, operands[0]);
    if (code == EEL_OK && !overrun_words && !in->source->patient)
        code = eel_fail(EEL_EARGS, "--on-overrun: missing; a detector does not wait, so say what "
                        "happens when it is too fast: drop-newest, drop-oldest, 'thin K' or "
                        "'spool DIR MAX'");
    if (code == EEL_OK && overrun_words)
        code = eel_overrun_parse(&in->overrun, overrun_words);
    if (code == EEL_OK && in->source->patient && in->overrun.kind != EEL_SPOOL)
        in->overrun.kind = EEL_WAIT;
    if (code == EEL_OK && (flyback < 0 || scans < 0 || first_number < 1 || rate < 0 || !(stall_s > 0)))
        code = eel_fail(EEL_EARGS, "--flyback, --scans, --rate: less than 0, or --first, --stall not "
                        "more than 0");
    if (code == EEL_OK && ring_bytes < RING_LEAST)
        code = eel_fail(EEL_EARGS, "--ring: %ju bytes, expected %u or more", (uintmax_t)ring_bytes, RING_LEAST);
    in->user = (eel_live_how){.address = operands[1], .signal = signal_name, .rate = rate,
                              .flyback = (uint64_t)(flyback > 0 ? flyback : 0), .stall_s = stall_s,
                              .security = eel_flow_security(flow)};
    if (code == EEL_OK && scan_words)
        code = eel_said_scan(&in->user, scan_words);
    if (code == EEL_OK && in->user.flyback && !in->user.columns)
        code = eel_fail(EEL_EARGS, "--flyback: needs --scan, which says how long a row is");
    if (code == EEL_OK && rows_words)
        code = eel_said_rows(&in->user, rows_words);
    if (code == EEL_OK && axes_words)
        code = eel_said_axes(&in->user, axes_words, in->source);
    return code == EEL_OK && axis_words ? eel_said_axis(&in->user, axis_words, in->source) : code;
}

static int begin(ingest *in, uint64_t number)
{
    int code = in->source->open(&in->state, &in->user);

    if (code == EEL_OK)
        code = eel_ring_new(&in->ring, &in->overrun, ring_bytes);
    if (code == EEL_OK)
        code = eel_gather_start(&in->gather, &(eel_gather_how){
            .source = in->source, .state = in->state, .user = &in->user, .ring = in->ring,
            .overrun = &in->overrun, .stall_s = stall_s, .number = number,
            .scans = serve ? (uint64_t)scans : 1});
    return code;
}

/* ---- one scan into one flow ---- */

static void stop(ingest *in)
{
    in->stopping = 1;
    eel_gather_cancel(in->gather);
}

static void look_at_stdin(ingest *in)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    if (serve && !in->stopping && poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR)))
        stop(in);
}

/* The next piece, while the flow is tended; NULL: between two flows. Words go to the user. 0 when none will come. */
static int next_piece(ingest *in, eel_flow *flow, eel_piece *piece)
{
    while (!flow || eel_flow_running(flow)) {
        look_at_stdin(in);
        if (eel_ring_take(in->ring, piece, WAIT_MS)) {
            if (piece->kind != EEL_RING_WORDS)
                return 1;
            eel_log("%s %s: %s", in->source->name, in->user.address, (char *)piece->data);
            eel_ring_give_back(in->ring, piece);
        } else if (eel_ring_over(in->ring)) {
            return 0;
        }
        if (flow)
            eel_recv_within(flow, 0);
    }
    return 0;
}

static int describe(const ingest *in, eel_flow *flow, const eel_live_scan *scan)
{
    char *text = eel_image_info_to_json(&scan->image);
    json_t *image = text ? json_loads(text, 0, NULL) : NULL;
    json_t *run = json_pack("{s:{s:s, s:I, s:s}, s:o, s:s, s:i, s:b, s:b, s:s}", "input", "source",
                            in->source->name, "scan", (json_int_t)scan->number, "began", scan->began,
                            "image", image, "version", EEL_VERSION, "block_rows",
                            (int)scan->block_rows, "open", scan->open, "shifted", scan->shifted, "numbers",
                            eel_numbers_name(eel_numbers_here()));

    free(text);
    eel_flow_total(flow, scan->open ? 0 : scan->image.pixels);
    return eel_describe_run(flow, run);
}

typedef struct {
    eel_flow *flow;
    const eel_live_scan *scan;
    uint64_t blocks;
} sender;

/* Takes the shifts from between the spectra. */
static int part(const eel_live_scan *scan, eel_block *block, const char *data)
{
    size_t spectrum = eel_live_spectrum_bytes(scan), row = eel_live_row_bytes(scan);
    float shifts[EEL_LIVE_BLOCK_ROWS];

    for (uint32_t i = 0; i < block->rows; i++) {
        memcpy((char *)block->data + i * spectrum, data + i * row, spectrum);
        memcpy(&shifts[i], data + i * row + spectrum, sizeof *shifts);
    }
    return eel_block_side(block, shifts, block->rows * sizeof *shifts);
}

static int send_pixels(sender *s, uint64_t first, uint32_t rows, const void *data)
{
    const eel_image_info *image = &s->scan->image;
    eel_block *block = eel_block_new(s->blocks++, first, rows, image->axis.n,
                                     eel_dtype_of(image->type));

    if (!block)
        return EEL_ENOMEM;
    block->start_ev = image->axis.start_ev;
    block->step_ev = image->axis.step_ev;
    int code = EEL_OK;
    if (s->scan->shifted)
        code = part(s->scan, block, data);
    else
        memcpy(block->data, data, rows * eel_live_spectrum_bytes(s->scan));
    if (code == EEL_OK)
        eel_send(s->flow, block);
    else
        eel_block_free(block);
    return code;
}

static int send_absence(sender *s, uint64_t first, uint64_t rows, eel_pixel_state why)
{
    while (rows > 0 && eel_flow_running(s->flow)) {
        uint32_t piece = rows < EEL_BLOCK_ROWS_MAX ? (uint32_t)rows : EEL_BLOCK_ROWS_MAX;
        eel_block *block = eel_block_tombstone(s->blocks++, first, piece, why);
        if (!block)
            return EEL_ENOMEM;
        eel_send(s->flow, block);
        first += piece;
        rows -= piece;
    }
    return EEL_OK;
}

typedef enum { SENT, FLOW_ENDED, SOURCE_ENDED } how_sent;

/* From after the SCAN piece to its END, unless the flow, or the source, ends before; the flow says why. */
static how_sent send_scan(ingest *in, eel_flow *flow, const eel_live_scan *scan)
{
    sender s = {.flow = flow, .scan = scan};
    eel_piece piece;

    eel_flow_check(flow, describe(in, flow, scan));
    while (next_piece(in, flow, &piece)) {
        int end = piece.kind == EEL_RING_END;
        if (piece.kind == EEL_RING_DATA)
            eel_flow_check(flow, send_pixels(&s, piece.first, (uint32_t)piece.rows, piece.data));
        else if (piece.kind == EEL_RING_ABSENT)
            eel_flow_check(flow, send_absence(&s, piece.first, piece.rows, piece.why));
        else if (end)
            eel_end(flow, piece.rows);
        eel_ring_give_back(in->ring, &piece);
        if (end)
            return SENT;
    }
    if (!eel_flow_running(flow))
        return FLOW_ENDED;
    eel_flow_check(flow, eel_ring_code(in->ring)); /* the source failed inside the scan */
    return SOURCE_ENDED;
}

/* What is still to come of a scan that no flow takes, its END included: until then who listens writes to it. */
static int pass_over_rest(ingest *in)
{
    eel_piece piece;

    while (next_piece(in, NULL, &piece)) {
        int end = piece.kind == EEL_RING_END;
        eel_ring_give_back(in->ring, &piece);
        if (end)
            return EEL_OK;
    }
    return eel_ring_code(in->ring);
}

/* A scan of an earlier process, from its spool; what is not there was never written. */
static void send_leftover(ingest *in, eel_flow *flow, eel_leftover *left)
{
    sender s = {.flow = flow, .scan = &left->scan};
    uint64_t first, next = 0, total = left->scan.image.pixels;
    uint32_t rows;
    int code = describe(in, flow, &left->scan);

    while (code == EEL_OK && eel_flow_running(flow) && eel_leftover_next(left, &first, &rows)) {
        if (first < next || first + rows > total)
            continue;
        code = send_absence(&s, next, first - next, EEL_SOURCE_GAP);
        if (code == EEL_OK)
            code = send_pixels(&s, first, rows, left->rows);
        next = first + rows;
    }
    if (left->scan.open && left->scan.columns)
        total = (next + left->scan.columns - 1) / left->scan.columns * left->scan.columns;
    else if (left->scan.open)
        total = next;
    if (code == EEL_OK && total > next)
        code = send_absence(&s, next, total - next, EEL_SOURCE_GAP);
    if (eel_flow_check(flow, code))
        eel_end(flow, total);
}

/* ---- one flow after the other ---- */

static int read_line(char *line, size_t size)
{
    size_t length = 0;

    while (length + 1 < size) {
        ssize_t n = read(STDIN_FILENO, line + length, 1);
        if (n <= 0)
            return eel_fail(EEL_ECANCEL, "standard input: ended"); /* whoever asked is gone */
        if (line[length] == '\n')
            break;
        length++;
    }
    line[length] = 0;
    return EEL_OK;
}

/* Notes where a spooled scan goes, for a process that has to go on with it. */
static int note_folder(const ingest *in, const eel_live_scan *scan)
{
    char folder[EEL_PATH_MAX];

    if (!scan->spool || !results)
        return EEL_OK;
    if (snprintf(folder, sizeof folder, "%s/scan-%04d", results, into_number) >= (int)sizeof folder)
        return eel_fail(EEL_ELIMIT, "--results: the path is too long");
    return eel_leftover_note(in->overrun.folder, scan->number, folder);
}

static void release(ingest *in, eel_live_scan *scan, int mapped)
{
    if (mapped && scan->spool)
        eel_leftover_forget(in->overrun.folder, scan->number);
    eel_ring_release(in->ring, scan, mapped);
}

/* The flow for a scan, as the launcher says; NULL when there is none, or it asks to stop. `own`: the folder that the
 * scan has already, or 0, and its spool. */
static eel_flow *open_flow(ingest *in, const eel_live_scan *scan, uint64_t own, const char *spool)
{
    static char line[LINE_BYTES]; /* the flow keeps pointing into it */
    char *words[WORDS_MAX] = {(char *)scan_usage.name}, *rest = line;
    int count = 1;

    look_at_stdin(in);
    if (in->stopping)
        return NULL;
    if (own)
        printf("scan %ju again %ju %s\n", (uintmax_t)scan->number, (uintmax_t)own, spool);
    else
        printf("scan %ju\n", (uintmax_t)scan->number);
    fflush(stdout);
    if (read_line(line, sizeof line) != EEL_OK)
        stop(in);
    eel_cancel_forget(); /* what came was about the flow before */
    if (in->stopping || !*line)
        return NULL;
    for (char *word; count < WORDS_MAX && (word = strsep(&rest, "\t"));)
        words[count++] = word;
    eel_flow *flow = eel_flow_open(count, words, &scan_usage);
    eel_flow_check(flow, note_folder(in, scan));
    return flow;
}

static int serve_leftover(eel_leftover *left, void *with)
{
    ingest *in = with;
    uint64_t own = eel_leftover_own(left, results);

    if (!own && left->folder[0]) { /* there is more of it elsewhere than here */
        eel_log("%s: belongs to %s; give the same command as then, or delete it", left->path, left->folder);
        in->passed++;
        return EEL_OK;
    }
    eel_flow *flow = open_flow(in, &left->scan, own, left->path);
    if (flow) {
        send_leftover(in, flow, left);
        left->mapped = eel_flow_close(flow) == 0;
    }
    in->left += !flow && in->stopping;
    return EEL_OK;
}

/* The scan that begins next. NULL when none will come, with how the source ended in *code. */
static eel_live_scan *next_scan(ingest *in, eel_flow *flow, int *code)
{
    eel_piece piece;

    if (!next_piece(in, flow, &piece)) {
        *code = eel_ring_code(in->ring);
        return NULL;
    }
    if (piece.kind == EEL_RING_SCAN)
        return piece.data;
    eel_ring_give_back(in->ring, &piece);
    *code = eel_fail(EEL_EFORMAT, "%s: pixels came of a scan that never began", in->user.address);
    return NULL;
}

/* A scan that no flow takes whole costs itself only; its spool stays. A failure is one of the source. */
static int serve_scan(ingest *in, eel_live_scan *scan)
{
    eel_flow *flow = open_flow(in, scan, 0, NULL);
    in->left += !flow && in->stopping;
    how_sent sent = flow ? send_scan(in, flow, scan) : FLOW_ENDED;
    int mapped = flow && eel_flow_close(flow) == 0 && sent == SENT;
    int code = sent == SENT ? EEL_OK : sent == FLOW_ENDED ? pass_over_rest(in) : EEL_ECANCEL;

    release(in, scan, mapped);
    return code;
}

/* Scan after scan, until there are no more. Failures of a flow have been said by it. */
static int serve_scans(ingest *in)
{
    eel_live_scan *scan;
    int code = EEL_OK;

    if (in->overrun.kind == EEL_SPOOL)
        code = eel_leftover_each(in->overrun.folder, serve_leftover, in, &in->passed);
    while (code == EEL_OK && (scan = next_scan(in, NULL, &code)))
        code = serve_scan(in, scan);
    if (in->left)
        printf("left %ju\n", (uintmax_t)in->left);
    if (in->passed)
        printf("passed %ju\n", (uintmax_t)in->passed);
    fflush(stdout);
    return code;
}

/* The scan there was, or NULL. It is the caller's to let go, once it is known to be mapped. */
static eel_live_scan *serve_one(ingest *in, eel_flow *flow)
{
    int code = EEL_OK;
    eel_live_scan *scan = next_scan(in, flow, &code);

    if (!scan) {
        eel_flow_check(flow, code);
        eel_flow_check(flow, eel_fail(EEL_EFORMAT, "%s: no scan came", in->user.address));
        return NULL;
    }
    send_scan(in, flow, scan);
    return scan;
}

static int leftover_number(const ingest *in, uint64_t *number)
{
    *number = (uint64_t)first_number;
    return in->overrun.kind == EEL_SPOOL ? eel_leftover_after(in->overrun.folder, number) : EEL_OK;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    ingest in = {0};
    eel_live_scan *scan = NULL;
    uint64_t number = 0;

    if (eel_flow_checks(flow))
        eel_flow_check(flow, parse(&in, flow));
    if (eel_flow_running(flow) && eel_flow_check(flow, parse(&in, flow)) &&
        eel_flow_check(flow, leftover_number(&in, &number)) &&
        eel_flow_check(flow, begin(&in, number))) {
        if (serve)
            eel_flow_check(flow, serve_scans(&in));
        else
            scan = serve_one(&in, flow);
    }
    int status = eel_flow_close(flow);
    eel_gather_stop(in.gather);
    if (scan)
        release(&in, scan, status == 0);
    eel_ring_free(in.ring);
    if (in.source)
        in.source->close(in.state);
    return status;
}
