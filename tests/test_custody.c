/*
 * custody: what the upstream end of a link owes its receivers, one sentence of proto/wire.md a test.
 */
#include "hands.h"

/* W12: nothing else is accepted from a peer that has never joined. */
TEST(who_has_not_said_hello_gets_nothing)
{
    custody_open(3);

    say(&a, EEL_KEEPALIVE);
    ack(&b, 9);

    assert_string_equal(hear(&a), "");
    assert_int_equal(custody.waiting.count, 3);
}

/* W14: it sends its HELLO or WELCOME only once it knows both. */
TEST(nobody_is_welcome_before_the_run_is_known)
{
    custody_open(0);
    custody.description = NULL;
    hello_receiver(&a, 100, 1, NULL, 0);
    assert_string_equal(hear(&a), "");

    eel_custody_announce(&custody, "{}", 0);

    assert_string_equal(hear(&a), "W");
}

/* W25: … fewer than cb, or while they and the next make at most cr bytes. */
TEST(a_window_is_never_exceeded)
{
    custody_open(9);

    hello_receiver(&a, 3 * ROWS, 2, NULL, 0);
    hello_receiver(&b, 0, 1, NULL, 0);

    assert_string_equal(hear(&a), "W B0 B1 B2");
    assert_string_equal(hear(&b), "W B3");
    ack(&a, 1);
    assert_string_equal(hear(&a), "B4");
    ack(&b, 3);
    assert_string_equal(hear(&b), "B5");
}

/* W27: a waiting block goes to the receiver with credit that has the fewest. */
TEST(blocks_go_to_who_has_fewest)
{
    custody_open(0);
    hello_receiver(&a, 1000, 1, NULL, 0);
    hello_receiver(&b, 1000, 1, NULL, 0);
    hear(&a);
    hear(&b);

    for (uint64_t i = 0; i < 6; i++) {
        eel_block *block = eel_block_new(i, i * ROWS, ROWS, 1, EEL_U8);
        assert_ok(eel_custody_keep(&custody, block, 1));
        eel_block_free(block);
        assert_ok(eel_custody_dispatch(&custody));
    }

    assert_int_equal(custody.link.peers[0]->blocks, 3);
    assert_int_equal(custody.link.peers[1]->blocks, 3);
}

/* For want of memory, say: at the next turn it may go. */
TEST(a_block_that_cannot_be_sent_now_waits)
{
    void *socket, *deaf = zmq_socket(context, ZMQ_PULL);

    custody_open(0);
    hello_receiver(&a, 1000, 9, NULL, 0);
    hear(&a);
    eel_block *block = eel_block_new(0, 0, ROWS, 1, EEL_U8);
    assert_ok(eel_custody_keep(&custody, block, 1));
    eel_block_free(block);
    socket = custody.link.socket;
    custody.link.socket = deaf;
    custody.link.binds = 0; /* there a failure does not mean that the peer is gone */
    assert_ok(eel_custody_dispatch(&custody));
    assert_int_equal(custody.waiting.count, 1);
    custody.link.socket = socket;
    custody.link.binds = 1;
    zmq_close(deaf);
    assert_ok(eel_custody_dispatch(&custody));

    assert_string_equal(hear(&a), "B0");
}

/* W33: when a receiver is gone, each of its blocks that is not acknowledged waits again. W5: … a
 * probe sent to each peer. Nobody says HELLO again here. */
TEST(blocks_of_a_dead_receiver_go_to_another)
{
    custody_open(3);
    hello_receiver(&a, 1000, 9, NULL, 0);
    hello_receiver(&b, 1000, 9, NULL, 0);
    assert_string_equal(hear(&a), "W B0 B1 B2");
    ack(&a, 0);

    hand_close(&a);
    await_joined(1);

    assert_string_equal(hear(&b), "W B1"); /* a suspect, so it travels alone */
    ack(&b, 1);
    assert_string_equal(hear(&b), "B2");
}

/* W35: while suspects wait, one receiver gets no other blocks. W34: … and that receiver gets
 * nothing else until the suspect is acknowledged. */
TEST(a_suspect_travels_alone_and_is_not_starved)
{
    custody_open(1);
    hello_receiver(&a, 1000, 9, NULL, 0);
    hand_close(&a);
    await_joined(0);
    eel_block *next = eel_block_new(1, ROWS, ROWS, 1, EEL_U8);
    assert_ok(eel_custody_keep(&custody, next, 1));
    eel_block_free(next);

    hello_receiver(&b, 1000, 9, NULL, 0);

    assert_string_equal(hear(&b), "W B0");
    ack(&b, 0);
    assert_string_equal(hear(&b), "B1");
}

/* W36: with the third it becomes a tombstone poison. Blocks that were only nearby are never
 * blamed. */
