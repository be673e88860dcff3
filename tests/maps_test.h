/*
 * maps_test - a made run of 12 x 30 pixels whose maps are exported into FOLDER, which each test has for itself.
 */
#ifndef EEL_MAPS_TEST_H
#define EEL_MAPS_TEST_H

#include "test.h"
#include "made_run.h"

#include <unistd.h>

#define ROWS    12
#define COLUMNS 30
#define TI      7 /* the classes' places in the paper's Table 1 */
#define O       3
#define SI      15

static const made_run image = {
    .axes = 2, .size = {ROWS, COLUMNS}, .units = "nm", .elements = "O Ti Mn", .absent = 17,
    .low_ev = 300, .high_ev = 900,
};

static inline eel_result *result_of(const made_run *run)
{
    eel_result *result = NULL;

    make_run(run, FOLDER "/store");
    assert_ok(eel_result_open(&result, FOLDER "/store"));
    return result;
}

static inline void export_run(const made_run *run)
{
    eel_result *result = result_of(run);
    assert_ok(eel_result_export(result, FOLDER));
    eel_result_close(result);
}

static inline int is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    return access(path, F_OK) == 0;
}

#endif
