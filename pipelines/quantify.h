/*
 * quantify - how much of each element: `eelstream quantify INPUT -o OUTDIR`, and the end of
 * `eelstream map --quantify`. Runs quantify.flow on the results of a map run and says what was found.
 *
 * OUTDIR/quantify then holds quantify.hspy, quantify.tif, quantify.csv, a PNG per element, overview.png and
 * report.json; the table comes from the report alone.
 */
#ifndef EEL_PIPELINES_QUANTIFY_H
#define EEL_PIPELINES_QUANTIFY_H

#include "io/image.h"
#include "pipeline.h"

/* Options of the stage `abundance`, as text. */
typedef struct {
    const char *low_loss, *low_loss_signal, *beam, *collection, *convergence; /* NULL: not given */
} eel_quantify_options;

#define EEL_QUANTIFY_OPTIONS(o)                                                                     \
    {"low-loss", 0, EEL_OPT_TEXT, &(o).low_loss, "FILE",                                            \
     "correct edges for plural scattering with this spectrum; none: do not"},                       \
    {"low-loss-signal", 0, EEL_OPT_TEXT, &(o).low_loss_signal, "NAME", "which of FILE's signals"},   \
    {"beam", 0, EEL_OPT_TEXT, &(o).beam, "KEV", "beam energy, instead of the file's"},              \
    {"collection", 0, EEL_OPT_TEXT, &(o).collection, "MRAD", "collection semi-angle, likewise"},    \
    {"convergence", 0, EEL_OPT_TEXT, &(o).convergence, "MRAD", "convergence semi-angle, likewise"}

/* Lets the reader of a map run refuse what quantification would find missing, before the map is made. */
int eel_quantify_foresee(eel_pipeline *pipeline, const eel_quantify_options *options);

/* Whether OUTDIR/quantify holds nothing that quantifying would replace by accident. EEL_EIO, EEL_ELIMIT. */
int eel_quantify_spare(const char *outdir, int force);

/* argv[0] is "quantify". Returns the exit status. */
int eel_quantify_main(int argc, char **argv);

/* What is printed on stdout when it is done. */
typedef enum { EEL_QUANTIFY_TABLE, EEL_QUANTIFY_JSON, EEL_QUANTIFY_NOTHING } eel_quantify_prints;

/* The map run in `folder` is complete; `image` as it was for that. Without image->signal it is the
 * signal that was mapped. Returns the exit status; the words have been said. */
int eel_quantify(const char *input, const char *folder, const eel_image_options *image,
                 const eel_quantify_options *options, int workers, int hang_s, int force,
                 eel_quantify_prints prints);

#endif
