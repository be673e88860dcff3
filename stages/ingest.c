/*
 * ingest - the spectra of a running source, with what is missing named.
 *
 * in:   a live source: see lib/live/source.h
 * out:  spectra (pixels, channels) of the source's own type, on its energy axis, and tombstones for
 *       pixels that were lost; side data of a scan that is "shifted": what its low-loss companion says is to be
 *       added to the energies of each, float32 eV, NAN where it is not known. In the description of the run:
 *       "input", "image", "version", "block_rows", "shifted", "numbers" (nn/numbers.h), and "open" when the length
 *       of the scan is not known before its end
 *
 * A thread of its own listens to the source and never waits for the pipeline (lib/live/gather.h);
 * between it and the flow is a ring with the user's policy for overruns (lib/live/ring.h):
 *
 *     source ── gather ──▶ ring, spool ── hearing ──▶ pieces ── sending ──▶ blocks, tombstones
 *
 * As the first stage of a pipeline it maps one scan. With --serve it outlives pipelines, and sends one scan after the
 * other to a flow of its own (ingest/serving.h). What the user says is in ingest/request.h.
 */
#include "base/err.h"
#include "ingest/sending.h"
#include "ingest/serving.h"

/* The scan that was sent, or NULL. It can be let go when the flow has closed: then it is known to be mapped. */
static eel_live_scan *send_one(eel_hearing *hearing, eel_flow *flow)
{
    int code = EEL_OK;
    eel_live_scan *scan = eel_hearing_scan(hearing, flow, &code);

    if (scan)
        eel_send_scan(hearing, flow, scan);
    else if (eel_flow_check(flow, code))
        eel_flow_check(flow, eel_fail(EEL_EFORMAT, "%s: no scan came", hearing->request->how.address));
    return scan;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &eel_request_usage);
    eel_request request = {0};
    eel_hearing hearing = {0};
    eel_live_scan *scan = NULL;

    if (eel_flow_checks(flow) || eel_flow_running(flow))
        eel_flow_check(flow, eel_request_parse(&request, flow));
    if (eel_flow_running(flow) && eel_flow_check(flow, eel_hearing_open(&hearing, &request))) {
        if (request.serve)
            eel_flow_check(flow, eel_serve(&hearing));
        else
            scan = send_one(&hearing, flow);
    }
    int status = eel_flow_close(flow);
    eel_hearing_close(&hearing, scan, status == 0);
    return status;
}
