/*
 * score --carbon: Figure 7 of Kong et al. 2022 - is C K recognised whatever the material?
 *
 * The computed C K shapes of the edge library, one for each compound and those kept from training
 * first, each on the paper's background with its noise; then the C K of measured spectra, in the
 * files given.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/replace.h"
#include "base/rng.h"
#include "eels/background.h"
#include "score/exam.h"
#include "io/plot.h"
#include "score/lone_edge.h"
#include "score/question.h"
#include "shared/recognise_file.h"

#define PANELS_MAX 60
#define ACROSS     4
#define PANEL_W    340
#define PANEL_H    260
#define FROM_EV    260.0 /* what a panel shows: 260 to 350 eV */
#define POINTS     451
#define JUMP       0.6 /* within the paper's Table 1 for C K: 0.15 to 1.5 */

typedef struct {
    char name[128], kind[32], found[64];
    float p;          /* of carbon; NAN: its edge was not recorded */
    int seen, right;  /* carbon is found; and nothing else */
    double y[POINTS]; /* NAN where nothing was recorded */
} material;

typedef struct {
    eel_exam *exam;
    material panels[PANELS_MAX];
    int count, unread;
    float edge[EEL_PAPER_CHANNELS], counts[EEL_PAPER_CHANNELS];
} show;

static void fill_curve(material *panel, const float *counts, const eel_axis *axis)
{
    for (int i = 0; i < POINTS; i++) {
        double at = eel_axis_channel(axis, FROM_EV + i * EEL_NET_STEP_EV);
        long k = lround(at);
        panel->y[i] = k >= 0 && k < (long)axis->n ? counts[k] : NAN;
    }
}

static void fill_answer(const show *s, material *panel, const float *p)
{
    const eel_model_info *info = eel_recogniser_info(eel_exam_recogniser(s->exam));
    int carbon = eel_element_find("C");
    size_t used = 0;

    panel->p = p[carbon];
    for (int e = 0; e < EEL_ELEMENTS && used + 4 < sizeof panel->found; e++) {
        if (p[e] >= info->threshold[e])
            used += (size_t)snprintf(panel->found + used, sizeof panel->found - used, "%s%s",
                                     used ? " " : "", eel_elements[e].symbol);
    }
    panel->seen = p[carbon] >= info->threshold[carbon];
    panel->right = strcmp(panel->found, "C") == 0;
}

static void ask_shape(show *s, const eel_shape *shape, uint64_t seed)
{
    const eel_class_edge *edges = eel_recogniser_edges(eel_exam_recogniser(s->exam));
    material *panel = &s->panels[s->count];
    eel_rng rng = eel_rng_seeded(seed, (uint64_t)s->count);
    eel_axis axis = eel_axis_paper();
    double sd = eel_lone_background(EEL_LONE_LAST_EV) / 10;
    float p[EEL_CLASSES];

    eel_lone_edge(shape, s->edge);
    for (int i = 0; i < EEL_PAPER_CHANNELS; i++)
        s->counts[i] = (float)(eel_lone_background(eel_axis_ev(&axis, i)) +
                               JUMP * eel_lone_background(shape->onset_ev) * s->edge[i] +
                               sd * eel_rng_normal(&rng));
    eel_recognise(eel_exam_recogniser(s->exam), s->counts, EEL_PAPER_FIRST, axis.n, 1, p);
    for (uint32_t c = 0; c < EEL_CLASSES; c++)
        p[c] = eel_observable(&edges[c], &axis) ? p[c] : NAN;
    snprintf(panel->name, sizeof panel->name, "%s", shape->compound);
    snprintf(panel->kind, sizeof panel->kind, "%s",
             shape->held_out ? "computed, kept from training" : "computed");
    fill_curve(panel, s->counts, &axis);
    fill_answer(s, panel, p);
    s->count++;
}

static int shown(const show *s, const eel_shape *shape)
{
    for (int i = 0; i < s->count; i++) {
        if (strcmp(s->panels[i].name, shape->compound) == 0)
            return 1;
    }
    return 0;
}

static void ask_library(show *s, const eel_library *library, const eel_question *q)
{
    int carbon = eel_element_find("C");

    int room = PANELS_MAX - q->file_count;

    for (int held_out = 1; held_out >= 0; held_out--) {
        for (int i = 0; i < library->count && s->count < room; i++) {
            const eel_shape *shape = &library->shapes[i];
            if (shape->element == carbon && shape->held_out == held_out && !shown(s, shape))
                ask_shape(s, shape, q->seed);
        }
    }
}

static void ask_files(show *s, const eel_question *q)
{
    for (int i = 0; i < q->file_count; i++) {
        material *panel = &s->panels[s->count];
        eel_file_spectrum spectrum;
        float p[EEL_NET_CLASSES_MAX];
        const char *slash = strrchr(q->files[i], '/');
        if (eel_recognise_file(eel_exam_recogniser(s->exam), q->files[i], &(eel_image_options){0},
                               &(eel_correction)EEL_CORRECTION_NONE, p, &spectrum)) {
            eel_log("%s", eel_words());
            s->unread++;
            continue;
        }
        snprintf(panel->name, sizeof panel->name, "%s", slash ? slash + 1 : q->files[i]);
        snprintf(panel->kind, sizeof panel->kind, "measured");
        fill_curve(panel, spectrum.counts, &spectrum.axis);
        fill_answer(s, panel, p);
        eel_free(spectrum.counts);
        s->count++;
    }
}

