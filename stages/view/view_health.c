#include "view/view_health.h"

#include <string.h>

#define SPAN_S 1.0 /* over which a share of time is told */

static view_process *find(view_health *h, const char *name)
{
    for (int i = 0; i < h->count; i++) {
        if (!strcmp(h->processes[i].now.name, name))
            return &h->processes[i];
    }
    if (h->count == VIEW_PROCESSES_MAX)
        return NULL;
    h->processes[h->count] = (view_process){0};
    return &h->processes[h->count++];
}

void view_health_hear(view_health *h, const eel_status *status, double now_s)
{
    view_process *p = find(h, status->name);

    if (!p)
        return;
    if (p->now.pid && p->now.pid != status->pid) {
        p->restarts++;
        p->before_s = 0;
    }
    if (p->before_s == 0 || now_s - p->before_s > 2 * SPAN_S) {
        p->before = p->before_s == 0 ? *status : p->now;
        p->before_s = p->before_s == 0 ? now_s : p->heard_s;
    }
    p->now = *status;
    p->heard_s = now_s;
}

void view_health_clear(view_health *h)
{
    h->count = 0;
}

static uint64_t pixels_of(const view_health *h, const char *stage)
{
    uint64_t pixels = 0;

    for (int i = 0; i < h->count; i++) {
        if (!strcmp(h->processes[i].now.stage, stage))
            pixels += h->processes[i].now.pixels;
    }
    return pixels;
}

uint64_t view_health_behind(const view_health *h, const char *stage)
{
    uint64_t most = 0, done = pixels_of(h, stage);

    for (int i = 0; i < h->count; i++) {
        uint64_t pixels = pixels_of(h, h->processes[i].now.stage);
        most = pixels > most ? pixels : most;
    }
    return most > done ? most - done : 0;
}

/* Adds the share of its time that a process spent so, over the last second or two. */
static void add_share(json_t *stage, const char *key, uint64_t now_us, uint64_t before_us,
                      double span_s)
{
    double share = span_s > 0 && now_us > before_us ? 1e-6 * (double)(now_us - before_us) / span_s : 0;
    json_t *sum = json_object_get(stage, key);

    json_object_set_new(stage, key, json_real(json_number_value(sum) + (share > 1 ? 1 : share)));
}

static void add_count(json_t *stage, const char *key, uint64_t count)
{
    json_int_t sum = json_integer_value(json_object_get(stage, key));

    json_object_set_new(stage, key, json_integer(sum + (json_int_t)count));
}

/* The worst of its processes says how a stage is. */
static void set_state(json_t *stage, const char *state)
{
    static const char *const order[] = {"end", "run", "start", "fail"};
    const char *worst = json_string_value(json_object_get(stage, "state"));
    int is = -1, was = -1;

    for (int i = 0; i < 4; i++) {
        is = !strcmp(order[i], state) ? i : is;
        was = worst && !strcmp(order[i], worst) ? i : was;
    }
    if (is >= 0 && is >= was)
        json_object_set_new(stage, "state", json_string(order[is]));
}

json_t *view_health_to_json(const view_health *h, double now_s)
{
    json_t *list = json_array();

    for (int i = 0; i < h->count; i++) {
        const view_process *p = &h->processes[i];
        json_t *stage = NULL, *one;
        size_t k;
        json_array_foreach(list, k, one) {
            if (!strcmp(json_string_value(json_object_get(one, "stage")), p->now.stage))
                stage = one;
        }
        if (!stage) {
            stage = json_pack("{s:s}", "stage", p->now.stage);
            if (!stage)
                continue; /* no text */
            json_array_append_new(list, stage);
        }
        double span_s = p->heard_s - p->before_s, silent_s = now_s - p->heard_s;
        double longest_s = json_number_value(json_object_get(stage, "silent_s"));
        add_count(stage, "processes", 1);
        add_count(stage, "pixels", p->now.pixels);
        add_count(stage, "restarts", (uint64_t)p->restarts);
        add_share(stage, "busy", p->now.busy_us, p->before.busy_us, span_s);
        add_share(stage, "starved", p->now.starved_us, p->before.starved_us, span_s);
        add_share(stage, "blocked", p->now.blocked_us, p->before.blocked_us, span_s);
        json_object_set_new(stage, "silent_s", json_real(silent_s > longest_s ? silent_s : longest_s));
        set_state(stage, p->now.state);
    }
    return list;
}
