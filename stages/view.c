/*
 * view - the maps of a run in a browser, while they grow and after.
 *
 * in:   the tap of `aggregate` and the status messages of all stages, or the folder of a run
 * out:  one page on the local machine: maps, composite, spectra, rates, stages, energy axis
 *
 * It reads along and is no part of the pipeline: what it does, or does not do in time, costs the run
 * nothing. Its own limits: lib/web/web.h; a page that asks often is told what is new and no more.
 *
 * GET /                    the page, and its files
 * GET /frame?after=&planes=   how the run is (view_frame.c); when there is nothing newer than `after`
 *                          the answer waits for up to a second
 * GET /pixel?row=&column=  one pixel (view_pixel.c)
 *
 * With --karabo, clients of the Karabo bridge get the maps too (view_bridge.c).
 *
 * With --tap it ends when standard input does, which is how the launcher says that no other run will
 * come: at once when no page is open, else when none has asked for LINGER_S.
 */
#include "view/view_bridge.h"
#include "view/view_page.h"
#include "view/view_run.h"
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "flow/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define PORT       8470
#define PORTS      10  /* tried one after the other, unless the user names one */
#define HOLD_S     1.0
#define LINGER_S   15.0
#define TURN_MS    200

static const char *listen_at, *token_file, *tap_at, *health_at, *karabo_at;

static const eel_option options[] = {
    {"listen", 'l', EEL_OPT_TEXT, &listen_at, "HOST:PORT", "where to serve [127.0.0.1:8470]"},
    {"token-file", 0, EEL_OPT_TEXT, &token_file, "FILE", "who may see it; made when it is not there"},
    {"tap", 0, EEL_OPT_TEXT, &tap_at, "ENDPOINT", "watch this run instead of a folder"},
    {"health", 0, EEL_OPT_TEXT, &health_at, "ENDPOINT", "where the stages' status messages arrive"},
    {"karabo", 0, EEL_OPT_TEXT, &karabo_at, "ENDPOINT", "tell the maps to Karabo bridge clients too"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream view", .summary = "Show a run in a browser.", .operands = "[OUTDIR]",
    .operands_max = 1, .options = options,
    .notes = "OUTDIR is the output of 'eelstream map'; while that runs, use its --view.\n"
             "An address that other machines can reach needs --token-file. Ctrl-C ends it."};

typedef struct {
    view_state state;
    eel_web *web;
    eel_tap_watch *tap;
    eel_watch *health;
    eel_bridge *bridge; /* with --karabo */
    struct {
        eel_web_request *request;
        double since_s;
    } held[EEL_WEB_CONNECTIONS_MAX];
    int held_count;
    double asked_s; /* when a page last asked; 0: never */
    int listens;    /* to standard input */
} view;

/* ---- answering ---- */

static int is_up_to_date(const view *v, const eel_web_request *request)
{
    const char *after = eel_web_query(request, "after");

    return after && *after && strtoull(after, NULL, 10) == v->state.seq;
}

static void answer(view *v, eel_web_request *request)
{
    const char *path = eel_web_path(request);
    const view_asset *asset = view_page_find(path);

    if (asset) {
        eel_web_reply(request, 200, asset->type, asset->text, (size_t)(asset->end - asset->text));
    } else if (!strcmp(path, "/pixel")) {
        view_answer_pixel(&v->state, request);
    } else if (strcmp(path, "/frame")) {
        eel_web_reply(request, 404, "text/plain", "not here\n", 9);
    } else if (v->held_count < EEL_WEB_CONNECTIONS_MAX && is_up_to_date(v, request)) {
        v->asked_s = eel_clock_s();
        v->held[v->held_count].request = request;
        v->held[v->held_count++].since_s = v->asked_s;
    } else {
        v->asked_s = eel_clock_s();
        view_answer_frame(&v->state, request);
    }
}

/* Answers what waits for news, when there are some or it has waited for long enough. */
static void answer_held(view *v)
{
    double now_s = eel_clock_s();
    int kept = 0;

    for (int i = 0; i < v->held_count; i++) {
        if (is_up_to_date(v, v->held[i].request) && now_s - v->held[i].since_s < HOLD_S)
            v->held[kept++] = v->held[i];
        else
            view_answer_frame(&v->state, v->held[i].request);
    }
    v->held_count = kept;
}

/* ---- opening ---- */

/* The address to open, as the only line on standard output. */
static int say_where(const view *v, const char *where, const char *token)
{
    char host[256] = "";
    const char *colon = strrchr(where, ':');

    snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
    if (!strcmp(host, "0.0.0.0") || !strcmp(host, "[::]"))
        gethostname(host, sizeof host - 1);
    printf("http://%s:%d/%s%s\n", host, eel_web_port(v->web), *token ? "?token=" : "", token);
    return fflush(stdout) ? eel_fail(EEL_EIO, "standard output: cannot be written") : EEL_OK;
}

/* A token of 32 hexadecimal digits in a file that only its owner can read. */
static int make_token(const char *path)
{
    unsigned char bytes[16];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failed = fd < 0 || getrandom(bytes, sizeof bytes, 0) != sizeof bytes;

    for (size_t i = 0; !failed && i < sizeof bytes; i++)
        failed = dprintf(fd, "%02x", bytes[i]) != 2;
    failed = failed || dprintf(fd, "\n") != 1;
    int code = failed ? eel_fail(EEL_EIO, "--token-file: %s: %s", path, strerror(errno)) : EEL_OK;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && failed)
        unlink(path); /* half a token is one that is easier to guess */
    return code;
}

