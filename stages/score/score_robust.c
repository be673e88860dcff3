/*
 * score --robust: one influence at a time - doses, windows, edge shapes never used in training,
 * spectra without edges, and edges outside the twenty. What the paper does not report.
 */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/replace.h"
#include "score/exam.h"
#include "io/plot.h"
#include "score/question.h"

#define COUNT_DEFAULT 2000
#define COUNT_MAX     1000000
#define POOL_DRAWS    2000 /* from one filling of the pool of edges: the spectra of a row are of many shapes */

static const double doses[] = {10, 30, 100, 300, 1000, 3000, 10000};
#define DOSES ((int)(sizeof doses / sizeof *doses))

static const struct {
    double from_ev, to_ev;
} windows[] = {{400, 900}, {250, 800}, {90, 550}};
#define WINDOWS ((int)(sizeof windows / sizeof *windows))
#define ROWS    (2 * DOSES + 2 * WINDOWS + 6) /* that are drawn: a window is cut out of the row below it */

typedef struct {
    const eel_question *question;
    uint64_t count, row; /* spectra of each row; rows done */
    eel_exam *exam[2], *paper_exam[2]; /* whole, cut: of the network; of the one for the paper's spectra, or the same */
    eel_library library;
    eel_synth *real, *real_held_out, *paper, *paper_held_out;
    eel_spectrum spectrum;
    eel_table *table;
    eel_progress progress;
} lab;

static const uint32_t all_elements = (1u << EEL_ELEMENTS) - 1;

/* What a row looks at. */
typedef enum { WHOLE, WITH_EDGE, EDGE_FREE, FOREIGN_ONLY } look;

static int wanted(const eel_spectrum *s, uint32_t scored, look at)
{
    uint32_t present = 0;

    for (int e = 0; e < EEL_ELEMENTS; e++)
        present |= (uint32_t)(s->labels[e] == EEL_PRESENT) << e;
    switch (at) {
    case WHOLE:
        return 1;
    case WITH_EDGE:
        return (present & scored) != 0;
    case EDGE_FREE:
        return s->labels[EEL_CLASS_OTHER] == EEL_ABSENT;
    case FOREIGN_ONLY:
        return s->labels[EEL_CLASS_OTHER] == EEL_PRESENT;
    }
    return 0;
}

typedef struct {
    eel_synth *synth;
    eel_scene scene;
    uint32_t scored;       /* bits: only these elements count */
    double from_ev, to_ev; /* shows the network this part only; 0, 0: all */
    look look;
} test;

static eel_exam *exam_of(const lab *l, const test *t)
{
    int paper = t->synth == l->paper || t->synth == l->paper_held_out, cut = t->to_ev > 0;
    return paper ? l->paper_exam[cut] : l->exam[cut];
}

static void ask(lab *l, const test *t)
{
    const eel_spectrum *s = &l->spectrum;
    uint32_t first = s->offset, end = s->offset + s->n;
    uint8_t labels[EEL_CLASSES];

    if (t->to_ev > 0) {
        uint32_t from = (uint32_t)lround((t->from_ev - EEL_NET_START_EV) / EEL_NET_STEP_EV);
        uint32_t to = (uint32_t)lround((t->to_ev - EEL_NET_START_EV) / EEL_NET_STEP_EV);
        first = from > first ? from : first;
        end = to < end ? to : end;
    }
    for (int c = 0; c < EEL_CLASSES; c++)
        labels[c] = c < EEL_ELEMENTS && !(t->scored >> c & 1) ? EEL_UNLABELLED : s->labels[c];
    eel_exam_add(exam_of(l, t), s->counts + (first - s->offset), end > first ? end - first : 0, first,
                 labels);
}

/* The draws of a row: the first POOL_DRAWS of each filling of the pool. */
static uint64_t index_of(uint64_t draw)
{
    return draw / POOL_DRAWS * EEL_EPOCH + draw % POOL_DRAWS;
}

