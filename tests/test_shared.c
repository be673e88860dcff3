/*
 * shared: payloads that receivers on the same machine take out of the custodian's memory (proto/wire.md,
 * W48 to W51).
 */
#include "hands.h"
#include "flow/transport.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BYTES = 100000, ROOM = 4 * BYTES }; /* of a payload, of a memory: three fit with their lines */

static unsigned char payload[BYTES], taken[BYTES];
static const unsigned char owner[EEL_RUN_BYTES] = "whose memory";

static eel_place put(eel_shared *shared, int value)
{
    eel_place place = {0};

    assert_true(eel_shared_reserve(shared, BYTES, &place));
    memset(payload, value, BYTES);
    memcpy(eel_shared_at(shared, place), payload, BYTES);
    return place;
}

TEST(what_a_custodian_puts_there_is_read_elsewhere)
{
    eel_shared *shared = eel_shared_open(owner, ROOM);
    eel_place place = put(shared, 7);
    eel_mapping *mapping = eel_mapping_open(eel_shared_path(shared), owner);

    assert_non_null(mapping);
    assert_true(eel_mapping_covers(mapping, place, BYTES));
    assert_true(eel_mapping_take(mapping, place, taken, BYTES));

    assert_memory_equal(taken, payload, BYTES);
    eel_shared_close(shared);
    assert_true(eel_mapping_take(mapping, place, taken, BYTES)); /* the custodian's death is nothing */
    eel_mapping_close(mapping);
}

/* W51: a receiver that finds another number has read what was overwritten. */
TEST(a_place_that_was_used_again_is_noticed)
{
    eel_shared *shared = eel_shared_open(owner, ROOM);
    eel_mapping *mapping = eel_mapping_open(eel_shared_path(shared), owner);
    eel_place first = put(shared, 1);

    eel_shared_drop(shared, first);
    assert_false(eel_mapping_take(mapping, first, taken, BYTES)); /* before anybody has written there */
    eel_place second = put(shared, 1);

    assert_int_equal(second.at, first.at);
    assert_false(eel_mapping_take(mapping, first, taken, BYTES));
    assert_true(eel_mapping_take(mapping, second, taken, BYTES));
    eel_mapping_close(mapping);
    eel_shared_close(shared);
}

TEST(places_never_overlap_and_a_gap_is_found_again)
{
    eel_shared *shared = eel_shared_open(owner, ROOM);
    eel_place places[3], more;
    size_t count = 0;

    while (count < 3)
        places[count] = put(shared, (int)count), count++;
    assert_false(eel_shared_reserve(shared, BYTES, &more));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(*(unsigned char *)eel_shared_at(shared, places[i]), i);
    eel_shared_drop(shared, places[1]);
    more = put(shared, 9);

    assert_int_equal(more.at, places[1].at);
    assert_false(eel_shared_reserve(shared, EEL_SHARED_LEAST - 1, &more));
    assert_int_equal(*((unsigned char *)eel_shared_at(shared, places[0]) + BYTES - 1), 0);
    assert_int_equal(*(unsigned char *)eel_shared_at(shared, places[2]), 2);
    eel_shared_close(shared);
}

/* W49: only if it is the custodian's; a file that could be cut short is none. */
TEST(other_memory_is_not_mapped)
{
    unsigned char other[EEL_RUN_BYTES] = "another's";
    eel_shared *shared = eel_shared_open(owner, ROOM);
    int file = memfd_create("unsealed", 0);
    char path[64];

    assert_int_equal(ftruncate(file, 4096), 0);
    assert_int_equal(pwrite(file, owner, sizeof owner, 0), sizeof owner);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), file);

    assert_null(eel_mapping_open(eel_shared_path(shared), other));
    assert_null(eel_mapping_open((eel_text){path, strlen(path)}, owner));
    assert_null(eel_mapping_open((eel_text){"/proc/self/exe", 14}, owner));
    assert_null(eel_mapping_open((eel_text){"/proc/1/fd/77777", 16}, owner));
    assert_null(eel_mapping_open((eel_text){"/etc/passwd", 11}, owner));
    assert_null(eel_mapping_open((eel_text){"", 0}, owner));
    close(file);
    eel_shared_close(shared);
}

TEST(a_place_outside_the_memory_is_refused)
{
    eel_shared *shared = eel_shared_open(owner, ROOM);
    eel_mapping *mapping = eel_mapping_open(eel_shared_path(shared), owner);
    uint64_t bad[] = {0, 64, 129, ROOM, ROOM + 64, UINT64_MAX - 63};

    assert_true(eel_mapping_covers(mapping, (eel_place){128, 1}, ROOM - 64));
    assert_false(eel_mapping_covers(mapping, (eel_place){128, 1}, ROOM - 63));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(eel_mapping_covers(mapping, (eel_place){bad[i], 1}, BYTES));
    assert_false(eel_mapping_covers(NULL, (eel_place){128, 1}, 1));
    eel_mapping_close(mapping);
    eel_shared_close(shared);
}

static void keep(uint64_t number, eel_shared *reshaped_in)
{
    eel_block *block = eel_block_new(number, number, 1, reshaped_in ? 0 : BYTES, EEL_U8);

    block->transport->shared = reshaped_in;
    if (reshaped_in)
        assert_ok(eel_block_reshape(block, BYTES, EEL_U8));
    memset(block->data, (int)number + 1, BYTES);
    assert_ok(eel_custody_keep(&custody, block, 1));
    eel_block_free(block);
}

