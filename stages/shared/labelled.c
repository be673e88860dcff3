#include "shared/labelled.h"
#include "base/err.h"
#include "eels/background.h"
#include "eels/resample.h"
#include "eels/synth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int read_own(eel_labelled_classes *c, const json_t *own)
{
    size_t i, count = json_array_size(own);
    json_t *entry;

    if (count > EEL_OWN_MAX)
        return eel_fail(EEL_ELIMIT, "description of the run: %zu further elements, expected at most "
                        "%d", count, EEL_OWN_MAX);
    json_array_foreach((json_t *)own, i, entry) {
        const char *name, *shell;
        double onset_ev;
        uint32_t k = c->elements++;
        if (json_unpack(entry, "{s:s, s:s, s:F}", "name", &name, "shell", &shell, "onset_ev",
                        &onset_ev) != 0)
            return eel_fail(EEL_EFORMAT, "description of the run: a further element without name, "
                            "shell and onset");
        snprintf(c->name[k], sizeof c->name[k], "%s", name);
        int code = eel_class_edge_of(&c->edge[k], c->name[k], shell, onset_ev);
        if (code != EEL_OK)
            return eel_fail_in(code, "description of the run");
    }
    c->own = (int)count;
    return EEL_OK;
}

int eel_labelled_classes_read(eel_labelled_classes *c, const char *description)
{
    json_t *run = json_loads(description, 0, NULL);
    uint32_t k;

    *c = (eel_labelled_classes){.elements = EEL_ELEMENTS};
    for (k = 0; k < EEL_ELEMENTS; k++) {
        snprintf(c->name[k], sizeof c->name[k], "%s", eel_elements[k].symbol);
        eel_class_edge_of(&c->edge[k], c->name[k], "", 0);
    }
    int code = read_own(c, json_object_get(json_object_get(run, "synth"), "own"));
    json_decref(run);
    if (code != EEL_OK)
        return code;
    c->classes = EEL_CLASSES + (uint32_t)c->own;
    snprintf(c->name[c->elements], sizeof c->name[0], "other");
    for (k = 0; k < EEL_OTHER_BINS; k++)
        snprintf(c->name[c->elements + 1 + k], sizeof c->name[0], "other %.0f eV",
                 EEL_OTHER_START_EV + k * EEL_OTHER_BIN_EV);
    return EEL_OK;
}

json_t *eel_labelled_own_to_json(const eel_own_class *own, int count)
{
    json_t *list = json_array();

    for (int k = 0; k < count; k++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:f}", "name", own[k].name, "shell",
                                              own[k].edge.shell, "onset_ev", own[k].edge.onset_ev));
    return list;
}

int eel_labelled_check(const eel_block *block, uint32_t classes)
{
    if (block->channels == EEL_NET_CHANNELS && block->dtype == EEL_F32 &&
        block->side_bytes == (size_t)block->rows * classes)
        return EEL_OK;
    return eel_fail(EEL_EFORMAT,
                    "block %ju: %u %s channels and %zu labels, expected %d f32 channels and %zu",
                    (uintmax_t)block->number, block->channels, eel_dtype_name(block->dtype),
                    block->side_bytes, EEL_NET_CHANNELS, (size_t)block->rows * classes);
}

uint32_t eel_labelled_window(const float *row, uint32_t *from)
{
    uint32_t to = EEL_NET_CHANNELS;

    *from = 0;
    while (*from < to && isnan(row[*from]))
        (*from)++;
    while (to > *from && isnan(row[to - 1]))
        to--;
    return to - *from;
}
