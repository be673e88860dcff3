/*
 * pipeline - a .flow file: which stages run, in which order, with which options.
 *
 * Each line is a stage as one would type it: its name, `xN` when it may run N times, its options.
 *
 *     # core-loss.flow - spectra to one map per element
 *     reader     --input $1
 *     infer x4   --model $models/core-loss-20.h5
 *
 * Words are separated by blanks; `#` starts a comment where a word could start. Operands take the
 * place of $1 … $9 and the folder of trained networks that of $models, inside a word as well, and
 * after the line was cut into words: a file name may hold blanks.
 *
 *     eel_pipeline pipeline;
 *     int code = eel_pipeline_read(&pipeline, "core-loss.flow");
 *     eel_pipeline_bind(&pipeline, operands, count, "/usr/share/eelstream/models");
 *     eel_pipeline_set(&pipeline, "calibrate.offset=-1.5");
 *     …
 *     eel_pipeline_release(&pipeline);
 *
 * A stage written with xN is elastic: its workers may come and go, so it stands between two single
 * stages that know who is there. Release also after a failure.
 */
#ifndef EEL_PIPELINES_PIPELINE_H
#define EEL_PIPELINES_PIPELINE_H

#include <stddef.h>

#define EEL_PIPELINE_BYTES_MAX   (64u << 10)
#define EEL_PIPELINE_STAGES_MAX  32
#define EEL_PIPELINE_NAME_MAX    40  /* bytes of a stage name: names on the wire have 47 */
#define EEL_PIPELINE_WORDS_MAX   64  /* options of one stage, as words */
#define EEL_PIPELINE_WORKERS_MAX 256 /* of one stage */

typedef struct {
    char *name;
    int line;    /* where it stands in the file */
    int elastic; /* written with xN, also when N is 1 */
    int workers;
    char *words[EEL_PIPELINE_WORDS_MAX];
    int word_count;
} eel_pipeline_stage;

typedef struct {
    const char *path; /* for words; not copied */
    eel_pipeline_stage stages[EEL_PIPELINE_STAGES_MAX];
    int count;
    int operands; /* the highest N of the $N in the file */
    struct eel_meeting *meeting; /* where workers on other machines join (meeting.h); not owned.
                                    NULL: none do, and all links are ipc */
} eel_pipeline;

int eel_pipeline_read(eel_pipeline *pipeline, const char *path);

/* The same from text in memory; `path` is only for words. */
int eel_pipeline_parse(eel_pipeline *pipeline, const char *path, const char *text, size_t length);

/* Puts operands and the models folder in the place of $1 … and $models. */
int eel_pipeline_bind(eel_pipeline *pipeline, char **operands, int count, const char *models);

/* Adds an option to a stage: "STAGE.OPTION=VALUE", or "STAGE.OPTION" for a flag. It comes after
 * those of the file and so overrules them. */
int eel_pipeline_set(eel_pipeline *pipeline, const char *setting);

/* How often every elastic stage runs. */
int eel_pipeline_workers(eel_pipeline *pipeline, int workers);

void eel_pipeline_no_workers(eel_pipeline *pipeline); /* not here: all come from elsewhere */

void eel_pipeline_release(eel_pipeline *pipeline);

#endif
