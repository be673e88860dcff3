/* tap: what is published arrives whole or not at all, and costs nobody anything (proto/tap.md). */
#include "test.h"
#include "base/clock.h"
#include "tap/bridge.h"
#include "tap/tap.h"

#include <msgpack.h>
#include <poll.h>
#include <unistd.h>
#include <zmq.h>

#define DEADLINE_MS 10000
#define CLASSES  3
#define ROWS     2
#define COLUMNS  5
#define CHANNELS 4

static char endpoint[64];

static uint8_t states[ROWS * COLUMNS] = {0, 1, 2, 3, 4, 5, 6, 1, 1, 0};
static uint8_t p[CLASSES * ROWS * COLUMNS];
static float spectrum[CHANNELS] = {1.5f, 2, NAN, 4}, recent_p[CLASSES] = {0.25f, NAN, 1};

static eel_tap_frame made_frame(void)
{
    eel_tap_frame frame = {
        .number = 7, .time_s = 1.7e9, .run = "0123", .store = "/tmp/store", .description = "{}",
        .pixels = 40, .counts = {30, 8, 1, 1}, .picture = 1, .pictures = 2, .rows = 4,
        .columns = 10, .step = 2, .cell_rows = ROWS, .cell_columns = COLUMNS, .classes = CLASSES,
        .states = states, .p = p, .channels = CHANNELS, .start_ev = 90.5, .step_ev = 1,
        .mean_pixels = 8, .mean = spectrum, .recent_first = 3, .recent_pixels = 2,
        .recent = spectrum, .recent_p = recent_p,
    };
    for (size_t i = 0; i < sizeof p; i++)
        p[i] = (uint8_t)(9 * i);
    return frame;
}

static int set_up(void **state __attribute__((unused)))
{
    snprintf(endpoint, sizeof endpoint, "ipc:///tmp/eel-test-tap-%d", (int)getpid());
    return 0;
}

static int tear_down(void **state __attribute__((unused)))
{
    unlink(endpoint + strlen("ipc://"));
    return 0;
}

static void wait_for_viewer(eel_tap *tap)
{
    double deadline_s = eel_clock_s() + DEADLINE_MS / 1e3;

    while (!eel_tap_wanted(tap, 1) && eel_clock_s() < deadline_s)
        poll(NULL, 0, 1);
    assert_true(eel_tap_wanted(tap, 1));
}

static const eel_tap_frame *wait_for_frame(eel_tap_watch *watch)
{
    double deadline_s = eel_clock_s() + DEADLINE_MS / 1e3;
    const eel_tap_frame *frame = NULL;

    while (!(frame = eel_tap_watch_next(watch)) && eel_clock_s() < deadline_s) {
        struct pollfd fd = {.fd = eel_tap_watch_fd(watch), .events = POLLIN};
        poll(&fd, 1, 100);
    }
    return frame;
}

TEST(a_frame_arrives_as_it_was_published)
{
    eel_tap *tap = NULL;
    eel_tap_watch *watch = NULL;
    eel_tap_frame sent = made_frame();
    assert_ok(eel_tap_open(&tap, endpoint));
    assert_ok(eel_tap_watch_open(&watch, endpoint));
    wait_for_viewer(tap);

    assert_ok(eel_tap_publish(tap, &sent));
    const eel_tap_frame *got = wait_for_frame(watch);

    assert_non_null(got);
    assert_int_equal(got->number, 7);
    assert_string_equal(got->store, "/tmp/store");
    assert_string_equal(got->description, "{}");
    assert_int_equal(got->ended, 0);
    assert_memory_equal(got->counts, sent.counts, sizeof sent.counts);
    assert_int_equal(got->picture, 1);
    assert_int_equal(got->step, 2);
    assert_memory_equal(got->states, states, sizeof states);
    assert_memory_equal(got->p, p, sizeof p);
    assert_floats(got->mean, spectrum, CHANNELS, 0);
    assert_floats(got->recent_p, recent_p, CLASSES, 0);
    assert_int_equal(got->recent_first, 3);
    eel_tap_watch_close(watch);
    eel_tap_close(tap);
}

TEST(frames_come_in_their_order_and_those_that_nobody_took_are_dropped)
{
    eel_tap *tap = NULL;
    eel_tap_watch *watch = NULL;
    eel_tap_frame frame = made_frame();
    uint64_t last = 0;
    assert_ok(eel_tap_open(&tap, endpoint));
    assert_ok(eel_tap_watch_open(&watch, endpoint));
    wait_for_viewer(tap);

    for (frame.number = 1; frame.number <= 100; frame.number++)
        assert_ok(eel_tap_publish(tap, &frame));
    for (const eel_tap_frame *got = wait_for_frame(watch); got; got = eel_tap_watch_next(watch)) {
        assert_true(got->number > last);
        last = got->number;
    }

    assert_true(last >= 1 && last <= 100);
    eel_tap_watch_close(watch);
    eel_tap_close(tap);
}

