#include "io/store.h"
#include "io/description.h"
#include "io/store_file.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/mem.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMIT_SHARE 4 /* a commit is due after so many times as long as the last one took */

/* ---- open and close ---- */

static int count_states(eel_store *store)
{
    const eel_store_info *info = &store->info;

    for (uint64_t first = 0; first < info->pixels; first += store->rows_max) {
        uint64_t left = info->pixels - first;
        uint32_t rows = left < store->rows_max ? (uint32_t)left : store->rows_max;
        int code = eel_store_load(store, store->states, "states", store->row_states, rows, first);
        if (code != EEL_OK)
            return code;
        for (uint32_t i = 0; i < rows; i++) {
            if (store->row_states[i] >= EEL_PIXEL_STATES)
                return eel_fail(EEL_EFORMAT, "%s/states: pixel %llu has state %u, at most %d",
                                store->folder, (unsigned long long)(first + i),
                                store->row_states[i], EEL_PIXEL_STATES - 1);
            store->counts.pixels[store->row_states[i]]++;
        }
    }
    return EEL_OK;
}

static int finish_open(eel_store **result, eel_store *store, int code)
{
    if (code == EEL_OK)
        code = count_states(store);
    if (code != EEL_OK) {
        eel_store_close(store);
        return code;
    }
    *result = store;
    return EEL_OK;
}

int eel_store_create(eel_store **store, const char *folder, const eel_store_info *info)
{
    eel_store *made = eel_alloc(1, sizeof *made);

    if (!made)
        return EEL_ENOMEM;
    return finish_open(store, made, eel_store_file_create(made, folder, info));
}

int eel_store_open(eel_store **store, const char *folder, int mode)
{
    eel_store *made = eel_alloc(1, sizeof *made);

    if (!made)
        return EEL_ENOMEM;
    return finish_open(store, made, eel_store_file_open(made, folder, mode == EEL_STORE_WRITE));
}

/* What a store holds of a run belongs to the same pixels, classes and sums. */
static int check_same(const eel_store *store, const eel_store_info *info)
{
    const eel_store_info *here = &store->info;
    int code = eel_description_same(here->description, info->description, 1);

    if (code != EEL_OK)
        return eel_fail_in(code, "%s", store->folder);
    if (here->pixels != info->pixels || here->classes != info->classes ||
        here->block_rows != info->block_rows || here->sum_channels != info->sum_channels ||
        here->sum_start_ev != info->sum_start_ev || here->sum_step_ev != info->sum_step_ev)
        return eel_fail(EEL_EFORMAT, "%s: its files have other sizes than this run needs", store->folder);
    return EEL_OK;
}

int eel_store_resume(eel_store **store, const char *folder, const eel_store_info *info)
{
    eel_store *found = NULL;
    int code = eel_store_open(&found, folder, EEL_STORE_WRITE);

    if (code == EEL_OK)
        code = check_same(found, info);
    if (code == EEL_OK)
        code = eel_store_file_reopen(found);
    if (code != EEL_OK) {
        eel_store_close(found);
        return code;
    }
    *store = found;
    return EEL_OK;
}

void eel_store_close(eel_store *store)
{
    if (!store)
        return;
    eel_store_file_close(store);
    eel_free(store);
}

const eel_store_info *eel_store_info_of(const eel_store *store)
{
    return &store->info;
}

eel_store_counts eel_store_count(const eel_store *store)
{
    return store->counts;
}

const char *eel_store_end(const eel_store *store)
{
    return store->end ? store->end : "{}";
}

/* ---- writing ---- */

static int check_range(const eel_store *store, uint64_t first, uint64_t rows)
{
    if (first >= store->info.pixels || rows > store->info.pixels - first)
        return eel_fail(EEL_EFORMAT, "%s: pixels %llu to %llu, expected them below %llu",
                        store->folder, (unsigned long long)first,
                        (unsigned long long)(first + rows), (unsigned long long)store->info.pixels);
    return EEL_OK;
}

int eel_store_load_states(const eel_store *store, uint64_t first, uint32_t rows)
{
    int code = eel_store_load(store, store->states, "states", store->row_states, rows, first);

    for (uint32_t r = 0; code == EEL_OK && r < store->run_count; r++) {
        const eel_store_run *run = &store->runs[r];
        uint64_t from = run->first > first ? run->first : first;
        uint64_t end = run->first + run->rows, to = end < first + rows ? end : first + rows;
        for (uint64_t i = from; i < to; i++)
            store->row_states[i - first] = run->state;
    }
    return code;
}

