#include "web/web_guard.h"
#include "web/web.h"
#include "base/err.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int parse_port(const char *text, unsigned short *port)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end || value < 0 || value > 65535)
        return 0;
    *port = htons((unsigned short)value);
    return 1;
}

int eel_web_parse(const char *where, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    const char *colon = strrchr(where, ':'), *host = where;
    char copy[INET6_ADDRSTRLEN + 2];
    unsigned short port;

    memset(address, 0, sizeof *address);
    size_t length = colon ? (size_t)(colon - where) : 0;
    if (length > 1 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
    }
    if (!colon || length == 0 || length >= sizeof copy || !parse_port(colon + 1, &port))
        return eel_fail(EEL_EARGS, "'%s' is not HOST:PORT, such as 127.0.0.1:8470", where);
    memcpy(copy, host, length);
    copy[length] = 0;
    if (!strcmp(copy, "localhost"))
        strcpy(copy, "127.0.0.1");
    if (inet_pton(AF_INET, copy, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        *size = sizeof *v4;
        return EEL_OK;
    }
    if (host != where && inet_pton(AF_INET6, copy, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        *size = sizeof *v6;
        return EEL_OK;
    }
    return eel_fail(EEL_EARGS, "'%s': '%s' is no IPv4 address, [IPv6] address or localhost", where,
                    copy);
}

int eel_web_is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

int eel_web_check_token(const char *token)
{
    size_t length = strlen(token);

    if (length < EEL_WEB_TOKEN_MIN || length > EEL_WEB_TOKEN_MAX)
        return eel_fail(EEL_EARGS, "a token of %zu letters, expected %d to %d", length,
                        EEL_WEB_TOKEN_MIN, EEL_WEB_TOKEN_MAX);
    if (strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != length)
        return eel_fail(EEL_EARGS, "a token with other letters than A-Z, a-z, 0-9, - and _");
    return EEL_OK;
}

int eel_web_same_token(const char *token, const char *given)
{
    size_t length = strlen(token), given_length = given ? strlen(given) : 0;
    volatile unsigned char difference = length != given_length;

    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(token[i] ^ (i < given_length ? given[i] : 0));
    return difference == 0;
}

int eel_web_is_local_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; host && i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (!strncasecmp(host, names[i], length) && (!host[length] || host[length] == ':'))
            return 1;
    }
    return 0;
}
