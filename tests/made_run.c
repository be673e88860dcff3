#include "test.h"
#include "made_run.h"
#include "eels/elements.h"

#include <jansson.h>

#define BLOCK_ROWS 50

uint64_t made_pixels(const made_run *run)
{
    uint64_t pixels = 1;

    for (int a = 0; a < run->axes; a++)
        pixels *= run->size[a];
    return pixels;
}

static int observable(const made_run *run, uint32_t class)
{
    double onset = class < EEL_ELEMENTS ? eel_elements[class].onset_ev : 0;
    return class >= EEL_ELEMENTS || (onset > run->low_ev + 5 && onset < run->high_ev - 5);
}

/* Which of the elements named it is, -1 for none. */
static int place_of(const made_run *run, uint32_t class)
{
    char list[128], *rest = list, *name;

    snprintf(list, sizeof list, "%s", run->elements);
    for (int i = 0; (name = strsep(&rest, " ")); i++) {
        if (class < EEL_ELEMENTS && strcmp(name, eel_elements[class].symbol) == 0)
            return i;
    }
    return -1;
}

/* Discs of different sizes, cut at the borders; the first element is everywhere. */
float made_probability(const made_run *run, uint32_t class, uint64_t pixel)
{
    uint64_t columns = run->axes > 0 ? run->size[run->axes - 1] : 1;
    uint64_t rows = run->axes > 1 ? run->size[run->axes - 2] : 1;
    int place = place_of(run, class);

    if (class == MADE_CLASSES)
        return pixel % 4 == 0 ? 831.0f + (float)(pixel % 3) : pixel % 10 == 1 ? 120 : NAN;
    if (!observable(run, class))
        return NAN;
    if (place < 0)
        return 0.01f * (float)((pixel + class) % 3);
    if (place == 0)
        return 0.98f;
    double x = ((double)(pixel % columns) + 0.5) / (double)columns;
    double y = ((double)(pixel / columns % rows) + 0.5) / (double)rows;
    double away = hypot(x - 0.17 * place, y - 0.5 + 0.3 * sin(2.0 * place));
    return (float)(1 / (1 + exp(40 * (away - 0.25))));
}

static json_t *image_json(const made_run *run)
{
    eel_image_info info = {
        .path = "made/up.dm3", .format = "dm3", .nav_count = run->axes, .title = "made up",
        .pixels = made_pixels(run), .axis = {run->low_ev, 0.5, 1000}, .type = EEL_IMAGE_F32,
        .beam_kev = 200, .collection_mrad = NAN, .convergence_mrad = NAN, .exposure_s = NAN,
    };
    static const char *const names[] = {"u", "t", "z", "y", "x"};

    for (int a = 0; a < run->axes; a++) {
        info.nav[a] = (eel_nav_axis){.size = run->size[a], .offset = 3, .scale = 1.5};
        if (run->backwards && a == run->axes - 1)
            info.nav[a].scale = -1.5;
        snprintf(info.nav[a].name, sizeof info.nav[a].name, "%s", names[5 - run->axes + a]);
        snprintf(info.nav[a].units, sizeof info.nav[a].units, "%s", run->units);
    }
    char *text = eel_image_info_to_json(&info);
    json_t *json = json_loads(text, 0, NULL);
    free(text);
    return json;
}

char *made_description(const made_run *run)
{
    json_t *classes = json_array(), *thresholds = json_array(), *seen = json_array();

    for (uint32_t c = 0; c < MADE_COLUMNS; c++) {
        json_array_append_new(classes, json_string(c < EEL_ELEMENTS   ? eel_elements[c].symbol
                                                   : c < MADE_CLASSES ? "other"
                                                                      : EEL_OTHER_EV));
        json_array_append_new(thresholds, json_real(0.5));
        json_array_append_new(seen, json_boolean(observable(run, c)));
    }
    json_t *root = json_pack("{s:o, s:{s:f, s:f, s:i}, s:i, s:{s:s, s:s, s:o, s:o}, s:o}",
                             "image", image_json(run), "axis", "start_ev", run->low_ev, "step_ev",
                             0.2, "n", 4000, "block_rows", BLOCK_ROWS, "model", "name", "made-up",
                             "sha256", "00", "classes", classes, "thresholds", thresholds,
                             "observable", seen);
    char *text = json_dumps(root, 0);
    json_decref(root);
    return text;
}

/* Counts of a power law with a step and a peak at each element's edge. */
static void make_sum(const made_run *run, float sum[910], uint32_t rows)
{
    for (int i = 0; i < 910; i++) {
        double ev = 90.5 + i, counts = 1e6 * pow(ev / 100, -2.7);
        for (uint32_t c = 0; c < EEL_ELEMENTS; c++) {
            double past = ev - eel_elements[c].onset_ev;
            if (place_of(run, c) >= 0 && past > 0)
                counts *= 1.2 + 0.5 * exp(-past * past / 30);
        }
        sum[i] = ev < run->low_ev || ev > run->high_ev ? NAN : (float)(counts * rows);
    }
}

static int is_absent(const made_run *run, uint64_t pixel)
{
    uint64_t from = made_pixels(run) / 2;
    return pixel >= from && pixel < from + run->absent;
}

static void put_blocks(const made_run *run, eel_store *store)
{
    uint64_t pixels = made_pixels(run);
    float values[BLOCK_ROWS * MADE_COLUMNS], sum[910];

    for (uint64_t first = 0; first < pixels;) {
        uint32_t rows = 0, most = BLOCK_ROWS - (uint32_t)(first % BLOCK_ROWS);
        int absent = is_absent(run, first);
        for (; rows < most && first + rows < pixels; rows++) {
            if (is_absent(run, first + rows) != absent)
                break;
            for (uint32_t c = 0; c < MADE_COLUMNS; c++)
                values[rows * MADE_COLUMNS + c] = made_probability(run, c, first + rows);
        }
        make_sum(run, sum, rows);
        assert_ok(absent ? eel_store_absent(store, first, rows, EEL_POISON)
                         : eel_store_put(store, first, rows, values, sum));
        first += rows;
    }
}

void make_run(const made_run *run, const char *folder)
{
    char *description = made_description(run);
    eel_store_info info = {
        .pixels = made_pixels(run), .classes = MADE_COLUMNS, .block_rows = BLOCK_ROWS,
        .sum_channels = 910, .sum_start_ev = 90.5, .sum_step_ev = 1, .description = description,
    };
    eel_store *store = NULL;

    assert_ok(eel_store_create(&store, folder, &info));
    free(description);
    put_blocks(run, store);
    assert_ok(eel_store_finish(store, "[{\"stage\": \"infer\", \"pixels\": 4096, "
                                      "\"seconds\": 0.5}]"));
    eel_store_close(store);
}
