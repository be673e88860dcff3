/*
 * link: custody and intake against peers played by hand, one sentence of proto/wire.md a test.
 *
 * A peer is a bare DEALER. `tell` sends a message and waits until the end under test has taken it;
 * `hear` gives what that end has sent since, as words: "W B0 B1 END QUIT".
 */
#include "test.h"
#include "base/clock.h"
#include "flow/custody.h"
#include "flow/intake.h"

#include <unistd.h>

#define DEADLINE_S 20
#define ROWS       4

typedef struct {
    void *socket;
    unsigned char instance[EEL_RUN_BYTES];
} hand;

static const eel_identity self = {
    .run = "run of the tests", .instance = "1me me me me me", .name = "me"};
static void *context;
static char directory[64], where[96];
static eel_custody custody;
static eel_intake intake;
static eel_link *link_under_test;
static eel_letter letter;
static hand a, b;

/* --- peers ------------------------------------------------------------------------------------ */

static void hand_open(hand *h, char name)
{
    int zero = 0;

    memset(h->instance, name, sizeof h->instance);
    h->socket = zmq_socket(context, ZMQ_DEALER);
    assert_non_null(h->socket);
    zmq_setsockopt(h->socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(h->socket, ZMQ_ROUTING_ID, h->instance, sizeof h->instance);
    assert_int_equal(zmq_connect(h->socket, where + strlen("bind:")), 0);
}

static void hand_close(hand *h)
{
    if (h->socket)
        zmq_close(h->socket);
    h->socket = NULL;
}

static void hand_say(hand *h, eel_message *message, const char *body)
{
    msgpack_sbuffer packed;

    memcpy(message->run, self.run, EEL_RUN_BYTES);
    memcpy(message->instance, h->instance, EEL_RUN_BYTES);
    msgpack_sbuffer_init(&packed);
    assert_ok(eel_message_pack(message, &packed));
    assert_true(zmq_send(h->socket, packed.data, packed.size, body ? ZMQ_SNDMORE : 0) >= 0);
    if (body)
        assert_true(zmq_send(h->socket, body, strlen(body), 0) >= 0);
    msgpack_sbuffer_destroy(&packed);
}

/* The end under test takes one message, or upkeep, waiting for either. Returns 1 at an error. */
static int turn(double deadline_s)
{
    zmq_pollitem_t items[] = {{.socket = link_under_test->socket, .events = ZMQ_POLLIN},
                              {.socket = link_under_test->monitor, .events = ZMQ_POLLIN}};
    int is_error = 0;

    if (eel_clock_s() > deadline_s)
        fail_msg("nothing happened in time");
    zmq_poll(items, 2, 5);
    eel_link_tend(link_under_test, eel_clock_s());
    while (!is_error && eel_link_receive(link_under_test, &letter)) {
        const eel_message *m = &letter.message;
        int passed;
        is_error = m->type == EEL_ERROR;
        for (size_t i = 0; m->type == EEL_ACK && i < m->number_count; i++)
            eel_custody_forget(&custody, m->numbers[i], &passed);
        if (link_under_test == &custody.link)
            assert_ok(eel_custody_take(&custody, &letter));
        else
            assert_ok(eel_intake_take(&intake, &letter));
        eel_letter_close(&letter);
    }
    if (link_under_test == &custody.link)
        assert_ok(eel_custody_dispatch(&custody));
    else
        assert_ok(eel_intake_flush(&intake));
    return is_error;
}

/* Says it, and an error behind it, which shows when all before has been taken. */
static void tell(hand *h, eel_message *message, const char *body)
{
    eel_message mark = {.type = EEL_ERROR, .stage = "mark"};
    double deadline_s = eel_clock_s() + DEADLINE_S;

    if (message)
        hand_say(h, message, body);
    hand_say(h, &mark, NULL);
    while (!turn(deadline_s))
        ;
}

static void word(char *words, const eel_message *m)
{
    size_t length = strlen(words);

    snprintf(words + length, 256 - length, "%s", length ? " " : "");
    length = strlen(words);
    if (m->type == EEL_BLOCK && m->block.kind == EEL_BLOCK_END)
        snprintf(words + length, 256 - length, "END");
    else if (m->type == EEL_BLOCK || m->type == EEL_NACK)
        snprintf(words + length, 256 - length, "%c%d",
                 m->type == EEL_NACK                    ? 'N'
                 : m->block.kind == EEL_BLOCK_TOMBSTONE ? 'X'
                                                        : 'B',
                 (int)m->block.number);
    else if (m->type == EEL_ACK)
        snprintf(words + length, 256 - length, "A%d", (int)m->numbers[0]);
    else if (m->type == EEL_KEEPALIVE)
        snprintf(words + length, 256 - length, "K%d/%u", (int)m->window_bytes, m->window_blocks);
    else if (m->type == EEL_ERROR)
        snprintf(words + length, 256 - length, "%s", m->refused ? "REFUSED" : "ERROR");
    else if (m->type == EEL_QUIT)
        snprintf(words + length, 256 - length, "QUIT");
    else
        snprintf(words + length, 256 - length, "%c", (char)m->type);
}

/* What came since the last time, up to a mark that is sent now, without the probes. */
static const char *hear(hand *h)
{
    static char words[256];
    eel_message mark = {.type = EEL_HELLO, .role = EEL_CUSTODIAN, .name = "mark"}, m = {0};
    eel_peer peer = {0};

    words[0] = 0;
    memcpy(peer.instance, h->instance, sizeof peer.instance);
    assert_true(eel_link_send(link_under_test, &peer, &mark));
    for (;;) {
        zmq_pollitem_t item = {.socket = h->socket, .events = ZMQ_POLLIN};
        zmq_msg_t frame;
        assert_int_equal(zmq_poll(&item, 1, DEADLINE_S * 1000), 1);
        zmq_msg_init(&frame);
        assert_true(zmq_msg_recv(&frame, h->socket, 0) >= 0);
        int more = zmq_msg_more(&frame);
        assert_ok(eel_message_unpack(&m, zmq_msg_data(&frame), zmq_msg_size(&frame)));
        zmq_msg_close(&frame);
        while (more) {
            zmq_msg_init(&frame);
            assert_true(zmq_msg_recv(&frame, h->socket, 0) >= 0);
            more = zmq_msg_more(&frame);
            zmq_msg_close(&frame);
        }
        if (m.type == EEL_HELLO)
            break;
        if (m.type != EEL_PROBE)
            word(words, &m);
    }
    eel_message_release(&m);
    return words;
}

static void hello_receiver(hand *h, uint64_t bytes, uint32_t blocks, uint64_t *numbers,
                           size_t count)
{
    eel_message hello = {.type = EEL_HELLO,
                         .role = EEL_RECEIVER,
                         .name = "hand",
                         .window_bytes = bytes,
                         .window_blocks = blocks,
                         .numbers = numbers,
                         .number_count = count};
    tell(h, &hello, NULL);
}

static void ack(hand *h, uint64_t number)
{
    eel_message message = {.type = EEL_ACK, .numbers = &number, .number_count = 1};
    tell(h, &message, NULL);
}

static void say(hand *h, eel_message_type type)
{
    eel_message message = {.type = type};
    tell(h, &message, NULL);
}

static void await_joined(int count)
{
    double deadline_s = eel_clock_s() + DEADLINE_S;

    while (eel_link_joined(link_under_test) != count)
        turn(deadline_s);
    turn(deadline_s);
}

/* --- the two ends ----------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    context = zmq_ctx_new();
    strcpy(directory, "/tmp/eel-link-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(where, sizeof where, "bind:ipc://%s/link", directory);
    letter = (eel_letter){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hand_close(&a);
    hand_close(&b);
    eel_custody_release(&custody);
    eel_intake_release(&intake);
    eel_link_close(link_under_test, 0);
    eel_message_release(&letter.message);
    zmq_ctx_term(context);
    unlink(where + strlen("bind:ipc://"));
    return rmdir(directory);
}

static void custody_open(int blocks)
{
    custody = (eel_custody){.window = 1 << 20};
    link_under_test = &custody.link;
    assert_ok(eel_link_open(&custody.link, context, &self, EEL_CUSTODIAN, "--out", where));
    eel_custody_announce(&custody, "{}", 0);
    for (int i = 0; i < blocks; i++) {
        eel_block *block = eel_block_new((uint64_t)i, (uint64_t)i * ROWS, ROWS, 1, EEL_U8);
        memset(block->data, i, ROWS);
        assert_ok(eel_custody_keep(&custody, block, 1));
        eel_block_free(block);
    }
    hand_open(&a, 'a');
    hand_open(&b, 'b');
}

static void intake_open(void)
{
    intake = (eel_intake){.window = 1000};
    link_under_test = &intake.link;
    assert_ok(eel_link_open(&intake.link, context, &self, EEL_RECEIVER, "--in", where));
    hand_open(&a, 'a');
    hand_open(&b, 'b');
}

static void hello_custodian(hand *h, const char *description)
{
    eel_message hello = {.type = EEL_HELLO,
                         .role = EEL_CUSTODIAN,
                         .name = "hand",
                         .description = {description, strlen(description)}};
    tell(h, &hello, NULL);
}

static void send_block(hand *h, uint64_t number)
{
    eel_message block = {.type = EEL_BLOCK,
                         .block = {.number = number,
                                   .first = number * ROWS,
                                   .rows = ROWS,
                                   .channels = 1,
                                   .dtype = EEL_U8}};
    tell(h, &block, "rows");
}

/* --- custody ---------------------------------------------------------------------------------- */

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

/* --- intake ----------------------------------------------------------------------------------- */

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

#define with_peers(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_peers(who_has_not_said_hello_gets_nothing),
        with_peers(nobody_is_welcome_before_the_run_is_known),
        with_peers(a_window_is_never_exceeded),
        with_peers(blocks_go_to_who_has_fewest),
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
        with_peers(custodians_share_the_window),
        with_peers(a_block_sent_twice_is_held_once_and_acknowledged_to_both),
        with_peers(an_unknown_acknowledgement_goes_to_all),
        with_peers(the_successor_of_a_dead_custodian_is_told),
        with_peers(a_custodian_of_other_data_is_refused),
        with_peers(a_block_that_does_not_fit_its_header_is_refused),
        with_peers(the_end_is_there_when_every_pixel_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
