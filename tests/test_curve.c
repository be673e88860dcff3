/*
 * curve: tcp links between a binding end with its gate and peers of every kind, and the files that
 * keys are kept in. Each test quotes the sentence of proto/wire.md that it proves, where one does.
 */
#include "test.h"
#include "base/clock.h"
#include "flow/link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_S 20

typedef struct { /* one end, with all that it needs */
    eel_security security;
    eel_identity self;
    eel_link link;
    void *context;
    char where[96];
} end;

static char directory[64], allowed[96], log_path[96];
static int saved_stderr;
static end head, peer;
static eel_letter letter;

/* --- set up ----------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/eel-curve-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(allowed, sizeof allowed, "%s/allowed", directory);
    snprintf(log_path, sizeof log_path, "%s/log", directory);
    saved_stderr = dup(STDERR_FILENO);
    int fd = open(log_path, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
    letter = (eel_letter){0};
    head = (end){.self = {.run = "run of the tests", .instance = "1head", .name = "head"}};
    peer = (end){.self = {.run = "run of the tests", .instance = "1peer", .name = "peer"}};
    return mkdir(allowed, 0700);
}

static void end_close(end *e)
{
    eel_link_close(&e->link, 0);
    eel_security_close(&e->security);
    if (e->context)
        zmq_ctx_term(e->context);
    e->context = NULL;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    end_close(&peer);
    end_close(&head);
    eel_message_release(&letter.message);
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

/* How many lines of the log hold these words. */
static int told(const char *words)
{
    char line[2048];
    FILE *file = fopen(log_path, "r");
    int count = 0;

    while (file && fgets(line, sizeof line, file))
        count += strstr(line, words) != NULL;
    if (file)
        fclose(file);
    return count;
}

/* --- two ends --------------------------------------------------------------------------------- */

static void allow(const eel_keys *keys, const char *name)
{
    eel_keys_write(keys, path_of("made"));
    char from[160], to[160];
    strcpy(from, path_of("made"));
    snprintf(to, sizeof to, "%s/%s", allowed, name);
    assert_int_equal(rename(from, to), 0);
}

/* A head that binds with keys of its own. */
static void head_open(void)
{
    char endpoint[64];

    head.self.security = &head.security;
    head.context = zmq_ctx_new();
    assert_ok(eel_keys_new(&head.security.own));
    head.security.allowed = allowed;
    assert_ok(eel_security_open(&head.security, head.context));
    assert_ok(eel_link_open(&head.link, head.context, &head.self, EEL_CUSTODIAN, "--out",
                            "bind:tcp://127.0.0.1:*"));
    assert_ok(eel_link_endpoint(&head.link, endpoint, sizeof endpoint));
    snprintf(peer.where, sizeof peer.where, "connect:tcp://127.0.0.1%s", strrchr(endpoint, ':'));
}

/* A peer with keys of its own that knows the head's. */
static void peer_keys(void)
{
    peer.self.security = &peer.security;
    assert_ok(eel_keys_new(&peer.security.own));
    strcpy(peer.security.server, head.security.own.public_key);
}

static void peer_open(void)
{
    peer.context = zmq_ctx_new();
    assert_ok(eel_link_open(&peer.link, peer.context, &peer.self, EEL_RECEIVER, "--in", peer.where));
}

/* Both ends do what is due. The peer says HELLO after its handshake, as intake would. Returns the
 * code of its upkeep. */
static int turn(void)
{
    zmq_pollitem_t items[] = {{.socket = head.security.gate.socket, .events = ZMQ_POLLIN},
                              {.socket = head.link.socket, .events = ZMQ_POLLIN},
                              {.socket = head.link.monitor, .events = ZMQ_POLLIN},
                              {.socket = peer.link.monitor, .events = ZMQ_POLLIN}};
    eel_message hello = {.type = EEL_HELLO, .role = EEL_RECEIVER, .name = "peer"};

    zmq_poll(items, peer.link.monitor ? 4 : 3, 5);
    eel_gate_serve(&head.security.gate);
    eel_link_tend(&head.link, eel_clock_s());
    while (eel_link_receive(&head.link, &letter)) {
        eel_peer *newcomer = letter.message.type == EEL_HELLO
                                 ? eel_link_greeted(&head.link, &letter) : NULL;
        if (newcomer)
            newcomer->joined = 1;
        eel_letter_close(&letter);
    }
    int code = peer.link.monitor ? eel_link_tend(&peer.link, eel_clock_s()) : EEL_OK;
    if (peer.link.hello_due) {
        peer.link.hello_due = 0;
        eel_link_send(&peer.link, peer.link.peers[0], &hello);
    }
    return code;
}