static int read_token(const char *path, char token[EEL_WEB_TOKEN_MAX + 3])
{
    FILE *file = fopen(path, "r");

    token[0] = 0;
    if (!file)
        return eel_fail(EEL_EIO, "--token-file: %s: %s", path, strerror(errno));
    if (!fgets(token, EEL_WEB_TOKEN_MAX + 3, file))
        token[0] = 0;
    token[strcspn(token, "\r\n")] = 0;
    fclose(file);
    return EEL_OK;
}

static int open_web(view *v)
{
    char token[EEL_WEB_TOKEN_MAX + 3] = "", where[64];
    const char *secret = token_file ? token : NULL;
    int code = EEL_OK;

    if (token_file && access(token_file, F_OK))
        code = make_token(token_file);
    if (code == EEL_OK && token_file)
        code = read_token(token_file, token);
    if (code != EEL_OK)
        return code;
    if (listen_at && *listen_at) {
        code = eel_web_open(&v->web, listen_at, secret);
    } else {
        code = EEL_ENET;
        for (int i = 0; i < PORTS && code == EEL_ENET; i++) {
            snprintf(where, sizeof where, "127.0.0.1:%d", PORT + i);
            code = eel_web_open(&v->web, where, secret);
        }
    }
    if (code == EEL_OK)
        return say_where(v, listen_at && *listen_at ? listen_at : where, token);
    return token_file ? code : eel_fail_in(code, "--listen");
}

static int open_all(view *v, const char *folder)
{
    int code = EEL_OK;

    if (!folder == !tap_at)
        code = eel_fail(EEL_EARGS, "%s; try 'eelstream view --help'",
                        folder ? "a folder and --tap, expected one of them"
                               : "no folder given, expected the output of 'eelstream map'");
    if (code == EEL_OK && folder)
        code = view_run_load(&v->state, folder);
    if (code == EEL_OK && tap_at)
        code = eel_tap_watch_open(&v->tap, tap_at);
    if (code == EEL_OK && health_at)
        code = eel_watch_open(&v->health, health_at);
    if (code == EEL_OK && karabo_at)
        code = eel_bridge_open(&v->bridge, karabo_at);
    v->listens = tap_at != NULL;
    v->state.over = folder != NULL;
    return code == EEL_OK ? open_web(v) : code;
}

/* ---- watching ---- */

static void listen_to_stages(view *v)
{
    eel_status status;

    while (v->health && eel_watch_next(v->health, &status))
        view_health_hear(&v->state.health, &status, eel_clock_s());
}

static void listen_to_tap(view *v)
{
    const eel_tap_frame *frame;

    while (v->tap && (frame = eel_tap_watch_next(v->tap))) {
        if (view_run_show(&v->state, frame) != EEL_OK)
            eel_log("%s", eel_words());
    }
}

/* The launcher closes its end when no other run will come. */
static void listen_to_launcher(view *v)
{
    char word[64];
    ssize_t n = read(STDIN_FILENO, word, sizeof word);

    if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
        return;
    v->listens = 0;
    v->state.over = 1;
    v->state.seq++;
}

static int is_wanted(const view *v)
{
    return !tap_at || v->listens || (v->asked_s > 0 && eel_clock_s() - v->asked_s < LINGER_S) ||
           (v->bridge && eel_bridge_owes(v->bridge, v->state.maps, LINGER_S));
}

static void turn(view *v, int cancel)
{
    struct pollfd fds[] = {
        {.fd = eel_web_fd(v->web), .events = POLLIN},
        {.fd = cancel, .events = POLLIN},
        {.fd = v->tap ? eel_tap_watch_fd(v->tap) : -1, .events = POLLIN},
        {.fd = v->health ? eel_watch_fd(v->health) : -1, .events = POLLIN},
        {.fd = v->listens ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = v->bridge ? eel_bridge_fd(v->bridge) : -1, .events = POLLIN},
    };
    eel_web_request *request;

    poll(fds, sizeof fds / sizeof *fds, eel_web_patience_ms(v->web, TURN_MS));
    listen_to_stages(v);
    listen_to_tap(v);
    if (fds[4].revents)
        listen_to_launcher(v);
    view_run_drift(&v->state);
    eel_web_turn(v->web);
    while ((request = eel_web_next(v->web)))
        answer(v, request);
    answer_held(v);
    if (v->bridge)
        view_bridge_turn(v->bridge, &v->state);
    eel_web_turn(v->web); /* starts to send what was answered */
}

int main(int argc, char **argv)
{
    static view v = {.state.drift.class = -1}; /* too much for some stacks */
    int first, code = eel_args(&usage, argc, argv, &first);

    if (code != EEL_OK)
        return eel_log_exit(code);
    signal(SIGPIPE, SIG_IGN);
    int cancel = eel_cancel_watch();
    code = open_all(&v, first < argc ? argv[first] : NULL);
    while (code == EEL_OK && !eel_cancelled() && is_wanted(&v))
        turn(&v, cancel);
    for (int i = 0; i < v.held_count; i++)
        view_answer_frame(&v.state, v.held[i].request);
    eel_web_close(v.web);
    eel_watch_close(v.health);
    eel_bridge_close(v.bridge);
    view_run_clear(&v.state);
    eel_tap_watch_close(v.tap);
    return eel_log_exit(code);
}
