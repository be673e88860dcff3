/*
 * web - a small HTTP server for one page, in one thread and without callbacks (libmicrohttpd).
 *
 *     eel_web_open(&web, "127.0.0.1:8470", NULL);
 *     … poll eel_web_fd(web) for reading, at most eel_web_patience_ms(web), then:
 *     eel_web_turn(web);
 *     while ((request = eel_web_next(web))) {
 *         if (it can be answered now)
 *             eel_web_reply(request, 200, "text/html", bytes, size);
 *         else
 *             keep it and answer later
 *     }
 *     eel_web_close(web);
 *
 * Only GET and HEAD, and only requests that may see the page get this far; the others are refused inside. Each
 * request must be answered, sooner or later, by exactly one eel_web_reply. A client that is slow or
 * dead costs its connection, for a while, and nothing else.
 *
 * Who may see the page: on a loopback address whoever names a loopback host (so that no page of
 * the internet can reach it through a name of its own), elsewhere who knows the token: as
 * `?token=` in the address, which sets a cookie, as that cookie, or as `Authorization: Bearer`.
 */
#ifndef EEL_WEB_WEB_H
#define EEL_WEB_WEB_H

#include <stddef.h>

#define EEL_WEB_CONNECTIONS_MAX 64 /* at a time; 16 from one address */
#define EEL_WEB_PATH_MAX        1024
#define EEL_WEB_IDLE_S          30  /* a connection on which nothing moves is closed */
#define EEL_WEB_TOKEN_MIN       16  /* letters of a token */
#define EEL_WEB_TOKEN_MAX       256

typedef struct eel_web eel_web;
typedef struct eel_web_request eel_web_request;

/* `where` is HOST:PORT, HOST an IPv4 address, [IPv6] or "localhost", PORT 0 any that is free. An
 * address that is no loopback needs a token of EEL_WEB_TOKEN_MIN letters. EEL_EARGS for what is
 * no address or a token that is missing, EEL_ENET when it cannot be had. */
int eel_web_open(eel_web **web, const char *where, const char *token);
void eel_web_close(eel_web *web); /* NULL is fine */

int eel_web_port(const eel_web *web);

int eel_web_fd(const eel_web *web);
int eel_web_patience_ms(const eel_web *web, int ms); /* how long one may wait, at most `ms` */
void eel_web_turn(eel_web *web);

/* The next request, or NULL. It belongs to `web`, and is gone with the reply. */
eel_web_request *eel_web_next(eel_web *web);

const char *eel_web_path(const eel_web_request *request);                   /* "/pixel" */
const char *eel_web_query(const eel_web_request *request, const char *key); /* NULL: not there */

/* Takes a copy of the body. A header `type` may be NULL for an empty body. */
void eel_web_reply(eel_web_request *request, unsigned status, const char *type, const void *body,
                   size_t bytes);

#endif