/* Draws until `count` spectra of that kind were asked; with `part`, a part of each as well. */
static eel_metrics examine(lab *l, const test *t, const test *part)
{
    eel_metrics m;
    uint64_t done = 0;

    for (uint64_t i = 0; done < l->count && i < 50 * l->count; i++) {
        eel_synth_draw(t->synth, &t->scene, l->question->seed, index_of(i), &l->spectrum);
        if (!wanted(&l->spectrum, t->scored, t->look))
            continue;
        ask(l, t);
        if (part)
            ask(l, part);
        done++;
        eel_progress_show(&l->progress, l->row * l->count + done, ROWS * l->count, NULL);
    }
    eel_exam_finish(exam_of(l, t), &m);
    l->row++;
    return m;
}

static double exact_of(const eel_metrics *m)
{
    return (double)m->exact / (double)m->spectra;
}

static void add_row(lab *l, const char *name, const eel_metrics *m, const char *target)
{
    double n = (double)m->spectra;

    eel_table_row(l->table, "%s\t%ju\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.4f\t%s", name,
                  (uintmax_t)m->spectra, exact_of(m), (double)m->recognised / n, m->precision / n,
                  m->recall / n, m->f1 / n, eel_metrics_calibration_error(m), target);
}

static const eel_axis full = {EEL_PAPER_START_EV, EEL_NET_STEP_EV, EEL_PAPER_CHANNELS};

static void ask_doses(lab *l, double *paper, double *real)
{
    for (int d = 0; d < DOSES; d++) {
        test t = {.synth = l->paper, .scene = {.dose = doses[d]}, .scored = all_elements};
        eel_metrics m = examine(l, &t, NULL);
        char name[96];
        snprintf(name, sizeof name, "paper: Poisson noise, %g counts per channel", doses[d]);
        add_row(l, name, &m, doses[d] == 300 ? "exact 0.95" : "");
        paper[d] = exact_of(&m);
    }
    for (int d = 0; d < DOSES; d++) {
        test t = {.synth = l->real,
                  .scene = {.axis = full, .dose = doses[d], .clean = 1},
                  .scored = all_elements};
        eel_metrics m = examine(l, &t, NULL);
        char name[96];
        snprintf(name, sizeof name, "real: only Poisson noise, %g counts per channel", doses[d]);
        add_row(l, name, &m, "");
        real[d] = exact_of(&m);
    }
}

/* The elements whose edge lies inside a window whatever the error of the axis. */
static uint32_t surely_inside(double from_ev, double to_ev)
{
    uint32_t bits = 0;

    for (int e = 0; e < EEL_ELEMENTS; e++) {
        double onset = eel_elements[e].onset_ev, error = 15 + 0.015 * onset;
        bits |= (uint32_t)(onset - error > from_ev && onset + error < to_ev) << e;
    }
    return bits;
}

/* The same spectra twice: whole, and what a window leaves of them. */
static void window_rows(lab *l, const char *kind, const test *whole, double from_ev, double to_ev)
{
    test part = *whole;

    part.from_ev = from_ev;
    part.to_ev = to_ev;
    eel_metrics some, all = examine(l, whole, &part);
    char name[96], target[48];

    eel_exam_finish(exam_of(l, &part), &some);
    snprintf(name, sizeof name, "%s: window %g to %g eV", kind, from_ev, to_ev);
    snprintf(target, sizeof target, "exact %.3f", exact_of(&all) - 0.02);
    add_row(l, name, &some, target);
    snprintf(name, sizeof name, "%s: full range, the same elements", kind);
    add_row(l, name, &all, "");
}

static void ask_windows(lab *l)
{
    for (int w = 0; w < WINDOWS; w++) {
        double from_ev = windows[w].from_ev, to_ev = windows[w].to_ev;
        test whole = {.synth = l->paper, .scored = surely_inside(from_ev, to_ev), .look = WITH_EDGE};
        window_rows(l, "paper", &whole, from_ev, to_ev);
        whole.synth = l->real;
        whole.scene.axis = full;
        window_rows(l, "real", &whole, from_ev, to_ev);
    }
}

