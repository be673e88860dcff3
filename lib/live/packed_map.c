#include "live/packed_map.h"
#include "base/packed.h"

#include <string.h>

const msgpack_object *eel_packed_map(msgpack_unpacked *unpacked, const void *bytes, size_t size)
{
    size_t end = 0;

    return eel_packed_fits(bytes, size) &&
                   msgpack_unpack_next(unpacked, bytes, size, &end) == MSGPACK_UNPACK_SUCCESS &&
                   unpacked->data.type == MSGPACK_OBJECT_MAP
               ? &unpacked->data
               : NULL;
}

const msgpack_object *eel_packed_find(const msgpack_object *map, const char *key)
{
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        if (eel_packed_says(&map->via.map.ptr[i].key, key))
            return &map->via.map.ptr[i].val;
    }
    return NULL;
}

int eel_packed_says(const msgpack_object *value, const char *text)
{
    return value && value->type == MSGPACK_OBJECT_STR && value->via.str.size == strlen(text) &&
           memcmp(value->via.str.ptr, text, value->via.str.size) == 0;
}