/* Until the peer has joined (1), is told that it may not (0), or the head has told these words (2). */
static int outcome(const char *words)
{
    double deadline_s = eel_clock_s() + DEADLINE_S;

    while (eel_clock_s() < deadline_s) {
        if (turn() != EEL_OK)
            return 0;
        if (eel_link_joined(&head.link))
            return 1;
        if (words && told(words))
            return 2;
    }
    fail_msg("nothing happened in time");
    return -1;
}

/* --- who may come ----------------------------------------------------------------------------- */

/* W43: tcp endpoints are encrypted and authenticated … */
TEST(plain_tcp_has_to_be_said)
{
    void *context = head.context = zmq_ctx_new();
    const char *bind = "bind:tcp://127.0.0.1:*", *connect = "connect:tcp://127.0.0.1:9";
    head.self.security = &head.security;

    assert_fails(EEL_EARGS, eel_link_open(&head.link, context, &head.self, EEL_CUSTODIAN, "--out", bind));
    assert_words("--out: 'tcp://127.0.0.1:*' needs --keys and --allow, or --insecure-tcp");
    eel_link_close(&head.link, 0);
    assert_fails(EEL_EARGS, eel_link_open(&head.link, context, &head.self, EEL_CUSTODIAN, "--out", connect));
    assert_words("needs --keys and --server, or --insecure-tcp");
    eel_link_close(&head.link, 0);
    head.security.insecure = 1;
    assert_ok(eel_link_open(&head.link, context, &head.self, EEL_CUSTODIAN, "--out", bind));
    eel_link_close(&head.link, 0);
    assert_fails(EEL_EARGS, eel_link_open(&head.link, context, &head.self, EEL_CUSTODIAN, "--out",
                                          "bind:udp://127.0.0.1:9"));
}

/* W44: No end binds tcp without a list. */
TEST(nobody_binds_without_a_gate)
{
    head.context = zmq_ctx_new();
    head.self.security = &head.security;
    assert_ok(eel_keys_new(&head.security.own));

    int code = eel_link_open(&head.link, head.context, &head.self, EEL_CUSTODIAN, "--out",
                             "bind:tcp://127.0.0.1:*");

    assert_fails(EEL_EARGS, code);
}

TEST(a_list_that_others_can_change_is_refused)
{
    head.context = zmq_ctx_new();
    chmod(allowed, 0777);

    head.security.allowed = allowed;
    assert_fails(EEL_EIO, eel_security_open(&head.security, head.context));
    head.security.allowed = path_of("nowhere");
    assert_fails(EEL_EIO, eel_security_open(&head.security, head.context));
    head.security.allowed = log_path;
    assert_fails(EEL_EIO, eel_security_open(&head.security, head.context));
}

TEST(a_listed_key_comes_in)
{
    head_open();
    peer_keys();
    allow(&peer.security.own, "peer");
    peer_open();

    assert_int_equal(outcome(NULL), 1);
    assert_int_equal(told("refused"), 0);
}

/* W44: … read anew for each peer. */
TEST(a_key_counts_from_when_it_is_listed_until_it_is_not)
{
    head_open();
    peer_keys();
    peer_open();
    assert_int_equal(outcome(NULL), 0);
    end_close(&peer);

    write_text(path_of("allowed/other"), "no certificate\n", 0600);
    allow(&peer.security.own, "peer");
    peer_open();
    assert_int_equal(outcome(NULL), 1);
    end_close(&peer);
    while (eel_link_joined(&head.link))
        turn();
    eel_link_forget(&head.link, 0);

    unlink(path_of("allowed/peer"));
    peer_open();
    assert_int_equal(outcome(NULL), 0);
}

/* W45: … by its key. */
TEST(an_unlisted_key_is_refused_and_named)
{
    char words[200];
    head_open();
    peer_keys();
    peer_open();

    assert_int_equal(outcome(NULL), 0);

    assert_words("--in: tcp://127.0.0.1:");
    assert_words(peer.security.own.public_key);
    snprintf(words, sizeof words, "refused a peer at 127.0.0.1: its key %s is not in %s",
             peer.security.own.public_key, allowed);
    assert_int_equal(told(words), 1);
}

TEST(a_wrong_server_key_is_refused_and_named)
{
    eel_keys other;
    head_open();
    peer_keys();
    allow(&peer.security.own, "peer");
    assert_ok(eel_keys_new(&other));
    strcpy(peer.security.server, other.public_key);
    peer_open();

    assert_int_equal(outcome("refused a peer"), 2);

    assert_int_equal(told("does not prove that it knows the key of this run"), 1);
}

TEST(a_plaintext_peer_is_refused_and_named)
{
    head_open();
    peer.security.insecure = 1;
    peer.self.security = &peer.security;
    peer_open();

    assert_int_equal(outcome("refused a peer"), 2);

    assert_int_equal(told("does not prove that it knows the key of this run"), 1);
}

