#include "ingest/hearing.h"
#include "base/err.h"
#include "base/log.h"
#include "ingest/leftover.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define WAIT_MS 10 /* for the ring, between two looks at the flow */

/* Without it, each scan would be refused by itself. */
static int make_folder(const char *folder)
{
    return mkdir(folder, 0777) == 0 || errno == EEXIST ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", folder, strerror(errno));
}

int eel_hearing_open(eel_hearing *hearing, const eel_request *request)
{
    uint64_t number = request->first;
    int code = EEL_OK;

    hearing->request = request;
    if (request->overrun.kind == EEL_SPOOL)
        code = eel_leftover_after(request->overrun.folder, &number);
    if (code == EEL_OK)
        code = request->source->open(&hearing->source, &request->how);
    if (code == EEL_OK && request->overrun.kind == EEL_SPOOL)
        code = make_folder(request->overrun.folder);
    if (code == EEL_OK)
        code = eel_ring_new(&hearing->ring, &request->overrun, request->ring_bytes);
    if (code == EEL_OK)
        code = eel_gather_start(&hearing->gather, &(eel_gather_how){
            .source = request->source, .state = hearing->source, .user = &request->how, .ring = hearing->ring,
            .overrun = &request->overrun, .stall_s = request->how.stall_s, .number = number,
            .scans = request->serve ? request->scans : 1});
    return code;
}

void eel_hearing_stop(eel_hearing *hearing)
{
    hearing->stopping = 1;
    eel_gather_cancel(hearing->gather);
}

int eel_hearing_stopped(eel_hearing *hearing)
{
    if (hearing->request->serve && !hearing->stopping && eel_orders_stopped(&hearing->orders))
        eel_hearing_stop(hearing);
    return hearing->stopping;
}

int eel_hearing_next(eel_hearing *hearing, eel_flow *flow, eel_piece *piece)
{
    const eel_request *request = hearing->request;

    while (!flow || eel_flow_running(flow)) {
        eel_hearing_stopped(hearing);
        if (eel_ring_take(hearing->ring, piece, WAIT_MS)) {
            if (piece->kind != EEL_RING_WORDS)
                return 1;
            eel_log("%s %s: %s", request->source->name, request->how.address, (char *)piece->data);
            eel_ring_give_back(hearing->ring, piece);
        } else if (eel_ring_over(hearing->ring)) {
            return 0;
        }
        if (flow)
            eel_recv_within(flow, 0);
    }
    return 0;
}

static void pass_over(eel_hearing *hearing, const eel_piece *refused)
{
    const eel_request *request = hearing->request;

    if (refused->first)
        eel_log("scan %ju: %s: not mapped", (uintmax_t)refused->first, (char *)refused->data);
    else
        eel_log("%s %s: %s: not mapped", request->source->name, request->how.address, (char *)refused->data);
    hearing->refused++;
}

eel_live_scan *eel_hearing_scan(eel_hearing *hearing, eel_flow *flow, int *code)
{
    eel_piece piece;

    *code = EEL_OK;
    while (*code == EEL_OK && eel_hearing_next(hearing, flow, &piece)) {
        if (piece.kind == EEL_RING_SCAN)
            return piece.data;
        if (piece.kind != EEL_RING_REFUSED)
            *code = eel_fail(EEL_EFORMAT, "%s: pixels came of a scan that never began", hearing->request->how.address);
        else if (!hearing->request->serve && piece.first) /* of one that is none, the next may be wanted */
            *code = eel_fail(piece.code, "%s", (char *)piece.data);
        else
            pass_over(hearing, &piece);
        eel_ring_give_back(hearing->ring, &piece);
    }
    if (*code == EEL_OK)
        *code = eel_ring_code(hearing->ring);
    return NULL;
}

int eel_hearing_pass_over(eel_hearing *hearing)
{
    eel_piece piece;

    while (eel_hearing_next(hearing, NULL, &piece)) {
        int end = piece.kind == EEL_RING_END;
        eel_ring_give_back(hearing->ring, &piece);
        if (end)
            return EEL_OK;
    }
    return eel_ring_code(hearing->ring);
}

void eel_hearing_release(eel_hearing *hearing, eel_live_scan *scan, int mapped)
{
    if (mapped && scan->spool)
        eel_leftover_forget(hearing->request->overrun.folder, scan->number);
    eel_ring_release(hearing->ring, scan, mapped);
}

void eel_hearing_close(eel_hearing *hearing, eel_live_scan *scan, int mapped)
{
    eel_gather_stop(hearing->gather); /* until then who listens may write to the spool of the scan */
    if (scan)
        eel_hearing_release(hearing, scan, mapped);
    eel_ring_free(hearing->ring);
    if (hearing->request)
        hearing->request->source->close(hearing->source);
}
