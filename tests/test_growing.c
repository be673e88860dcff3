/* growing: the maps that viewers see, cell by cell (proto/tap.md, T9 to T15). */
#include "test.h"
#include "shared/growing.h"

#define CLASSES  2
#define CHANNELS 3

static eel_growing *growing;

static eel_growing *made(uint64_t pictures, uint64_t rows, uint64_t columns)
{
    eel_description about = {.image = {.nav_count = 3, .nav = {{.size = pictures}, {.size = rows},
                                                               {.size = columns}}},
                             .classes = CLASSES, .observable = {1, 0}};
    eel_store_info info = {.pixels = pictures * rows * columns, .classes = CLASSES,
                           .block_rows = 4, .sum_channels = CHANNELS, .sum_start_ev = 90.5,
                           .sum_step_ev = 1};

    growing = NULL;
    assert_ok(eel_growing_new(&growing, &about, &info));
    return growing;
}

/* `rows` pixels with the probability `p` of the first class; the second is not observable. */
static void add(uint64_t first, uint32_t rows, float p)
{
    float values[64 * CLASSES], sum[CHANNELS] = {2.0f * (float)rows, 0, NAN};

    for (uint32_t i = 0; i < rows; i++) {
        values[CLASSES * i] = p;
        values[CLASSES * i + 1] = NAN;
    }
    eel_growing_add(growing, first, rows, values, sum);
}

static eel_tap_frame frame_now(void)
{
    eel_tap_frame frame = {0};

    eel_growing_frame(growing, &frame);
    return frame;
}

TEST(a_pixel_that_has_not_arrived_is_missing_and_has_no_value)
{
    made(1, 4, 8);
    add(1, 1, 0.5f);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.states[0], EEL_MISSING);
    assert_int_equal(frame.p[0], EEL_TAP_NO_VALUE);
    assert_int_equal(frame.states[1], EEL_VALUE);
    assert_int_equal(frame.p[1], 127);
    eel_growing_free(growing);
}

TEST(a_class_that_is_not_observable_has_no_value_anywhere)
{
    made(1, 4, 8);
    add(0, 32, 1);

    eel_tap_frame frame = frame_now();

    for (int i = 0; i < 32; i++)
        assert_int_equal(frame.p[32 + i], EEL_TAP_NO_VALUE);
    assert_true(isnan(frame.recent_p[1]));
    eel_growing_free(growing);
}

TEST(a_large_picture_is_told_in_cells_with_their_mean)
{
    made(1, 2, 1025); /* 3 x 3 pixels a cell */
    add(0, 1, 0.25f);
    add(1, 1, 0.75f);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.step, 3);
    assert_int_equal(frame.cell_columns, 342);
    assert_int_equal(frame.cell_rows, 1);
    assert_int_equal(frame.p[0], 127);
    eel_growing_free(growing);
}

TEST(a_cell_has_the_state_of_most_of_its_pixels_that_arrived)
{
    made(1, 1, 1024); /* two pixels a cell */
    add(0, 1, 1);
    eel_growing_absent(growing, 1, 2, EEL_OVERRUN); /* one of the first cell, one of the second */
    add(4, 2, 1);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.states[0], EEL_OVERRUN); /* undecided: the absence is shown */
    assert_int_equal(frame.states[1], EEL_OVERRUN);
    assert_int_equal(frame.states[2], EEL_VALUE);
    assert_int_equal(frame.states[3], EEL_MISSING);
    eel_growing_free(growing);
}

TEST(a_value_replaces_an_absence_and_a_second_value_changes_nothing)
{
    made(1, 4, 8);
    eel_growing_absent(growing, 3, 1, EEL_POISON);
    add(3, 1, 1);
    add(3, 1, 0);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.states[3], EEL_VALUE);
    assert_int_equal(frame.p[3], 254);
    assert_int_equal(frame.mean_pixels, 1);
    eel_growing_free(growing);
}

TEST(a_spectrum_nobody_could_read_is_a_decode_error)
{
    made(1, 4, 8);
    add(2, 1, NAN);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.states[2], EEL_DECODE_ERROR);
    eel_growing_free(growing);
}

TEST(the_latest_picture_is_shown_and_late_pixels_of_earlier_ones_change_nothing)
{
    made(3, 4, 8);
    add(0, 4, 1);
    add(32 + 5, 1, 0.5f);
    add(4, 4, 1);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.picture, 1);
    assert_int_equal(frame.pictures, 3);
    assert_int_equal(frame.states[0], EEL_MISSING);
    assert_int_equal(frame.states[4], EEL_MISSING);
    assert_int_equal(frame.p[5], 127);
    eel_growing_free(growing);
}

TEST(the_mean_is_of_all_pixels_and_recent_of_those_since_the_last_frame)
{
    float mean[] = {2, 0, NAN};
    made(1, 4, 8);
    add(0, 4, 1);
    frame_now();
    add(8, 2, 0.5f);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.mean_pixels, 6);
    assert_floats(frame.mean, mean, CHANNELS, 1e-6);
    assert_int_equal(frame.recent_first, 8);
    assert_int_equal(frame.recent_pixels, 2);
    assert_floats(frame.recent, mean, CHANNELS, 1e-6);
    float half = 0.5f;
    assert_floats(frame.recent_p, &half, 1, 1e-6);
    eel_growing_free(growing);
}

TEST(a_block_that_came_in_part_before_is_in_the_mean_once)
{
    made(1, 4, 8);
    add(0, 3, 1);
    add(0, 4, 1); /* the whole of it, as when a poisoned spectrum is tried again */

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.mean_pixels, 3);
    assert_int_equal(frame.states[3], EEL_VALUE);
    eel_growing_free(growing);
}

TEST(a_picture_that_is_too_large_to_watch_is_refused)
{
    eel_description about = {.image = {.nav_count = 2, .nav = {{.size = 1u << 20},
                                                               {.size = 1u << 20}}}};
    eel_store_info info = {.pixels = 1ull << 40, .classes = CLASSES, .sum_channels = CHANNELS};

    assert_fails(EEL_ELIMIT, eel_growing_new(&growing, &about, &info));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pixel_that_has_not_arrived_is_missing_and_has_no_value),
        cmocka_unit_test(a_class_that_is_not_observable_has_no_value_anywhere),
        cmocka_unit_test(a_large_picture_is_told_in_cells_with_their_mean),
        cmocka_unit_test(a_cell_has_the_state_of_most_of_its_pixels_that_arrived),
        cmocka_unit_test(a_value_replaces_an_absence_and_a_second_value_changes_nothing),
        cmocka_unit_test(a_spectrum_nobody_could_read_is_a_decode_error),
        cmocka_unit_test(the_latest_picture_is_shown_and_late_pixels_of_earlier_ones_change_nothing),
        cmocka_unit_test(the_mean_is_of_all_pixels_and_recent_of_those_since_the_last_frame),
        cmocka_unit_test(a_block_that_came_in_part_before_is_in_the_mean_once),
        cmocka_unit_test(a_picture_that_is_too_large_to_watch_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
