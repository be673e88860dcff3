/*
 * synth - spectra with known elements, drawn from the forward model.
 *
 * in:   nothing
 * out:  spectra (spectra, EEL_NET_CHANNELS), float32 counts on the network's axis, NAN where the
 *       drawn window does not reach; side data: labels (spectra, classes), one byte each
 *       (eels/elements.h, labelled.h); in the description: "synth", what was asked for
 *
 * With --phantom it writes a small spectrum image of known regions instead (phantom.h).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shipped.h"
#include "eels/synth.h"
#include "shared/joints.h"
#include "shared/labelled.h"
#include "synth/phantom.h"

#define BLOCK_ROWS 128

#define COUNT 20000

static uint64_t seed = 1, count = COUNT, first = 0;
static int paper, held_out;
static double paper_share, paper_varied, built_share;
static const char *library_path, *own_path, *resume, *phantom;

static const eel_option options[] = {
    {"paper", 0, EEL_OPT_FLAG, &paper, NULL, "exactly the distribution of Kong et al. 2022"},
    {"paper-share", 0, EEL_OPT_REAL, &paper_share, "SHARE", "or this share of them so, 0 to 1"},
    {"paper-varied", 0, EEL_OPT_REAL, &paper_varied, "SHARE", "of these with other noise, windows, or no edge"},
    {"built-share", 0, EEL_OPT_REAL, &built_share, "SHARE", "of the paper's edges built from physics, not of the library"},
    {"count", 'n', EEL_OPT_SIZE, &count, "N", "how many spectra"},
    {"seed", 0, EEL_OPT_SIZE, &seed, "N", "same seed, same spectra"},
    {"first", 0, EEL_OPT_SIZE, &first, "N", "number of the first spectrum, a multiple of 128"},
    {"resume", 0, EEL_OPT_TEXT, &resume, "FILE", "go on at the number in FILE, which train writes"},
    {"held-out", 0, EEL_OPT_FLAG, &held_out, NULL, "only edge shapes that are kept from training"},
    {"library", 0, EEL_OPT_TEXT, &library_path, "FILE", "edge library, instead of the one that ships"},
    {"own", 0, EEL_OPT_TEXT, &own_path, "FILE", "a library of one's own beside it: further elements, made by fit"},
    {"phantom", 0, EEL_OPT_TEXT, &phantom, "OUT.hspy", "write a spectrum image of known regions instead"},
    {0},
};
static const eel_usage usage = {.name = "eelstream synth",
                                .summary = "Draw spectra with known elements.",
                                .options = options};

typedef struct {
    eel_library library, mine;
    eel_synth *paper, *real;
    eel_own *own; /* NULL: only the twenty */
    int own_count;
    eel_spectrum spectrum;
} workshop;

/* Shapes of the twenty in a library of one's own join the others; its further elements are classes. */
static int open_own(workshop *w)
{
    int code = eel_library_read(&w->mine, own_path), more = 0;

    for (int s = 0; s < w->mine.count; s++)
        more += w->mine.shapes[s].element >= 0;
    if (code == EEL_OK && w->library.count + more > EEL_SHAPES_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: %d shapes more than a library holds", own_path,
                        w->library.count + more - EEL_SHAPES_MAX);
    eel_shape *all = code == EEL_OK ? eel_alloc((size_t)(w->library.count + more), sizeof *all) : NULL;
    if (!all)
        return code == EEL_OK ? EEL_ENOMEM : code;
    memcpy(all, w->library.shapes, (size_t)w->library.count * sizeof *all);
    eel_free(w->library.shapes);
    w->library.shapes = all;
    for (int s = 0; s < w->mine.count; s++) {
        if (w->mine.shapes[s].element >= 0)
            w->library.shapes[w->library.count++] = w->mine.shapes[s];
    }
    code = eel_own_new(&w->own, &w->library, &w->mine, held_out);
    if (code != EEL_OK)
        return eel_fail_in(code, "%s", own_path);
    w->own_count = eel_own_count(w->own);
    return w->own_count + more > 0 ? EEL_OK : eel_fail(EEL_EFORMAT, "%s: no shape in it", own_path);
}

static int open_workshop(workshop *w)
{
    char path[EEL_SHIPPED_MAX];
    int code = EEL_OK;

    if (!library_path)
        code = eel_shipped(path, "edges.txt");
    if (code == EEL_OK)
        code = eel_library_read(&w->library, library_path ? library_path : path);
    if (code == EEL_OK && own_path)
        code = open_own(w);
    if (code == EEL_OK)
        code = eel_synth_new(&w->paper, EEL_SYNTH_PAPER, &w->library, held_out);
    if (code == EEL_OK)
        eel_synth_build_share(w->paper, built_share);
    if (code == EEL_OK)
        code = eel_synth_new(&w->real, EEL_SYNTH_REAL, &w->library, held_out);
    return code;
}

