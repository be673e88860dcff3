/* Scans in files, from their arrival until their results are durable. */
#include "test.h"
#include "live/ring.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNELS 4
#define ROWS     8 /* of a block */
#define BYTES    (ROWS * CHANNELS * sizeof(float))
#define SCANS    500

static char folder[64];

static eel_ring *spooling_at_most(const char *max)
{
    eel_overrun overrun;
    char policy[128];
    eel_ring *ring;

    snprintf(folder, sizeof folder, "/tmp/eel_spool_XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s %s", folder, max);
    assert_ok(eel_overrun_parse(&overrun, policy));
    assert_ok(eel_ring_new(&ring, &overrun, BYTES)); /* one block; the others wait on the disk only */
    return ring;
}

static eel_ring *spooling(void)
{
    return spooling_at_most("1G");
}

static void clear_away(eel_ring *ring)
{
    char claims[80];

    eel_ring_free(ring);
    snprintf(claims, sizeof claims, "%s/.claims", folder);
    assert_int_equal(unlink(claims), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void put_scan(eel_ring *ring, uint64_t number)
{
    eel_live_scan *scan = calloc(1, sizeof *scan);
    float *data = eel_ring_buffer(ring, BYTES);

    assert_true(scan && data);
    scan->number = number;
    scan->block_rows = ROWS;
    for (int i = 0; i < ROWS * CHANNELS; i++)
        data[i] = (float)(number * 1000 + (uint64_t)i);
    assert_ok(eel_spool_create(&scan->spool, folder, number, "{}", CHANNELS * sizeof(float)));
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_SCAN, .data = scan}));
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_DATA, .rows = ROWS, .data = data, .bytes = BYTES}));
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = ROWS}));
}

static void take_scan(eel_ring *ring, uint64_t number)
{
    eel_piece piece;

    assert_true(eel_ring_take(ring, &piece, 0));
    eel_live_scan *scan = piece.data;
    assert_int_equal(scan->number, number);
    assert_true(eel_ring_take(ring, &piece, 0));
    assert_int_equal(piece.kind, EEL_RING_DATA);
    assert_true(*(float *)piece.data == (float)(number * 1000));
    eel_ring_give_back(ring, &piece);
    assert_true(eel_ring_take(ring, &piece, 0));
    assert_int_equal(piece.kind, EEL_RING_END);
    eel_ring_give_back(ring, &piece);
    eel_ring_release(ring, scan, 1);
}

TEST(scans_that_wait_in_a_spool_are_no_open_files)
{
    struct rlimit before, few;
    eel_ring *ring = spooling();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 32;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);

    for (uint64_t number = 1; number <= SCANS; number++)
        put_scan(ring, number);
    for (uint64_t number = 1; number <= SCANS; number++)
        take_scan(ring, number);

    setrlimit(RLIMIT_NOFILE, &before);
    clear_away(ring);
}

/* How another process finds scan 1. With another path it has nothing of the open files of this one. */
static int opened_elsewhere(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        char path[96], *header = NULL;
        eel_spool *spool;
        snprintf(path, sizeof path, "%s/./scan-0001.spool", folder);
        _exit(-eel_spool_open(&spool, path, &header));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

TEST(a_scan_that_waits_in_a_spool_is_not_taken_by_another_process)
{
    eel_ring *ring = spooling();
    eel_piece piece;
    put_scan(ring, 1);
    put_scan(ring, 2);

    assert_int_equal(opened_elsewhere(), EEL_ECANCEL);
    for (int i = 0; i < 3; i++) {
        assert_true(eel_ring_take(ring, &piece, 0));
        if (piece.kind == EEL_RING_SCAN)
            eel_ring_release(ring, piece.data, 0);
        else if (piece.kind == EEL_RING_END)
            eel_ring_give_back(ring, &piece);
        else
            free(piece.data);
    }

    assert_int_equal(opened_elsewhere(), EEL_OK);
    take_scan(ring, 2);
    char path[96];
    snprintf(path, sizeof path, "%s/scan-0001.spool", folder);
    assert_int_equal(unlink(path), 0);
    clear_away(ring);
}

/* Two blocks fit into MAX, what follows does not; block 5 never came, and the rest was given up. */
TEST(a_process_does_not_take_its_own_scan_for_one_left_over)
{
    eel_ring *ring = spooling();
    eel_spool *own = NULL, *again = NULL;
    char path[96], *header = NULL;
    int empty = 1;

    assert_ok(eel_spool_create(&own, folder, 1, "{}", 4));
    snprintf(path, sizeof path, "%s/scan-0001.spool", folder);

    assert_fails(EEL_ECANCEL, eel_spool_open(&again, path, &header));
    assert_fails(EEL_ECANCEL, eel_spool_create(&again, folder, 1, "{}", 4));
    assert_fails(EEL_ECANCEL, eel_spool_remove_empty(path, &empty));
    assert_int_equal(empty, 0);
    assert_int_equal(access(path, F_OK), 0);
    eel_spool_remove(own);
    clear_away(ring);
}

TEST(what_a_spool_dropped_is_told_from_what_never_came)
{
    static const struct {
        uint64_t first;
        uint32_t rows;
        eel_pixel_state why;
    } expected[] = {{0, ROWS, EEL_VALUE}, {ROWS, ROWS, EEL_VALUE}, {2 * ROWS, 3 * ROWS, EEL_OVERRUN},
                    {6 * ROWS, ROWS, EEL_OVERRUN}, {7 * ROWS, 9 * ROWS, EEL_CANCELLED}};
    eel_ring *ring = spooling_at_most("320");
    eel_live_scan *scan = calloc(1, sizeof *scan);
    char path[96], *header;
    eel_spool *spool;
    assert_non_null(scan);
    scan->number = 1;
    scan->block_rows = ROWS;
    assert_ok(eel_spool_create(&scan->spool, folder, 1, "{}", CHANNELS * sizeof(float)));
    snprintf(path, sizeof path, "%s/scan-0001.spool", folder);

    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_SCAN, .data = scan}));
    for (uint64_t i = 0; i < 7; i++) {
        eel_piece piece = {.kind = i == 5 ? EEL_RING_ABSENT : EEL_RING_DATA, .first = i * ROWS, .rows = ROWS,
                           .why = EEL_SOURCE_GAP, .bytes = BYTES};
        piece.data = i == 5 ? NULL : calloc(1, BYTES);
        assert_ok(eel_ring_put(ring, &piece));
    }
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_ABSENT, .first = 7 * ROWS, .rows = 9 * ROWS,
                                              .why = EEL_CANCELLED}));
    eel_ring_free(ring); /* as when the process ends */

    assert_ok(eel_spool_open(&spool, path, &header));
    eel_spool_rows(spool, CHANNELS * sizeof(float));
    uint64_t first, place;
    uint32_t rows;
    eel_pixel_state why;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(eel_spool_next(spool, &first, &rows, &place, ROWS, &why));
        assert_int_equal(first, expected[i].first);
        assert_int_equal(rows, expected[i].rows);
        assert_int_equal(why, expected[i].why);
    }
    assert_false(eel_spool_next(spool, &first, &rows, &place, ROWS, &why));
    free(header);
    eel_spool_remove(spool);
    clear_away(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans_that_wait_in_a_spool_are_no_open_files),
        cmocka_unit_test(a_scan_that_waits_in_a_spool_is_not_taken_by_another_process),
        cmocka_unit_test(a_process_does_not_take_its_own_scan_for_one_left_over),
        cmocka_unit_test(what_a_spool_dropped_is_told_from_what_never_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
