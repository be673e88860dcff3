#include "base/packed.h"

#include <stdint.h>

/* Bytes of the object at `p` without what it contains; adds its members to *members. 0: cut off.
 * The library allocates arrays by their announced length, so lengths are checked before it. */
static size_t object_size(const unsigned char *p, size_t left, uint64_t *members)
{
    static const unsigned char fixed[32] = {/* 0xc0 … 0xdf: bytes with the type byte, 0: below */
                                            1, 1, 1, 1, 0, 0, 0, 0,  0,  0, 5, 9, 2, 3, 5, 9,
                                            2, 3, 5, 9, 3, 4, 6, 10, 18, 0, 0, 0, 0, 0, 0, 0};
    unsigned char type = p[0];
    size_t width, length = 0;

    if (type < 0x80 || type >= 0xe0)
        return 1;
    if (type < 0x90)
        return *members += 2 * (type & 15u), 1;
    if (type < 0xa0)
        return *members += type & 15u, 1;
    if (type < 0xc0)
        return 1 + (type & 31u);
    if (fixed[type - 0xc0])
        return fixed[type - 0xc0];
    if (type >= 0xdc)
        width = type % 2 ? 4 : 2; /* array 16, 32, map 16, 32 */
    else if (type >= 0xd9)
        width = 1u << (type - 0xd9); /* text 8, 16, 32 */
    else
        width = 1u << (type - (type >= 0xc7 ? 0xc7 : 0xc4)); /* extension, binary 8, 16, 32 */
    if (left < 1 + width)
        return 0;
    for (size_t i = 1; i <= width; i++)
        length = length << 8 | p[i];
    if (type >= 0xdc)
        return *members += type >= 0xde ? 2 * (uint64_t)length : length, 1 + width;
    return 1 + width + length + (type >= 0xc7 && type <= 0xc9);
}

int eel_packed_fits(const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    uint64_t objects = 1;

    while (objects) {
        uint64_t members = 0;
        size_t step = size ? object_size(p, size, &members) : 0;
        if (!step || step > size)
            return 0;
        p += step;
        size -= step;
        objects += members - 1;
        if (objects > size)
            return 0; /* each takes a byte at least */
    }
    return size == 0;
}
