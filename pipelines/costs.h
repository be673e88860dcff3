/*
 * costs - what the processes of a run cost: processor time and memory of each stage, for those who tune one.
 *
 *     {"seconds": 2.9, "stages": [{"stage": "infer", "processes": 2, "cpu_s": 3.4, "mib": 83.2}, …]}
 *
 * As the system tells it of each process of this machine when it has ended, with the children that it waited for. Workers
 * elsewhere are not among them.
 */
#ifndef EEL_PIPELINES_COSTS_H
#define EEL_PIPELINES_COSTS_H

#include "pipeline.h"

#include <sys/resource.h>

#define EEL_COSTS_NAME "costs.json"

typedef struct {
    double seconds; /* from start to end */
    int count;
    struct {
        const char *stage; /* not owned */
        int processes;     /* that ran, replaced ones included */
        double cpu_s; /* of all of them */
        double mib;   /* what each had resident at most, added up */
    } stages[EEL_PIPELINE_STAGES_MAX];
} eel_costs;

/* A process of `stage` has ended. */
void eel_costs_add(eel_costs *costs, const char *stage, const struct rusage *usage);

/* costs.json in a folder. EEL_EIO */
int eel_costs_write(const eel_costs *costs, const char *folder);

#endif
