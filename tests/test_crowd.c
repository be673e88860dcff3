/* What happens in a ring when a great deal waits in small pieces. */
#include "ring_test.h"
#include "live/pieces.h"

/* What was taken, until nothing more is there; scans are let go. */
typedef struct {
    uint64_t scans, ends, pixels[EEL_PIXEL_STATES], next;
    uint32_t words;
} tally;

static tally tallied(eel_ring *ring)
{
    tally t = {0};
    eel_live_scan *scan = NULL;
    eel_piece piece;

    while (eel_ring_take(ring, &piece, 0)) {
        if (piece.kind == EEL_RING_SCAN) {
            scan = piece.data;
            t.scans++;
            t.next = 0;
            continue;
        }
        if (piece.kind == EEL_RING_DATA || piece.kind == EEL_RING_ABSENT) {
            assert_int_equal(piece.first, t.next);
            t.next += piece.rows;
            t.pixels[piece.kind == EEL_RING_DATA ? EEL_VALUE : piece.why] += piece.rows;
        }
        t.words += piece.kind == EEL_RING_WORDS;
        eel_ring_give_back(ring, &piece);
        if (piece.kind == EEL_RING_END) {
            assert_int_equal(piece.rows, t.next);
            t.ends++;
            eel_ring_release(ring, scan, 1);
        }
    }
    return t;
}

static void put_gap(eel_ring *ring, uint64_t number)
{
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_ABSENT, .first = number * ROWS, .rows = ROWS,
                                              .why = EEL_SOURCE_GAP}));
}

TEST(what_was_dropped_between_many_gaps_of_the_source_is_no_gap)
{
    static const char *const policies[] = {"drop-newest", "drop-oldest"};

    for (int p = 0; p < 2; p++) {
        eel_overrun overrun;
        eel_ring *ring = ring_of(policies[p], 3, &overrun);

        for (uint64_t i = 0; i < 4 * MANY; i += 2) {
            put_block(ring, i);
            put_gap(ring, i + 1);
        }
        assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = 4ull * MANY * ROWS}));

        tally t = tallied(ring);
        assert_int_equal(t.pixels[EEL_VALUE], 3 * ROWS);
        assert_int_equal(t.pixels[EEL_SOURCE_GAP], 2 * MANY * ROWS);
        assert_int_equal(t.pixels[EEL_OVERRUN], (2 * MANY - 3) * ROWS);
        eel_ring_free(ring);
    }
}

TEST(a_crowd_of_small_pieces_is_no_overrun_while_there_is_room)
{
    static const char *const policies[] = {"drop-newest", "drop-oldest"};

    for (int p = 0; p < 2; p++) {
        eel_overrun overrun;
        eel_ring *ring = ring_of(policies[p], 3 * MANY, &overrun);

        put_blocks(ring, 2 * MANY);

        assert_int_equal(tallied(ring).pixels[EEL_VALUE], 2 * MANY * ROWS);
        eel_ring_free(ring);
    }
}

TEST(drop_oldest_goes_on_where_it_left_off_while_pieces_are_taken)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-oldest", 4, &overrun);
    eel_piece piece;
    uint64_t next = 0;

    assert_true(eel_ring_take(ring, &piece, 0));
    eel_live_scan *scan = piece.data;
    for (uint64_t i = 0; i < MANY; i++) {
        put_block(ring, i);
        if (i % 7 != 3)
            continue;
        assert_true(eel_ring_take(ring, &piece, 0));
        assert_int_equal(piece.first, next);
        next += piece.rows;
        eel_ring_give_back(ring, &piece);
    }
    while (eel_ring_take(ring, &piece, 0)) {
        assert_int_equal(piece.first, next);
        next += piece.rows;
        eel_ring_give_back(ring, &piece);
    }

    assert_int_equal(next, MANY * ROWS);
    eel_ring_release(ring, scan, 1);
    eel_ring_free(ring);
}

TEST(of_many_short_scans_that_wait_drop_oldest_drops_what_has_no_room)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-oldest", MANY / 4, &overrun);

    put_blocks(ring, 2);
    for (uint64_t i = 2; i <= MANY / 2; i++) {
        put_scan(ring, &overrun, i);
        put_blocks(ring, 2);
    }

    tally t = tallied(ring);
    assert_int_equal(t.scans, MANY / 2);
    assert_int_equal(t.pixels[EEL_VALUE], MANY / 4 * ROWS);
    assert_int_equal(t.pixels[EEL_OVERRUN], 3 * MANY / 4 * ROWS);
    eel_ring_free(ring);
}

