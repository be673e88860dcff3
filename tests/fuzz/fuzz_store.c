/*
 * store: any bytes as the files of a result store, and the report that is made from it. The bytes
 * are the lengths of the five files, two bytes each, and then their contents.
 */
#include "fuzz.h"

#include "base/err.h"
#include "io/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 5

static const char *const names[FILES] = {"store.json", "end.json", "states", "values", "sums"};
static char folder[64];

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void remove_folder(void)
{
    char path[128];

    for (int i = 0; i < FILES; i++) {
        path_of(names[i], path);
        unlink(path);
    }
    path_of("report.json", path);
    unlink(path);
    rmdir(folder);
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];

    path_of(name, path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static void write_files(const uint8_t *data, size_t size)
{
    const uint8_t *at = data + 2 * FILES, *end = data + size;

    for (int i = 0; i < FILES; i++) {
        size_t length = (size_t)data[2 * i] | (size_t)data[2 * i + 1] << 8;
        if (length > (size_t)(end - at))
            length = (size_t)(end - at);
        write_file(names[i], at, length);
        at += length;
    }
}

/* Every pixel has a state, and a value exactly when that state says so. */
static void read_all(const eel_store *store)
{
    const eel_store_info *info = eel_store_info_of(store);
    eel_store_counts counts = eel_store_count(store);
    uint64_t pixels = info->pixels, valued = 0;
    uint8_t *states = malloc(pixels);
    float *values = malloc(pixels * info->classes * sizeof *values);
    float *mean = malloc((info->sum_channels + 1) * sizeof *mean);

    if (fuzz_ok(eel_store_states(store, 0, pixels, states)))
        for (uint64_t i = 0; i < pixels; i++)
            valued += states[i] == EEL_VALUE;
    fuzz_must(valued == counts.pixels[EEL_VALUE]);
    fuzz_ok(eel_store_values(store, 0, (uint32_t)pixels, values));
    fuzz_ok(eel_store_plane(store, info->classes - 1, 0, pixels, values));
    fuzz_ok(eel_store_mean(store, mean, &pixels));
    free(mean);
    free(values);
    free(states);
}

static void export(void)
{
    eel_result *result = NULL;
    char path[128];

    path_of("report.json", path);
    if (fuzz_ok(eel_result_open(&result, folder)))
        fuzz_ok(eel_result_write_report(result, path));
    eel_result_close(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    eel_store *store;

    if (size < 2 * FILES)
        return 0;
    if (!folder[0]) {
        strcpy(folder, "/dev/shm/eelfuzz.XXXXXX");
        fuzz_must(mkdtemp(folder));
        atexit(remove_folder);
    }
    write_files(data, size);
    if (!fuzz_ok(eel_store_open(&store, folder, EEL_STORE_READ)))
        return 0;
    read_all(store);
    eel_store_close(store);
    export();
    if (fuzz_ok(eel_store_open(&store, folder, EEL_STORE_WRITE))) {
        fuzz_ok(eel_store_absent(store, 0, 1, EEL_POISON));
        fuzz_ok(eel_store_commit(store));
        eel_store_close(store);
    }
    return 0;
}
