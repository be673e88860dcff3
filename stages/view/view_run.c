#include "view/view_run.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/replace.h"
#include "io/amounts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RATE_SPAN_S  5.0 /* over which the rate is told */
#define RATE_GAP_S   0.1
#define DRIFT_GAP_S  2.0

/* ---- what was found so far, by the rule of io/result.h ---- */

static void find_class(view_state *v, uint32_t index)
{
    const eel_tap_frame *f = v->frame;
    const uint8_t *p = f->p + index * v->cells;
    eel_result_class *c = &v->class[index];

    c->valued = c->above = c->patch = 0;
    c->mean = c->max = 0;
    for (size_t i = 0; i < v->cells; i++)
        v->plane[i] = p[i] == EEL_TAP_NO_VALUE ? NAN : (float)p[i] / 254;
    eel_found_add(c, v->plane, f->cell_rows, f->cell_columns, v->stack);
    c->share = c->valued ? (double)c->above / (double)c->valued : 0;
    c->found = c->observable && eel_found(c, f->cell_rows, f->cell_columns);
}

static void find_all(view_state *v)
{
    for (uint32_t c = 0; c < v->frame->classes; c++)
        find_class(v, c);
}

/* ---- the rate ---- */

static uint64_t done_of(const eel_tap_frame *f)
{
    return f->pixels - f->counts[EEL_MISSING];
}

static void note_rate(view_state *v)
{
    view_rate *r = &v->rate;
    double now_s = eel_clock_s();
    uint64_t done = done_of(v->frame);

    if (r->count == 0) {
        r->first_s = r->last_s = now_s;
        r->first_done = done;
    } else if (done > r->done[r->count - 1]) {
        r->last_s = now_s;
    }
    if (r->count > 0 && now_s - r->s[r->count - 1] < RATE_GAP_S && r->count > 1)
        r->count--; /* the newest one is replaced */
    while (r->count > 1 && (r->count == VIEW_RATE_SAMPLES || now_s - r->s[0] > RATE_SPAN_S)) {
        memmove(r->s, r->s + 1, (size_t)(r->count - 1) * sizeof *r->s);
        memmove(r->done, r->done + 1, (size_t)(r->count - 1) * sizeof *r->done);
        r->count--;
    }
    r->s[r->count] = now_s;
    r->done[r->count++] = done;
}

/* ---- a run comes, a run goes ---- */

void view_run_clear(view_state *v)
{
    eel_store_close(v->store);
    eel_growing_free(v->growing);
    eel_free(v->stack);
    eel_free(v->plane);
    v->store = NULL;
    v->growing = NULL;
    v->stack = NULL;
    v->plane = NULL;
    v->frame = NULL;
    v->run[0] = 0;
    v->cells = 0;
    v->ended = 0;
}

/* Makes room for the cells of a frame; classes get their names. */
static int make_room(view_state *v, const eel_tap_frame *f)
{
    size_t cells = (size_t)f->cell_rows * f->cell_columns;

    if (cells != v->cells) {
        eel_free(v->stack);
        eel_free(v->plane);
        v->cells = 0;
        v->stack = eel_alloc(cells, sizeof *v->stack);
        v->plane = eel_alloc(cells, sizeof *v->plane);
        if (!v->stack || !v->plane)
            return EEL_ENOMEM;
        v->cells = cells;
    }
    for (uint32_t c = 0; c < f->classes; c++) {
        eel_result_class *class = &v->class[c];
        memcpy(class->name, v->about.class_name[c], sizeof class->name);
        class->edge = v->about.edge[c];
        class->observable = v->about.observable[c];
        class->threshold = v->about.threshold[c];
    }
    return EEL_OK;
}

/* Has a pixel of the store the values that its description says? */
static int check_values(const eel_store *store, const eel_description *about)
{
    uint32_t values = eel_store_info_of(store)->classes;

    return values == about->classes ? EEL_OK
                                    : eel_fail(EEL_EFORMAT, "store: %u values of a pixel, described as %u", values, about->classes);
}

static int begin(view_state *v, const eel_tap_frame *f)
{
    view_run_clear(v);
    int code = eel_description_parse(&v->about, f->description);
    if (code == EEL_OK && eel_description_probabilities(&v->about) != f->classes)
        code = eel_fail(EEL_EFORMAT, "tap: %u classes, described as %u", f->classes,
                        eel_description_probabilities(&v->about));
    if (code != EEL_OK)
        return code;
    v->rate = (view_rate){0};
    v->drift = (view_drift){.class = -1};
    view_health_clear(&v->health);
    snprintf(v->run, sizeof v->run, "%s", f->run);
    /* Without the store, a run on another machine, there is no pixel to ask for. */
    if (eel_store_open(&v->store, f->store, EEL_STORE_READ) != EEL_OK)
        v->store = NULL;
    return v->store ? check_values(v->store, &v->about) : EEL_OK;
}

