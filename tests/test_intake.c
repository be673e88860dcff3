/*
 * intake: what the downstream end of a link owes its custodians, one sentence of proto/wire.md a test.
 */
#include "hands.h"
#include "base/clock.h"

/* W26: grants each the Nth part of its window, and tells each the new window. */
TEST(custodians_share_the_window)
{
    intake_open();

    hello_custodian(&a, "{}");
    hello_custodian(&b, "{}");

    assert_string_equal(hear(&a), "K1000/4 W K500/2");
    assert_int_equal(intake.shares, 2);
    hand_close(&b);
    await_joined(1);
    assert_string_equal(hear(&a), "K1000/4");
}

/* W30: a receiver ignores a block whose number it still holds, and acknowledges it later to
 * everyone who sent it. */
TEST(a_block_sent_twice_is_held_once_and_acknowledged_to_both)
{
    intake_open();
    hello_custodian(&a, "{}");
    hello_custodian(&b, "{}");
    send_block(&a, 5);
    send_block(&b, 5);
    send_block(&a, 6);
    hear(&a);
    hear(&b);

    eel_block *first = eel_intake_next(&intake), *second = eel_intake_next(&intake);
    assert_int_equal(first->number, 5);
    assert_int_equal(second->number, 6);
    assert_null(eel_intake_next(&intake));
    eel_intake_ack(&intake, 5);
    assert_ok(eel_intake_flush(&intake));

    assert_string_equal(hear(&a), "A5");
    assert_string_equal(hear(&b), "A5");
    eel_block_free(first);
    eel_block_free(second);
}

/* W29: a stage passes on numbers it does not know. */
TEST(an_unknown_acknowledgement_goes_to_all)
{
    intake_open();
    hello_custodian(&a, "{}");
    hello_custodian(&b, "{}");
    hear(&a);
    hear(&b);

    eel_intake_ack(&intake, 77);
    assert_ok(eel_intake_flush(&intake));

    assert_string_equal(hear(&a), "A77");
    assert_string_equal(hear(&b), "A77");
}

/* W28, W30: who has sent a block and is gone may have a successor that sends it again. */
TEST(the_successor_of_a_dead_custodian_is_told)
{
    intake_open();
    hello_custodian(&a, "{}");
    send_block(&a, 5);
    hand_close(&a);
    await_joined(0);
    hello_custodian(&b, "{}");
    hear(&b);

    eel_intake_ack(&intake, 5);
    assert_ok(eel_intake_flush(&intake));

    assert_string_equal(hear(&b), "A5");
}

/* W16: refuses one whose description differs from the first. */
TEST(a_custodian_of_other_data_is_refused)
{
    intake_open();
    hello_custodian(&a, "{\"elements\":[\"Fe\"]}");

    hello_custodian(&b, "{\"elements\":[\"Co\"]}");

    assert_string_equal(hear(&b), "REFUSED");
    assert_int_equal(eel_link_joined(&intake.link), 1);
}

/* W32: this block arrived and cannot be taken (its frames do not fit its header). */
TEST(a_block_that_does_not_fit_its_header_is_refused)
{
    eel_message block = {.type = EEL_BLOCK,
                         .block = {.number = 3, .rows = 2, .channels = 3, .dtype = EEL_F64}};

    intake_open();
    hello_custodian(&a, "{}");
    hear(&a);
    tell(&a, &block, "not 48 bytes");

    assert_string_equal(hear(&a), "N3");
    assert_null(eel_intake_next(&intake));
}

/* W39: sees the end of its input when the pixels it has received, each counted once, are as many as
 * the end's total. */
