#include "costs.h"
#include "base/err.h"
#include "base/replace.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

void eel_costs_add(eel_costs *costs, const char *stage, const struct rusage *usage)
{
    int i = 0;

    while (i < costs->count && strcmp(costs->stages[i].stage, stage))
        i++;
    if (i == EEL_PIPELINE_STAGES_MAX)
        return; /* no pipeline has as many */
    costs->count += i == costs->count;
    costs->stages[i].stage = stage;
    costs->stages[i].processes++;
    costs->stages[i].cpu_s += seconds(usage->ru_utime) + seconds(usage->ru_stime);
    costs->stages[i].mib += (double)usage->ru_maxrss / 1024; /* KiB */
}

int eel_costs_write(const eel_costs *costs, const char *folder)
{
    char path[EEL_PATH_MAX];
    json_t *stages = json_array();

    for (int i = 0; i < costs->count; i++)
        json_array_append_new(stages, json_pack("{sssisfsf}", "stage", costs->stages[i].stage, "processes",
                                                costs->stages[i].processes, "cpu_s", costs->stages[i].cpu_s, "mib",
                                                costs->stages[i].mib));
    json_t *all = json_pack("{sfso}", "seconds", costs->seconds, "stages", stages);
    char *text = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    snprintf(path, sizeof path, "%s/" EEL_COSTS_NAME, folder);
    int code = text ? eel_replace_text(path, text) : eel_fail(EEL_ENOMEM, "no memory for the costs of a run");

    free(text);
    json_decref(all);
    return code;
}