static int sync_failed(const eel_store *store, const char *name, int error)
{
    return eel_fail(EEL_EIO, "%s/%s: %s", store->folder, name, strerror(error));
}

static int sync_file(const eel_store *store, int fd, const char *name)
{
    return fdatasync(fd) == 0 ? EEL_OK : sync_failed(store, name, errno);
}

typedef struct {
    int fd, error;
} aside;

static void *sync_aside(void *with)
{
    aside *file = with;

    file->error = fdatasync(file->fd) == 0 ? 0 : errno;
    return NULL;
}

/* Values and sums at once: one commit of the file system's journal makes both durable, and one after the
 * other would wait for two. */
static int sync_data(const eel_store *store)
{
    aside sums = {.fd = store->sums};
    pthread_t thread;
    int begun = pthread_create(&thread, NULL, sync_aside, &sums) == 0;
    int code = sync_file(store, store->values, "values");

    if (begun)
        pthread_join(thread, NULL);
    else
        sync_aside(&sums);
    return code == EEL_OK && sums.error ? sync_failed(store, "sums", sums.error) : code;
}

static int check_named(const eel_store *store)
{
    struct stat st;

    if (fstat(store->states, &st) != 0)
        return eel_fail(EEL_EIO, "%s/states: %s", store->folder, strerror(errno));
    return st.st_nlink > 0 ? EEL_OK
                           : eel_fail(EEL_EIO, "%s: the store was removed", store->folder);
}

static int save_states(eel_store *store, const eel_store_run *run)
{
    uint64_t first = run->first;
    int code = EEL_OK;

    for (uint32_t left = run->rows; code == EEL_OK && left > 0;) {
        uint32_t piece = left < store->rows_max ? left : store->rows_max;
        memset(store->row_states, run->state, piece);
        code = eel_store_save(store, store->states, "states", store->row_states, piece, first);
        first += piece;
        left -= piece;
    }
    return code;
}

/* Values first, then the states that vouch for them: proto/store.md, S10. */
static int make_durable(eel_store *store)
{
    if (store->failed)
        return eel_fail(EEL_EIO, "%s: an earlier commit failed", store->folder);
    eel_fault("before_sync");
    int code = check_named(store);
    if (code == EEL_OK)
        code = sync_data(store);
    eel_fault("between_syncs");
    for (uint32_t r = 0; code == EEL_OK && r < store->run_count; r++)
        code = save_states(store, &store->runs[r]);
    if (code == EEL_OK)
        code = sync_file(store, store->states, "states");
    store->failed = code != EEL_OK;
    eel_fault("after_sync");
    if (code == EEL_OK)
        store->run_count = 0;
    return code;
}

/* The states that were loaded are those of before. */
static void uncount(eel_store *store, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++)
        store->counts.pixels[store->row_states[i]]--;
}

/* Notes a run of pixels for the commit, and commits when there are too many; then the states that
 * were loaded are gone. */
static int note(eel_store *store, uint64_t first, uint32_t rows, eel_pixel_state state)
{
    if (store->failed) /* the runs of that commit are still there */
        return eel_fail(EEL_EIO, "%s: an earlier commit failed", store->folder);
    store->counts.pixels[state] += rows;
    store->runs[store->run_count++] = (eel_store_run){first, rows, (uint8_t)state};
    return store->run_count < EEL_STORE_RUNS_MAX ? EEL_OK : make_durable(store);
}

/* A row that is NAN throughout is a spectrum nobody could read. */
static eel_pixel_state state_of(const float *row, uint32_t classes)
{
    for (uint32_t c = 0; c < classes; c++) {
        if (!isnan(row[c]))
            return EEL_VALUE;
    }
    return EEL_DECODE_ERROR;
}

/* Notes rows that have been written, by runs of one state. */
static int note_values(eel_store *store, uint64_t first, uint32_t rows, const float *values)
{
    uint32_t classes = store->info.classes, from = 0;
    int code = EEL_OK;

    uncount(store, rows);
    for (uint32_t i = 1; i <= rows && code == EEL_OK; i++) {
        eel_pixel_state state = state_of(values + (size_t)from * classes, classes);
        if (i < rows && state_of(values + (size_t)i * classes, classes) == state)
            continue;
        code = note(store, first + from, i - from, state);
        from = i;
    }
    return code;
}

