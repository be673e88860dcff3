/*
 * source - any messages in a row to the whole source of a detector or a bridge, which remembers
 * what came before. The first byte is one of options. What the source gives out is as live/source.h
 * promises, and read; what it throws away is looked at where it would be counted. Both stand in
 * this file for what a source sees of the world: a socket in memory instead of a peer's
 * (live/peer.h, live/rejects.h).
 */
#include "fuzz.h"

#include "live/peer.h"
#include "live/rejects.h"
#include "live/source.h"

#include <string.h>
#include <zmq.h>

enum {
    KARABO = 1,
    ROWS = 2,
    SIGNAL = 4
}; /* options: which source; the first row of images; one signal */

/* ---- what a source sees of the world ---- */

static void *context, *here, *there; /* a socket of the source's and the one at its other end */
static int idle;                     /* the source waited, and nothing was there */

int eel_peer_open(eel_peer *peer, int type, const char *address, size_t bytes_max)
{
    (void)type, (void)bytes_max;
    if (!context) {
        context = zmq_ctx_new();
        here = zmq_socket(context, ZMQ_PAIR);
        there = zmq_socket(context, ZMQ_PAIR);
        fuzz_must(zmq_bind(there, "inproc://fuzz") == 0 && zmq_connect(here, "inproc://fuzz") == 0);
    }
    *peer = (eel_peer){.context = context, .socket = here, .address = address, .connected = 1};
    return EEL_OK;
}

static void drain(void *socket)
{
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0)
        ;
    zmq_msg_close(&frame);
}

void eel_peer_close(eel_peer *peer)
{
    (void)peer;
    drain(here);
    drain(there);
}

int eel_peer_wait(eel_peer *peer, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = peer->socket, .events = ZMQ_POLLIN};

    (void)timeout_ms;
    idle = zmq_poll(&item, 1, 0) <= 0;
    return !idle;
}

int eel_peer_news(eel_peer *peer, char words[EEL_WORDS_MAX])
{
    (void)peer, (void)words;
    return 0;
}

static void check_line(const char *words)
{
    fuzz_must(*words && strlen(words) < EEL_WORDS_MAX);
    for (const char *c = words; *c; c++)
        fuzz_must((unsigned char)*c >= ' ');
}

void eel_rejects_add(eel_rejects *rejects, const char *why)
{
    (void)rejects;
    check_line(why);
}

int eel_rejects_due(eel_rejects *rejects, char words[EEL_WORDS_MAX])
{
    (void)rejects, (void)words;
    return 0;
}

int eel_rejects_rest(eel_rejects *rejects, char words[EEL_WORDS_MAX])
{
    return eel_rejects_due(rejects, words);
}

/* ---- messages and events ---- */

/* Sends the next message. Returns 0 when there is none. */
static int send_message(const uint8_t **data, size_t *size)
{
    fuzz_frame frames[FUZZ_FRAMES_MAX];
    int count = fuzz_message(data, size, frames);

    for (int i = 0; i < count; i++)
        fuzz_must(
            zmq_send(there, frames[i].bytes, frames[i].size, i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
    return count;
}

static struct {
    int on, shifted;
    uint32_t channels;
    size_t value_bytes;
} scan;

static void begin(const eel_live_event *event)
{
    const eel_image_info *info = event->scan;
    uint64_t pixels = 1;

    fuzz_must(info->axis.n >= 1 && info->axis.n <= EEL_CHANNELS_MAX);
    fuzz_must((int)info->type >= 0 && info->type < EEL_IMAGE_TYPES);
    fuzz_must(info->nav_count >= 0 && info->nav_count <= 2);
    for (int i = 0; i < info->nav_count; i++)
        pixels *= info->nav[i].size;
    fuzz_must(!info->nav_count || pixels == info->pixels);
    scan.on = 1;
    scan.shifted = event->shifted;
    scan.channels = info->axis.n;
    scan.value_bytes = eel_image_type_size(info->type);
}

static void read_frames(const eel_live_event *event)
{
    size_t row = scan.channels * scan.value_bytes + (scan.shifted ? sizeof(float) : 0);
    const unsigned char *bytes = event->frames;
    volatile unsigned int sum = 0;

    fuzz_must(scan.on && event->count >= 1 && event->first <= 1ull << 48);
    for (size_t i = 0; i < event->count * row; i++)
        sum += bytes[i];
}

static void look(const eel_live_event *event)
{
    switch (event->kind) {
    case EEL_LIVE_SCAN:
        begin(event);
        break;
    case EEL_LIVE_FRAMES:
        read_frames(event);
        break;
    case EEL_LIVE_END:
        fuzz_must(scan.on);
        if (event->words)
            check_line(event->words);
        scan.on = 0;
        break;
    case EEL_LIVE_LOST:
        check_line(event->words);
        scan.on = 0;
        break;
    case EEL_LIVE_WORDS:
        check_line(event->words);
        break;
    case EEL_LIVE_NOTHING:
        break;
    case EEL_LIVE_OVER:
        fuzz_must(!"a source that is never over");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    eel_live_how how = {.address = "tcp://fuzz", .stall_s = 1e9};
    const eel_source *kind;
    eel_live_event event;
    void *state;

    if (size-- < 1)
        return 0;
    int options = *data++, karabo = options & KARABO;
    how.sum_to = options & ROWS ? 1 : 0;
    how.signal = options & SIGNAL ? (karabo ? "DET/EELS data.spectra" : "t1") : NULL;
    if (karabo) /* whose trains say no energies */
        how.axis = (eel_axis){400, 0.5, 0};
    scan.on = 0;
    fuzz_must(fuzz_ok(eel_source_find(&kind, karabo ? "karabo" : "dectris")));
    fuzz_must(fuzz_ok(kind->open(&state, &how)));
    for (int code = EEL_OK; code == EEL_OK && send_message(&data, &size);) {
        idle = 0;
        while (!idle && fuzz_ok(code = kind->next(state, &event, 0)))
            look(&event);
    }
    kind->close(state);
    return 0;
}
