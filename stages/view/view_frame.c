/*
 * view_frame - what the page asks for again and again: how the run is, and its maps.
 *
 * The body: the length of a JSON text (u32), the text, zeros up to a multiple of four bytes; and,
 * where "news" is true, the mean spectrum ("mean"."channels" float32), the states of the cells (u8),
 * and one plane of probabilities (u8, 254ths, 255: no value) for each class in "planes".
 * Little-endian. Rows and columns: "cell_rows" x "cell_columns".
 */
#include "view/view_state.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *axis_json(const eel_image_info *image, int from_last, uint64_t size)
{
    int a = image->nav_count - 1 - from_last;
    eel_nav_axis axis = {.size = size, .scale = 1};

    if (a >= 0)
        axis = image->nav[a];
    const char *name = axis.name, *units = axis.units;
    json_t *json = json_pack("{s:s, s:s, s:o, s:f, s:f}", "name", name, "units", units, "size",
                             count(size), "offset", axis.offset, "scale", axis.scale);
    return json ? json : json_object();
}

static json_t *class_json(const view_state *v, uint32_t index)
{
    const eel_result_class *c = &v->class[index];
    json_t *json = json_pack("{s:i, s:s, s:b, s:b, s:f, s:o}", "index", (int)index, "name", c->name,
                             "observable", c->observable, "found", c->found, "threshold",
                             c->threshold, "share", number(c->valued ? c->share : 0));

    if (json && c->edge.atomic_number) {
        json_object_set_new(json, "edge", json_string(c->edge.shell));
        json_object_set_new(json, "onset_ev", json_real(c->edge.onset_ev));
    }
    return json;
}

static void put_image(json_t *root, const view_state *v)
{
    const eel_image_info *image = &v->about.image;
    const eel_tap_frame *f = v->frame;
    json_t *axes = json_array(), *classes = json_array();

    json_array_append_new(axes, axis_json(image, 1, f->rows));
    json_array_append_new(axes, axis_json(image, 0, f->columns));
    for (uint32_t c = 0; c < v->frame->classes; c++)
        json_array_append_new(classes, class_json(v, c));
    json_object_set_new(root, "title", json_string(image->title));
    json_object_set_new(root, "file", json_string(eel_image_file(image)));
    json_object_set_new(root, "beam_kev", number(image->beam_kev));
    json_object_set_new(root, "exposure_s",
                        image->exposure_s > 0 ? json_real(image->exposure_s) : json_null());
    json_object_set_new(root, "model", json_string(v->about.model));
    json_object_set_new(root, "version", json_string(EEL_VERSION));
    json_object_set_new(root, "axes", axes);
    json_object_set_new(root, "classes", classes);
}

/* How many pixels there will be is not known; "pixels" are those there is room for. */
static int is_open(const view_state *v)
{
    return v->about.open && !v->ended;
}

static void put_maps(json_t *root, const view_state *v)
{
    const eel_tap_frame *f = v->frame;
    json_t *counts = json_object();

    for (int s = 0; s < EEL_PIXEL_STATES; s++)
        json_object_set_new(counts, eel_pixel_state_name((eel_pixel_state)s), count(f->counts[s]));
    json_object_set_new(root, "run", json_string(f->run));
    json_object_set_new(root, "pixels", count(f->pixels));
    json_object_set_new(root, "open", json_boolean(is_open(v)));
    json_object_set_new(root, "counts", counts);
    json_object_set_new(root, "picture", count(f->picture));
    json_object_set_new(root, "pictures", count(f->pictures));
    json_object_set_new(root, "rows", count(f->rows));
    json_object_set_new(root, "columns", count(f->columns));
    json_object_set_new(root, "step", count(f->step));
    json_object_set_new(root, "cell_rows", count(f->cell_rows));
    json_object_set_new(root, "cell_columns", count(f->cell_columns));
    json_object_set_new(root, "mean",
                        json_pack("{s:f, s:f, s:i, s:o}", "start_ev", f->start_ev, "step", f->step_ev,
                                  "channels", (int)f->channels, "pixels", count(f->mean_pixels)));
}

/* Spectra per second over the last seconds; over the whole run once it has ended. */
static double rate_of(const view_state *v)
{
    const view_rate *r = &v->rate;
    int last = r->count - 1;

    if (v->ended) {
        double span_s = r->last_s - r->first_s;
        uint64_t done = r->count ? r->done[last] - r->first_done : 0;
        return span_s > 0.5 && done ? (double)done / span_s : NAN;
    }
    if (r->count < 2 || r->s[last] - r->s[0] < 0.3)
        return NAN;
    return (double)(r->done[last] - r->done[0]) / (r->s[last] - r->s[0]);
}

