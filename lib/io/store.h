/*
 * store - the durable result of a run (proto/store.md): a probability per pixel and class, the
 * state of every pixel, the sum of the spectra of every block.
 *
 * The writing side, one process:
 *
 *     eel_store_create(&store, folder, &info);
 *     eel_store_put(store, first, rows, values, sum);      written, not yet durable
 *     if (eel_store_due(store, idle))
 *         eel_store_commit(store);                         now it is: acknowledge
 *     eel_store_finish(store, stages);
 *
 * eel_store_resume instead of eel_store_create goes on where a run was cut short.
 *
 * A power cut at any instant leaves the store as it was after its last commit. Values come to disk
 * before the states that vouch for them. The first value of a pixel stays.
 */
#ifndef EEL_IO_STORE_H
#define EEL_IO_STORE_H

#include <stdint.h>
#include "base/pixel.h"

#define EEL_STORE_PIXELS_MAX      (1ull << 36)
#define EEL_STORE_CLASSES_MAX     256
#define EEL_STORE_BLOCK_ROWS_MAX  (1u << 20)
#define EEL_STORE_SUM_MAX         (1u << 16) /* channels of a sum */
#define EEL_STORE_COMMIT_MIN_MS   5          /* proto/store.md, S12 */
#define EEL_STORE_COMMIT_MS       50
#define EEL_STORE_COMMIT_BLOCKS   256
#define EEL_STORE_IDLE_MS         10
#define EEL_STORE_GATHER_BLOCKS   4          /* S12, where commits gather; */
#define EEL_STORE_GATHER_IDLE_MS  25

typedef struct {
    char run[33];                  /* hexadecimal; made by eel_store_create */
    uint64_t pixels;
    uint32_t classes;
    uint32_t block_rows;           /* pixels per block of the run's grid */
    uint32_t sum_channels;
    double sum_start_ev, sum_step_ev;
    const char *description;       /* of the run: a JSON object as text */
} eel_store_info;

typedef struct {
    uint64_t pixels[EEL_PIXEL_STATES]; /* how many are in each state, committed or not */
    uint64_t duplicates, dup_mismatch; /* pixels that arrived again; those that then differed */
} eel_store_counts;

typedef struct eel_store eel_store;

/* Makes a new store, in place of an old one. EEL_EIO (also when another process writes there, or
 * the disk has no room for all of it), EEL_ELIMIT, EEL_EFORMAT for a description that is no JSON
 * object. */
int eel_store_create(eel_store **store, const char *folder, const eel_store_info *info);

/* Goes on with a store that an earlier run of the same input, model and options left. EEL_EFORMAT
 * when `info` says otherwise: the words name what differs. */
int eel_store_resume(eel_store **store, const char *folder, const eel_store_info *info);

/* Opens a store, for reading only or to go on writing. EEL_EIO, EEL_EFORMAT, EEL_ELIMIT. */
enum { EEL_STORE_READ, EEL_STORE_WRITE };
int eel_store_open(eel_store **store, const char *folder, int mode);
void eel_store_close(eel_store *store); /* drops what is not committed; NULL is fine */

const eel_store_info *eel_store_info_of(const eel_store *store);
eel_store_counts eel_store_count(const eel_store *store);
const char *eel_store_end(const eel_store *store); /* text of end.json when opened, "{}" without */

/* Writes `rows` pixels from `first` on. values (rows, classes). sum (sum_channels) of their
 * spectra, or NULL: of a block of the grid or of a part of one, which is kept once the other parts
 * are there or absent. */
int eel_store_put(eel_store *store, uint64_t first, uint32_t rows, const float *values,
                  const float *sum);

/* These pixels will have no value, and why. */
int eel_store_absent(eel_store *store, uint64_t first, uint32_t rows, eel_pixel_state why);

/* From now on commits gather several blocks: nobody waits for each of them, and a commit costs the same for many. */
void eel_store_gather(eel_store *store);

/* How long to wait for another block before a commit: no longer than EEL_STORE_IDLE_MS, or EEL_STORE_GATHER_IDLE_MS. */
int eel_store_patience_ms(const eel_store *store);

/* Is it time to commit? `idle` when nothing arrived for that long. */
int eel_store_due(const eel_store *store, int idle);
int eel_store_commit(eel_store *store);

/* A scan whose length was not known when the store was made has turned out to have fewer pixels:
 * the store and the shape in its description are cut to that. Commits. */
int eel_store_trim(eel_store *store, uint64_t pixels);

/* Commits and writes end.json; `stages` is a JSON array as text. */
int eel_store_finish(eel_store *store, const char *stages);

/* What is committed; several threads may ask for values, states and planes at once. values (rows, classes), NAN in rows
 * without a value; states (rows). */
int eel_store_values(const eel_store *store, uint64_t first, uint32_t rows, float *values);
int eel_store_states(const eel_store *store, uint64_t first, uint64_t rows, uint8_t *states);

/* One class of `count` pixels from `first` on: plane (count). */
int eel_store_plane(const eel_store *store, uint32_t class, uint64_t first, uint64_t count,
                    float *plane);

/* The sum of the spectra of a block of the grid, sum (sum_channels), NAN where nothing was
 * recorded, and of how many pixels: 0 when there is none, or pixels of the block are missing. */
int eel_store_sum(const eel_store *store, uint64_t block, float *sum, uint64_t *pixels);

/* The mean spectrum (sum_channels), NAN where nothing was recorded, and of how many pixels. */
int eel_store_mean(const eel_store *store, float *mean, uint64_t *pixels);

#endif
