#include "hands.h"
#include "base/clock.h"

#include <unistd.h>

#define DEADLINE_S 20

const eel_identity self = {
    .run = "run of the tests", .instance = "1me me me me me", .name = "me"};
void *context;
char where[96];
eel_custody custody;
eel_intake intake;
eel_link *link_under_test;
hand a, b;

static char directory[64];
static eel_letter letter;

/* --- peers ------------------------------------------------------------------------------------ */

void hand_open(hand *h, char name)
{
    int zero = 0;

    memset(h->instance, name, sizeof h->instance);
    h->socket = zmq_socket(context, ZMQ_DEALER);
    assert_non_null(h->socket);
    zmq_setsockopt(h->socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(h->socket, ZMQ_ROUTING_ID, h->instance, sizeof h->instance);
    assert_int_equal(zmq_connect(h->socket, where + strlen("bind:")), 0);
}

void hand_close(hand *h)
{
    if (h->socket)
        zmq_close(h->socket);
    h->socket = NULL;
}

void hand_say(hand *h, eel_message *message, const char *body)
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

int turn(double deadline_s)
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
void tell(hand *h, eel_message *message, const char *body)
{
    eel_message mark = {.type = EEL_ERROR, .stage = "mark"};
    double deadline_s = eel_clock_s() + DEADLINE_S;

    if (message)
        hand_say(h, message, body);
    hand_say(h, &mark, NULL);
    while (!turn(deadline_s))
        ;
}

static void word(char *words, const eel_message *m, size_t payload)
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
                 : m->place.use && !payload             ? '@'
                                                        : 'B',
                 (int)m->block.number);
    else if (m->type == EEL_ACK)
        snprintf(words + length, 256 - length, "A%d", (int)m->numbers[0]);
    else if (m->type == EEL_KEEPALIVE)
        snprintf(words + length, 256 - length, "K%d/%u%s", (int)m->window_bytes, m->window_blocks,
                 m->maps ? "+" : "");
    else if (m->type == EEL_ERROR)
        snprintf(words + length, 256 - length, "%s", m->refused ? "REFUSED" : "ERROR");
    else if (m->type == EEL_QUIT)
        snprintf(words + length, 256 - length, "QUIT");
    else
        snprintf(words + length, 256 - length, "%c", (char)m->type);
}

/* What came since the last time, up to a mark that is sent now, without the probes. */
const char *hear(hand *h)
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
        size_t payload = 0;
        while (more) {
            zmq_msg_init(&frame);
            assert_true(zmq_msg_recv(&frame, h->socket, 0) >= 0);
            payload += zmq_msg_size(&frame);
            more = zmq_msg_more(&frame);
            zmq_msg_close(&frame);
        }
        if (m.type == EEL_HELLO)
            break;
        if (m.type != EEL_PROBE)
            word(words, &m, payload);
    }
    eel_message_release(&m);
    return words;
}

void hello_receiver(hand *h, uint64_t bytes, uint32_t blocks, uint64_t *numbers, size_t count)
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

void ack(hand *h, uint64_t number)
{
    eel_message message = {.type = EEL_ACK, .numbers = &number, .number_count = 1};
    tell(h, &message, NULL);
}

void say(hand *h, eel_message_type type)
{
    eel_message message = {.type = type};
    tell(h, &message, NULL);
}

void await_joined(int count)
{
    double deadline_s = eel_clock_s() + DEADLINE_S;

    while (eel_link_joined(link_under_test) != count)
        turn(deadline_s);
    turn(deadline_s);
}

/* --- the two ends ----------------------------------------------------------------------------- */

int set_up(void **state)
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

int tear_down(void **state)
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

void custody_open(int blocks)
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

void intake_open(void)
{
    intake = (eel_intake){.window = 1000};
    link_under_test = &intake.link;
    assert_ok(eel_link_open(&intake.link, context, &self, EEL_RECEIVER, "--in", where));
    hand_open(&a, 'a');
    hand_open(&b, 'b');
}

void hello_custodian(hand *h, const char *description)
{
    eel_message hello = {.type = EEL_HELLO,
                         .role = EEL_CUSTODIAN,
                         .name = "hand",
                         .description = {description, strlen(description)}};
    tell(h, &hello, NULL);
}

void send_block(hand *h, uint64_t number)
{
    eel_message block = {.type = EEL_BLOCK,
                         .block = {.number = number,
                                   .first = number * ROWS,
                                   .rows = ROWS,
                                   .channels = 1,
                                   .dtype = EEL_U8}};
    tell(h, &block, "rows");
}
