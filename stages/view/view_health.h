/*
 * view_health - how the stages are, from the status messages that the launcher hands on
 * (proto/wire.md, W42).
 */
#ifndef EEL_STAGES_VIEW_HEALTH_H
#define EEL_STAGES_VIEW_HEALTH_H

#include <jansson.h>

#include "flow/watch.h"

#define VIEW_PROCESSES_MAX 300

typedef struct {
    eel_status now;
    double heard_s;            /* when it last told its status */
    eel_status before;         /* about a second before */
    double before_s;
    int restarts;
} view_process;

typedef struct {
    view_process processes[VIEW_PROCESSES_MAX];
    int count;
} view_health;

/* Takes in one status. A process of the same name and another number is one that was started again. */
void view_health_hear(view_health *health, const eel_status *status, double now_s);

/* A new run: what is there belongs to the one before. */
void view_health_clear(view_health *health);

/* Pixels that the first stages have taken in and `stage` has not done yet. */
uint64_t view_health_behind(const view_health *health, const char *stage);

/* An array with one object per stage: processes together. */
json_t *view_health_to_json(const view_health *health, double now_s);

#endif
