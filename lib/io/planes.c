#include "io/planes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/mem.h"

#define TILE 32 /* values: both sides of a tile stay in the first cache */

int eel_read_at(int fd, const char *path, void *out, size_t n, uint64_t offset)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)out + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return eel_fail(EEL_EIO, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0)
            return eel_fail(EEL_EFORMAT, "%s: ends at byte %ju, expected %zu more", path,
                            (uintmax_t)(offset + done), n - done);
        done += (size_t)got;
    }
    return EEL_OK;
}

ssize_t eel_read_some(int fd, void *out, size_t n)
{
    ssize_t got;

    do
        got = pread(fd, out, n, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

/* out[i * out_step + c] = in[c * in_step + i] for i < rows, c < channels. */
#define TURN(type)                                                                                 \
    static void turn_##type(type *out, const type *in, size_t rows, size_t channels,               \
                            size_t in_step)                                                        \
    {                                                                                              \
        for (size_t i0 = 0; i0 < rows; i0 += TILE) {                                               \
            size_t i1 = i0 + TILE < rows ? i0 + TILE : rows;                                       \
            for (size_t c0 = 0; c0 < channels; c0 += TILE) {                                       \
                size_t c1 = c0 + TILE < channels ? c0 + TILE : channels;                           \
                for (size_t i = i0; i < i1; i++)                                                   \
                    for (size_t c = c0; c < c1; c++)                                               \
                        out[i * channels + c] = in[c * in_step + i];                               \
            }                                                                                      \
        }                                                                                          \
    }
TURN(uint8_t)
TURN(uint16_t)
TURN(uint32_t)
TURN(uint64_t)

static void turn(void *out, const void *in, size_t rows, size_t channels, size_t in_step,
                 size_t size)
{
    switch (size) {
    case 1: turn_uint8_t(out, in, rows, channels, in_step); break;
    case 2: turn_uint16_t(out, in, rows, channels, in_step); break;
    case 4: turn_uint32_t(out, in, rows, channels, in_step); break;
    case 8: turn_uint64_t(out, in, rows, channels, in_step); break;
    }
}

void eel_planes_turn(void *out, const void *in, uint64_t outer, uint64_t channels, uint64_t inner,
                     size_t size)
{
    for (uint64_t o = 0; o < outer; o++) {
        size_t step = o * channels * inner * size;
        turn((char *)out + step, (const char *)in + step, inner, channels, inner, size);
    }
}

static void swap_bytes(void *values, size_t n, size_t size)
{
    uint16_t *v2 = values;
    uint32_t *v4 = values;
    uint64_t *v8 = values;

    for (size_t i = 0; size == 2 && i < n; i++)
        v2[i] = __builtin_bswap16(v2[i]);
    for (size_t i = 0; size == 4 && i < n; i++)
        v4[i] = __builtin_bswap32(v4[i]);
    for (size_t i = 0; size == 8 && i < n; i++)
        v8[i] = __builtin_bswap64(v8[i]);
}

static int get(const eel_planes *p, const char *path, void *out, size_t n, uint64_t offset)
{
    return p->fetch ? p->fetch(p->source, out, n, offset) : eel_read_at(p->fd, path, out, n, offset);
}

/* Where a pixel stands in the file. */
static uint64_t place_of(const eel_planes *p, uint64_t pixel)
{
    uint64_t place = 0;

    for (int a = p->axes - 1; a >= 0; a--) {
        place = place * p->axis[a] + pixel % p->axis[a];
        pixel /= p->axis[a];
    }
    return p->axes ? place : pixel;
}

/* One value of each pixel of the slab from the plane of each channel. */
static int gather(eel_planes *p, const char *path, uint64_t first, uint64_t rows)
{
    if (!p->plane)
        p->plane = eel_alloc(p->inner, p->size);
    if (!p->plane)
        return EEL_ENOMEM;
    for (uint32_t c = 0; c < p->channels; c++) {
        unsigned char *out = p->slab + c * rows * p->size;
        int code = get(p, path, p->plane, p->inner * p->size, p->offset + c * p->inner * p->size);
        if (code != EEL_OK)
            return code;
        for (uint64_t r = 0; r < rows; r++)
            memcpy(out + r * p->size, p->plane + place_of(p, first + r) * p->size, p->size);
    }
    return EEL_OK;
}

/* Fills the slab with as many pixels from `first` as fit, within one outer index. */
static int load_slab(eel_planes *p, const char *path, uint64_t first)
{
    uint64_t o = first / p->inner, i = first % p->inner;
    uint64_t rows = EEL_SLAB_BYTES / ((uint64_t)p->channels * p->size);

    if (rows == 0)
        rows = 1;
    if (rows > p->inner - i)
        rows = p->inner - i;
    if (!p->slab) {
        uint64_t most = (uint64_t)p->channels * p->size * p->inner;
        uint64_t least = (uint64_t)p->channels * p->size;
        if (most > EEL_SLAB_BYTES)
            most = EEL_SLAB_BYTES > least ? EEL_SLAB_BYTES : least;
        p->slab = eel_alloc(most, 1);
        if (!p->slab)
            return EEL_ENOMEM;
    }
    p->slab_rows = 0;
    uint64_t start = p->offset + (o * p->channels * p->inner + i) * p->size;
    if (p->axes) {
        int code = gather(p, path, first, rows);
        p->slab_first = first;
        p->slab_rows = code == EEL_OK ? rows : 0;
        return code;
    }
    int whole = rows == p->inner; /* then the planes follow each other without gaps */
    for (uint32_t c = 0; c < (whole ? 1 : p->channels); c++) {
        int code = get(p, path, p->slab + c * rows * p->size,
                       rows * p->size * (whole ? p->channels : 1), start + c * p->inner * p->size);
        if (code != EEL_OK)
            return code;
    }
    p->slab_first = first;
    p->slab_rows = rows;
    return EEL_OK;
}

int eel_planes_read(eel_planes *p, const char *path, uint64_t first, uint64_t rows, void *out)
{
    size_t row_bytes = (size_t)p->channels * p->size;
    int code = EEL_OK;

    for (uint64_t r = 0; p->inner == 1 && p->axes && code == EEL_OK && r < rows; r++)
        code = get(p, path, (char *)out + r * row_bytes, row_bytes,
                   p->offset + place_of(p, first + r) * row_bytes);
    if (p->inner == 1 && !p->axes)
        code = get(p, path, out, rows * row_bytes, p->offset + first * row_bytes);
    for (uint64_t done = 0; p->inner > 1 && done < rows;) {
        uint64_t pixel = first + done;
        if (pixel < p->slab_first || pixel >= p->slab_first + p->slab_rows)
            code = load_slab(p, path, pixel);
        if (code != EEL_OK)
            return code;
        uint64_t skip = pixel - p->slab_first, n = p->slab_rows - skip;
        if (n > rows - done)
            n = rows - done;
        turn((char *)out + done * row_bytes, p->slab + skip * p->size, n, p->channels,
             p->slab_rows, p->size);
        done += n;
    }
    if (code == EEL_OK && p->swap)
        swap_bytes(out, rows * p->channels, p->size);
    return code;
}

void eel_planes_release(eel_planes *planes)
{
    eel_free(planes->slab);
    eel_free(planes->plane);
    planes->slab = planes->plane = NULL;
}
