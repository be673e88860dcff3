#include "ingest/serving.h"
#include "base/err.h"
#include "base/log.h"
#include "flow/cancel.h"
#include "ingest/sending.h"
#include "ingest/unfinished.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 64

typedef struct {
    eel_hearing *hearing;
    uint64_t left;   /* scans that had come, at least in part, when it was asked to stop */
    uint64_t passed; /* spooled scans that are not for this run */
} service;

static int into_number; /* the folder that the scan goes into, as the launcher says */

static const eel_option scan_options[] = {
    {"folder", 0, EEL_OPT_INT, &into_number, "M", "the scan goes into folder scan-M"},
    {0},
};
static const eel_usage scan_usage = {
    .name = "eelstream ingest", .summary = "Hand one scan on.", .options = scan_options};

/* Notes where a spooled scan goes, for a process that has to go on with it. */
static int note_folder(const eel_request *request, const eel_live_scan *scan)
{
    char folder[EEL_PATH_MAX];

    if (!scan->spool || !request->results)
        return EEL_OK;
    if (snprintf(folder, sizeof folder, "%s/scan-%04d", request->results, into_number) >= (int)sizeof folder)
        return eel_fail(EEL_ELIMIT, "--results: the path is too long");
    return eel_leftover_note(request->overrun.folder, scan->number, folder);
}

/* The flow for a scan, as the launcher says; NULL when there is none, or it asks to stop. `own`: the folder that the
 * scan has already, or 0, and its spool. */
static eel_flow *open_flow(eel_hearing *hearing, const eel_live_scan *scan, uint64_t own, const char *spool)
{
    static char line[EEL_ORDERS_BYTES_MAX]; /* the flow keeps pointing into it */
    char *words[WORDS_MAX] = {(char *)scan_usage.name}, *rest = line;
    int count = 1;

    if (eel_hearing_stopped(hearing))
        return NULL;
    if (own)
        printf("scan %ju again %ju %s\n", (uintmax_t)scan->number, (uintmax_t)own, spool);
    else
        printf("scan %ju\n", (uintmax_t)scan->number);
    fflush(stdout);
    int told = eel_orders_next(&hearing->orders, line, 1);
    eel_cancel_forget(); /* what came was about the flow before */
    if (!told)
        eel_hearing_stop(hearing);
    if (!told || !*line)
        return NULL;
    for (char *word; count < WORDS_MAX && (word = strsep(&rest, "\t"));)
        words[count++] = word;
    eel_flow *flow = eel_flow_open(count, words, &scan_usage);
    eel_flow_check(flow, note_folder(hearing->request, scan));
    return flow;
}

/* Are the results of the scan durable? The flow knows only that the stages after it took all of it: the launcher sees
 * them end. */
static int is_mapped(eel_hearing *hearing)
{
    char line[EEL_ORDERS_BYTES_MAX];

    return eel_orders_next(&hearing->orders, line, 0) && !strcmp(line, "mapped");
}

static int serve_leftover(eel_leftover *left, void *with)
{
    service *s = with;
    uint64_t own = eel_leftover_own(left, s->hearing->request->results);

    if (!own && left->folder[0]) { /* there is more of it elsewhere than here */
        eel_log("%s: belongs to %s; give the same command as then, or delete it", left->path, left->folder);
        s->passed++;
        return EEL_OK;
    }
    eel_flow *flow = open_flow(s->hearing, &left->scan, own, left->path);
    if (flow) {
        eel_send_leftover(s->hearing->request, flow, left);
        int taken = eel_flow_close(flow) == 0;
        left->mapped = is_mapped(s->hearing) && taken;
        if (left->mapped)
            eel_ring_unspool(s->hearing->ring, eel_spool_bytes(left->scan.spool));
    }
    s->left += !flow && s->hearing->stopping;
    return EEL_OK;
}

/* A scan that no flow takes whole costs itself only; its spool stays. A failure is one of the source. */
static int serve_scan(service *s, eel_live_scan *scan)
{
    eel_flow *flow = open_flow(s->hearing, scan, 0, NULL);
    s->left += !flow && s->hearing->stopping;
    eel_sent sent = flow ? eel_send_scan(s->hearing, flow, scan) : EEL_FLOW_ENDED;
    int taken = flow && eel_flow_close(flow) == 0 && sent == EEL_SENT;
    int code = sent == EEL_SENT ? EEL_OK : sent == EEL_FLOW_ENDED ? eel_hearing_pass_over(s->hearing) : EEL_ECANCEL;

    /* with the source gone, nobody waits for the end of what cannot be whole */
    int mapped = flow && sent != EEL_SOURCE_ENDED && is_mapped(s->hearing) && taken;
    eel_hearing_release(s->hearing, scan, mapped);
    return code;
}

int eel_serve(eel_hearing *hearing)
{
    const eel_overrun *overrun = &hearing->request->overrun;
    service s = {.hearing = hearing};
    eel_live_scan *scan;
    int code = EEL_OK;

    if (overrun->kind == EEL_SPOOL)
        code = eel_leftover_each(overrun->folder, serve_leftover, &s, &s.passed);
    if (code == EEL_OK && hearing->request->results) /* what the spool holds of them is finished by now */
        eel_unfinished_say(hearing->request->results);
    while (code == EEL_OK && (scan = eel_hearing_scan(hearing, NULL, &code)))
        code = serve_scan(&s, scan);
    if (s.left)
        printf("left %ju\n", (uintmax_t)s.left);
    if (s.passed || hearing->refused)
        printf("passed %ju\n", (uintmax_t)(s.passed + hearing->refused));
    fflush(stdout);
    return code;
}
