/* growing: the maps that viewers see, cell by cell (proto/tap.md, T9 to T15). */
#include "test.h"
#include "shared/growing.h"

#define CLASSES  2
#define CHANNELS 3

static eel_growing *growing;

static void made_of(eel_description about, uint64_t pixels)
{
    eel_store_info info = {.pixels = pixels, .classes = CLASSES, .block_rows = 4, .sum_channels = CHANNELS,
                           .sum_start_ev = 90.5, .sum_step_ev = 1};

    about.classes = CLASSES;
    about.observable[0] = 1;
    growing = NULL;
    assert_ok(eel_growing_new(&growing, &about, &info));
}

static void made(uint64_t pictures, uint64_t rows, uint64_t columns)
{
    eel_description about = {.image = {.nav_count = 3, .nav = {{.size = pictures}, {.size = rows},
                                                               {.size = columns}}}};

    made_of(about, pictures * rows * columns);
}

/* A scan that may become so long. */
static void made_open(uint64_t rows, uint64_t columns)
{
    eel_description about = {.open = 1, .image = {.nav_count = 2, .nav = {{.size = rows}, {.size = columns}}}};

    made_of(about, rows * columns);
}

static void made_open_line(uint64_t pixels)
{
    eel_description about = {.open = 1, .image = {.nav_count = 1, .nav = {{.size = pixels}}}};

    made_of(about, pixels);
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

TEST(a_scan_of_unknown_length_is_told_pixel_by_pixel_for_as_long_as_its_pixels_are_few)
{
    made_open(16384, 128);
    add(128 * 128 - 1, 1, 0.5f); /* the last of the square it is told as at first */
    eel_tap_frame square = frame_now();
    add(128 * 128, 1, 1);

    eel_tap_frame longer = frame_now();

    assert_int_equal(square.rows, 128);
    assert_int_equal(longer.rows, 256);
    assert_int_equal(longer.step, 1);
    assert_int_equal(longer.cell_rows, 256);
    assert_int_equal(longer.cell_columns, 128);
    assert_int_equal(longer.p[128 * 128 - 1], 127);
    assert_int_equal(longer.p[128 * 128], 254);
    assert_int_equal(longer.states[128 * 128], EEL_VALUE);
    assert_int_equal(longer.states[128 * 128 + 1], EEL_MISSING);
    assert_int_equal(longer.p[128 * 128 + 1], EEL_TAP_NO_VALUE);
    assert_int_equal(longer.p[256 * 128], EEL_TAP_NO_VALUE); /* the class that is not observable */
    eel_growing_free(growing);
}

TEST(a_line_of_unknown_length_grows_along_itself)
{
    made_open_line(1u << 18);
    add(511, 1, 1);
    eel_tap_frame first = frame_now();
    add(512, 1, 0);

    eel_tap_frame second = frame_now();

    assert_int_equal(first.columns, 512);
    assert_int_equal(first.step, 1);
    assert_int_equal(second.columns, 1024);
    assert_int_equal(second.rows, 1);
    assert_int_equal(second.step, 2);
    assert_int_equal(second.p[255], 254);
    assert_int_equal(second.p[256], 0);
    eel_growing_free(growing);
}

/* What one pixel is made to be: a value, an absence, or nothing yet; the same wherever it is asked. */
static void arrive(uint64_t pixel)
{
    if (pixel % 7 == 3)
        eel_growing_absent(growing, pixel, 1, pixel % 2 ? EEL_OVERRUN : EEL_SOURCE_GAP);
    else if (pixel % 11 != 5)
        add(pixel, 1, (float)(pixel * 37 % 101) / 100);
}

TEST(cells_that_were_merged_are_what_they_would_be_had_they_always_been_so_large)
{
    enum { ROWS = 1203, COLUMNS = 101 };
    eel_description known = {.image = {.nav_count = 2, .nav = {{.size = 4 * 512}, {.size = COLUMNS}}}};

    made_of(known, 4 * 512 * COLUMNS); /* of step 4 from the beginning */
    eel_growing *always = growing;
    for (uint64_t pixel = 0; pixel < ROWS * COLUMNS; pixel++)
        arrive(pixel);
    made_open(16384, COLUMNS);
    for (uint64_t pixel = 0; pixel < ROWS * COLUMNS; pixel++)
        arrive(pixel);

    eel_tap_frame merged = frame_now(), whole = {0};
    eel_growing_frame(always, &whole);

    assert_int_equal(merged.rows, 1616); /* 101 doubled four times */
    assert_int_equal(merged.step, 4);
    assert_int_equal(merged.cell_rows, 404);
    assert_int_equal(merged.cell_columns, whole.cell_columns);
    size_t cells = merged.cell_rows * (size_t)merged.cell_columns, all = whole.cell_rows * (size_t)whole.cell_columns;
    assert_memory_equal(merged.states, whole.states, cells);
    for (size_t i = 0; i < cells; i++)
        assert_in_range(merged.p[i] + 1 - whole.p[i], 0, 2); /* sums of other order round otherwise */
    assert_memory_equal(merged.p + cells, whole.p + all, cells);
    eel_growing_free(always);
    eel_growing_free(growing);
}

TEST(a_scan_that_begins_far_behind_its_beginning_is_told_there)
{
    made_open(16384, 128);
    add(128 * 16383 + 127, 1, 1);

    eel_tap_frame frame = frame_now();

    assert_int_equal(frame.rows, 16384);
    assert_int_equal(frame.step, 32);
    assert_int_equal(frame.cell_rows, 512);
    assert_int_equal(frame.states[512 * 4 - 1], EEL_VALUE);
    assert_int_equal(frame.states[0], EEL_MISSING);
    eel_growing_free(growing);
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
        cmocka_unit_test(a_scan_of_unknown_length_is_told_pixel_by_pixel_for_as_long_as_its_pixels_are_few),
        cmocka_unit_test(a_line_of_unknown_length_grows_along_itself),
        cmocka_unit_test(cells_that_were_merged_are_what_they_would_be_had_they_always_been_so_large),
        cmocka_unit_test(a_scan_that_begins_far_behind_its_beginning_is_told_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
