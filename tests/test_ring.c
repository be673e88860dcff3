/* What waits between the source and the flow, and which of it is dropped when there is no room. */
#include "ring_test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int disk_is_full;

ssize_t __real_pwrite(int fd, const void *from, size_t bytes, off_t place);
ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t place);
ssize_t __wrap_pwrite(int fd, const void *from, size_t bytes, off_t place)
{
    if (!disk_is_full)
        return __real_pwrite(fd, from, bytes, place);
    errno = ENOSPC;
    return -1;
}

/* Takes everything, and the scan is not mapped. */
static void leave_unmapped(eel_ring *ring)
{
    eel_piece piece;

    assert_true(eel_ring_take(ring, &piece, 0));
    eel_live_scan *scan = piece.data;
    while (eel_ring_take(ring, &piece, 0))
        eel_ring_give_back(ring, &piece);
    eel_ring_release(ring, scan, 0);
}

static void remove_spool(const char *folder)
{
    char claims[64];

    snprintf(claims, sizeof claims, "%s/.claims", folder);
    assert_int_equal(unlink(claims), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Everything in the ring as text: "D0 D1 (words) X2-9 E". */
static const char *taken(eel_ring *ring)
{
    static char text[1024];
    size_t used = 0;
    eel_piece piece;
    eel_live_scan *scan = NULL;

    text[0] = 0;
    while (eel_ring_take(ring, &piece, 0)) {
        uint64_t block = piece.first / ROWS, last = (piece.first + piece.rows - 1) / ROWS;
        if (piece.kind == EEL_RING_SCAN) {
            scan = piece.data;
            continue;
        }
        if (piece.kind == EEL_RING_DATA) {
            assert_true(*(float *)piece.data == (float)(block * 1000));
            used += (size_t)snprintf(text + used, sizeof text - used, "D%d ", (int)block);
        } else if (piece.kind == EEL_RING_ABSENT) {
            assert_int_equal(piece.why, EEL_OVERRUN);
            used += (size_t)snprintf(text + used, sizeof text - used, "X%d-%d ", (int)block,
                                     (int)last);
        } else if (piece.kind == EEL_RING_WORDS) {
            used += (size_t)snprintf(text + used, sizeof text - used, "(%s) ", (char *)piece.data);
        } else {
            used += (size_t)snprintf(text + used, sizeof text - used, "E%d", (int)piece.rows / ROWS);
        }
        eel_ring_give_back(ring, &piece);
    }
    eel_ring_release(ring, scan, 1);
    eel_ring_free(ring);
    return text;
}

TEST(with_drop_newest_what_came_first_stays_and_the_rest_is_one_absence)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-newest", 3, &overrun);

    put_blocks(ring, 10);

    assert_string_equal(taken(ring), "D0 D1 D2 X3-9 E10");
}

TEST(with_drop_oldest_what_came_last_stays_and_the_rest_is_one_absence)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-oldest", 3, &overrun);

    put_blocks(ring, 10);

    assert_string_equal(taken(ring), "X0-6 D7 D8 D9 E10");
}

TEST(thin_keeps_one_block_in_k_from_half_full_on)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("thin 3", 8, &overrun);

    put_blocks(ring, 12); /* five are more than half of eight */

    assert_string_equal(taken(ring), "D0 D1 D2 D3 D4 X5-5 D6 X7-8 D9 X10-11 E12");
}

TEST(what_was_spooled_comes_back_from_the_disk_in_order)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64], file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 1M", folder);
    snprintf(file, sizeof file, "%s/scan-0001.spool", folder);
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 2, &overrun);

    put_blocks(ring, 6);

    assert_int_equal(access(file, F_OK), 0);
    assert_string_equal(taken(ring), "D0 D1 D2 D3 D4 D5 E6");
    assert_int_not_equal(access(file, F_OK), 0);
    remove_spool(folder);
}

TEST(a_spool_holds_more_blocks_than_the_ring_has_places)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 1G", folder);
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 2, &overrun);
    eel_piece piece;
    uint64_t all = 2 * MANY, next = 0;
    float *data;

    for (uint64_t i = 0; i < all; i++)
        put_block(ring, i);
    assert_non_null(data = eel_ring_buffer(ring, BYTES / 2)); /* the last block is a shorter one */
    data[0] = (float)(all * 1000);
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_DATA, .first = all * ROWS, .rows = ROWS / 2,
                                              .data = data, .bytes = BYTES / 2}));
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = all * ROWS + ROWS / 2}));

    assert_true(eel_ring_take(ring, &piece, 0));
    eel_live_scan *scan = piece.data;
    for (; eel_ring_take(ring, &piece, 0) && piece.kind == EEL_RING_DATA; next++) {
        assert_int_equal(piece.first, next * ROWS);
        assert_int_equal(piece.rows, next < all ? ROWS : ROWS / 2);
        assert_int_equal(piece.bytes, piece.rows * CHANNELS * sizeof(float));
        assert_true(*(float *)piece.data == (float)(next * 1000));
        eel_ring_give_back(ring, &piece);
    }
    assert_int_equal(next, all + 1);
    assert_int_equal(piece.kind, EEL_RING_END);
    eel_ring_release(ring, scan, 1);
    eel_ring_free(ring);
    remove_spool(folder);
}

