/* dectris: any messages as those of a detector, in a row; what is taken is unpacked and summed as the source does. */
#include "fuzz.h"

#include "base/mem.h"
#include "live/frames.h"

#include <math.h>
#include <string.h>

#define PIXELS_MAX (1u << 20) /* an image of more is not worth the time */

/* A message of its own, so that a sanitizer sees its end. */
typedef struct {
    eel_simplon_part parts[FUZZ_FRAMES_MAX];
    int count;
} message;

static void copy(message *m, const fuzz_frame *frames, int count)
{
    m->count = count;
    for (int i = 0; i < count; i++) {
        void *bytes = eel_alloc(frames[i].size + 1, 1);
        fuzz_must(bytes);
        memcpy(bytes, frames[i].bytes, frames[i].size);
        m->parts[i] = (eel_simplon_part){bytes, frames[i].size};
    }
}

static int understand(eel_simplon *simplon, const message *m)
{
    const eel_simplon_part *first = &m->parts[0];

    if (eel_simplon_is_cbor(first->bytes, first->size))
        return eel_simplon_from_cbor(simplon, first->bytes, first->size, NULL);
    return eel_simplon_from_parts(simplon, m->parts, m->count);
}

static void take(eel_frames *frames, const eel_simplon *simplon, int *begun)
{
    eel_live_how how = {.sum_from = 0};
    const float *spectrum;

    if (simplon->kind == EEL_SIMPLON_START) {
        fuzz_ok(eel_frames_mask(frames, &simplon->mask));
        *begun = 0;
    }
    if (simplon->kind != EEL_SIMPLON_IMAGE ||
        (uint64_t)simplon->image.rows * simplon->image.columns > PIXELS_MAX)
        return;
    if (!*begun)
        *begun = fuzz_ok(eel_frames_begin(frames, &simplon->image, simplon->saturation, &how));
    if (*begun && fuzz_ok(eel_frames_spectrum(frames, &simplon->image, &spectrum))) {
        for (uint32_t c = 0; c < simplon->image.columns; c++) /* a column without a good pixel is NAN */
            fuzz_must(isnan(spectrum[c]) || spectrum[c] >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_frame cut[FUZZ_FRAMES_MAX];
    eel_frames frames = {0};
    int begun = 0, count;

    while ((count = fuzz_message(&data, &size, cut))) {
        message m;
        eel_simplon simplon;
        copy(&m, cut, count);
        if (fuzz_ok(understand(&simplon, &m)))
            take(&frames, &simplon, &begun);
        for (int i = 0; i < count; i++)
            eel_free((void *)m.parts[i].bytes);
    }
    eel_frames_release(&frames);
    return 0;
}
