#include "aggregate/tapping.h"
#include "shared/growing.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "tap/tap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_MIN_S 0.01/* between two messages: proto/tap.md, T3 */
#define PAUSE_MAX_S 0.5
#define PAUSE_RATIO 20  /* and so many times as long as making the last one took */

struct eel_tapping {
    eel_tap *tap;
    eel_growing *growing;
    char *place;   /* absolute path of the store */
    uint64_t told; /* messages */
    double next_s; /* when the next one may go out */
    int is_news;
};

static int open_parts(eel_tapping *t, const char *endpoint, const eel_description *about,
                      const eel_store *store, const char *folder)
{
    int code = eel_growing_new(&t->growing, about, eel_store_info_of(store));

    if (code == EEL_OK)
        code = eel_growing_load(t->growing, store);
    t->place = realpath(folder, NULL);
    t->is_news = 1;
    if (code == EEL_OK && !t->place)
        code = eel_fail(EEL_EIO, "%s: has no absolute path", folder);
    return code == EEL_OK ? eel_tap_open(&t->tap, endpoint) : code;
}

int eel_tapping_open(eel_tapping **tapping, const char *endpoint, const eel_description *about,
                     const eel_store *store, const char *folder)
{
    if (!endpoint)
        return EEL_OK;
    eel_tapping *t = eel_alloc(1, sizeof *t);
    int code = t ? open_parts(t, endpoint, about, store, folder) : EEL_ENOMEM;

    if (code == EEL_OK) {
        *tapping = t;
        return EEL_OK;
    }
    eel_tapping_close(t);
    if (code != EEL_ELIMIT)
        return code;
    eel_log("--tap: %s; nothing is told", eel_words());
    return EEL_OK;
}

void eel_tapping_close(eel_tapping *t)
{
    if (!t)
        return;
    eel_tap_close(t->tap);
    eel_growing_free(t->growing);
    free(t->place);
    eel_free(t);
}

void eel_tapping_add(eel_tapping *t, const eel_block *block)
{
    if (!t)
        return;
    if (block->kind == EEL_BLOCK_TOMBSTONE)
        eel_growing_absent(t->growing, block->first, block->rows, block->why);
    else
        eel_growing_add(t->growing, block->first, block->rows, block->data, block->side);
    t->is_news = 1;
}

static double wall_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int eel_tapping_tell(eel_tapping *t, const eel_store *store, int ended)
{
    double now_s = eel_clock_s();

    if (!t || (now_s < t->next_s && !ended) || !eel_tap_wanted(t->tap, t->is_news || ended))
        return EEL_OK;
    const eel_store_info *info = eel_store_info_of(store);
    eel_store_counts counts = eel_store_count(store);
    eel_tap_frame frame = {
        .number = ++t->told, .time_s = wall_s(), .ended = ended, .run = info->run,
        .store = t->place, .description = info->description, .pixels = info->pixels,
    };
    memcpy(frame.counts, counts.pixels, sizeof frame.counts);
    eel_growing_frame(t->growing, &frame);
    int code = eel_tap_publish(t->tap, &frame);
    double pause_s = PAUSE_RATIO * (eel_clock_s() - now_s);
    pause_s = pause_s < PAUSE_MIN_S ? PAUSE_MIN_S : pause_s;
    t->next_s = now_s + (pause_s > PAUSE_MAX_S ? PAUSE_MAX_S : pause_s);
    t->is_news = 0;
    return code;
}

int eel_tapping_patience_ms(const eel_tapping *t, int ms)
{
    if (!t || !t->is_news)
        return ms;
    double left_ms = 1e3 * (t->next_s - eel_clock_s()) + 1;
    return left_ms < 1 ? ms : left_ms < ms ? (int)left_ms : ms;
}