static void close_workshop(workshop *w)
{
    eel_synth_free(w->paper);
    eel_synth_free(w->real);
    eel_own_free(w->own);
    eel_library_release(&w->library);
    eel_library_release(&w->mine);
}

/* A training that was interrupted left the number of the next spectrum; no file, no progress. */
static int read_resume(void)
{
    FILE *file = resume ? fopen(resume, "r") : NULL;
    uintmax_t number = 0;

    if (!file)
        return EEL_OK;
    int good = fscanf(file, "%ju", &number) == 1;
    fclose(file);
    if (!good)
        return eel_fail(EEL_EFORMAT, "%s: no spectrum number in it", resume);
    first = number;
    return EEL_OK;
}

static int check_options(void)
{
    if (phantom && (paper || paper_share != 0 || paper_varied != 0 || built_share != 0 || held_out || own_path || resume ||
                    first || count != COUNT))
        return eel_fail(EEL_EARGS, "--phantom: is always the same but for --seed and --library");
    if (paper)
        paper_share = 1;
    if (!(paper_share >= 0 && paper_share <= 1))
        return eel_fail(EEL_EARGS, "--paper-share: %g, expected 0 to 1", paper_share);
    if (!(paper_varied >= 0 && paper_varied <= 1))
        return eel_fail(EEL_EARGS, "--paper-varied: %g, expected 0 to 1", paper_varied);
    if (!(built_share >= 0 && built_share <= 1))
        return eel_fail(EEL_EARGS, "--built-share: %g, expected 0 to 1", built_share);
    if (first % BLOCK_ROWS)
        return eel_fail(EEL_EARGS, "--first: %ju is no multiple of %d", (uintmax_t)first, BLOCK_ROWS);
    return EEL_OK;
}

static void draw_row(workshop *w, uint64_t index, float *row, uint8_t *labels)
{
    eel_rng rng = eel_rng_seeded(seed ^ 0x6d6978u, index); /* which kind: a stream of its own */
    eel_spectrum *s = &w->spectrum;
    uint8_t *own = labels + EEL_ELEMENTS;
    int of_paper = eel_rng_chance(&rng, paper_share);
    eel_scene scene = {.dose = 0};

    if (of_paper && eel_rng_chance(&rng, paper_varied))
        eel_scene_vary_paper(&scene, &rng);
    memset(own, EEL_ABSENT, (size_t)w->own_count);
    if (w->own && !of_paper)
        eel_own_draw(w->own, seed, index, s, own);
    else
        eel_synth_draw(of_paper ? w->paper : w->real, &scene, seed, index, s);
    for (uint32_t i = 0; i < EEL_NET_CHANNELS; i++)
        row[i] = i >= s->offset && i < s->offset + s->n ? s->counts[i - s->offset] : NAN;
    memcpy(labels, s->labels, EEL_ELEMENTS);
    memcpy(own + w->own_count, s->labels + EEL_ELEMENTS, EEL_CLASSES - EEL_ELEMENTS);
}

static eel_block *draw_block(workshop *w, eel_flow *flow, uint64_t from)
{
    uint64_t left = count - from;
    uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
    eel_block *block = eel_block_new(from / BLOCK_ROWS, from, rows, EEL_NET_CHANNELS, EEL_F32);
    uint8_t labels[BLOCK_ROWS * EEL_LABELLED_CLASSES_MAX];
    uint32_t classes = EEL_CLASSES + (uint32_t)w->own_count;

    if (!eel_flow_check(flow, block ? EEL_OK : EEL_ENOMEM))
        return NULL;
    for (uint32_t r = 0; r < rows; r++)
        draw_row(w, from + r, (float *)block->data + (size_t)r * EEL_NET_CHANNELS,
                 labels + r * classes);
    block->start_ev = EEL_NET_START_EV;
    block->step_ev = EEL_NET_STEP_EV;
    eel_flow_check(flow, eel_block_side(block, labels, rows * classes));
    return block;
}

int main(int argc, char **argv)
{
    eel_flow *flow = eel_flow_open(argc, argv, &usage);
    workshop w = {0};
    eel_block *block;

    if (eel_flow_running(flow) && eel_flow_check(flow, check_options()) &&
        eel_flow_check(flow, read_resume()) && eel_flow_check(flow, open_workshop(&w))) {
        if (phantom) {
            eel_flow_check(flow, eel_phantom_write(w.real, seed, phantom));
        } else {
            json_t *own = w.own ? eel_labelled_own_to_json(eel_own_classes(w.own), w.own_count) : NULL;
            eel_flow_check(flow, eel_describe_run(flow, json_pack("{s:{s:f, s:f, s:I, s:o*}}", "synth",
                           "paper_share", paper_share, "built_share", built_share, "seed",
                           (json_int_t)seed, "own", own)));
            eel_flow_total(flow, count);
            for (uint64_t at = first; at < count && (block = draw_block(&w, flow, at));
                 at += BLOCK_ROWS)
                eel_send(flow, block);
            eel_end(flow, count);
        }
    }
    close_workshop(&w);
    return eel_flow_close(flow);
}
