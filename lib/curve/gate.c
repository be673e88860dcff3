#include "curve/gate.h"
#include "base/err.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#define ZAP_FRAMES 7 /* version, id, domain, address, routing id, mechanism, key */

typedef struct {
    char version[8], id[32], address[64], mechanism[16];
    size_t id_bytes, key_bytes;
    uint8_t key[EEL_KEY_BYTES];
} request;

/* --- the list --------------------------------------------------------------------------------- */

static int is_allowed(const eel_gate *gate, const char *key)
{
    char path[PATH_MAX], listed[EEL_KEY_SIZE];
    DIR *folder = opendir(gate->allowed);
    int found = 0, looked = 0;

    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || ++looked > EEL_GATE_CERTS_MAX ||
            snprintf(path, sizeof path, "%s/%s", gate->allowed, entry->d_name) >= (int)sizeof path)
            continue;
        found = eel_keys_read_public(listed, path) == EEL_OK && !strcmp(listed, key);
    }
    if (folder)
        closedir(folder);
    return found;
}

/* Tells each refused key once; a peer tries again and again. */
static void name_refused(eel_gate *gate, const char *address, const char *key)
{
    for (int i = 0; i < EEL_GATE_NAMED_MAX; i++) {
        if (!strcmp(gate->named[i], key))
            return;
        if (!gate->named[i][0]) {
            strcpy(gate->named[i], key);
            break;
        }
    }
    if (!strncmp(address, "::ffff:", 7))
        address += 7; /* an IPv4 address, as a socket for both kinds sees it */
    if (gate->refused++ < EEL_GATE_NAMED_MAX)
        eel_log("refused a peer at %s: its key %s is not in %s", address, key, gate->allowed);
}

/* --- the protocol ----------------------------------------------------------------------------- */

static size_t copy_frame(void *to, size_t room, zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame);

    memcpy(to, zmq_msg_data(frame), size < room ? size : room);
    return size;
}

/* Reads one request, whatever its shape. Returns 1, or 0 when none waits. */
static int receive(eel_gate *gate, request *asked)
{
    int count = 0, more = 1;

    *asked = (request){0};
    while (more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, gate->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return 0;
        }
        switch (count++) {
        case 0: copy_frame(asked->version, sizeof asked->version - 1, &frame); break;
        case 1: asked->id_bytes = copy_frame(asked->id, sizeof asked->id, &frame); break;
        case 3: copy_frame(asked->address, sizeof asked->address - 1, &frame); break;
        case 5: copy_frame(asked->mechanism, sizeof asked->mechanism - 1, &frame); break;
        case 6: asked->key_bytes = copy_frame(asked->key, sizeof asked->key, &frame); break;
        }
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    if (count != ZAP_FRAMES || asked->id_bytes > sizeof asked->id)
        asked->key_bytes = 0;
    return 1;
}

static void answer(eel_gate *gate, const request *asked, const char *status, const char *text,
                   const char *user)
{
    size_t id_bytes = asked->id_bytes < sizeof asked->id ? asked->id_bytes : sizeof asked->id;

    zmq_send(gate->socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(gate->socket, asked->id, id_bytes, ZMQ_SNDMORE);
    zmq_send(gate->socket, status, 3, ZMQ_SNDMORE);
    zmq_send(gate->socket, text, strlen(text), ZMQ_SNDMORE);
    zmq_send(gate->socket, user, strlen(user), ZMQ_SNDMORE);
    zmq_send(gate->socket, "", 0, 0);
}

void eel_gate_serve(eel_gate *gate)
{
    char key[EEL_KEY_SIZE];
    request asked;

    while (gate->socket && receive(gate, &asked)) {
        int known = !strcmp(asked.version, "1.0") && !strcmp(asked.mechanism, "CURVE") &&
                    asked.key_bytes == EEL_KEY_BYTES && zmq_z85_encode(key, asked.key, EEL_KEY_BYTES);
        if (known && is_allowed(gate, key)) {
            answer(gate, &asked, "200", "OK", key);
        } else {
            name_refused(gate, asked.address, known ? key : "(none)");
            answer(gate, &asked, "400", "not on the list", "");
        }
    }
}

static void close_gate(eel_gate *gate)
{
    if (gate->socket)
        zmq_close(gate->socket);
    gate->socket = NULL;
}

static int open_gate(eel_gate *gate, void *context, const char *allowed)
{
    struct stat info;
    int linger = 0;

    *gate = (eel_gate){.allowed = allowed};
    if (stat(allowed, &info))
        return eel_fail(EEL_EIO, "--allow: %s: %s", allowed, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return eel_fail(EEL_EIO, "--allow: %s: is no folder, expected one with certificates",
                        allowed);
    if (info.st_mode & 022)
        return eel_fail(EEL_EIO, "--allow: %s: others may put keys there (mode %04o)", allowed,
                        info.st_mode & 07777);
    gate->socket = zmq_socket(context, ZMQ_REP);
    if (!gate->socket || zmq_bind(gate->socket, "inproc://zeromq.zap.01")) {
        int code = eel_fail(EEL_ENET, "--allow: nobody can ask who is allowed: %s",
                            zmq_strerror(errno));
        close_gate(gate);
        return code;
    }
    zmq_setsockopt(gate->socket, ZMQ_LINGER, &linger, sizeof linger);
    return EEL_OK;
}

/* --- sockets ---------------------------------------------------------------------------------- */

int eel_is_tcp(const char *endpoint)
{
    return !strncmp(endpoint, "tcp://", 6);
}

static int set(void *socket, int option, const void *value, size_t size)
{
    return zmq_setsockopt(socket, option, value, size);
}

int eel_security_open(eel_security *security, void *context)
{
    return security->allowed ? open_gate(&security->gate, context, security->allowed) : EEL_OK;
}

void eel_security_close(eel_security *security)
{
    close_gate(&security->gate);
}

int eel_security_apply(const eel_security *security, void *socket, int binds, const char *option,
                       const char *endpoint)
{
    static const eel_security none;
    const eel_security *s = security ? security : &none;
    int is_server = 1, failed;

    if (!eel_is_tcp(endpoint) && strncmp(endpoint, "ipc://", 6) != 0)
        return eel_fail(EEL_EARGS, "%s: '%s' is neither ipc://PATH nor tcp://HOST:PORT", option,
                        endpoint);
    if (!eel_is_tcp(endpoint) || s->insecure)
        return EEL_OK;
    if (!s->own.secret_key[0] || (binds ? !s->gate.socket : !s->server[0]))
        return eel_fail(EEL_EARGS, "%s: '%s' needs --keys and --%s, or --insecure-tcp", option,
                        endpoint, binds ? "allow" : "server");
    failed = set(socket, ZMQ_CURVE_PUBLICKEY, s->own.public_key, EEL_KEY_SIZE) ||
             set(socket, ZMQ_CURVE_SECRETKEY, s->own.secret_key, EEL_KEY_SIZE);
    if (binds)
        failed |= set(socket, ZMQ_CURVE_SERVER, &is_server, sizeof is_server) ||
                  set(socket, ZMQ_ZAP_DOMAIN, "eelstream", 9);
    else
        failed |= set(socket, ZMQ_CURVE_SERVERKEY, s->server, EEL_KEY_SIZE) != 0;
    return failed ? eel_fail(EEL_ENET, "%s: CURVE: %s", option, zmq_strerror(errno)) : EEL_OK;
}
