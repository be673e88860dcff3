#include "shared/joints.h"
#include "base/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Both lists have the same order. */
_Static_assert((int)EEL_U8 == (int)EEL_IMAGE_U8 && (int)EEL_F64 == (int)EEL_IMAGE_F64 &&
                   (int)EEL_DTYPES == (int)EEL_IMAGE_TYPES,
               "types of messages and of files");

eel_dtype eel_dtype_of(eel_image_type type)
{
    return (eel_dtype)type;
}

eel_image_type eel_type_of(eel_dtype dtype)
{
    return (eel_image_type)dtype;
}

json_t *eel_run_description(eel_flow *flow)
{
    json_error_t error;
    const char *text = eel_flow_description(flow);
    json_t *run = json_loads(text, 0, &error);

    if (strcmp(text, "{}") == 0) {
        eel_flow_check(flow, eel_fail(EEL_EARGS, "--in: missing, and this stage receives blocks"));
        json_decref(run);
        return NULL;
    }
    if (run && !json_is_object(run)) {
        json_decref(run);
        run = NULL;
    }
    if (!run)
        eel_flow_check(flow, eel_fail(EEL_EFORMAT, "description of the run: %s", error.text));
    return run;
}

int eel_describe_run(eel_flow *flow, json_t *run)
{
    char *text = run ? json_dumps(run, JSON_COMPACT) : NULL;
    int code = text ? eel_flow_describe(flow, text)
                    : eel_fail(EEL_ENOMEM, "description of the run: out of memory");

    json_decref(run);
    free(text);
    return code;
}

json_t *eel_axis_to_json(const eel_axis *axis)
{
    return json_pack("{s:f, s:f, s:I}", "start_ev", axis->start_ev, "step_ev", axis->step_ev, "n",
                     (json_int_t)axis->n);
}

int eel_axis_from_json(eel_axis *axis, const json_t *json)
{
    double start, step;
    json_int_t n;

    if (json_unpack((json_t *)json, "{s:F, s:F, s:I}", "start_ev", &start, "step_ev", &step, "n",
                    &n) ||
        !isfinite(start) || !(step > 0) || n < 1 || n > EEL_CHANNELS_MAX)
        return eel_fail(EEL_EFORMAT, "description of the run: no usable energy axis");
    *axis = (eel_axis){start, step, (uint32_t)n};
    return EEL_OK;
}

int eel_block_rows_from_json(uint32_t *rows, const json_t *run)
{
    json_int_t value = json_integer_value(json_object_get(run, "block_rows"));

    if (value < 1 || value > EEL_BLOCK_ROWS_MAX)
        return eel_fail(EEL_EFORMAT, "description of the run: blocks of %jd pixels, expected 1 to %u",
                        (intmax_t)value, EEL_BLOCK_ROWS_MAX);
    *rows = (uint32_t)value;
    return EEL_OK;
}

int eel_print_json(json_t *json)
{
    int failed = !json || json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) ||
                 putchar('\n') == EOF || fflush(stdout);

    json_decref(json);
    return failed ? eel_fail(EEL_EIO, "standard output: cannot be written") : EEL_OK;
}

float eel_shift_beside(const eel_block *block, uint32_t row)
{
    float shift_ev = NAN;
    size_t at = block->side_bytes == sizeof shift_ev ? 0 : row * sizeof shift_ev;

    if (block->side && at + sizeof shift_ev <= block->side_bytes)
        memcpy(&shift_ev, (const char *)block->side + at, sizeof shift_ev);
    return shift_ev;
}