TEST(a_viewer_that_never_reads_stops_nobody)
{
    static uint8_t large[CLASSES * 512 * 512];
    eel_tap *tap = NULL;
    eel_tap_frame frame = made_frame();
    void *context = zmq_ctx_new(), *dead = zmq_socket(context, ZMQ_SUB);
    int linger = 0, few = 1;
    frame.cell_rows = frame.cell_columns = 512;
    frame.rows = frame.columns = 1024;
    frame.states = large;
    frame.p = large;
    assert_ok(eel_tap_open(&tap, endpoint));
    zmq_setsockopt(dead, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(dead, ZMQ_RCVHWM, &few, sizeof few);
    zmq_setsockopt(dead, ZMQ_SUBSCRIBE, "", 0);
    assert_int_equal(zmq_connect(dead, endpoint), 0);
    wait_for_viewer(tap);

    for (int i = 0; i < 500; i++) /* 400 MB: no queue holds that */
        assert_ok(eel_tap_publish(tap, &frame));

    zmq_close(dead);
    zmq_ctx_term(context);
    eel_tap_close(tap);
}

TEST(nothing_is_wanted_while_nobody_watches_and_a_newcomer_is_owed_one)
{
    eel_tap *tap = NULL;
    eel_tap_watch *watch = NULL;
    eel_tap_frame frame = made_frame();
    assert_ok(eel_tap_open(&tap, endpoint));

    assert_false(eel_tap_wanted(tap, 1));
    assert_ok(eel_tap_watch_open(&watch, endpoint));
    wait_for_viewer(tap);
    assert_true(eel_tap_wanted(tap, 0));
    assert_ok(eel_tap_publish(tap, &frame));
    assert_false(eel_tap_wanted(tap, 0));

    eel_tap_watch_close(watch);
    double deadline_s = eel_clock_s() + DEADLINE_MS / 1e3;
    while (eel_tap_wanted(tap, 1) && eel_clock_s() < deadline_s)
        poll(NULL, 0, 1);
    assert_false(eel_tap_wanted(tap, 1));
    eel_tap_close(tap);
}

/* Publishes raw bytes before a good frame and returns the number of the first frame taken. */
static uint64_t first_after(const void *bytes, size_t size)
{
    eel_tap_watch *watch = NULL;
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_XPUB);
    int linger = 0;
    unsigned char word[8];
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    assert_int_equal(zmq_bind(socket, endpoint), 0);
    assert_ok(eel_tap_watch_open(&watch, endpoint));
    assert_int_equal(zmq_recv(socket, word, sizeof word, 0), 1);

    assert_int_equal(zmq_send(socket, bytes, size, 0), (int)size);
    struct pollfd fd = {.fd = eel_tap_watch_fd(watch), .events = POLLIN};
    const eel_tap_frame *frame = NULL;
    for (int i = 0; i < 10 && !frame; i++) {
        poll(&fd, 1, 10);
        frame = eel_tap_watch_next(watch);
    }
    uint64_t number = frame ? frame->number : 0;
    eel_tap_watch_close(watch);
    zmq_close(socket);
    zmq_ctx_term(context);
    return number;
}

/* The bytes of a good message, as it travels. */
static size_t good_bytes(unsigned char *bytes, size_t room)
{
    eel_tap *tap = NULL;
    eel_tap_frame frame = made_frame();
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_SUB);
    assert_ok(eel_tap_open(&tap, endpoint));
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    wait_for_viewer(tap);

    assert_ok(eel_tap_publish(tap, &frame));
    int size = zmq_recv(socket, bytes, room, 0);

    assert_true(size > 0 && size < (int)room);
    zmq_close(socket);
    zmq_ctx_term(context);
    eel_tap_close(tap);
    return (size_t)size;
}

TEST(what_is_no_frame_is_passed_over)
{
    static unsigned char bytes[4096], changed[4096];
    size_t size = good_bytes(bytes, sizeof bytes);

    assert_int_equal(first_after(bytes, size), 7);
    assert_int_equal(first_after("", 0), 0);
    assert_int_equal(first_after("\xdf\xff\xff\xff\xff", 5), 0); /* a map of 4 billion */
    assert_int_equal(first_after(bytes, size - 1), 0);
    memcpy(changed, bytes, size);
    *(unsigned char *)memmem(changed, size, "mean_pixels", 11) = 'x'; /* a key that is missing */
    assert_int_equal(first_after(changed, size), 0);
    memcpy(changed, bytes, size);
    unsigned char *cells = (unsigned char *)memmem(changed, size, "cell_rows", 9) + 9;
    *cells = 3; /* planes of another size */
    assert_int_equal(first_after(changed, size), 0);
    memcpy(changed, bytes, size);
    unsigned char *state = (unsigned char *)memmem(changed, size, "states", 6) + 6 + 2;
    *state = EEL_PIXEL_STATES; /* a state that nobody knows */
    assert_int_equal(first_after(changed, size), 0);
}

TEST(a_bridge_leaves_alone_whoever_is_at_its_address)
{
    eel_bridge *bridge = NULL, *another = NULL;
    const char *path = endpoint + strlen("ipc://");
    fclose(fopen(path, "w"));

    assert_fails(EEL_EARGS, eel_bridge_open(&bridge, endpoint));
    assert_words("there is a file already");
    assert_int_equal(unlink(path), 0);
    assert_ok(eel_bridge_open(&bridge, endpoint));
    assert_fails(EEL_EARGS, eel_bridge_open(&another, endpoint));
    assert_words("--karabo: ipc://");
    assert_words("cannot be listened at: Address already in use");
    assert_fails(EEL_EARGS, eel_bridge_open(&another, "tcp://127.0.0.1:99999"));

    eel_bridge_close(bridge);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_arrives_as_it_was_published, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            frames_come_in_their_order_and_those_that_nobody_took_are_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_viewer_that_never_reads_stops_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            nothing_is_wanted_while_nobody_watches_and_a_newcomer_is_owed_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_frame_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bridge_leaves_alone_whoever_is_at_its_address, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
