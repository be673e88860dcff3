/*
 * store_sums - the sums of the spectra of a store's blocks; private to store.
 *
 * A record is written once, before the last state of its block: one that was written over could be
 * torn by a power cut. So the sums of a block that comes in parts wait in memory until none of its
 * pixels is missing.
 */
#include "io/store_file.h"
#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

typedef struct {
    uint64_t missing, read; /* pixels without a state; those whose spectrum came, readable or not */
} tally;

static uint64_t block_end(const eel_store *store, uint64_t block)
{
    uint64_t end = (block + 1) * store->info.block_rows;

    return end < store->info.pixels ? end : store->info.pixels;
}

/* Adds the pixels from `first` to before `end`. pending: as they will be after the commit. */
static int count(const eel_store *store, uint64_t first, uint64_t end, int pending, tally *t)
{
    int code = EEL_OK;

    while (first < end && code == EEL_OK) {
        uint32_t rows = end - first < store->rows_max ? (uint32_t)(end - first) : store->rows_max;
        code = pending
                   ? eel_store_load_states(store, first, rows)
                   : eel_store_load(store, store->states, "states", store->row_states, rows, first);
        for (uint32_t i = 0; i < rows && code == EEL_OK; i++) {
            t->missing += store->row_states[i] == EEL_MISSING;
            t->read +=
                store->row_states[i] == EEL_VALUE || store->row_states[i] == EEL_DECODE_ERROR;
        }
        first += rows;
    }
    return code;
}

/* ---- writing ---- */

static int save(eel_store *store, uint64_t block, uint32_t pixels, const float *sum)
{
    size_t bytes = eel_store_record_bytes(&store->info);

    store->record[0] = (float)pixels;
    memcpy(store->record + 1, sum, bytes - sizeof(float));
    return eel_store_save(store, store->sums, "sums", store->record, bytes, block * bytes);
}

static void drop(eel_store *store, uint32_t i)
{
    eel_free(store->parts[i].sum);
    store->parts[i] = store->parts[--store->part_count];
}

/* What waits for a block; nothing yet when it is the first part. NULL: no memory. */
static eel_store_part *part_of(eel_store *store, uint64_t block)
{
    for (uint32_t i = 0; i < store->part_count; i++) {
        if (store->parts[i].block == block)
            return &store->parts[i];
    }
    if (store->part_count == EEL_STORE_PARTS_MAX)
        drop(store, 0); /* a stage before sends blocks in parts and never ends one */
    float *sum = eel_alloc(store->info.sum_channels, sizeof *sum);
    if (!sum)
        return NULL;
    eel_store_part *part = &store->parts[store->part_count++];
    *part = (eel_store_part){.block = block, .sum = sum};
    return part;
}

int eel_store_sums_put(eel_store *store, uint64_t first, uint32_t rows, uint32_t readable, const float *sum)
{
    uint64_t block = first / store->info.block_rows, end = block_end(store, block);
    tally t = {0};

    if (!sum || first + rows > end)
        return EEL_OK;
    int code = count(store, first, first + rows, 1, &t);
    if (code != EEL_OK || t.read == rows || (t.read && !t.missing))
        return code;
    if (first == block * store->info.block_rows && first + rows == end)
        return save(store, block, readable, sum);
    if (t.read) /* these are in another sum already */
        return EEL_OK;
    tally whole = {0};
    code = count(store, block * store->info.block_rows, end, 1, &whole);
    if (code != EEL_OK || (whole.read && !whole.missing)) /* its record is written, once */
        return code;
    eel_store_part *part = part_of(store, block);
    if (!part)
        return EEL_ENOMEM;
    part->pixels += readable;
    for (uint32_t i = 0; i < store->info.sum_channels; i++)
        part->sum[i] += sum[i];
    return eel_store_sums_settle(store, first, rows);
}

int eel_store_sums_settle(eel_store *store, uint64_t first, uint64_t rows)
{
    uint64_t end = first + rows;

    for (uint32_t i = store->part_count; i-- > 0;) {
        const eel_store_part *part = &store->parts[i];
        uint64_t from = part->block * store->info.block_rows, to = block_end(store, part->block);
        tally t = {0};
        if (from >= end || to <= first)
            continue;
        int code = count(store, from, first, 1, &t);
        if (code == EEL_OK)
            code = count(store, end, to, 1, &t);
        if (code == EEL_OK && !t.missing)
            code = save(store, part->block, part->pixels, part->sum);
        if (code != EEL_OK)
            return code;
        if (!t.missing)
            drop(store, i);
    }
    return EEL_OK;
}

void eel_store_sums_close(eel_store *store)
{
    while (store->part_count)
        drop(store, 0);
}

/* ---- reading ---- */

/* Does the block's record count? proto/store.md, S5. */
static int load(const eel_store *store, uint64_t block, int *counts)
{
    size_t bytes = eel_store_record_bytes(&store->info);
    tally t = {0};
    int code = count(store, block * store->info.block_rows, block_end(store, block), 0, &t);

    if (code == EEL_OK)
        code = eel_store_load(store, store->sums, "sums", store->record, bytes, block * bytes);
    *counts =
        code == EEL_OK && !t.missing && store->record[0] > 0 && store->record[0] <= (float)t.read;
    return code;
}

int eel_store_sum(const eel_store *store, uint64_t block, float *sum, uint64_t *pixels)
{
    int counts, code = load(store, block, &counts);

    if (code != EEL_OK)
        return code;
    *pixels = counts ? (uint64_t)store->record[0] : 0;
    memcpy(sum, store->record + 1, store->info.sum_channels * sizeof *sum);
    return EEL_OK;
}

int eel_store_mean(const eel_store *store, float *mean, uint64_t *pixels)
{
    uint32_t n = store->info.sum_channels;
    double *total = eel_alloc(2 * (size_t)n, sizeof *total), *rows = total + n;
    uint64_t summed = 0;
    int code = total ? EEL_OK : EEL_ENOMEM;

    for (uint64_t b = 0; code == EEL_OK && b < eel_store_blocks(&store->info); b++) {
        int counts;
        code = load(store, b, &counts);
        if (!counts)
            continue;
        summed += (uint64_t)store->record[0];
        for (uint32_t i = 0; i < n; i++) {
            if (isnan(store->record[1 + i]))
                continue;
            total[i] += store->record[1 + i];
            rows[i] += store->record[0];
        }
    }
    if (code == EEL_OK) {
        for (uint32_t i = 0; i < n; i++)
            mean[i] = rows[i] > 0 ? (float)(total[i] / rows[i]) : NAN;
        *pixels = summed;
    }
    eel_free(total);
    return code;
}