static void begin(eel_store *store)
{
    if (store->blocks++ == 0)
        store->oldest_s = eel_clock_s();
}

/* A value that is there already is only compared: the first one stays. */
static int compare(eel_store *store, uint64_t first, uint32_t rows, const float *values)
{
    size_t row = store->info.classes * sizeof(float);
    int code = eel_store_load(store, store->values, "values", store->row_values, rows * row,
                              first * row);

    if (code != EEL_OK)
        return code;
    store->counts.duplicates += rows;
    for (uint32_t i = 0; i < rows; i++) {
        const float *old = store->row_values + (size_t)i * store->info.classes;
        if (memcmp(old, values + (size_t)i * store->info.classes, row) != 0)
            store->counts.dup_mismatch++;
    }
    return EEL_OK;
}

/* How many rows from the first on are alike: `wanted` says of a state what the caller asks. */
static uint32_t alike(const uint8_t *states, uint32_t rows, int (*wanted)(uint8_t), int *is)
{
    uint32_t n = 1;

    *is = wanted(states[0]);
    while (n < rows && wanted(states[n]) == *is)
        n++;
    return n;
}

static int is_value(uint8_t state)
{
    return state == EEL_VALUE;
}

static int is_missing(uint8_t state)
{
    return state == EEL_MISSING;
}

static uint32_t count_readable(const float *values, uint32_t rows, uint32_t classes)
{
    uint32_t readable = 0;

    for (uint32_t i = 0; i < rows; i++)
        readable += state_of(values + (size_t)i * classes, classes) == EEL_VALUE;
    return readable;
}

int eel_store_put(eel_store *store, uint64_t first, uint32_t rows, const float *values,
                  const float *sum)
{
    size_t row = store->info.classes * sizeof(float);
    int code = check_range(store, first, rows);

    begin(store);
    if (code == EEL_OK)
        code = eel_store_sums_put(store, first, rows, sum ? count_readable(values, rows, store->info.classes) : 0, sum);
    while (code == EEL_OK && rows > 0) {
        uint32_t piece = rows < store->rows_max ? rows : store->rows_max;
        int has_value;
        code = eel_store_load_states(store, first, piece);
        if (code != EEL_OK)
            break;
        piece = alike(store->row_states, piece, is_value, &has_value);
        if (has_value) {
            code = compare(store, first, piece, values);
        } else {
            code = eel_store_save(store, store->values, "values", values, piece * row, first * row);
            if (code == EEL_OK)
                code = note_values(store, first, piece, values);
        }
        first += piece;
        rows -= piece;
        values += (size_t)piece * store->info.classes;
    }
    return code;
}

int eel_store_absent(eel_store *store, uint64_t first, uint32_t rows, eel_pixel_state why)
{
    int code = check_range(store, first, rows);

    if (code == EEL_OK && (why <= EEL_VALUE || why >= EEL_PIXEL_STATES))
        code = eel_fail(EEL_EFORMAT, "%s: absence with the reason '%s'", store->folder,
                        eel_pixel_state_name(why));
    begin(store);
    if (code == EEL_OK)
        code = eel_store_sums_settle(store, first, rows);
    while (code == EEL_OK && rows > 0) {
        uint32_t piece = rows < store->rows_max ? rows : store->rows_max;
        int missing;
        code = eel_store_load_states(store, first, piece);
        if (code != EEL_OK)
            break;
        piece = alike(store->row_states, piece, is_missing, &missing);
        if (missing) {
            uncount(store, piece);
            code = note(store, first, piece, why);
        } else {
            store->counts.duplicates += piece;
        }
        first += piece;
        rows -= piece;
    }
    return code;
}

void eel_store_gather(eel_store *store)
{
    store->gather = 1;
}

/* How long the oldest block may still wait. Commits take a fifth of the time, so that what is durable
 * follows closely where the disk is quick and blocks are gathered where it is not. */
static double left_ms(const eel_store *store)
{
    double least_ms = store->gather ? EEL_STORE_COMMIT_MS : EEL_STORE_COMMIT_MIN_MS;
    double wait_ms = fmin(fmax(COMMIT_SHARE * 1e3 * store->commit_s, least_ms), EEL_STORE_COMMIT_MS);

    return wait_ms - (eel_clock_s() - store->oldest_s) * 1e3;
}

