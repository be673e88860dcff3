/* watch: status messages as the launcher reads them (proto/wire.md, W42). */
#include "test.h"
#include "flow/watch.h"

#include <msgpack.h>
#include <poll.h>
#include <unistd.h>
#include <zmq.h>

#define DEADLINE_MS 10000

static char endpoint[64];
static eel_watch *watch;
static void *context, *stage;

static int set_up(void **state __attribute__((unused)))
{
    snprintf(endpoint, sizeof endpoint, "ipc:///tmp/eel-test-watch-%d", (int)getpid());
    assert_ok(eel_watch_open(&watch, endpoint));
    context = zmq_ctx_new();
    stage = zmq_socket(context, ZMQ_PUSH);
    return zmq_connect(stage, endpoint);
}

static int tear_down(void **state __attribute__((unused)))
{
    zmq_close(stage);
    zmq_ctx_term(context);
    eel_watch_close(watch);
    unlink(endpoint + strlen("ipc://"));
    return 0;
}

static void send_bytes(const char *bytes, size_t size)
{
    assert_int_equal(zmq_send(stage, bytes, size, 0), (int)size);
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str(packer, strlen(text));
    msgpack_pack_str_body(packer, text, strlen(text));
}

/* A status of the stage `name` with `pixels`, after an entry that the launcher does not know. */
static void send_status(const char *name, uint64_t pixels)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    msgpack_pack_map(&packer, 4);
    pack_text(&packer, "news");
    msgpack_pack_array(&packer, 0);
    pack_text(&packer, "name");
    pack_text(&packer, name);
    pack_text(&packer, "pixels");
    msgpack_pack_uint64(&packer, pixels);
    pack_text(&packer, "total");
    msgpack_pack_int(&packer, -1);
    send_bytes(buffer.data, buffer.size);
    msgpack_sbuffer_destroy(&buffer);
}

static eel_status next_status(void)
{
    struct pollfd fd = {.fd = eel_watch_fd(watch), .events = POLLIN};
    eel_status status = {0};

    while (!eel_watch_next(watch, &status)) {
        if (poll(&fd, 1, DEADLINE_MS) <= 0)
            fail_msg("no status came");
    }
    return status;
}

TEST(a_status_is_read_and_what_is_unknown_passed_over)
{
    send_status("infer.2", 640);

    eel_status status = next_status();

    assert_string_equal(status.name, "infer.2");
    assert_int_equal(status.pixels, 640);
    assert_int_equal(status.total, 0);
    assert_int_equal(eel_watch_next(watch, &status), 0);
}

TEST(messages_that_make_no_sense_are_passed_over)
{
    char long_name[100];

    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    send_bytes("", 0);
    send_bytes("hello", 5);
    send_bytes("\xdf\xff\xff\xff\xff", 5); /* a map of 2^32 - 1 entries that are not there */
    send_status(long_name, 1);
    send_status("", 2);
    send_status("reader", 3);

    eel_status status = next_status();

    assert_string_equal(status.name, "reader");
    assert_int_equal(status.pixels, 3);
}

TEST(a_folder_that_is_not_there_is_named)
{
    eel_watch *none = NULL;

    assert_fails(EEL_ENET, eel_watch_open(&none, "ipc:///no/such/folder/status"));
    assert_words("/no/such/folder/status: ");
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_status_is_read_and_what_is_unknown_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(messages_that_make_no_sense_are_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
