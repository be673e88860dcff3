/* listen: what is at an address already stays as it is, and nothing stays behind; so with all that listens. */
#include "test.h"
#include "curve/listen.h"
#include "flow/link.h"
#include "flow/watch.h"
#include "tap/tap.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

static char folder[64], path[96], endpoint[104];
static void *context, *first, *second;
static eel_listening at, at_second;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/eel-listen-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    context = zmq_ctx_new();
    first = zmq_socket(context, ZMQ_PULL);
    second = zmq_socket(context, ZMQ_PULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eel_listen_end(&at);
    eel_listen_end(&at_second);
    zmq_close(first);
    zmq_close(second);
    zmq_ctx_term(context);
    unlink(path);
    return rmdir(folder);
}

static int is_there(void)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

/* A socket file whose program is gone. */
static void leave_dead_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd);
}

static void leave_file(void)
{
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "data", 4), 4);
    close(fd);
}

static void assert_file_is_kept(void)
{
    char text[8] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof text), 4);
    assert_string_equal(text, "data");
    close(fd);
}

/* ---- all that listens, opened and closed again ---- */

static int listens(void)
{
    int code = eel_listen(&at, first, endpoint);

    eel_listen_end(&at);
    return code;
}

static int link_listens(void)
{
    static const eel_identity self = {.run = "run of the tests", .instance = "1head", .name = "head"};
    eel_link link = {0};
    char where[128];

    snprintf(where, sizeof where, "bind:%s", endpoint);
    int code = eel_link_open(&link, context, &self, EEL_CUSTODIAN, "--out", where);
    eel_link_close(&link, 0);
    return code;
}

static int tap_listens(void)
{
    eel_tap *tap = NULL;
    int code = eel_tap_open(&tap, endpoint);

    eel_tap_close(tap);
    return code;
}

static int watch_listens(void)
{
    eel_watch *watch = NULL;
    int code = eel_watch_open(&watch, endpoint);

    eel_watch_close(watch);
    return code;
}

static int (*const all[])(void) = {listens, link_listens, tap_listens, watch_listens};

TEST(a_file_at_the_path_is_refused_and_stays)
{
    leave_file();

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(all[i](), EEL_EARGS);
        assert_words("/socket: there is a file already, expected a path that is free");
        assert_file_is_kept();
    }
}

TEST(a_file_whose_path_is_too_long_for_a_socket_is_refused_and_stays)
{
    char name[160], long_path[256], long_endpoint[264];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    snprintf(long_path, sizeof long_path, "%s/%s", folder, name);
    snprintf(long_endpoint, sizeof long_endpoint, "ipc://%s", long_path);
    close(open(long_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));

    int code = eel_listen(&at, first, long_endpoint);

    assert_int_equal(code, EEL_EARGS);
    assert_int_equal(unlink(long_path), 0);
}

TEST(an_address_where_somebody_listens_is_refused_and_he_goes_on_listening)
{
    char text[4];
    int enough_ms = 10000;
    void *sender = zmq_socket(context, ZMQ_PUSH);
    assert_ok(eel_listen(&at, first, endpoint));

    assert_fails(EEL_ENET, eel_listen(&at_second, second, endpoint));
    assert_words("/socket: cannot be listened at: Address already in use");
    eel_listen_end(&at_second);

    assert_int_equal(zmq_connect(sender, endpoint), 0);
    assert_int_equal(zmq_send(sender, "yes", 3, 0), 3);
    zmq_setsockopt(first, ZMQ_RCVTIMEO, &enough_ms, sizeof enough_ms);
    assert_int_equal(zmq_recv(first, text, sizeof text, 0), 3);
    zmq_close(sender);
}

TEST(the_socket_of_a_program_that_is_gone_is_replaced_and_nothing_stays)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        leave_dead_socket();

        assert_ok(all[i]());

        assert_false(is_there());
    }
}

TEST(the_file_is_removed_in_the_end)
{
    assert_ok(eel_listen(&at, first, endpoint));
    assert_true(is_there());

    eel_listen_end(&at);

    assert_false(is_there());
}

TEST(a_file_that_another_put_there_since_is_not_removed)
{
    char other[128];
    snprintf(other, sizeof other, "%s/other", folder);
    assert_ok(eel_listen(&at, first, endpoint));
    assert_int_equal(link(path, other), 0); /* so that its number is not given again */
    unlink(path);
    leave_dead_socket();

    eel_listen_end(&at);

    assert_true(is_there());
    unlink(other);
}

TEST(a_port_that_is_none_is_misuse)
{
    static const char *const wrong[] = {"tcp://127.0.0.1:99999", "tcp://*:65536", "tcp://*:-1", "tcp://*:12x",
                                        "tcp://*:", "tcp://host", "tcp://*:18446744073709551617"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(EEL_EARGS, eel_listen(&at, first, wrong[i]));
    assert_words("tcp://*:18446744073709551617: the port is '18446744073709551617', expected 1 to 65535");
    assert_ok(eel_endpoint_check("tcp://*:65535"));
    assert_ok(eel_listen(&at, first, "tcp://127.0.0.1:*"));
    assert_ok(eel_endpoint_check("nowhere"));
}

#define listen_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        listen_test(a_file_at_the_path_is_refused_and_stays),
        listen_test(a_file_whose_path_is_too_long_for_a_socket_is_refused_and_stays),
        listen_test(an_address_where_somebody_listens_is_refused_and_he_goes_on_listening),
        listen_test(the_socket_of_a_program_that_is_gone_is_replaced_and_nothing_stays),
        listen_test(the_file_is_removed_in_the_end),
        listen_test(a_file_that_another_put_there_since_is_not_removed),
        listen_test(a_port_that_is_none_is_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