static void share_row(lab *l, const char *name, uint64_t wrong, uint64_t all, const char *target)
{
    eel_table_row(l->table, "%s\t%ju\t%.4f\t\t\t\t\t\t%s", name, (uintmax_t)all,
                  all ? (double)wrong / (double)all : NAN, target);
}

static void ask_unseen_shapes(lab *l)
{
    eel_metrics m = examine(l, &(test){.synth = l->paper_held_out, .scored = all_elements}, NULL);

    add_row(l, "paper: edge shapes kept from training", &m, "exact 0.93");
    m = examine(l, &(test){.synth = l->real_held_out, .scored = all_elements}, NULL);
    add_row(l, "real: edge shapes kept from training", &m, "");
}

static void ask_foreign(lab *l)
{
    static const eel_scene none = {.elements_given = 1};
    eel_metrics m = examine(l, &(test){.synth = l->paper, .scene = none, .scored = all_elements}, NULL);

    share_row(l, "paper: no edge at all, share with an element reported", m.edge_free_wrong,
              m.edge_free, "at most 0.005");
    m = examine(l, &(test){l->real, none, all_elements, .look = EDGE_FREE}, NULL);
    share_row(l, "real: no edge at all, share with an element reported", m.edge_free_wrong,
              m.edge_free, "at most 0.005");
    m = examine(l, &(test){l->real, none, all_elements, .look = FOREIGN_ONLY}, NULL);
    share_row(l, "real: only edges outside the twenty, share with an element reported",
              m.edge_free_wrong, m.edge_free, "at most 0.10");
    eel_table_note(l->table,
                   "Edges outside the twenty are reported as another edge in %.1f %% of "
                   "those spectra; of these edges %.1f %% are told where they begin, within a bin of "
                   "20 eV, and %.1f %% of the energies told belong to one.",
                   100 * (double)m.other_right / fmax((double)m.foreign, 1),
                   100 * (double)m.placed_right / fmax((double)m.placed, 1),
                   100 * (double)m.placed_right /
                       fmax((double)(m.placed_right + m.placed_wrong), 1));
    m = examine(l, &(test){.synth = l->real, .scored = all_elements}, NULL);
    share_row(l, "real: edges outside the twenty beside others, share with a false element",
              m.foreign_wrong, m.foreign, "at most 0.10");
    add_row(l, "real: everything drawn", &m, "calibration 0.02");
}

