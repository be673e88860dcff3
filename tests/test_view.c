/*
 * view: what a browser is told, byte by byte, and what it is refused. The test is the browser: it
 * speaks HTTP through a socket with `eelstream view`, which serves a made-up run.
 */
#include "test.h"
#include "made_run.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER EEL_BINARY_DIR "/made/view"
#define TOKEN  "0123456789abcdef-secret"
#define ABSENT 40

static const made_run image = {
    .axes = 2, .size = {20, 31}, .units = "nm", .elements = "O Ti", .absent = ABSENT,
    .low_ev = 300, .high_ev = 900,
};

static pid_t server;
static int port;
static char address[1024]; /* as printed */

typedef struct {
    int status;
    char head[4096];
    char *body; /* static */
    size_t bytes;
} reply;

/* Starts the view with one more pair of options; 0 when it did not come up. */
static int start(const char *option, const char *value)
{
    int out[2];

    assert_int_equal(pipe(out), 0);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], 1);
        close(out[0]);
        close(out[1]);
        execl(EEL_BINARY_DIR "/eelstream-view", "view", FOLDER, "--listen", "127.0.0.1:0", option,
              value, NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *said = fdopen(out[0], "r");
    address[0] = 0;
    int up = fgets(address, sizeof address, said) != NULL;
    fclose(said);
    port = up ? atoi(strrchr(address, ':') + 1) : 0;
    return up;
}

static int stop(void)
{
    int how = 0;

    kill(server, SIGTERM);
    assert_int_equal(waitpid(server, &how, 0), server);
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

static int connect_to_server(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 30};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static reply ask_raw(const char *request)
{
    static char bytes[1 << 20];
    reply r = {0};
    size_t size = 0;
    int fd = connect_to_server();

    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    for (ssize_t n; (n = recv(fd, bytes + size, sizeof bytes - 1 - size, 0)) > 0;)
        size += (size_t)n;
    close(fd);
    bytes[size] = 0;
    char *end = strstr(bytes, "\r\n\r\n");
    if (!end)
        return r;
    snprintf(r.head, sizeof r.head, "%.*s", (int)(end - bytes), bytes);
    r.status = atoi(r.head + strlen("HTTP/1.1 "));
    r.body = end + 4;
    r.bytes = size - (size_t)(r.body - bytes);
    return r;
}

static reply get(const char *path, const char *headers)
{
    char request[8192];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n"
             "Connection: close\r\n%s\r\n", path, port, headers);
    return ask_raw(request);
}

/* The JSON of a /frame, and where its arrays begin. */
static json_t *read_frame(const reply *r, const char **arrays)
{
    uint32_t length;

    assert_int_equal(r->status, 200);
    assert_true(r->bytes >= sizeof length);
    memcpy(&length, r->body, sizeof length);
    assert_true(length <= r->bytes - sizeof length);
    json_t *json = json_loadb(r->body + sizeof length, length, 0, NULL);
    assert_non_null(json);
    *arrays = r->body + sizeof length + ((length + 3u) & ~3u);
    return json;
}

static json_int_t count_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

TEST(the_page_and_its_files_are_in_the_program)
{
    static const char *const files[][2] = {{"/", "text/html"}, {"/view.css", "text/css"},
                                           {"/view.js", "text/javascript"},
                                           {"/maps.js", "text/javascript"},
                                           {"/plots.js", "text/javascript"},
                                           {"/panel.js", "text/javascript"}};
    assert_true(start(NULL, NULL));

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        reply r = get(files[i][0], "");
        assert_int_equal(r.status, 200);
        assert_non_null(strstr(r.head, files[i][1]));
        assert_non_null(strstr(r.head, "Content-Security-Policy: default-src 'self'"));
        assert_true(r.bytes > 500);
        assert_null(strstr(r.body, "http://")); /* nothing comes from elsewhere */
        assert_null(strstr(r.body, "https://"));
    }
    assert_int_equal(get("/etc/passwd", "").status, 404);
    assert_int_equal(get("/../../../etc/passwd", "").status, 404);
    assert_int_equal(stop(), 0);
}