static void put_progress(json_t *root, const view_state *v)
{
    double rate = rate_of(v), now_s = eel_clock_s();
    uint64_t behind = view_health_behind(&v->health, "aggregate");
    uint64_t missing = v->frame->counts[EEL_MISSING];

    json_object_set_new(root, "ended", json_boolean(v->ended));
    json_object_set_new(root, "over", json_boolean(v->over));
    json_object_set_new(root, "rate", number(rate));
    json_object_set_new(root, "lag", v->health.count && !v->ended ? count(behind) : json_null());
    json_object_set_new(root, "lag_s", number(rate > 0 ? (double)behind / rate : NAN));
    json_object_set_new(root, "left_s", number(rate > 0 && !is_open(v) ? (double)missing / rate : NAN));
    json_object_set_new(root, "stages", view_health_to_json(&v->health, now_s));
}

static void put_drift(json_t *root, const view_state *v)
{
    const view_drift *d = &v->drift;
    json_t *shifts = json_array();

    if (d->class < 0 || !d->count || isnan(d->edge_ev)) {
        json_decref(shifts);
        json_object_set_new(root, "drift", json_null());
        return;
    }
    for (int i = 0; i < d->count; i++)
        json_array_append_new(shifts, number(d->shift_ev[i]));
    json_object_set_new(root, "drift",
                        json_pack("{s:i, s:f, s:f, s:o, s:o}", "class", d->class, "edge_ev", d->edge_ev,
                                  "onset_ev", d->onset_ev, "pixels",
                                  count(d->pixels), "shifts", shifts));
}

/* Which planes go along: those in `list`, or those of what was found. */
static uint32_t choose(const view_state *v, const char *list, uint32_t *planes)
{
    uint8_t wanted[EEL_STORE_CLASSES_MAX] = {0};
    uint32_t n = 0;

    for (uint32_t c = 0; !list && c < v->frame->classes; c++)
        wanted[c] = (uint8_t)v->class[c].found;
    while (list && *list) {
        char *end;
        unsigned long c = strtoul(list, &end, 10);
        if (end == list)
            break;
        if (c < v->frame->classes)
            wanted[c] = 1;
        list = *end == ',' ? end + 1 : end;
    }
    for (uint32_t c = 0; c < v->frame->classes; c++) {
        if (wanted[c])
            planes[n++] = c;
    }
    return n;
}

static void reply(eel_web_request *request, const view_state *v, json_t *root, const uint32_t *planes,
                  uint32_t n)
{
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(8));
    uint32_t length = text ? (uint32_t)strlen(text) : 0;
    size_t head = sizeof length + ((length + 3u) & ~3u), size = head;
    const eel_tap_frame *f = v->frame;

    if (planes)
        size += f->channels * sizeof(float) + (n + 1) * v->cells;
    char *body = text ? eel_alloc(size, 1) : NULL;
    if (body) {
        memcpy(body, &length, sizeof length);
        memcpy(body + sizeof length, text, length);
        char *at = body + head;
        if (planes) {
            at = (char *)memcpy(at, f->mean, f->channels * sizeof(float)) + f->channels * sizeof(float);
            at = (char *)memcpy(at, f->states, v->cells) + v->cells;
        }
        for (uint32_t i = 0; planes && i < n; i++)
            at = (char *)memcpy(at, f->p + planes[i] * v->cells, v->cells) + v->cells;
        eel_web_reply(request, 200, "application/octet-stream", body, size);
    } else {
        eel_web_reply(request, 500, "text/plain", "no memory\n", 10);
    }
    eel_free(body);
    free(text);
    json_decref(root);
}

void view_answer_frame(view_state *v, eel_web_request *request)
{
    const char *after = eel_web_query(request, "after");
    uint32_t planes[EEL_STORE_CLASSES_MAX], n = 0;
    json_t *root = json_object(), *list = json_array();

    if (!v->frame) {
        json_object_set_new(root, "waiting", json_true());
        json_decref(list);
        reply(request, v, root, NULL, 0);
        return;
    }
    int news = !after || strtoull(after, NULL, 10) != v->seq;
    if (news)
        n = choose(v, eel_web_query(request, "planes"), planes);
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer((json_int_t)planes[i]));
    json_object_set_new(root, "seq", count(v->seq));
    json_object_set_new(root, "news", json_boolean(news));
    json_object_set_new(root, "planes", list);
    put_progress(root, v);
    put_drift(root, v);
    if (news) {
        put_image(root, v);
        put_maps(root, v);
    }
    reply(request, v, root, news ? planes : NULL, n);
}
