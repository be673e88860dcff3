/*
 * calibrate - put every spectrum on one common energy axis.
 *
 * in:   spectra (pixels, channels) of any type, on the file's axis; beside them, where the description says
 *       "shifted", what is to be added to the energies of each
 * out:  spectra (pixels, covered channels), float32 counts per 0.2 eV channel, on the covered part
 *       of the network's axis; in the description: "axis", that part, "gap_ev", between which energies of it
 *       nothing was recorded, where there is such a gap, "correction", what the user changed, and "alignment" when the axis follows the spectra; then side data too
 *
 * Counts are conserved (eels/resample.h). Values that are not numbers are bridged from their
 * neighbours, however wide the gap; a spectrum without one good channel becomes all NAN and is named undecodable later.
 */
#include <math.h>

#include "base/mem.h"
#include "calibrate/alignment.h"
#include "shared/calibration.h"
#include "base/err.h"
#include "io/json_text.h"
#include "shared/joints.h"

static eel_correction correction = EEL_CORRECTION_NONE;
static eel_alignment alignment;

static const eel_option options[] = {EEL_CORRECTION_OPTIONS(correction),
                                     EEL_ALIGNMENT_OPTIONS(alignment),
                                     {0}};
static const eel_usage usage = {.name = "eelstream calibrate",
                                .summary = "Put every spectrum on one common energy axis.",
                                .options = options};

typedef struct {
    eel_calibrator *calibrator;
    uint32_t channels, rows_max; /* of incoming blocks */
    float *counts;               /* (rows_max, channels) */
} workplace;

/* Reads the file's axis from the description and adds the common one. */
static int prepare(workplace *w, eel_flow *flow)
{
    json_t *run = eel_run_description(flow);
    json_t *image = run ? json_object_get(run, "image") : NULL;
    char *text = image ? json_dumps(image, JSON_COMPACT) : NULL;
    eel_image_info info;
    int code = text ? eel_image_info_from_json(&info, text)
                    : eel_fail(EEL_EFORMAT, "description of the run: no image in it");

    free(text);
    if (code == EEL_OK)
        code = eel_calibrator_new(&w->calibrator, &correction, &info);
    if (code == EEL_OK)
        code = eel_alignment_open(&alignment, w->calibrator,
                                  json_is_true(json_object_get(run, "shifted")));
    if (code == EEL_OK)
        code = eel_block_rows_from_json(&w->rows_max, run);
    if (code == EEL_OK) {
        w->channels = info.axis.n;
        w->counts = eel_alloc((size_t)w->rows_max * w->channels, sizeof *w->counts);
        code = w->counts ? EEL_OK : EEL_ENOMEM;
    }
    if (code == EEL_OK) {
        json_object_set_new(run, "correction",
                            json_pack("{s:f, s:o, s:o}", "offset_ev", correction.offset_ev,
                                      "dispersion_ev", isnan(correction.dispersion_ev)
                                          ? json_null() : json_real(correction.dispersion_ev),
                                      "window", correction.window ? eel_json_text(correction.window)
                                                               : json_null()));
        if (eel_alignment_is_on(&alignment))
            json_object_set_new(run, "alignment", json_pack("{s:s}", "by", alignment.by));
        json_object_set_new(run, "axis", eel_axis_to_json(eel_calibrator_axis(w->calibrator)));
        const eel_gap *gap = eel_calibrator_gap(w->calibrator);
        if (gap->to_ev > gap->from_ev)
            json_object_set_new(run, "gap_ev", json_pack("[f, f]", gap->from_ev, gap->to_ev));
        return eel_describe_run(flow, run);
    }
    json_decref(run);
    return code;
}

/* What can be told of the options before there is an axis. */
static int check_options(void)
{
    int code = eel_correction_check(&correction);

    return code == EEL_OK ? eel_alignment_check(&alignment) : code;
}

static int calibrate(workplace *w, eel_block *block)
{
    const eel_axis *axis = eel_calibrator_axis(w->calibrator);

    if (block->channels != w->channels || block->rows > w->rows_max)
        return eel_fail(EEL_EFORMAT, "block %ju: %u x %u values, expected at most %u x %u",
                        (uintmax_t)block->number, block->rows, block->channels, w->rows_max,
                        w->channels);
    eel_image_to_float(w->counts, block->data, eel_type_of(block->dtype),
                       (size_t)block->rows * block->channels);
    int code = eel_alignment_follow(&alignment, w->calibrator, w->counts, block);
    if (code == EEL_OK)
        code = eel_block_reshape(block, axis->n, EEL_F32);
    for (uint32_t row = 0; row < block->rows && code == EEL_OK; row++) {
        code = eel_alignment_follow_row(&alignment, w->calibrator, block, row);
        if (code == EEL_OK)
            eel_calibrate_row(w->calibrator, w->counts + (size_t)row * w->channels,
                              (float *)block->data + (size_t)row * axis->n);
    }
    block->start_ev = axis->start_ev;
    block->step_ev = axis->step_ev;
    return code;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    workplace w = {0};
    eel_block *block;

    if (eel_flow_checks(flow))
        eel_flow_check(flow, check_options());
    if (eel_flow_running(flow))
        eel_flow_check(flow, prepare(&w, flow));
    while ((block = eel_recv(flow))) {
        eel_flow_check(flow, calibrate(&w, block));
        eel_send(flow, block);
    }
    eel_calibrator_free(w.calibrator);
    eel_alignment_close(&alignment);
    eel_free(w.counts);
    return eel_flow_close(flow);
}