TEST(a_frame_holds_what_is_in_the_store)
{
    assert_true(start(NULL, NULL));
    const char *arrays;
    uint64_t pixels = made_pixels(&image);

    reply r = get("/frame?after=0&planes=3,7", ""); /* O and Ti */
    json_t *frame = read_frame(&r, &arrays);

    assert_int_equal(count_of(frame, "pixels"), pixels);
    assert_int_equal(count_of(json_object_get(frame, "counts"), "poison"), ABSENT);
    assert_int_equal(count_of(json_object_get(frame, "counts"), "missing"), 0);
    assert_true(json_is_true(json_object_get(frame, "ended")));
    json_t *ti = json_array_get(json_object_get(frame, "classes"), 7);
    assert_string_equal(json_string_value(json_object_get(ti, "name")), "Ti");
    assert_true(json_is_true(json_object_get(ti, "found")));
    assert_int_equal(json_array_size(json_object_get(frame, "planes")), 2);
    json_int_t channels = count_of(json_object_get(frame, "mean"), "channels");
    const uint8_t *states = (const uint8_t *)arrays + 4 * channels, *p = states + pixels;
    assert_int_equal(r.bytes, (size_t)(arrays - r.body) + 4 * (size_t)channels + 3 * pixels);
    for (uint64_t i = 0; i < pixels; i++) {
        int absent = i >= pixels / 2 && i < pixels / 2 + ABSENT;
        assert_int_equal(states[i], absent ? EEL_POISON : EEL_VALUE);
        for (int k = 0; k < 2; k++)
            assert_int_equal(p[(uint64_t)k * pixels + i], absent ? 255
                             : (int)lrintf(254 * made_probability(&image, k ? 7 : 3, i)));
    }
    json_decref(frame);
    assert_int_equal(stop(), 0);
}

TEST(a_page_that_has_the_newest_frame_gets_no_planes_again)
{
    assert_true(start(NULL, NULL));
    const char *arrays;
    reply r = get("/frame?after=0", "");
    json_t *frame = read_frame(&r, &arrays);
    char path[64];

    snprintf(path, sizeof path, "/frame?after=%d", (int)count_of(frame, "seq"));
    r = get(path, "");
    json_t *again = read_frame(&r, &arrays);

    assert_true(json_is_false(json_object_get(again, "news")));
    assert_int_equal(r.bytes, (size_t)(arrays - r.body));
    json_decref(frame);
    json_decref(again);
    assert_int_equal(stop(), 0);
}

TEST(a_pixel_has_its_state_its_probabilities_and_says_where_its_spectrum_comes_from)
{
    assert_true(start(NULL, NULL));

    reply r = get("/pixel?row=2&column=3", "");
    json_t *pixel = json_loadb(r.body, r.bytes, 0, NULL);

    assert_int_equal(r.status, 200);
    assert_string_equal(json_string_value(json_object_get(pixel, "state")), "value");
    double ti = json_number_value(json_array_get(json_object_get(pixel, "p"), 7));
    double want = (double)made_probability(&image, 7, 2 * 31 + 3);
    assert_floats(&ti, &want, 1, 1e-5);
    assert_true(json_is_null(json_array_get(json_object_get(pixel, "p"), 0))); /* B: not recorded */
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(pixel, "spectrum"), "of")), "block");
    assert_non_null(strstr(json_string_value(json_object_get(pixel, "note")), "not kept"));
    json_decref(pixel);
    r = get("/pixel?row=10&column=5", ""); /* poison */
    pixel = json_loadb(r.body, r.bytes, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(pixel, "state")), "poison");
    assert_true(json_is_null(json_array_get(json_object_get(pixel, "p"), 7)));
    json_decref(pixel);
    assert_int_equal(stop(), 0);
}

TEST(a_pixel_outside_the_image_is_refused)
{
    assert_true(start(NULL, NULL));

    assert_int_equal(get("/pixel?row=20&column=0", "").status, 400);
    assert_int_equal(get("/pixel?row=0&column=31", "").status, 400);
    assert_int_equal(get("/pixel?row=-1&column=0", "").status, 400);
    assert_int_equal(get("/pixel?row=0", "").status, 400);
    assert_int_equal(get("/pixel?row=0&column=0&picture=1", "").status, 400);
    assert_int_equal(get("/pixel?row=18446744073709551616&column=0", "").status, 400);
    assert_int_equal(stop(), 0);
}

TEST(a_name_that_is_not_of_this_machine_is_refused)
{
    assert_true(start(NULL, NULL));

    assert_int_equal(ask_raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                         .status, 403);
    assert_int_equal(ask_raw("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n"
                             "Connection: close\r\n\r\n").status, 403);
    assert_int_equal(ask_raw("GET / HTTP/1.0\r\n\r\n").status, 403);
    assert_int_equal(stop(), 0);
}