int eel_store_patience_ms(const eel_store *store)
{
    double idle_ms = store->gather ? EEL_STORE_GATHER_IDLE_MS : EEL_STORE_IDLE_MS;
    double left = store->blocks > 0 ? left_ms(store) : idle_ms;

    return (int)ceil(fmin(fmax(left, 0), idle_ms));
}

int eel_store_due(const eel_store *store, int idle)
{
    uint32_t full = store->gather ? EEL_STORE_GATHER_BLOCKS : EEL_STORE_COMMIT_BLOCKS;

    return store->blocks > 0 && (idle || store->blocks >= full || left_ms(store) <= 0);
}

int eel_store_commit(eel_store *store)
{
    double start_s = eel_clock_s();
    int code = make_durable(store);

    store->commit_s = eel_clock_s() - start_s;
    if (code == EEL_OK)
        store->blocks = 0;
    return code;
}

int eel_store_trim(eel_store *store, uint64_t pixels)
{
    if (pixels < 1 || pixels > store->info.pixels)
        return eel_fail(EEL_EFORMAT, "%s: %llu pixels came of %llu at most", store->folder,
                        (unsigned long long)pixels, (unsigned long long)store->info.pixels);
    int code = eel_store_sums_settle(store, pixels, store->info.pixels - pixels);
    if (code == EEL_OK)
        code = eel_store_commit(store);
    if (code != EEL_OK || pixels == store->info.pixels)
        return code;
    store->counts.pixels[EEL_MISSING] -= store->info.pixels - pixels; /* none of them was put */
    return eel_store_file_trim(store, pixels);
}

int eel_store_finish(eel_store *store, const char *stages)
{
    char path[EEL_PATH_MAX];
    json_t *root = json_pack("{s:o, s:I, s:I}", "stages", json_loads(stages, 0, NULL),
                             "duplicates", (json_int_t)store->counts.duplicates, "dup_mismatch",
                             (json_int_t)store->counts.dup_mismatch);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    int code = eel_store_commit(store);

    eel_store_path(store, "end.json", path);
    if (code == EEL_OK)
        code = text ? eel_replace_text(path, text)
                    : eel_fail(EEL_EFORMAT, "%s: stage timings are no JSON array", path);
    free(text);
    json_decref(root);
    return code;
}

/* ---- reading ---- */

#define PLANE_VALUES 32768 /* that a plane is picked from at once; no fewer than EEL_STORE_CLASSES_MAX */

int eel_store_states(const eel_store *store, uint64_t first, uint64_t rows, uint8_t *states)
{
    int code = check_range(store, first, rows);

    return code == EEL_OK ? eel_store_load(store, store->states, "states", states, rows, first)
                          : code;
}

int eel_store_values(const eel_store *store, uint64_t first, uint32_t rows, float *values)
{
    uint32_t classes = store->info.classes;
    size_t row = classes * sizeof(float);
    int code = check_range(store, first, rows);

    for (uint32_t done = 0; code == EEL_OK && done < rows;) {
        uint8_t states[4096];
        uint32_t piece = rows - done < sizeof states ? rows - done : sizeof states;
        /* States first: they are written last, so what they call a value is there. */
        code = eel_store_load(store, store->states, "states", states, piece, first + done);
        if (code == EEL_OK)
            code = eel_store_load(store, store->values, "values", values + (size_t)done * classes, piece * row,
                                  (first + done) * row);
        for (uint32_t i = 0; code == EEL_OK && i < piece; i++) {
            float *value = values + (size_t)(done + i) * classes;
            for (uint32_t c = 0; c < classes && states[i] != EEL_VALUE; c++)
                value[c] = NAN;
        }
        done += piece;
    }
    return code;
}

int eel_store_plane(const eel_store *store, uint32_t class, uint64_t first, uint64_t count,
                    float *plane)
{
    uint32_t classes = store->info.classes, piece = PLANE_VALUES / classes;
    float values[PLANE_VALUES];
    int code = check_range(store, first, count);

    for (uint64_t done = 0; code == EEL_OK && done < count; done += piece) {
        uint32_t rows = count - done < piece ? (uint32_t)(count - done) : piece;
        code = eel_store_values(store, first + done, rows, values);
        for (uint32_t i = 0; code == EEL_OK && i < rows; i++)
            plane[done + i] = values[(size_t)i * classes + class];
    }
    return code;
}
