#include "web/web.h"
#include "web/web_guard.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#define PER_ADDRESS_MAX 16
#define MEMORY_MAX      (32u << 10) /* of a connection: request line and headers */
#define COOKIE          "eelstream"

struct eel_web_request {
    eel_web *web;
    struct MHD_Connection *connection;
    char path[EEL_WEB_PATH_MAX];
    struct MHD_Response *response; /* once it is answered */
    unsigned status;
    int suspended;
    struct eel_web_request *next; /* of those that wait for eel_web_next */
};

struct eel_web {
    struct MHD_Daemon *daemon;
    char token[EEL_WEB_TOKEN_MAX + 1]; /* "" on loopback without one */
    int port, fd, closing;
    eel_web_request *first, **last;
};

/* ---- refusing ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
                              struct MHD_Response *response)
{
    static const char *const headers[][2] = {
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Content-Security-Policy", "default-src 'self'; img-src 'self' data:; "
                                    "frame-ancestors 'none'; base-uri 'none'"},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *words)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(words), (void *)words, MHD_RESPMEM_PERSISTENT);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    return answer(connection, status, response);
}

/* The page without the token in its address, which would stay in the history: it is a cookie now. */
static enum MHD_Result welcome(struct MHD_Connection *connection, const eel_web *web)
{
    char cookie[EEL_WEB_TOKEN_MAX + 96];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);

    if (!response)
        return MHD_NO;
    snprintf(cookie, sizeof cookie, COOKIE "=%s; HttpOnly; SameSite=Strict; Path=/", web->token);
    MHD_add_response_header(response, "Set-Cookie", cookie);
    MHD_add_response_header(response, "Location", "/");
    return answer(connection, MHD_HTTP_SEE_OTHER, response);
}

static int knows_token(struct MHD_Connection *connection, const eel_web *web)
{
    const char *bearer = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");

    if (bearer && !strncmp(bearer, "Bearer ", 7) && eel_web_same_token(web->token, bearer + 7))
        return 1;
    return eel_web_same_token(web->token,
                              MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, COOKIE));
}

/* 1 when the request may go on; else it has been answered, with *result. */
static int admit(const eel_web *web, struct MHD_Connection *connection, const char *url,
                 const char *method, enum MHD_Result *result)
{
    const char *given = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token");
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");

    if (strcmp(method, "GET") && strcmp(method, "HEAD"))
        *result = refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    else if (strlen(url) >= EEL_WEB_PATH_MAX)
        *result = refuse(connection, MHD_HTTP_URI_TOO_LONG, "the address is too long\n");
    else if (!web->token[0] && !eel_web_is_local_name(host))
        *result = refuse(connection, MHD_HTTP_FORBIDDEN, "this page is for localhost only\n");
    else if (web->token[0] && given && eel_web_same_token(web->token, given) && !strcmp(url, "/"))
        *result = welcome(connection, web);
    else if (web->token[0] && !knows_token(connection, web) &&
             !(given && eel_web_same_token(web->token, given)))
        *result = refuse(connection, MHD_HTTP_UNAUTHORIZED,
                         "this page needs its token: open the whole address that was printed\n");
    else
        return 1;
    return 0;
}

/* ---- requests ---- */

static void forget(void *web, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode code)
{
    eel_web_request *request = *context;

    (void)web;
    (void)connection;
    (void)code;
    if (request && request->response)
        MHD_destroy_response(request->response);
    eel_free(request);
    *context = NULL;
}

/* Called by libmicrohttpd: first with the headers of a request, then when its connection has been
 * resumed with a reply. Between the two the request waits in a list. */
static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **place)
{
    eel_web *web = context;
    eel_web_request *request = *place;
    enum MHD_Result result = MHD_NO;

    (void)version;
    (void)upload;
    if (request) {
        struct MHD_Response *response = request->response;
        if (!response)
            return MHD_NO;
        request->response = NULL;
        return answer(connection, request->status, response);
    }
    if (*upload_size || web->closing || !admit(web, connection, url, method, &result))
        return result;
    request = eel_alloc(1, sizeof *request);
    if (!request)
        return MHD_NO;
    *request = (eel_web_request){.web = web, .connection = connection, .suspended = 1};
    strcpy(request->path, url);
    *place = request;
    *web->last = request;
    web->last = &request->next;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

eel_web_request *eel_web_next(eel_web *web)
{
    eel_web_request *request = web->first;

    if (request) {
        web->first = request->next;
        if (!web->first)
            web->last = &web->first;
        request->next = NULL;
    }
    return request;
}

const char *eel_web_path(const eel_web_request *request)
{
    return request->path;
}

const char *eel_web_query(const eel_web_request *request, const char *key)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

void eel_web_reply(eel_web_request *request, unsigned status, const char *type, const void *body,
                   size_t bytes)
{
    request->response =
        MHD_create_response_from_buffer(bytes, (void *)body, MHD_RESPMEM_MUST_COPY);
    request->status = status;
    if (request->response && type)
        MHD_add_response_header(request->response, "Content-Type", type);
    MHD_resume_connection(request->connection);
}

/* ---- open and close ---- */

static int start(eel_web *web, const char *where, struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    errno = 0;
    web->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, take, web, MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)EEL_WEB_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)EEL_WEB_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX, MHD_OPTION_END);
    if (!web->daemon)
        return eel_fail(EEL_ENET, "%s: cannot be served: %s", where,
                        errno ? strerror(errno) : "the address is not to be had");
    const union MHD_DaemonInfo *fd = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT);
    web->fd = fd->epoll_fd;
    web->port = port->port;
    return EEL_OK;
}

int eel_web_open(eel_web **web, const char *where, const char *token)
{
    struct sockaddr_storage address;
    socklen_t size;
    int code = eel_web_parse(where, &address, &size);

    if (code == EEL_OK && token)
        code = eel_web_check_token(token);
    if (code == EEL_OK && !token && !eel_web_is_loopback(&address))
        code = eel_fail(EEL_EARGS, "%s: can be reached from other machines, which needs a token",
                        where);
    if (code != EEL_OK)
        return code;
    eel_web *w = eel_alloc(1, sizeof *w);
    if (!w)
        return EEL_ENOMEM;
    w->last = &w->first;
    snprintf(w->token, sizeof w->token, "%s", token ? token : "");
    code = start(w, where, &address);
    if (code == EEL_OK)
        *web = w;
    else
        eel_free(w);
    return code;
}

int eel_web_port(const eel_web *web)
{
    return web->port;
}

int eel_web_fd(const eel_web *web)
{
    return web->fd;
}

int eel_web_patience_ms(const eel_web *web, int ms)
{
    MHD_UNSIGNED_LONG_LONG most;

    if (MHD_get_timeout(web->daemon, &most) == MHD_YES && most < (MHD_UNSIGNED_LONG_LONG)ms)
        return (int)most;
    return ms;
}

void eel_web_turn(eel_web *web)
{
    MHD_run(web->daemon);
}

void eel_web_close(eel_web *web)
{
    eel_web_request *request;

    if (!web)
        return;
    web->closing = 1;
    while ((request = eel_web_next(web)))
        eel_web_reply(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "", 0);
    MHD_stop_daemon(web->daemon);
    eel_free(web);
}