/* So many scans that their list is full, and one more when some of it was taken. */
TEST(scans_for_which_the_list_has_no_place_are_named_at_once_and_cost_themselves_only)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-newest", MANY, &overrun);
    uint64_t all = EEL_PIECES_BYTES_MAX / sizeof(eel_live_scan) + 2;
    eel_piece piece;

    put_blocks(ring, 1);
    for (uint64_t i = 2; i <= all; i++) {
        put_scan(ring, &overrun, i);
        put_blocks(ring, 1);
    }
    assert_true(eel_ring_take(ring, &piece, 0));
    assert_int_equal(piece.kind, EEL_RING_WORDS);
    assert_non_null(strstr(piece.data, ": dropped, for 256 MiB of scans and their pieces wait to be mapped"));
    unsigned long long first = 0, last = 0;
    assert_int_equal(sscanf(piece.data, "scans %llu to %llu", &first, &last), 2);
    assert_int_equal(last, all);
    eel_ring_give_back(ring, &piece);
    tally t = tallied(ring);
    put_scan(ring, &overrun, all + 1);
    put_blocks(ring, 1);
    eel_ring_finish(ring, EEL_OK);
    tally then = tallied(ring);

    assert_int_equal(t.scans, first - 1);
    assert_int_equal(t.ends, first - 1);
    assert_int_equal(t.pixels[EEL_VALUE], (first - 1) * ROWS);
    assert_int_equal(then.scans, 1);
    assert_int_equal(then.pixels[EEL_VALUE], ROWS);
    assert_true(eel_ring_over(ring));
    assert_fails(EEL_ELIMIT, eel_ring_code(ring));
    eel_ring_free(ring);
}

/* Who sends nothing but garbage ends nothing. */
TEST(a_crowd_of_words_ends_nothing)
{
    enum { LONG = 1 << 14 };
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-newest", 4, &overrun);
    int most = EEL_PIECES_BYTES_MAX / LONG, said = 0;
    eel_piece piece;

    for (int i = 0; i < 2 * most; i++) {
        eel_piece words = {.kind = i % 2 ? EEL_RING_WORDS : EEL_RING_REFUSED, .data = malloc(LONG)};
        memset(words.data, 'a', LONG - 1);
        ((char *)words.data)[LONG - 1] = 0;
        assert_ok(eel_ring_put(ring, &words));
    }

    while (eel_ring_take(ring, &piece, 0)) {
        said += piece.kind != EEL_RING_SCAN;
        eel_ring_give_back(ring, &piece);
    }
    assert_in_range(said, most / 2, most);
    eel_ring_free(ring);
}

TEST(the_rest_of_a_scan_for_which_the_list_has_no_place_is_an_overrun)
{
    eel_overrun overrun;
    eel_ring *ring = ring_of("drop-newest", 1, &overrun);
    uint64_t all = EEL_PIECES_BYTES_MAX / sizeof(eel_piece) + 2;
    eel_piece piece;

    put_block(ring, 0);
    for (uint64_t i = 1; i < all; i += 2) {
        put_gap(ring, i);
        put_block(ring, i + 1);
    }
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = (all | 1) * ROWS}));

    assert_true(eel_ring_take(ring, &piece, 0));
    assert_int_equal(piece.kind, EEL_RING_WORDS);
    assert_non_null(strstr(piece.data, "scan 1: the rest is dropped, for 256 MiB"));
    eel_ring_give_back(ring, &piece);
    tally t = tallied(ring);
    assert_int_equal(t.ends, 1);
    assert_int_equal(t.pixels[EEL_VALUE], ROWS);
    assert_true(t.pixels[EEL_SOURCE_GAP] > (all / 2 - 2000) * ROWS && t.pixels[EEL_SOURCE_GAP] < all / 2 * ROWS);
    eel_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_dropped_between_many_gaps_of_the_source_is_no_gap),
        cmocka_unit_test(a_crowd_of_small_pieces_is_no_overrun_while_there_is_room),
        cmocka_unit_test(drop_oldest_goes_on_where_it_left_off_while_pieces_are_taken),
        cmocka_unit_test(of_many_short_scans_that_wait_drop_oldest_drops_what_has_no_room),
        cmocka_unit_test(scans_for_which_the_list_has_no_place_are_named_at_once_and_cost_themselves_only),
        cmocka_unit_test(a_crowd_of_words_ends_nothing),
        cmocka_unit_test(the_rest_of_a_scan_for_which_the_list_has_no_place_is_an_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