TEST(the_end_is_there_when_every_pixel_is)
{
    eel_message end = {.type = EEL_BLOCK, .block = {.kind = EEL_BLOCK_END, .first = 2 * ROWS}};

    intake_open();
    hello_custodian(&a, "{}");
    tell(&a, &end, NULL);
    send_block(&a, 1);
    assert_false(eel_intake_all_seen(&intake));
    eel_block_free(eel_intake_next(&intake));
    eel_intake_ack(&intake, 1);
    send_block(&a, 1); /* again, after it was acknowledged */
    eel_block_free(eel_intake_next(&intake));
    assert_false(eel_intake_all_seen(&intake));

    send_block(&a, 0);
    eel_block_free(eel_intake_next(&intake));

    assert_true(eel_intake_all_seen(&intake));
}

static void bind_hand(void)
{
    double deadline_s = eel_clock_s() + 20;
    int at_once = 0;

    a.socket = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(a.socket, ZMQ_LINGER, &at_once, sizeof at_once);
    while (zmq_bind(a.socket, where + strlen("bind:"))) /* until the socket before it has let go */
        assert_true(eel_clock_s() < deadline_s);
}

static void await_hello(eel_message *hello)
{
    double deadline_s = eel_clock_s() + 20;
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, a.socket, ZMQ_DONTWAIT) < 0)
        turn(deadline_s);
    assert_ok(eel_message_unpack(hello, zmq_msg_data(&frame), zmq_msg_size(&frame)));
    zmq_msg_close(&frame);
    assert_int_equal(hello->type, EEL_HELLO);
}

/* Opens the end under test, which connects to the hand `a`, and takes its HELLO. */
static void connect_intake(eel_message *hello)
{
    static char to[96];

    snprintf(to, sizeof to, "connect:%s", where + strlen("bind:"));
    bind_hand();
    intake = (eel_intake){.window = 1000};
    link_under_test = &intake.link;
    assert_ok(eel_link_open(&intake.link, context, &self, EEL_RECEIVER, "--in", to));
    await_hello(hello);
}

/* W52: its window follows once it knows whether it can map the custodian's memory. */
TEST(who_connects_by_ipc_grants_one_block_at_first)
{
    eel_message hello = {0}, welcome = {.type = EEL_WELCOME, .role = EEL_CUSTODIAN, .name = "hand",
                                        .description = {"{}", 2}};

    connect_intake(&hello);

    assert_int_equal(hello.window_bytes, 0);
    assert_int_equal(hello.window_blocks, 1);
    tell(&a, &welcome, NULL);
    assert_string_equal(hear(&a), "K1000/4");
    eel_message_release(&hello);
}

/* W15, W28: the HELLO says that a block is held; that it is not any more must not be lost, or nobody sends it again. */
TEST(what_becomes_durable_between_hello_and_welcome_is_acknowledged)
{
    eel_message hello = {0}, welcome = {.type = EEL_WELCOME, .role = EEL_CUSTODIAN, .name = "hand",
                                        .description = {"{}", 2}};

    connect_intake(&hello);
    eel_message_release(&hello);
    tell(&a, &welcome, NULL);
    send_block(&a, 5);
    eel_block_free(eel_intake_next(&intake));
    hand_close(&a); /* the connection breaks, and is there again */
    bind_hand();
    await_hello(&hello);
    assert_int_equal(hello.number_count, 1);
    eel_message_release(&hello);

    eel_intake_ack(&intake, 5);
    assert_ok(eel_intake_flush(&intake));
    tell(&a, &welcome, NULL);

    assert_string_equal(hear(&a), "A5 K1000/4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_peers(custodians_share_the_window),
        with_peers(a_block_sent_twice_is_held_once_and_acknowledged_to_both),
        with_peers(an_unknown_acknowledgement_goes_to_all),
        with_peers(the_successor_of_a_dead_custodian_is_told),
        with_peers(a_custodian_of_other_data_is_refused),
        with_peers(a_block_that_does_not_fit_its_header_is_refused),
        with_peers(the_end_is_there_when_every_pixel_is),
        with_peers(who_connects_by_ipc_grants_one_block_at_first),
        with_peers(what_becomes_durable_between_hello_and_welcome_is_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