TEST(the_third_death_alone_makes_poison)
{
    static const char *const expected[] = {"W B0 B1", "W B0", "W B0", "W B0"};

    custody_open(2);
    for (int death = 0; death < 4; death++) {
        if (death)
            hand_open(&a, (char)('c' + death));
        hello_receiver(&a, 1000, 9, NULL, 0);
        assert_string_equal(hear(&a), expected[death]);
        hand_close(&a);
        await_joined(0);
    }

    hello_receiver(&b, 1000, 9, NULL, 0);

    assert_int_equal(custody.poisoned, 1);
    assert_string_equal(hear(&b), "W B1"); /* the bystander, still a suspect, alone */
    ack(&b, 1);
    assert_string_equal(hear(&b), "X0");
}

/* W37: QUIT from a receiver says that it leaves in good order: its blocks … are no suspects. */
TEST(blocks_of_who_leaves_are_no_suspects)
{
    custody_open(3);
    hello_receiver(&a, 1000, 9, NULL, 0);

    say(&a, EEL_QUIT);
    hello_receiver(&b, 1000, 9, NULL, 0);

    assert_string_equal(hear(&b), "W B0 B1 B2");
}

/* W15: the custodian sends again whatever it thought was there and is not. */
TEST(a_receiver_that_lost_blocks_gets_them_again)
{
    uint64_t holds[] = {1};

    custody_open(3);
    hello_receiver(&a, 1000, 9, NULL, 0);
    assert_string_equal(hear(&a), "W B0 B1 B2");

    hello_receiver(&a, 1000, 9, holds, 1);

    assert_string_equal(hear(&a), "W B0 B2");
}

/* W32: it counts as a strike. */
TEST(a_block_refused_three_times_is_poison)
{
    eel_message nack = {.type = EEL_NACK, .block = {.number = 0}};

    custody_open(1);
    hello_receiver(&a, 1000, 9, NULL, 0);
    for (int i = 0; i < 3; i++)
        tell(&a, &nack, NULL);

    assert_string_equal(hear(&a), "W B0 B0 B0 X0");
}

/* W24: … told to every receiver, also to one that joins later. W38: … is told at once. */
TEST(who_joins_late_learns_of_the_end)
{
    custody_open(0);
    hello_receiver(&a, 1000, 9, NULL, 0);
    eel_custody_end(&custody, 0);
    eel_custody_complete(&custody);

    hello_receiver(&b, 1000, 9, NULL, 0);

    assert_string_equal(hear(&a), "W END QUIT");
    assert_string_equal(hear(&b), "W END QUIT");
}

/* W9: garbage and messages of another run are counted and dropped. */
TEST(garbage_is_counted_and_dropped)
{
    custody_open(1);
    hello_receiver(&a, 1000, 9, NULL, 0);

    assert_true(zmq_send(a.socket, "GET / HTTP/1.1", 14, 0) > 0);
    for (int i = 0; i < 5; i++)
        assert_true(zmq_send(a.socket, "frame", 5, i < 4 ? ZMQ_SNDMORE : 0) > 0);
    tell(&a, NULL, NULL);

    assert_int_equal(custody.link.dropped, 2);
    assert_string_equal(hear(&a), "W B0");
}

/* W13: a peer of the same role as oneself is refused. */
TEST(two_custodians_do_not_go_together)
{
    custody_open(1);

    hello_custodian(&a, "{}");

    assert_string_equal(hear(&a), "REFUSED");
    assert_int_equal(eel_link_joined(&custody.link), 0);
}

TEST(two_own_blocks_of_one_number_are_an_error)
{
    custody_open(1);
    eel_block *block = eel_block_new(0, 0, ROWS, 1, EEL_U8);

    assert_fails(EEL_EARGS, eel_custody_keep(&custody, block, 0));

    eel_block_free(block);
}

/* W27: a custodian keeps at most its own window of blocks. */
TEST(the_custodians_own_window_fills_up)
{
    custody_open(EEL_WINDOW_MIN);
    custody.window = 4 * ROWS;

    assert_false(eel_custody_room(&custody, ROWS));

    custody.window = 5 * ROWS;
    assert_true(eel_custody_room(&custody, ROWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_peers(who_has_not_said_hello_gets_nothing),
        with_peers(nobody_is_welcome_before_the_run_is_known),
        with_peers(a_window_is_never_exceeded),
        with_peers(blocks_go_to_who_has_fewest),
        with_peers(a_block_that_cannot_be_sent_now_waits),
        with_peers(blocks_of_a_dead_receiver_go_to_another),
        with_peers(a_suspect_travels_alone_and_is_not_starved),
        with_peers(the_third_death_alone_makes_poison),
        with_peers(blocks_of_who_leaves_are_no_suspects),
        with_peers(a_receiver_that_lost_blocks_gets_them_again),
        with_peers(a_block_refused_three_times_is_poison),
        with_peers(who_joins_late_learns_of_the_end),
        with_peers(garbage_is_counted_and_dropped),
        with_peers(two_custodians_do_not_go_together),
        with_peers(two_own_blocks_of_one_number_are_an_error),
        with_peers(the_custodians_own_window_fills_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
