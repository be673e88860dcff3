/* The sums of a store's blocks, and the mean over them: proto/store.md, S5. */
#define FOLDER EEL_BINARY_DIR "/made/store-sums"
#include "store_test.h"

TEST(the_mean_is_over_blocks_that_have_values)
{
    eel_store *store = fresh();
    float values[4 * CLASSES] = {0}, mean[CHANNELS], want[CHANNELS] = {3, 1.5f, 1, NAN};
    uint64_t pixels;

    assert_ok(eel_store_put(store, 4, 4, values, (float[]){8, 4, 2, NAN}));
    assert_ok(eel_store_put(store, 8, 2, values, (float[]){10, 5, 4, NAN}));
    assert_ok(eel_store_commit(store));
    assert_ok(eel_store_put(store, 0, 4, values, (float[]){99, 99, 99, 99})); /* not committed */
    assert_ok(eel_store_mean(store, mean, &pixels));

    assert_floats(mean, want, CHANNELS, 1e-6);
    assert_int_equal(pixels, 6);
    eel_store_close(store);
}

/* The number of pixels in the mean, and the mean's first channel. */
static void assert_mean(const eel_store *store, uint64_t want, float first)
{
    float mean[CHANNELS];
    uint64_t pixels;

    assert_ok(eel_store_mean(store, mean, &pixels));
    assert_int_equal(pixels, want);
    if (want)
        assert_floats(mean, &first, 1, 1e-6);
}

TEST(a_block_that_comes_in_parts_is_in_the_mean_when_none_of_its_pixels_is_missing)
{
    eel_store *store = fresh();
    float values[4 * CLASSES] = {0};

    assert_ok(eel_store_put(store, 6, 2, values, (float[]){10, 5, 4, NAN}));
    assert_ok(eel_store_put(store, 4, 1, values, (float[]){1, 5, 4, NAN}));
    assert_ok(eel_store_commit(store));
    assert_mean(store, 0, 0);
    assert_ok(eel_store_put(store, 4, 1, values, (float[]){99, 5, 4, NAN})); /* that one again */
    assert_ok(eel_store_put(store, 5, 1, values, (float[]){5, 5, 4, NAN}));
    assert_mean(store, 0, 0); /* not committed */
    assert_ok(eel_store_commit(store));
    assert_mean(store, 4, 4);

    assert_ok(eel_store_put(store, 1, 2, values,
                            (float[]){16, 5, 4, NAN})); /* neither the first nor the last */
    assert_ok(eel_store_absent(store, 3, 7, EEL_OVERRUN));
    assert_ok(eel_store_absent(store, 0, 1, EEL_SOURCE_GAP));
    assert_ok(eel_store_commit(store));
    assert_mean(store, 6, 32.0f / 6);
    eel_store_close(store);
}

/* A value in place of the absence with which it was complete: the record is written once (S5). */
TEST(a_sum_that_was_written_stays_when_a_late_part_comes)
{
    eel_store *store = fresh();
    float values[4 * CLASSES] = {0};

    assert_ok(eel_store_put(store, 4, 2, values, (float[]){10, 5, 4, NAN}));
    assert_ok(eel_store_absent(store, 6, 2, EEL_OVERRUN));
    assert_ok(eel_store_commit(store));
    assert_mean(store, 2, 5);
    assert_ok(eel_store_put(store, 6, 2, values, (float[]){1, 5, 4, NAN}));
    assert_ok(eel_store_commit(store));
    assert_mean(store, 2, 5);
    eel_store_close(store);
}

TEST(a_block_of_which_a_part_was_lost_with_its_process_is_in_the_mean_when_it_comes_again)
{
    eel_store *store = fresh();
    float values[4 * CLASSES] = {0};

    assert_ok(eel_store_put(store, 4, 2, values, (float[]){10, 5, 4, NAN}));
    assert_ok(eel_store_commit(store));
    eel_store_close(store);
    store = opened(EEL_STORE_WRITE);
    assert_ok(eel_store_put(store, 4, 4, values, (float[]){20, 5, 4, NAN}));
    assert_ok(eel_store_commit(store));
    assert_mean(store, 4, 5);
    eel_store_close(store);
}

TEST(the_last_part_of_a_scan_that_turns_out_shorter_is_in_the_mean)
{
    eel_store_info info = made_up;
    eel_store *store = NULL;
    info.description = "{\"image\": {\"navigation\": [{\"size\": 10}], \"pixels\": 10}}";
    assert_ok(eel_store_create(&store, FOLDER, &info));
    float values[4 * CLASSES] = {0};

    assert_ok(eel_store_put(store, 0, 4, values, (float[]){8, 5, 4, NAN}));
    assert_ok(eel_store_put(store, 4, 1, values, (float[]){4, 5, 4, NAN}));
    assert_ok(eel_store_put(store, 5, 1, values, (float[]){6, 5, 4, NAN}));
    assert_ok(eel_store_trim(store, 6));
    assert_mean(store, 6, 3);
    eel_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_is_over_blocks_that_have_values),
        cmocka_unit_test(
            a_block_that_comes_in_parts_is_in_the_mean_when_none_of_its_pixels_is_missing),
        cmocka_unit_test(
            a_block_of_which_a_part_was_lost_with_its_process_is_in_the_mean_when_it_comes_again),
        cmocka_unit_test(a_sum_that_was_written_stays_when_a_late_part_comes),
        cmocka_unit_test(the_last_part_of_a_scan_that_turns_out_shorter_is_in_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