static int save_picture(const double *paper, const double *real, const char *folder)
{
    eel_picture *picture = NULL;
    char path[EEL_PATH_MAX];
    int code = eel_output_path(path, folder, "doses.png");

    if (code == EEL_OK)
        code = eel_picture_new(&picture, 800, 560);
    if (code != EEL_OK)
        return code;
    eel_plot plot = {.x = 100,
                     .y = 60,
                     .w = 660,
                     .h = 420,
                     .font = 16,
                     .across = {.low = 7,
                                .high = 14000,
                                .log = 1,
                                .label = "Counts per 0.2 eV channel at 500 eV"},
                     .up = {.low = 0, .high = 1, .label = "Exact accuracy"}};
    eel_picture_text(picture, 100, 38, &(eel_text){.size = 20, .colour = EEL_INK},
                     "How much dose it takes: all elements right");
    eel_plot_axes(picture, &plot);
    eel_plot_level(picture, &plot, 0.95, EEL_ORANGE);
    eel_plot_curve(picture, &plot, doses, paper, DOSES, 2.5, EEL_BLUE);
    eel_plot_points(picture, &plot, doses, paper, DOSES, 5, EEL_BLUE);
    eel_plot_curve(picture, &plot, doses, real, DOSES, 2.5, EEL_PURPLE);
    eel_plot_points(picture, &plot, doses, real, DOSES, 5, EEL_PURPLE);
    eel_text text = {.size = 15, .colour = EEL_BLUE, .align = EEL_RIGHT};
    eel_picture_text(picture, 745, plot.y + plot.h - 66, &text,
                     "edges of the paper: jump ratios from 0.15");
    text.colour = EEL_PURPLE;
    eel_picture_text(picture, 745, plot.y + plot.h - 42, &text,
                     "realistic edges: jump ratios from 0.03");
    text.colour = EEL_ORANGE;
    eel_picture_text(picture, 745, plot.y + plot.h - 18, &text, "goal, for 300 counts: 0.95");
    code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

static int open_exams(lab *l, int cut)
{
    const eel_question *q = l->question;
    int code = eel_exam_new(&l->exam[cut], q->model, eel_numbers_asked(q->float32));

    if (code == EEL_OK)
        code = eel_recogniser_doubt_axis(eel_exam_recogniser(l->exam[cut]), q->axis_error_ev);
    if (code == EEL_OK && q->paper_model)
        return eel_exam_new(&l->paper_exam[cut], q->paper_model, eel_numbers_asked(q->float32));
    l->paper_exam[cut] = l->exam[cut];
    return code;
}

static int open_lab(lab *l, const eel_question *q)
{
    l->question = q;
    l->count = q->count ? q->count : COUNT_DEFAULT;
    if (l->count > COUNT_MAX)
        return eel_fail(EEL_ELIMIT, "--count: %ju, at most %d", (uintmax_t)l->count, COUNT_MAX);
    int code = eel_question_library(q, &l->library);
    for (int cut = 0; cut < 2 && code == EEL_OK; cut++)
        code = open_exams(l, cut);
    if (code == EEL_OK)
        code = eel_synth_new(&l->real, EEL_SYNTH_REAL, &l->library, 0);
    if (code == EEL_OK)
        code = eel_synth_new(&l->real_held_out, EEL_SYNTH_REAL, &l->library, 1);
    if (code == EEL_OK)
        code = eel_synth_new(&l->paper, EEL_SYNTH_PAPER, &l->library, 0);
    if (code == EEL_OK)
        code = eel_synth_new(&l->paper_held_out, EEL_SYNTH_PAPER, &l->library, 1);
    if (code == EEL_OK)
        code = eel_table_new(&l->table, "One influence at a time",
                             "spectra with\tspectra\texact\trecognition\tprecision\trecall\tF1\t"
                             "calibration error\ttarget");
    return code;
}

static void close_lab(lab *l)
{
    eel_table_free(l->table);
    eel_synth_free(l->real);
    eel_synth_free(l->real_held_out);
    eel_synth_free(l->paper);
    eel_synth_free(l->paper_held_out);
    for (int cut = 0; cut < 2; cut++) {
        if (l->paper_exam[cut] != l->exam[cut])
            eel_exam_free(l->paper_exam[cut]);
        eel_exam_free(l->exam[cut]);
    }
    eel_library_release(&l->library);
    eel_free(l);
}

int eel_ask_robust(const eel_question *q)
{
    double paper[DOSES], real[DOSES];
    lab *l = eel_alloc(1, sizeof *l);
    int code = l ? open_lab(l, q) : EEL_ENOMEM;

    if (!l)
        return code;
    if (code == EEL_OK) {
        eel_progress_start(&l->progress, "robust", "spectra");
        ask_doses(l, paper, real);
        ask_windows(l);
        ask_unseen_shapes(l);
        ask_foreign(l);
        eel_progress_end(&l->progress);
        eel_table_note(
            l->table,
            "\"paper\": the distribution of Kong et al. 2022, its noise replaced "
            "where Poisson noise is named; \"real\": the forward model that shipped "
            "networks learn from, where edges too weak for their noise are not labelled. "
            "Counts per channel: of 0.2 eV, background at 500 eV. Windows: cut out of the spectra of the row below "
            "them; the elements whose edge is inside whatever the error of the axis. Rows with one number "
            "tell that share.%s Seed %ju.",
            q->paper_model ? " The paper's spectra were put to a network of their own." : "",
            (uintmax_t)q->seed);
        if (q->output)
            code = save_picture(paper, real, q->output);
    }
    if (code == EEL_OK)
        code = eel_question_answer(q, l->table, "robust", NULL);
    close_lab(l);
    return code;
}