static int is_shown(const view_state *v, const eel_tap_frame *f)
{
    return v->frame && !strcmp(v->run, f->run);
}

int view_run_show(view_state *v, const eel_tap_frame *f)
{
    int code = is_shown(v, f) ? EEL_OK : begin(v, f);

    if (code == EEL_OK)
        code = make_room(v, f);
    if (code != EEL_OK) {
        view_run_clear(v);
        return code;
    }
    v->frame = f;
    v->ended = f->ended;
    v->seq++;
    v->maps++;
    find_all(v);
    note_rate(v);
    if (!v->ended || access(f->store, F_OK))
        return EEL_OK;
    /* What the store says at the end is the last word: an open scan has its length only now. */
    char folder[EEL_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", f->store);
    if (view_run_load(v, folder) != EEL_OK)
        eel_log("the store of the run: %s", eel_words()); /* the last frame stays */
    return EEL_OK;
}

static int load(view_state *v, eel_store *store)
{
    const eel_store_info *info = eel_store_info_of(store);
    eel_store_counts counts = eel_store_count(store);
    eel_description *about = eel_alloc(1, sizeof *about);
    eel_growing *growing = NULL;
    int code = about ? eel_description_parse(about, info->description) : EEL_ENOMEM;

    if (code == EEL_OK)
        code = check_values(store, about);
    if (code == EEL_OK && about->image.pixels != info->pixels)
        code = eel_fail(EEL_EFORMAT, "store: %ju pixels, described as %ju", (uintmax_t)info->pixels, (uintmax_t)about->image.pixels);
    if (code == EEL_OK)
        code = eel_growing_new(&growing, about, info);
    if (code == EEL_OK)
        code = eel_growing_load(growing, store);
    if (code == EEL_OK) {
        view_run_clear(v);
        v->about = *about;
        v->store = store;
        v->growing = growing;
        snprintf(v->run, sizeof v->run, "%s", info->run);
        v->from_store = (eel_tap_frame){.number = 1, .ended = 1, .run = info->run, .store = "",
                                        .description = info->description, .pixels = info->pixels};
        memcpy(v->from_store.counts, counts.pixels, sizeof v->from_store.counts);
        eel_growing_frame(growing, &v->from_store);
        v->frame = &v->from_store;
        v->ended = 1;
        v->seq++;
        v->maps++;
        code = make_room(v, v->frame);
        if (code == EEL_OK)
            find_all(v);
    } else {
        eel_growing_free(growing);
    }
    eel_free(about);
    return code;
}

int view_run_load(view_state *v, const char *folder)
{
    char path[EEL_PATH_MAX];
    eel_store *store = NULL;

    if (snprintf(path, sizeof path, "%s/store/store.json", folder) >= (int)sizeof path)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", folder);
    path[strlen(path) - strlen("/store.json")] = 0;
    int code = eel_store_open(&store, access(path, F_OK) ? folder : path, EEL_STORE_READ);
    if (code != EEL_OK)
        return code;
    if (eel_amounts_described(eel_store_info_of(store)->description))
        code = eel_fail(EEL_EFORMAT, "%s: holds amounts of elements, expected the folder of a map", folder);
    else
        code = load(v, store);
    if (v->store != store)
        eel_store_close(store);
    return code;
}

/* ---- the energy axis ---- */

/* The element that most pixels have, of those whose edge lies well inside what was recorded: it is
 * the best to follow. */
static int best_edge(const view_state *v)
{
    const eel_tap_frame *f = v->frame;
    int best = -1;

    for (uint32_t c = 0; c < v->frame->classes; c++) {
        const eel_result_class *class = &v->class[c];
        if (!class->found || !class->edge.atomic_number || (best >= 0 && class->above <= v->class[best].above))
            continue;
        double onset_ev = class->edge.onset_ev;
        if (!isnan(view_drift_shift(f->mean, f->mean, f->channels, f->start_ev, f->step_ev, onset_ev)))
            best = (int)c;
    }
    return best;
}

void view_run_drift(view_state *v)
{
    static double next_s;
    static uint64_t measured;
    double now_s = eel_clock_s();
    int class = v->frame ? best_edge(v) : -1;

    if (class < 0 || !v->store || now_s < next_s || measured == v->seq)
        return;
    uint64_t size = v->frame->rows * v->frame->columns;
    if (view_drift_measure(&v->drift, v->store, class, v->class[class].edge.onset_ev,
                           v->frame->picture * size, size) != EEL_OK)
        v->drift.class = -1;
    measured = v->seq;
    next_s = eel_clock_s() + fmax(DRIFT_GAP_S, 20 * (eel_clock_s() - now_s));
}
