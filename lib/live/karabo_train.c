#include "live/karabo_train.h"
#include "live/packed_map.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* What the frame before an array says of it. */
typedef struct {
    char name[256]; /* "SOURCE KEY" */
    eel_image_type type;
    int dims;
    uint64_t shape[EEL_KARABO_DIMS_MAX];
} array_header;

static void take_train(eel_karabo_train *t, const msgpack_object *map)
{
    const msgpack_object *about = eel_packed_find(map, "metadata");
    const msgpack_object *id = about && about->type == MSGPACK_OBJECT_MAP
                                   ? eel_packed_find(about, "timestamp.tid") : NULL;

    t->train = id && id->type == MSGPACK_OBJECT_POSITIVE_INTEGER ? id->via.u64 : EEL_KARABO_NO_TRAIN;
}

static int take_name(const msgpack_object *map, char name[256])
{
    const msgpack_object *source = eel_packed_find(map, "source"), *path = eel_packed_find(map, "path");

    if (!source || source->type != MSGPACK_OBJECT_STR || !path || path->type != MSGPACK_OBJECT_STR ||
        source->via.str.size + path->via.str.size > 250)
        return eel_fail(EEL_EFORMAT, "an array without 'source' and 'path'");
    snprintf(name, 256, "%.*s %.*s", (int)source->via.str.size, source->via.str.ptr,
             (int)path->via.str.size, path->via.str.ptr);
    return EEL_OK;
}

static int take_array_header(const msgpack_object *map, array_header *a)
{
    const msgpack_object *dtype = eel_packed_find(map, "dtype"), *shape = eel_packed_find(map, "shape");
    int type = 0;

    while (type < EEL_IMAGE_TYPES && !eel_packed_says(dtype, eel_image_type_name((eel_image_type)type)))
        type++;
    if (type == EEL_IMAGE_TYPES)
        return eel_fail(EEL_EFORMAT, "%s: its 'dtype' is none of uint8 to uint64, int8 to int64, float32, "
                        "float64", a->name);
    if (!shape || shape->type != MSGPACK_OBJECT_ARRAY || shape->via.array.size < 1 ||
        shape->via.array.size > EEL_KARABO_DIMS_MAX)
        return eel_fail(EEL_EFORMAT, "%s: its 'shape' does not have one to three sizes", a->name);
    a->type = (eel_image_type)type;
    a->dims = (int)shape->via.array.size;
    for (int i = 0; i < a->dims; i++) {
        const msgpack_object *size = &shape->via.array.ptr[i];
        if (size->type != MSGPACK_OBJECT_POSITIVE_INTEGER || size->via.u64 < 1 ||
            size->via.u64 > EEL_KARABO_BYTES_MAX)
            return eel_fail(EEL_EFORMAT, "%s: its 'shape' holds what is no size", a->name);
        a->shape[i] = size->via.u64;
    }
    return EEL_OK;
}

static int check_size(const array_header *a, size_t bytes)
{
    uint64_t expected = eel_image_type_size(a->type);

    for (int i = 0; i < a->dims; i++) { /* no product of two sizes is beyond 64 bits */
        expected *= a->shape[i];
        if (expected > EEL_KARABO_BYTES_MAX)
            return eel_fail(EEL_ELIMIT, "%s: larger than %u bytes", a->name, EEL_KARABO_BYTES_MAX);
    }
    return bytes == expected ? EEL_OK
                             : eel_fail(EEL_EFORMAT, "%s: %zu bytes, expected %ju", a->name, bytes,
                                        (uintmax_t)expected);
}

static void add_name(eel_karabo_train *t, const char *name)
{
    size_t used = strlen(t->names);

    snprintf(t->names + used, sizeof t->names - used, "%s'%s'", used ? ", " : "", name);
}

/* One array and what was said of it. The values of one that is wanted are kept. */
static int take_array(eel_karabo_train *t, const msgpack_object *map, zmq_msg_t *values,
                      const char *signal)
{
    array_header a;
    int code = take_name(map, a.name);

    if (code != EEL_OK)
        return code;
    add_name(t, a.name);
    if (signal && strcmp(signal, a.name) != 0)
        return EEL_OK;
    code = take_array_header(map, &a);
    if (code == EEL_OK)
        code = check_size(&a, zmq_msg_size(values));
    if (code != EEL_OK)
        return code;
    zmq_msg_move(&t->values, values);
    t->type = a.type;
    t->dims = a.dims;
    memcpy(t->shape, a.shape, sizeof t->shape);
    t->arrays++;
    return EEL_OK;
}

static int take_pair(eel_karabo_train *t, zmq_msg_t *header, zmq_msg_t *values, const char *signal)
{
    msgpack_unpacked unpacked;
    int code = EEL_OK;

    if (zmq_msg_size(header) > EEL_KARABO_HEADER_MAX)
        return eel_fail(EEL_ELIMIT, "a header of %zu bytes, expected at most %u", zmq_msg_size(header),
                        EEL_KARABO_HEADER_MAX);
    msgpack_unpacked_init(&unpacked);
    const msgpack_object *map = eel_packed_map(&unpacked, zmq_msg_data(header), zmq_msg_size(header));
    const msgpack_object *content = map ? eel_packed_find(map, "content") : NULL;
    if (eel_packed_says(content, "array"))
        code = take_array(t, map, values, signal);
    else if (eel_packed_says(content, "msgpack") && !t->arrays)
        take_train(t, map); /* of the source whose arrays follow */
    else if (!eel_packed_says(content, "msgpack"))
        code = eel_fail(EEL_EFORMAT, "a header that is no map with a 'content' of msgpack or array");
    msgpack_unpacked_destroy(&unpacked);
    return code;
}

int eel_karabo_receive(eel_karabo_train *t, void *socket, const char *signal)
{
    zmq_msg_t header, values;
    int frames = 0, code = EEL_OK;

    t->train = EEL_KARABO_NO_TRAIN;
    t->arrays = 0;
    *t->names = 0;
    zmq_msg_init(&header);
    zmq_msg_init(&values);
    int empty = zmq_msg_recv(&header, socket, ZMQ_DONTWAIT) == 0; /* ends the envelope, as a REP socket returns it */
    int more = zmq_msg_more(&header);
    if (!empty)
        code = eel_fail(EEL_EFORMAT, "an answer that does not begin with an empty frame: the bridge's socket is no REP");
    while (more) {
        zmq_msg_t *to = frames % 2 ? &values : &header;
        if (zmq_msg_recv(to, socket, 0) < 0)
            break;
        more = zmq_msg_more(to);
        frames++;
        if (frames > EEL_KARABO_FRAMES_MAX && code == EEL_OK)
            code = eel_fail(EEL_ELIMIT, "an answer of more than %d frames", EEL_KARABO_FRAMES_MAX);
        if (frames % 2 == 0 && code == EEL_OK) /* after a failure the rest is only received */
            code = take_pair(t, &header, &values, signal);
    }
    zmq_msg_close(&header);
    zmq_msg_close(&values);
    if (code == EEL_OK && frames % 2)
        code = eel_fail(EEL_EFORMAT, "an answer of %d frames, expected pairs: is it protocol 2.2?", frames);
    return code;
}