static void draw_panel(eel_picture *picture, const material *panel, double x, double y)
{
    double ev[POINTS];
    char name[40];
    eel_colour colour = isnan(panel->p) ? EEL_GREY : panel->right ? EEL_GREEN : EEL_ORANGE;
    eel_plot plot = {.x = x + 24,
                     .y = y + 52,
                     .w = PANEL_W - 44,
                     .h = PANEL_H - 108,
                     .font = 13,
                     .across = {.low = FROM_EV,
                                .high = (FROM_EV + (POINTS - 1) * EEL_NET_STEP_EV),
                                .label = "Energy loss (eV)"},
                     .up = eel_plot_range(panel->y, POINTS, NULL)};

    plot.up.plain = 1;
    for (int i = 0; i < POINTS; i++)
        ev[i] = FROM_EV + i * EEL_NET_STEP_EV;
    snprintf(name, sizeof name, "%.30s%s", panel->name, strlen(panel->name) > 30 ? "…" : "");
    eel_picture_text(picture, x + 24, y + 24, &(eel_text){.size = 16, .colour = EEL_INK, .bold = 1},
                     "%s", name);
    eel_picture_text(picture, x + 24, y + 44, &(eel_text){.size = 13, .colour = EEL_GREY}, "%s",
                     panel->kind);
    eel_plot_axes(picture, &plot);
    eel_plot_curve(picture, &plot, ev, panel->y, POINTS, 1.5, EEL_BLUE);
    eel_picture_text(picture, plot.x + plot.w - 8, plot.y + 20,
                     &(eel_text){.size = 15, .colour = colour, .align = EEL_RIGHT, .bold = 1},
                     isnan(panel->p) ? "C not observable" : "C %.1f %%", 100 * (double)panel->p);
    eel_picture_text(picture, plot.x + plot.w - 8, plot.y + 40,
                     &(eel_text){.size = 14, .colour = colour, .align = EEL_RIGHT}, "found: %s",
                     panel->found[0] ? panel->found : "nothing");
}

static int save_picture(const show *s, const char *folder)
{
    eel_picture *picture = NULL;
    char path[EEL_PATH_MAX];
    int down = (s->count + ACROSS - 1) / ACROSS, code = eel_output_path(path, folder, "carbon.png");

    if (code == EEL_OK)
        code = eel_picture_new(&picture, ACROSS * PANEL_W, 60 + down * PANEL_H);
    if (code != EEL_OK)
        return code;
    eel_picture_text(picture, 24, 38, &(eel_text){.size = 22, .colour = EEL_INK},
                     "C K in different materials, and what was found");
    for (int i = 0; i < s->count; i++)
        draw_panel(picture, &s->panels[i], i % ACROSS * PANEL_W, 50 + i / ACROSS * PANEL_H);
    code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

static int answer(const eel_question *q, const show *s)
{
    eel_table *table = NULL;
    int seen = 0, right = 0, asked = 0,
        code = eel_table_new(&table, "C K in different materials (Figure 7)",
                             "material\tspectrum\tprobability of C\tfound\twrong");

    if (code != EEL_OK)
        return code;
    for (int i = 0; i < s->count; i++) {
        const material *panel = &s->panels[i];
        if (isnan(panel->p)) {
            eel_table_row(table, "%s\t%s\tnot observable\t%s\t", panel->name, panel->kind, panel->found);
            continue;
        }
        eel_table_row(table, "%s\t%s\t%.4f\t%s\t%s", panel->name, panel->kind, (double)panel->p,
                      panel->found, panel->right ? "" : "x");
        asked++;
        seen += panel->seen;
        right += panel->right;
    }
    eel_table_note(
        table,
        "C found in %d of %d spectra, and nothing else in %d. Computed edges stand on "
        "E^-%g with a jump ratio of %g and white noise. The paper's Figure 7 shows C K found "
        "in all of its materials.",
        seen, asked, right, EEL_LONE_EXPONENT, JUMP);
    if (q->output)
        code = save_picture(s, q->output);
    if (code == EEL_OK)
        code = eel_question_answer(q, table, "carbon", NULL);
    eel_table_free(table);
    return code;
}

int eel_ask_carbon(const eel_question *q)
{
    eel_library library = {0};
    show *s = eel_alloc(1, sizeof *s);
    int code = s ? eel_question_library(q, &library) : EEL_ENOMEM;

    if (code == EEL_OK && q->file_count > PANELS_MAX)
        code = eel_fail(EEL_ELIMIT, "%d files, at most %d", q->file_count, PANELS_MAX);
    if (code == EEL_OK)
        code = eel_exam_new(&s->exam, q->model, eel_numbers_asked(q->float32));
    if (code == EEL_OK) {
        ask_library(s, &library, q);
        ask_files(s, q);
        code = s->count ? answer(q, s)
                        : eel_fail(EEL_EFORMAT, "no C K in the library and no file could be read");
    }
    if (code == EEL_OK && s->unread)
        code = eel_fail(EEL_EIO, "%d of the files could not be read", s->unread);
    if (s)
        eel_exam_free(s->exam);
    eel_free(s);
    eel_library_release(&library);
    return code;
}
