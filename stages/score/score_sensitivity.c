/*
 * score --sensitivity: Table 4 of Kong et al. 2022 - the lowest jump ratio and peak signal-to-noise
 * ratio at which each element is recognised.
 *
 * The paper's protocol: one edge on E^-1.88, white Gaussian noise whose standard deviation is a
 * tenth of the lowest background between 50 and 1100 eV; the height of the edge is searched for
 * each edge of the library and each draw of the noise, and averaged. PSNR = peak / standard
 * deviation, jump ratio = peak / background at the onset.
 */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/replace.h"
#include "base/rng.h"
#include "eels/background.h"
#include "score/exam.h"
#include "io/plot.h"
#include "score/kong2022.h"
#include "score/lone_edge.h"
#include "score/question.h"
#include "score/threshold_search.h"

#define JUMP_LOWEST 0.002
#define PRECISION   1.06 /* of one jump ratio; averaged over all draws */

typedef struct {
    eel_exam *exam;
    int element;
    double unit;                                   /* height of a jump ratio of 1 */
    float edge[EEL_PAPER_CHANNELS];                  /* peak 1 */
    float floor[EEL_SEARCH_MAX][EEL_PAPER_CHANNELS]; /* background and noise of each draw */
    float row[EEL_PAPER_CHANNELS];
    float x[EEL_SEARCH_MAX * EEL_NET_CHANNELS];
    float p[EEL_SEARCH_MAX * EEL_CLASSES];
} bench;

typedef struct {
    double psnr, jump; /* sums over what was recognised */
    uint64_t found, tried;
    uint64_t false_ones; /* reported when there is hardly an edge: they say nothing of the edge */
    int shapes;
} sum;

_Static_assert(EEL_SEARCH_MAX <= EEL_RECOGNISER_BATCH, "one question is one batch");

/* eel_search_ask: is the element recognised in draw i with an edge of that jump ratio? */
static void ask(void *context, const double *jumps, int *seen, int n)
{
    bench *b = context;
    eel_recogniser *recogniser = eel_exam_recogniser(b->exam);
    const eel_model_info *info = eel_recogniser_info(recogniser);
    uint32_t inputs = eel_recogniser_inputs(recogniser);

    for (int i = 0; i < n; i++) {
        float height = (float)(jumps[i] * b->unit);
        for (int k = 0; k < EEL_PAPER_CHANNELS; k++)
            b->row[k] = b->floor[i][k] + height * b->edge[k];
        eel_recogniser_show(recogniser, b->row, EEL_PAPER_FIRST, EEL_PAPER_CHANNELS,
                            b->x + i * (int)inputs);
    }
    eel_recognise_raw(recogniser, b->x, (uint32_t)n, b->p);
    for (int i = 0; i < n; i++) {
        float p =
            eel_model_calibrate(info, (uint32_t)b->element, b->p[i * EEL_CLASSES + b->element]);
        seen[i] = p >= info->threshold[b->element];
    }
}

static double noise_sd(void)
{
    return eel_lone_background(EEL_LONE_LAST_EV) / 10;
}

static void try_shape(bench *b, const eel_shape *shape, int draws, eel_rng *rng, sum *s)
{
    double sd = noise_sd(), jumps[EEL_SEARCH_MAX];
    double highest = eel_elements[shape->element].jump_max; /* of the paper's Table 1 */

    b->element = shape->element;
    b->unit = eel_lone_background(shape->onset_ev);
    eel_lone_edge(shape, b->edge);
    for (int done = 0; done < draws; done += EEL_SEARCH_MAX) {
        int n = draws - done < EEL_SEARCH_MAX ? draws - done : EEL_SEARCH_MAX;
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < EEL_PAPER_CHANNELS; k++)
                b->floor[i][k] =
                    (float)(eel_lone_background(EEL_PAPER_START_EV + k * EEL_NET_STEP_EV) +
                            sd * eel_rng_normal(rng));
        }
        eel_search_lowest(jumps, n, JUMP_LOWEST, highest, PRECISION, ask, b);
        for (int i = 0; i < n; i++) {
            s->tried++;
            s->false_ones += jumps[i] <= JUMP_LOWEST;
            if (isinf(jumps[i]) || jumps[i] <= JUMP_LOWEST)
                continue;
            s->found++;
            s->jump += jumps[i];
            s->psnr += jumps[i] * b->unit / sd;
        }
    }
    s->shapes++;
}

/* Shapes of an element, at most `most` of them, evenly over the library. */
static int pick_shapes(const eel_library *library, int element, int most, int *picked)
{
    int all = 0, n = 0;

    for (int s = 0; s < library->count; s++)
        all += library->shapes[s].element == element;
    for (int s = 0, seen = 0; s < library->count; s++) {
        if (library->shapes[s].element != element)
            continue;
        if (most <= 0 || all <= most || (long)seen * most / all != (long)(seen - 1) * most / all ||
            seen == 0)
            picked[n++] = s;
        seen++;
    }
    return n;
}

static int try_all(const eel_question *q, const eel_library *library, bench *b, sum *sums)
{
    int *picked = eel_alloc((size_t)library->count + 1, sizeof *picked);
    eel_progress progress;

    if (!picked)
        return EEL_ENOMEM;
    eel_progress_start(&progress, "sensitivity", "elements");
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        int n = pick_shapes(library, e, q->shapes, picked);
        eel_rng rng = eel_rng_seeded(q->seed, (uint64_t)e);
        eel_progress_show(&progress, (uint64_t)e, EEL_ELEMENTS, eel_elements[e].symbol);
        for (int i = 0; i < n; i++)
            try_shape(b, &library->shapes[picked[i]], q->draws, &rng, &sums[e]);
    }
    eel_progress_end(&progress);
    eel_free(picked);
    return EEL_OK;
}