/* W50: from the keepalive on that says so, a receiver that maps gets no payloads; others do. */
TEST(only_who_maps_the_memory_gets_places_instead_of_payloads)
{
    eel_message maps = {.type = EEL_KEEPALIVE, .window_bytes = ROOM, .window_blocks = 9, .maps = 1};

    custody_open(0);
    custody.shared = eel_shared_open(self.instance, ROOM);
    hello_receiver(&a, 0, 1, NULL, 0);
    keep(0, NULL);
    keep(1, custody.shared);
    tell(&a, NULL, NULL);
    assert_string_equal(hear(&a), "W B0");

    tell(&a, &maps, NULL);
    assert_string_equal(hear(&a), "@1");
    hello_receiver(&b, 0, 1, NULL, 0);
    hand_close(&a);
    await_joined(1);
    assert_string_equal(hear(&b), "W B0"); /* alone, as a suspect */
    ack(&b, 0);
    assert_string_equal(hear(&b), "B1");
}

TEST(a_place_is_kept_until_its_block_is_acknowledged)
{
    eel_message maps = {.type = EEL_KEEPALIVE, .window_bytes = ROOM, .window_blocks = 9, .maps = 1};
    eel_place more;

    custody_open(0);
    custody.shared = eel_shared_open(self.instance, ROOM);
    hello_receiver(&a, 0, 0, NULL, 0);
    for (uint64_t number = 0; number < 3; number++)
        keep(number, custody.shared);
    tell(&a, &maps, NULL);
    assert_string_equal(hear(&a), "W @0 @1 @2");

    assert_false(eel_shared_reserve(custody.shared, BYTES, &more));
    ack(&a, 1);

    assert_true(eel_shared_reserve(custody.shared, BYTES, &more));
    assert_false(eel_shared_reserve(custody.shared, BYTES, &more));
}

static void send_place(hand *h, uint64_t number, eel_place place)
{
    eel_message block = {.type = EEL_BLOCK,
                         .block = {.number = number, .rows = 1, .channels = BYTES, .dtype = EEL_U8},
                         .place = place};
    tell(h, &block, "");
}

/* W49, W51 */
TEST(a_receiver_maps_what_it_is_offered_and_takes_payloads_there)
{
    eel_message hello = {.type = EEL_HELLO, .role = EEL_CUSTODIAN, .name = "hand",
                         .description = {"{}", 2}};
    int late = 0;

    intake_open();
    eel_shared *shared = eel_shared_open(a.instance, ROOM);
    hello.memory = eel_shared_path(shared);
    tell(&a, &hello, NULL);
    assert_string_equal(hear(&a), "K1000/4 W K1000/4+");
    eel_place place = put(shared, 5), overwritten = put(shared, 6);
    send_place(&a, 0, place);
    send_place(&a, 1, overwritten);
    eel_shared_drop(shared, overwritten);
    put(shared, 8);

    eel_block *block = eel_intake_next(&intake), *second = eel_intake_next(&intake);
    assert_ok(eel_block_fetch(block, &late));
    assert_false(late);
    for (int i = 0; i < BYTES; i++)
        assert_int_equal(((unsigned char *)block->data)[i], 5);
    assert_ok(eel_block_fetch(second, &late));
    assert_true(late);
    eel_intake_drop(&intake, 1); /* … and takes it again if it comes again */
    send_place(&a, 1, place);
    eel_block *again = eel_intake_next(&intake);
    assert_non_null(again);
    eel_block_free(again);
    send_place(&a, 2, (eel_place){ROOM, 1});
    assert_string_equal(hear(&a), "N2");
    eel_block_free(block);
    eel_block_free(second);
    eel_shared_close(shared);
}

/* W51, of a stage that reads where the payload is: it is asked when the stage has read. */
TEST(what_is_overwritten_while_it_is_looked_at_is_late)
{
    eel_message hello = {.type = EEL_HELLO, .role = EEL_CUSTODIAN, .name = "hand",
                         .description = {"{}", 2}};

    intake_open();
    eel_shared *shared = eel_shared_open(a.instance, ROOM);
    hello.memory = eel_shared_path(shared);
    tell(&a, &hello, NULL);
    hear(&a);
    eel_place places[] = {put(shared, 5), put(shared, 6), put(shared, 7)};
    for (uint64_t number = 0; number < 3; number++)
        send_place(&a, number, places[number]);
    hear(&a);

    for (int i = 0; i < 3; i++) {
        eel_block *block = eel_intake_next(&intake);
        int late = 0;
        eel_block_look(block);
        assert_int_equal(*(unsigned char *)block->data, 5 + i);
        if (i == 1) {
            eel_shared_drop(shared, places[1]);
            put(shared, 8);
        }
        if (i < 2)
            assert_ok(eel_block_reshape(block, 1, EEL_U8));
        assert_ok(eel_block_fetch(block, &late));
        assert_int_equal(late, i == 1);
        if (i == 2) /* what was not reshaped goes on as it is */
            assert_int_equal(((unsigned char *)block->data)[BYTES - 1], 7);
        eel_block_free(block);
    }
    eel_shared_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_custodian_puts_there_is_read_elsewhere),
        cmocka_unit_test(a_place_that_was_used_again_is_noticed),
        cmocka_unit_test(places_never_overlap_and_a_gap_is_found_again),
        cmocka_unit_test(other_memory_is_not_mapped),
        cmocka_unit_test(a_place_outside_the_memory_is_refused),
        with_peers(only_who_maps_the_memory_gets_places_instead_of_payloads),
        with_peers(a_place_is_kept_until_its_block_is_acknowledged),
        with_peers(a_receiver_maps_what_it_is_offered_and_takes_payloads_there),
        with_peers(what_is_overwritten_while_it_is_looked_at_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