TEST(beyond_its_maximum_the_spool_drops)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 400", folder); /* two blocks of 128 with their heads */
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 1, &overrun);

    put_blocks(ring, 6);

    assert_string_equal(taken(ring), "D0 D1 X2-5 E6");
    remove_spool(folder);
}

TEST(a_spool_that_stays_counts_toward_the_maximum_in_its_process_and_the_next)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64], file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 400", folder); /* two blocks of 128 with their heads */
    snprintf(file, sizeof file, "%s/scan-0001.spool", folder);
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 2, &overrun);
    put_blocks(ring, 1);
    leave_unmapped(ring);

    put_scan(ring, &overrun, 2);
    put_blocks(ring, 4);
    assert_string_equal(taken(ring), "D0 X1-3 E4");

    assert_ok(eel_ring_new(&ring, &overrun, 2 * BYTES));
    put_scan(ring, &overrun, 2);
    put_blocks(ring, 4);
    assert_string_equal(taken(ring), "D0 X1-3 E4");

    assert_int_equal(unlink(file), 0);
    remove_spool(folder);
}

TEST(a_spool_that_was_there_and_is_removed_makes_room)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64], file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 400", folder);
    snprintf(file, sizeof file, "%s/scan-0001.spool", folder);
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 2, &overrun);
    put_blocks(ring, 1);
    leave_unmapped(ring);
    eel_ring_free(ring);
    assert_ok(eel_ring_new(&ring, &overrun, 2 * BYTES));
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(unlink(file), 0);

    eel_ring_unspool(ring, (uint64_t)info.st_size);

    put_scan(ring, &overrun, 2);
    put_blocks(ring, 4);
    assert_string_equal(taken(ring), "D0 D1 X2-3 E4");
    remove_spool(folder);
}

/* From block 2 on it takes nothing, as when the disk is full. */
TEST(what_a_full_disk_does_not_take_is_dropped_and_said_once)
{
    char folder[] = "/tmp/eel_ring_XXXXXX", policy[64], expected[256];
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 1M", folder);
    snprintf(expected, sizeof expected, "D0 D1 (%s/scan-0001.spool: No space left on device; spectra that cannot be "
             "spooled are dropped) X2-5 E6", folder);
    eel_overrun overrun;
    eel_ring *ring = ring_of(policy, 8, &overrun);

    put_block(ring, 0);
    put_block(ring, 1);
    disk_is_full = 1;
    for (uint64_t i = 2; i < 6; i++)
        put_block(ring, i);
    disk_is_full = 0;
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = 6 * ROWS}));

    assert_string_equal(taken(ring), expected);
    remove_spool(folder);
}

TEST(an_overrun_of_any_length_takes_no_places)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-newest", 1, &overrun);

    put_blocks(ring, 3 * MANY);

    char expected[64];
    snprintf(expected, sizeof expected, "D0 X1-%d E%d", 3 * MANY - 1,
             3 * MANY);
    assert_string_equal(taken(ring), expected);
}

TEST(where_the_source_waits_a_block_that_is_larger_than_the_ring_passes_alone)
{
    eel_overrun waits = {.kind = EEL_WAIT};
    eel_ring *ring;
    eel_piece piece;
    assert_ok(eel_ring_new(&ring, &waits, BYTES - 1));

    for (uint64_t number = 0; number < 2; number++) {
        put_block(ring, number);
        assert_true(eel_ring_take(ring, &piece, 0));
        assert_int_equal(piece.kind, EEL_RING_DATA);
        assert_int_equal(piece.first, number * ROWS);
        eel_ring_give_back(ring, &piece);
    }
    eel_ring_free(ring);
}

TEST(a_policy_that_is_none_is_misuse)
{
    static const char *const wrong[] = {"", "drop", "thin", "thin ", "thin 1", "thin -2", "thin x",
                                        "spool", "spool x", "spool x 0", "spool x 1Q",
                                        "spool x -1", "drop-newest "};
    eel_overrun overrun;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(EEL_EARGS, eel_overrun_parse(&overrun, wrong[i]));
    assert_ok(eel_overrun_parse(&overrun, "spool a folder with blanks 2G"));
    assert_string_equal(overrun.folder, "a folder with blanks");
    assert_int_equal(overrun.bytes_max, 2ull << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_drop_newest_what_came_first_stays_and_the_rest_is_one_absence),
        cmocka_unit_test(with_drop_oldest_what_came_last_stays_and_the_rest_is_one_absence),
        cmocka_unit_test(thin_keeps_one_block_in_k_from_half_full_on),
        cmocka_unit_test(what_was_spooled_comes_back_from_the_disk_in_order),
        cmocka_unit_test(a_spool_holds_more_blocks_than_the_ring_has_places),
        cmocka_unit_test(beyond_its_maximum_the_spool_drops),
        cmocka_unit_test(a_spool_that_stays_counts_toward_the_maximum_in_its_process_and_the_next),
        cmocka_unit_test(a_spool_that_was_there_and_is_removed_makes_room),
        cmocka_unit_test(what_a_full_disk_does_not_take_is_dropped_and_said_once),
        cmocka_unit_test(an_overrun_of_any_length_takes_no_places),
        cmocka_unit_test(where_the_source_waits_a_block_that_is_larger_than_the_ring_passes_alone),
        cmocka_unit_test(a_policy_that_is_none_is_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