/* Table 4 as a picture: jump ratios side by side. */
static int save_picture(const sum *sums, const char *folder)
{
    eel_picture *picture = NULL;
    char path[EEL_PATH_MAX];
    double most = 0.16;
    eel_text name = {.size = 16, .colour = EEL_INK, .align = EEL_CENTRE};
    eel_text never = {.size = 12, .colour = EEL_ORANGE, .align = EEL_CENTRE};
    int code = eel_output_path(path, folder, "sensitivity.png");

    if (code == EEL_OK)
        code = eel_picture_new(&picture, 1200, 560);
    if (code != EEL_OK)
        return code;
    for (int e = 0; e < EEL_ELEMENTS; e++)
        most = fmax(most, sums[e].found ? sums[e].jump / (double)sums[e].found : 0);
    eel_plot plot = {.x = 100,
                     .y = 60,
                     .w = 1070,
                     .h = 430,
                     .font = 16,
                     .across = {.low = 0, .high = EEL_ELEMENTS, .plain = 1},
                     .up = {.low = 0, .high = 1.1 * most, .label = "Detectable jump ratio"}};
    eel_picture_text(picture, 100, 38, &(eel_text){.size = 20, .colour = EEL_INK},
                     "Lowest jump ratio that is recognised: eelstream (blue), Kong et al. (grey)");
    eel_plot_axes(picture, &plot);
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        double ours = sums[e].found ? sums[e].jump / (double)sums[e].found : 0;
        double base = plot.y + plot.h, width = plot.w / EEL_ELEMENTS;
        double top = eel_plot_y(&plot, ours), theirs = eel_plot_y(&plot, eel_kong_table4[e].jump);
        if (sums[e].found)
            eel_picture_rect(picture, eel_plot_x(&plot, e) + 0.12 * width, top, 0.36 * width,
                             base - top, EEL_BLUE);
        else
            eel_picture_text(picture, eel_plot_x(&plot, e) + 0.3 * width, base - 8, &never, "never");
        eel_picture_rect(picture, eel_plot_x(&plot, e) + 0.52 * width, theirs, 0.36 * width,
                         base - theirs, EEL_ABSENT_COLOUR);
        eel_picture_text(picture, eel_plot_x(&plot, e + 0.5), base + 26, &name, "%s",
                         eel_elements[e].symbol);
    }
    code = eel_picture_save(picture, path);
    eel_picture_free(picture);
    return code;
}

static int answer(const eel_question *q, const sum *sums)
{
    eel_table *table = NULL;
    int better = 0, code = eel_table_new(&table, "Detectable jump ratio and PSNR (Table 4)",
                                         "edge\tjump ratio\tKong et al. 2022\tPSNR\t"
                                         "Kong et al. 2022: PSNR\tshapes\tnot found\t"
                                         "found without it\tat or below");

    if (code != EEL_OK)
        return code;
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        const sum *s = &sums[e];
        double n = s->found ? (double)s->found : NAN;
        /* What is never found must not make the mean look good. */
        uint64_t missed = s->tried - s->found - s->false_ones;
        int good = 100 * missed <= s->tried && s->jump / n <= eel_kong_table4[e].jump;
        double percent = s->tried ? 100.0 / (double)s->tried : 0;
        better += good;
        eel_table_row(table, "%s %s\t%.3f\t%.3f\t%.2f\t%.2f\t%d\t%.1f %%\t%.1f %%\t%s",
                      eel_elements[e].symbol, eel_elements[e].edge, s->jump / n,
                      eel_kong_table4[e].jump, s->psnr / n, eel_kong_table4[e].psnr, s->shapes,
                      percent * (double)missed, percent * (double)s->false_ones,
                      good ? "yes" : "no");
    }
    eel_table_note(
        table,
        "%d of %d elements at or below the paper's jump ratio; %d draws of the noise for "
        "each shape, seed %ju. At least 99 %% must be found. \"Not found\": not recognised at the "
        "highest jump ratio of "
        "the paper's Table 1. \"Found without it\": reported already at %g, and left out of the "
        "mean.",
        better, EEL_ELEMENTS, q->draws, (uintmax_t)q->seed, JUMP_LOWEST);
    if (q->output)
        code = save_picture(sums, q->output);
    if (code == EEL_OK)
        code = eel_question_answer(q, table, "sensitivity", NULL);
    eel_table_free(table);
    return code;
}

int eel_ask_sensitivity(const eel_question *q)
{
    eel_library library = {0};
    sum sums[EEL_ELEMENTS] = {0};
    bench *b = eel_alloc(1, sizeof *b);
    int code = b ? EEL_OK : EEL_ENOMEM;

    if (q->draws < 1)
        code = eel_fail(EEL_EARGS, "--draws: %d, expected 1 or more", q->draws);
    if (code == EEL_OK)
        code = eel_question_library(q, &library);
    if (code == EEL_OK)
        code = eel_exam_new(&b->exam, q->model, eel_numbers_asked(q->float32));
    if (code == EEL_OK)
        code = try_all(q, &library, b, sums);
    if (code == EEL_OK)
        code = answer(q, sums);
    if (b)
        eel_exam_free(b->exam);
    eel_free(b);
    eel_library_release(&library);
    return code;
}
