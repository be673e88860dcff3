/*
 * web_guard - who may see the page: addresses, tokens, names of hosts. Private to lib/web.
 */
#ifndef EEL_WEB_WEB_GUARD_H
#define EEL_WEB_WEB_GUARD_H

#include <stddef.h>
#include <sys/socket.h>

/* "127.0.0.1:8470", "[::1]:0", "localhost:80" to an address. EEL_EARGS. */
int eel_web_parse(const char *where, struct sockaddr_storage *address, socklen_t *size);

int eel_web_is_loopback(const struct sockaddr_storage *address);

/* Letters that travel unchanged in an address and a cookie, enough of them. EEL_EARGS. */
int eel_web_check_token(const char *token);

/* Equal? Takes as long whatever the difference is. `given` may be NULL. */
int eel_web_same_token(const char *token, const char *given);

/* Does a Host header ("localhost:8470", "[::1]") name this machine from inside? NULL does not. */
int eel_web_is_local_name(const char *host);

#endif