/* Whatever a stranger sends, those who may come still come. */
TEST(noise_costs_the_sender_its_connection_and_nothing_else)
{
    static const char noise[4096] = "GET / HTTP/1.1\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_usec = 5000};
    double deadline_s = eel_clock_s() + DEADLINE_S;
    char byte[256];
    ssize_t got;
    head_open();
    address.sin_port = htons((uint16_t)atoi(strrchr(peer.where, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    assert_true(send(fd, noise, sizeof noise, MSG_NOSIGNAL) > 0);
    do {
        turn();
        got = recv(fd, byte, sizeof byte, 0);
    } while ((got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) &&
             eel_clock_s() < deadline_s);
    close(fd);

    assert_true(got <= 0 && eel_clock_s() < deadline_s);
    peer_keys();
    allow(&peer.security.own, "peer");
    peer_open();
    assert_int_equal(outcome(NULL), 1);
}

/* --- files of keys ---------------------------------------------------------------------------- */

TEST(keys_survive_their_files_and_the_secret_is_private)
{
    eel_keys keys, again;
    char public_key[EEL_KEY_SIZE];
    struct stat info;
    assert_ok(eel_keys_new(&keys));

    assert_ok(eel_keys_write(&keys, path_of("mine")));

    assert_ok(eel_keys_read(&again, path_of("mine_secret")));
    assert_memory_equal(&again, &keys, sizeof keys);
    assert_ok(eel_keys_read_public(public_key, path_of("mine")));
    assert_string_equal(public_key, keys.public_key);
    assert_int_equal(stat(path_of("mine_secret"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_fails(EEL_EFORMAT, eel_keys_read(&again, (chmod(path_of("mine"), 0600), path_of("mine"))));
    assert_words("has no secret-key");
    chmod(path_of("mine_secret"), 0640);
    assert_fails(EEL_EIO, eel_keys_read(&again, path_of("mine_secret")));
    assert_words("has mode 0640, so that others may read it; expected 0600");
}

/* As CZMQ's zcert_save and pyzmq's create_certificates lay them out; the keys are those of the
 * manual page zmq_curve(7). */
TEST(certificates_of_other_programs_are_read)
{
    static const char czmq[] =
        "#   ****  Generated on 2015-02-16 01:31:56 by CZMQ  ****\n"
        "#   ZeroMQ CURVE **Secret** Certificate\n"
        "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n\n"
        "metadata\n    email = \"foo@bar.org\"\ncurve\n"
        "    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n"
        "    secret-key = \"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\"\n";
    static const char bare[] =
        "curve\r\n  public-key=Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\r\n";
    eel_keys keys;
    char public_key[EEL_KEY_SIZE];

    write_text(path_of("czmq_secret"), czmq, 0600);
    write_text(path_of("bare"), bare, 0644);

    assert_ok(eel_keys_read(&keys, path_of("czmq_secret")));
    assert_string_equal(keys.secret_key, "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs");
    assert_ok(eel_keys_read_public(public_key, path_of("bare")));
    assert_string_equal(public_key, "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID");
}

TEST(what_is_no_certificate_is_refused)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "has no public-key"},
        {"public-key\n", "has no public-key"},
        {"public-key = \"short\"", "public-key has 5 letters, expected 40"},
        {"public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI~\"", "public-key is not in Z85"},
        {"public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hIDD\"", "has 41 letters"},
    };
    char key[EEL_KEY_SIZE];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(path_of("bad"), bad[i].text, 0600);
        assert_fails(EEL_EFORMAT, eel_keys_read_public(key, path_of("bad")));
        assert_words(bad[i].words);
    }
    assert_fails(EEL_EFORMAT, eel_keys_read_public(key, directory));
    assert_fails(EEL_EIO, eel_keys_read_public(key, path_of("none")));
    assert_int_equal(truncate(path_of("bad"), EEL_CERT_BYTES_MAX + 1), 0);
    assert_fails(EEL_ELIMIT, eel_keys_read_public(key, path_of("bad")));
}

#define curve_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        curve_test(plain_tcp_has_to_be_said),
        curve_test(nobody_binds_without_a_gate),
        curve_test(a_list_that_others_can_change_is_refused),
        curve_test(a_listed_key_comes_in),
        curve_test(a_key_counts_from_when_it_is_listed_until_it_is_not),
        curve_test(an_unlisted_key_is_refused_and_named),
        curve_test(a_wrong_server_key_is_refused_and_named),
        curve_test(a_plaintext_peer_is_refused_and_named),
        curve_test(noise_costs_the_sender_its_connection_and_nothing_else),
        curve_test(keys_survive_their_files_and_the_secret_is_private),
        curve_test(certificates_of_other_programs_are_read),
        curve_test(what_is_no_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
