#include "view/view_bridge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void put_properties(eel_bridge *b, const view_state *v)
{
    const eel_tap_frame *f = v->frame;
    char key[64];

    eel_bridge_text(b, "run", f->run);
    eel_bridge_text(b, "title", v->about.image.title);
    eel_bridge_count(b, "ended", (uint64_t)(v->ended != 0));
    eel_bridge_count(b, "pixels", f->pixels);
    for (int s = 0; s < EEL_PIXEL_STATES; s++) {
        snprintf(key, sizeof key, "counts.%s", eel_pixel_state_name((eel_pixel_state)s));
        eel_bridge_count(b, key, f->counts[s]);
    }
    eel_bridge_count(b, "picture", f->picture);
    eel_bridge_count(b, "pictures", f->pictures);
    eel_bridge_count(b, "rows", f->rows);
    eel_bridge_count(b, "columns", f->columns);
    eel_bridge_count(b, "step", f->step);
    eel_bridge_real(b, "mean.first_ev", f->start_ev);
    eel_bridge_real(b, "mean.step_ev", f->step_ev);
    eel_bridge_count(b, "mean.pixels", f->mean_pixels);
    for (uint32_t c = 0; c < f->classes; c++) {
        snprintf(key, sizeof key, "found.%.40s", v->class[c].name);
        eel_bridge_count(b, key, (uint64_t)(v->class[c].found != 0));
    }
}

static void put_map(eel_bridge *b, const view_state *v, uint32_t class)
{
    const eel_tap_frame *f = v->frame;
    const uint8_t *p = f->p + class * v->cells;
    char key[64];

    snprintf(key, sizeof key, "probability.%.40s", v->class[class].name);
    float *map = eel_bridge_array(b, key, "float32", sizeof *map, f->cell_rows, f->cell_columns);
    for (size_t i = 0; map && i < v->cells; i++)
        map[i] = p[i] == EEL_TAP_NO_VALUE ? NAN : (float)p[i] / 254;
}

void view_bridge_turn(eel_bridge *bridge, const view_state *v)
{
    const eel_tap_frame *f = v->frame;

    if (!eel_bridge_wanted(bridge, f ? v->maps : 0))
        return;
    eel_bridge_begin(bridge, "EELSTREAM/MAPS", v->maps, f->time_s > 0 ? f->time_s : (double)time(NULL));
    put_properties(bridge, v);
    for (uint32_t c = 0; c < f->classes; c++)
        put_map(bridge, v, c);
    uint8_t *states = eel_bridge_array(bridge, "states", "uint8", 1, f->cell_rows, f->cell_columns);
    if (states)
        memcpy(states, f->states, v->cells);
    float *mean = f->channels ? eel_bridge_array(bridge, "mean.spectrum", "float32", sizeof *mean, 0,
                                                 f->channels) : NULL;
    if (mean)
        memcpy(mean, f->mean, f->channels * sizeof *mean);
    eel_bridge_answer(bridge);
}