TEST(only_reading_is_possible)
{
    assert_true(start(NULL, NULL));

    assert_int_equal(ask_raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                             "Connection: close\r\n\r\nx").status, 405);
    assert_int_equal(ask_raw("DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                         .status, 405);
    assert_int_equal(stop(), 0);
}

TEST(garbage_and_endless_headers_cost_a_connection_and_no_more)
{
    static char request[200000];
    assert_true(start(NULL, NULL));

    ask_raw("\x16\x03\x01 this is no HTTP\r\n\r\n");
    memset(request, 'a', sizeof request - 1);
    memcpy(request, "GET /", 5);
    int fd = connect_to_server();
    send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    close(fd);

    assert_int_equal(get("/", "").status, 200);
    assert_int_equal(stop(), 0);
}

TEST(clients_that_never_read_keep_nobody_waiting)
{
    int dead[12];
    assert_true(start(NULL, NULL));

    for (int i = 0; i < 12; i++) {
        const char *ask = "GET /frame?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        dead[i] = connect_to_server();
        for (int k = 0; k < 20; k++)
            send(dead[i], ask, strlen(ask), MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    assert_int_equal(get("/", "").status, 200);
    for (int i = 0; i < 12; i++)
        close(dead[i]);
    assert_int_equal(stop(), 0);
}

TEST(who_knows_the_token_gets_in_and_nobody_else)
{
    const char *file = FOLDER "/token";
    FILE *out = fopen(file, "w");
    fputs(TOKEN "\n", out);
    fclose(out);
    assert_true(start("--token-file", file));

    assert_non_null(strstr(address, "/?token=" TOKEN));
    assert_int_equal(get("/", "").status, 401);
    assert_int_equal(get("/frame?after=0", "").status, 401);
    assert_int_equal(get("/frame?after=0", "Cookie: eelstream=0123456789abcdef-secreT\r\n").status, 401);
    assert_int_equal(get("/frame?after=0", "Cookie: eelstream=" TOKEN "x\r\n").status, 401);
    assert_int_equal(get("/frame?after=0", "Cookie: eelstream=\r\n").status, 401);
    assert_int_equal(get("/frame?after=0", "Cookie: eelstream=" TOKEN "\r\n").status, 200);
    assert_int_equal(get("/frame?after=0", "Authorization: Bearer " TOKEN "\r\n").status, 200);
    assert_int_equal(get("/frame?after=0&token=" TOKEN, "").status, 200);
    reply r = get("/?token=" TOKEN, "");
    assert_int_equal(r.status, 303);
    assert_non_null(strstr(r.head, "Set-Cookie: eelstream=" TOKEN "; HttpOnly; SameSite=Strict"));
    assert_non_null(strstr(r.head, "Location: /"));
    assert_int_equal(stop(), 0);
}

TEST(a_token_file_that_is_not_there_is_made_for_its_owner_alone)
{
    const char *file = FOLDER "/new-token";
    struct stat info;
    unlink(file);

    assert_true(start("--token-file", file));

    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_size, 33);
    assert_int_equal(get("/", "").status, 401);
    assert_int_equal(stop(), 0);
}

TEST(an_address_that_others_can_reach_needs_a_token)
{
    int how;

    assert_false(start("--listen", "0.0.0.0:0"));

    assert_int_equal(waitpid(server, &how, 0), server);
    assert_int_equal(WEXITSTATUS(how), 2);
}

TEST(a_port_that_is_taken_is_said)
{
    char taken[64];
    int how;
    assert_true(start(NULL, NULL));
    pid_t first = server;
    snprintf(taken, sizeof taken, "127.0.0.1:%d", port);

    assert_false(start("--listen", taken));

    assert_int_equal(waitpid(server, &how, 0), server);
    assert_int_equal(WEXITSTATUS(how), 1);
    server = first;
    assert_int_equal(stop(), 0);
}

int main(void)
{
    mkdir(EEL_BINARY_DIR "/made", 0777);
    mkdir(FOLDER, 0777);
    make_run(&image, FOLDER "/store");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_and_its_files_are_in_the_program),
        cmocka_unit_test(a_frame_holds_what_is_in_the_store),
        cmocka_unit_test(a_page_that_has_the_newest_frame_gets_no_planes_again),
        cmocka_unit_test(
            a_pixel_has_its_state_its_probabilities_and_says_where_its_spectrum_comes_from),
        cmocka_unit_test(a_pixel_outside_the_image_is_refused),
        cmocka_unit_test(a_name_that_is_not_of_this_machine_is_refused),
        cmocka_unit_test(only_reading_is_possible),
        cmocka_unit_test(garbage_and_endless_headers_cost_a_connection_and_no_more),
        cmocka_unit_test(clients_that_never_read_keep_nobody_waiting),
        cmocka_unit_test(who_knows_the_token_gets_in_and_nobody_else),
        cmocka_unit_test(a_token_file_that_is_not_there_is_made_for_its_owner_alone),
        cmocka_unit_test(an_address_that_others_can_reach_needs_a_token),
        cmocka_unit_test(a_port_that_is_taken_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
