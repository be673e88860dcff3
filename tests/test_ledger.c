/* ledger: blocks found by their numbers, pixels counted once. */
#include "test.h"
#include "base/rng.h"
#include "flow/ledger.h"

#define NUMBERS 3000

static char present[NUMBERS];

static uint64_t number_of(uint32_t i) /* the first half dense, the second far apart */
{
    return i < NUMBERS / 2 ? i : (uint64_t)i << 40;
}

TEST(a_ledger_knows_what_was_put_and_not_removed)
{
    eel_ledger ledger = {0};
    eel_rng rng = eel_rng_seeded(1, 0);
    size_t count = 0;

    for (int step = 0; step < 20 * NUMBERS; step++) {
        uint32_t i = eel_rng_below(&rng, NUMBERS);
        if (present[i])
            eel_ledger_remove(&ledger, number_of(i));
        else
            assert_ok(eel_ledger_put(&ledger, number_of(i), &present[i]));
        present[i] = !present[i];
        count = count + 2 * (size_t)present[i] - 1;
        assert_int_equal(ledger.count, count);
    }

    for (uint32_t i = 0; i < NUMBERS; i++)
        assert_ptr_equal(eel_ledger_get(&ledger, number_of(i)), present[i] ? &present[i] : NULL);
    eel_ledger_release(&ledger);
}

TEST(an_empty_ledger_knows_nothing)
{
    eel_ledger ledger = {0};

    assert_null(eel_ledger_get(&ledger, 0));
    eel_ledger_release(&ledger);
}

TEST(pixels_are_counted_once_in_any_order)
{
    eel_ranges ranges = {0};
    eel_rng rng = eel_rng_seeded(2, 0);
    char seen[1000] = {0};

    for (int step = 0; step < 2000; step++) {
        uint32_t begin = eel_rng_below(&rng, 990), end = begin + eel_rng_below(&rng, 10);
        uint64_t covered = 0;

        assert_ok(eel_ranges_add(&ranges, begin, end));

        memset(seen + begin, 1, end - begin);
        for (int i = 0; i < 1000; i++)
            covered += (uint64_t)seen[i];
        assert_int_equal(ranges.covered, covered);
        for (size_t i = 1; i < ranges.count; i++)
            assert_true(ranges.all[i - 1].end < ranges.all[i].begin);
    }
    eel_ranges_release(&ranges);
}

TEST(neighbouring_blocks_make_one_range)
{
    eel_ranges ranges = {0};

    assert_ok(eel_ranges_add(&ranges, 0, 8));
    assert_ok(eel_ranges_add(&ranges, 16, 24));
    assert_ok(eel_ranges_add(&ranges, 8, 16));

    assert_int_equal(ranges.count, 1);
    assert_int_equal(ranges.covered, 24);
    eel_ranges_release(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_knows_what_was_put_and_not_removed),
        cmocka_unit_test(an_empty_ledger_knows_nothing),
        cmocka_unit_test(pixels_are_counted_once_in_any_order),
        cmocka_unit_test(neighbouring_blocks_make_one_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
