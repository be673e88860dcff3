/*
 * store_file - the files of a store and their sizes; private to store.c, store_sums.c and
 * store_file.c.
 */
#ifndef EEL_IO_STORE_FILE_H
#define EEL_IO_STORE_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include "base/replace.h"
#include "io/store.h"

/* A run of pixels whose values are written and whose states wait for the commit. */
typedef struct {
    uint64_t first;
    uint32_t rows;
    uint8_t state;
} eel_store_run;

#define EEL_STORE_RUNS_MAX (4 * EEL_STORE_COMMIT_BLOCKS)

/* The sum of a block of which pixels are missing. */
typedef struct {
    uint64_t block;
    uint32_t pixels;
    float *sum; /* (sum_channels) */
} eel_store_part;

#define EEL_STORE_PARTS_MAX 64

struct eel_store {
    eel_store_info info;
    eel_store_counts counts;
    char folder[EEL_PATH_MAX];
    int states, values, sums;   /* file descriptors, -1 when closed */
    int writing, failed, gather;
    uint64_t room;              /* its files may have the length for so many pixels; 0: no more than
                                   it has */
    char *end;                  /* text of end.json */
    uint8_t *row_states;        /* scratch: (rows_max) */
    float *row_values;          /* scratch: (rows_max, classes) */
    uint32_t rows_max;
    float *record;              /* scratch: (1 + sum_channels) */
    eel_store_run runs[EEL_STORE_RUNS_MAX];
    uint32_t run_count, blocks; /* waiting for the commit */
    eel_store_part parts[EEL_STORE_PARTS_MAX];
    uint32_t part_count;
    double oldest_s; /* when the first block of the next commit came */
    double commit_s; /* how long the last commit took */
};

/* Everything of the store but its states: sizes are checked, the files opened. */
int eel_store_file_create(eel_store *store, const char *folder, const eel_store_info *info);
int eel_store_file_open(eel_store *store, const char *folder, int writing);
int eel_store_file_reopen(eel_store *store); /* its run has not ended any more */
int eel_store_file_trim(eel_store *store, uint64_t pixels);
void eel_store_file_close(eel_store *store);

/* Path of one of its files, into EEL_PATH_MAX bytes. */
void eel_store_path(const eel_store *store, const char *name, char *path);

uint64_t eel_store_blocks(const eel_store_info *info); /* of the grid */
size_t eel_store_record_bytes(const eel_store_info *info);

/* pread and pwrite of exactly that many bytes; `name` for the words. */
int eel_store_load(const eel_store *store, int fd, const char *name, void *to, size_t bytes,
                   uint64_t offset);
int eel_store_save(const eel_store *store, int fd, const char *name, const void *from,
                   size_t bytes, uint64_t offset);

/* ---- store.c ---- */

/* The states of `rows` pixels, at most rows_max, into row_states, those that wait for the commit
 * included. */
int eel_store_load_states(const eel_store *store, uint64_t first, uint32_t rows);

/* ---- store_sums.c: both before the states of these pixels are noted ---- */

/* `sum` of spectra of one block, `readable` of these `rows`, or NULL. What is summed already is not summed again. */
int eel_store_sums_put(eel_store *store, uint64_t first, uint32_t rows, uint32_t readable, const float *sum);

/* These pixels will not be missing any more: sums that waited for them are written. */
int eel_store_sums_settle(eel_store *store, uint64_t first, uint64_t rows);
void eel_store_sums_close(eel_store *store);

#endif
