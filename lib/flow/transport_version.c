#include "flow/transport_version.h"

#include <msgpack.h>
#include <stdio.h>
#include <zmq.h>

int eel_flow_version(int i, const char **name, char version[32])
{
    int major = 0, minor = 0, patch = 0;

    if (i == 1) {
        *name = "msgpack";
        snprintf(version, sizeof(char[32]), "%s", msgpack_version());
    } else if (i == 0) {
        *name = "ZeroMQ";
        zmq_version(&major, &minor, &patch);
        snprintf(version, sizeof(char[32]), "%d.%d.%d", major, minor, patch);
    }
    return i == 0 || i == 1;
}

int eel_flow_has_curve(void)
{
    return zmq_has("curve") == 1;
}
