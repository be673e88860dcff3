/* feed: any messages to the source itself, through its socket. What it gives out is there to be read. */
#include "fuzz.h"

#include "base/err.h"
#include "live/source.h"

#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define EVENTS_MAX 100 /* of one input, beyond two for each of its bytes: more would be endless */

static const eel_source *kind;
static void *state, *sender;

static char address[64];

static void clean(void)
{
    unlink(address + strlen("ipc://"));
}

static void open_source(void)
{
    static eel_live_how how = {.address = address};

    snprintf(address, sizeof address, "ipc:///tmp/eel-fuzz-feed-%d", (int)getpid());
    fuzz_must(eel_source_find(&kind, "feed") == EEL_OK && kind->open(&state, &how) == EEL_OK);
    sender = zmq_socket(zmq_ctx_new(), ZMQ_PUSH);
    fuzz_must(zmq_connect(sender, address) == 0);
    atexit(clean);
}

static void send_scan(const char *title)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    const char *const words[] = {"t", "scan", "title", title, "dtype", "uint8", "channels"};

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    msgpack_pack_map(&packer, 4);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        msgpack_pack_str(&packer, strlen(words[i]));
        msgpack_pack_str_body(&packer, words[i], strlen(words[i]));
    }
    msgpack_pack_uint8(&packer, 1);
    fuzz_must(zmq_send(sender, buffer.data, buffer.size, 0) >= 0);
    msgpack_sbuffer_destroy(&buffer);
}

/* Reads all that an event points to. */
static void look(const eel_live_event *event, eel_image_info *scan, int *shifted)
{
    static volatile unsigned char sum;

    if (event->kind == EEL_LIVE_SCAN) {
        *scan = *event->scan;
        *shifted = event->shifted;
        fuzz_must(scan->axis.n >= 1 && scan->axis.n <= EEL_CHANNELS_MAX);
    }
    if (event->kind == EEL_LIVE_WORDS || event->kind == EEL_LIVE_LOST)
        fuzz_must(event->words[0] && !strchr(event->words, '\n'));
    if (event->kind != EEL_LIVE_FRAMES)
        return;
    size_t row = scan->axis.n * eel_image_type_size(scan->type) + (*shifted ? sizeof(float) : 0);
    for (size_t i = 0; i < row * event->count; i++)
        sum += ((const unsigned char *)event->frames)[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned number;
    fuzz_frame frames[FUZZ_FRAMES_MAX];
    eel_live_event event = {.kind = EEL_LIVE_NOTHING};
    eel_image_info scan = {.axis = {.n = 1}};
    char last[32];
    int count, shifted = 0, events = 0, most = EVENTS_MAX + 2 * (int)size;

    if (!state)
        open_source();
    while ((count = fuzz_message(&data, &size, frames))) {
        for (int i = 0; i < count; i++)
            fuzz_must(zmq_send(sender, frames[i].bytes, frames[i].size, i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
    }
    snprintf(last, sizeof last, "the end of input %u", ++number);
    send_scan(last);
    do {
        fuzz_must(++events < most);
        fuzz_must(fuzz_ok(kind->next(state, &event, 1000)));
        look(&event, &scan, &shifted);
    } while (event.kind != EEL_LIVE_SCAN || strcmp(event.scan->title, last) != 0);
    return 0;
}
