/*
 * costs - what the processes of a run cost: processor time and memory of each stage, for those who tune one.
 *
 *     {"seconds": 2.9, "stages": [{"stage": "infer", "processes": 2, "cpu_s": 3.4, "mib": 83.2}, …]}
 *
 * As the system tells it of each process when it has ended, with the children that it waited for; of these and of
 * itself the most memory that one had resident.
 */
#ifndef EEL_PIPELINES_COSTS_H
#define EEL_PIPELINES_COSTS_H

#include "pipeline.h"

#include <sys/resource.h>

typedef struct {
    double start_s; /* eel_clock_s */
    int count;
    struct {
        const char *stage; /* not owned */
        int processes;     /* that ran, replaced ones included */
        double cpu_s, mib; /* of all of them */
    } stages[EEL_PIPELINE_STAGES_MAX];
} eel_costs;

/* A process of `stage` has ended. */
void eel_costs_add(eel_costs *costs, const char *stage, const struct rusage *usage);

/* EEL_EIO */
int eel_costs_write(const eel_costs *costs, const char *path);

#endif
