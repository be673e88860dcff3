#include "info/info_model.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "io/json_text.h"
#include "nn/model.h"

static int is_element(const eel_model_info *info, uint32_t c)
{
    return strncmp(info->class_name[c], "other", 5) != 0;
}

/* "0.75", or "0.6 to 0.8" where elements differ. */
static void show_thresholds(const eel_model_info *info)
{
    float low = 1, high = 0;

    for (uint32_t c = 0; c < info->classes; c++) {
        if (!is_element(info, c))
            continue;
        low = info->threshold[c] < low ? info->threshold[c] : low;
        high = info->threshold[c] > high ? info->threshold[c] : high;
    }
    printf("  %-14s%.3g", "present from", low);
    if (high > low)
        printf(" to %.3g", high);
    printf("\n");
}

/* The command and how much it saw; a record of another kind is left to --json. */
static void show_training(json_t *training)
{
    const char *command = json_string_value(json_object_get(training, "command"));
    json_t *spectra = json_object_get(training, "spectra");

    printf("  %-14s%s\n", "training", command ? command : json_object_size(training) ? "see --json" : "not recorded");
    if (json_is_integer(spectra))
        printf("  %-14s%jd\n", "spectra", (intmax_t)json_integer_value(spectra));
}

static void show(const eel_model_info *info, const eel_net_shape *shape, json_t *training, const char *path)
{
    int others = 0;

    printf("%s\n  %-14strained network\n  %-13s", path, "format", "elements");
    for (uint32_t c = 0; c < info->classes; c++) {
        if (is_element(info, c))
            printf(" %s", info->class_name[c]);
        else
            others++;
    }
    printf("\n  %-14s%s\n", "other edges", !others ? "not told" : others == 1 ? "told" : "told, and where they begin");
    printf("  %-14s%.6g to %.6g eV, %u channels of %.6g eV\n", "energy loss", info->start_ev,
           info->start_ev + (shape->inputs - 1) * info->step_ev, shape->inputs, info->step_ev);
    show_thresholds(info);
    printf("  %-14s%.1f MFLOP a spectrum\n", "cost", 1e-6 * (double)eel_net_flop(shape));
    show_training(training);
    printf("  %-14s%s\n", "sha-256", info->sha256);
}

static int show_json(const eel_model_info *info, const eel_net_shape *shape, json_t *training, const char *path)
{
    json_t *elements = json_array(), *thresholds = json_object();

    for (uint32_t c = 0; c < info->classes; c++) {
        if (!is_element(info, c))
            continue;
        json_array_append_new(elements, eel_json_text(info->class_name[c]));
        json_object_set_new(thresholds, info->class_name[c], json_real(info->threshold[c]));
    }
    json_t *object = json_pack("{s:o, s:s, s:o, s:o, s:{s:f, s:f, s:i}, s:I, s:O, s:s}", "path", eel_json_text(path), "format", EEL_MODEL_FORMAT,
                               "elements", elements, "thresholds", thresholds, "energy", "start_ev", info->start_ev,
                               "step_ev", info->step_ev, "channels", (int)shape->inputs, "flop",
                               (json_int_t)eel_net_flop(shape), "training", training, "sha256", info->sha256);
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(7));
    int code = text ? EEL_OK : eel_fail(EEL_ENOMEM, "%s: no memory left to describe it", path);
    if (text)
        printf("%s\n", text);
    free(text);
    json_decref(object);
    return code;
}

int eel_info_model(const char *path, int json)
{
    eel_net *net;
    eel_model_info info;
    int code = eel_model_read(&net, &info, path);

    if (code != EEL_OK)
        return code;
    json_t *training = json_loads(info.training, 0, NULL);
    if (!training)
        training = json_null();
    if (json)
        code = show_json(&info, eel_net_shape_of(net), training, path);
    else
        show(&info, eel_net_shape_of(net), training, path);
    json_decref(training);
    eel_model_info_release(&info);
    eel_net_free(net);
    return code;
}
