/*
 * joints - where the folders of lib/ meet: the description of a run as JSON, types of files and of
 * messages, the shift of a row. Shared by the stages that need it.
 */
#ifndef EEL_STAGES_JOINTS_H
#define EEL_STAGES_JOINTS_H

#include <jansson.h>

#include "eels/axis.h"
#include "flow/flow.h"
#include "io/image.h"

eel_dtype eel_dtype_of(eel_image_type type);
eel_image_type eel_type_of(eel_dtype dtype);

/* The run's description as upstream gave it; decref after use. NULL after a failure that the flow
 * has been told of: without an upstream there is none. */
json_t *eel_run_description(eel_flow *flow);

/* Takes `run` and hands it downstream. */
int eel_describe_run(eel_flow *flow, json_t *run);

/* "axis" of the description: {"start_ev", "step_ev", "n"}. */
json_t *eel_axis_to_json(const eel_axis *axis);

/* "block_rows" of the description: pixels of a block at most. EEL_EFORMAT. */
int eel_block_rows_from_json(uint32_t *rows, const json_t *run);

/* Limits: EEL_CHANNELS_MAX, a positive step. EEL_EFORMAT. */
int eel_axis_from_json(eel_axis *axis, const json_t *json);

/* What is added to the energies of one row of a block, float32 eV in its side data: one for all rows or one for
 * each. NAN without. */
float eel_shift_beside(const eel_block *block, uint32_t row);

/* JSON on standard output as one line, decref'ed. EEL_EIO when it cannot be written. */
int eel_print_json(json_t *json);

#endif
