/*
 * store_test - a small made-up store for tests: ten pixels in blocks of four. FOLDER, where it lies, is each test's own.
 */
#ifndef EEL_STORE_TEST_H
#define EEL_STORE_TEST_H

#include "test.h"
#include "io/store.h"

#define PIXELS  10
#define CLASSES 3
#define CHANNELS 4

static const eel_store_info made_up = {
    .pixels = PIXELS, .classes = CLASSES, .block_rows = 4, .sum_channels = CHANNELS,
    .sum_start_ev = 90, .sum_step_ev = 1, .description = "{\"image\": {\"title\": \"made up\"}}",
};

static inline eel_store *fresh(void)
{
    eel_store *store = NULL;
    assert_ok(eel_store_create(&store, FOLDER, &made_up));
    return store;
}

static inline eel_store *opened(int mode)
{
    eel_store *store = NULL;
    assert_ok(eel_store_open(&store, FOLDER, mode));
    return store;
}

#endif
