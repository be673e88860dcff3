/* Messages of live sources, in the frames that fuzz_message cuts out, and headers that name memory. */
#include "seed_messages.h"
#include "../simplon_bytes.h"
#include "flow/wire.h"
#include "test.h"

#include <string.h>

#define BYTES_MAX 4096

static uint8_t seed[1 + BYTES_MAX], *bytes = seed + 1; /* the first byte: options of the target source */
static size_t size;

static void begin_message(int frames)
{
    bytes[size++] = (uint8_t)(frames - 1);
}

static void add_frame(const void *frame, size_t n)
{
    bytes[size++] = (uint8_t)n;
    bytes[size++] = (uint8_t)(n >> 8);
    memcpy(bytes + size, frame, n);
    size += n;
}

#define TEXT(frame) add_frame(frame, sizeof(frame) - 1)

static void end_seed(seed_writer *write, const char *target, const char *name)
{
    write(target, name, bytes, size);
    size = 0;
}

/* msgpack by hand: "\x8n" begins a map of n keys, "\x9n" an array, "\xan" a text of n bytes. */

static void feed(seed_writer *write)
{
    static const char values[48], low_loss[32];

    begin_message(1);
    TEXT("\x86\xa1" "t\xa4" "scan\xa8" "channels\x04\xa5" "dtype\xa6" "uint16\xa5" "shape\x92\x02\x03\xa4" "axis"
         "\x92\xcd\x01\x90\x01\xa8" "low_loss\x83\xa8" "channels\x08\xa5" "dtype\xa7" "float32\xa4" "axis\x92\xfc\x01");
    begin_message(3);
    TEXT("\x82\xa1" "t\xa6" "pixels\xa5" "first\x00");
    add_frame(values, 24);
    add_frame(low_loss, 32);
    begin_message(2);
    TEXT("\x82\xa1" "t\xa6" "pixels\xa5" "first\x03");
    add_frame(values, 24);
    begin_message(1);
    TEXT("\x82\xa1" "t\xa3" "end\xa7" "aborted\xc3");
    end_seed(write, "feed", "dual");
    begin_message(2);
    TEXT("\x84\xa1" "t\xa6" "pixels\xa5" "first\x00\xa8" "channels\x06\xa5" "dtype\xa7" "float64");
    add_frame(values, 48);
    end_seed(write, "feed", "without-scan");
}

/* For what reads one answer or message after the other, and for the source itself (fuzz_source.c). */
static void end_live_seed(seed_writer *write, const char *target, const char *name, int options)
{
    seed[0] = (uint8_t)options;
    write("source", name, seed, 1 + size);
    end_seed(write, target, name);
}

static void karabo(seed_writer *write)
{
    static const char values[16];

    begin_message(4);
    TEXT("\x83\xa6" "source\xa8" "DET/EELS\xa7" "content\xa7" "msgpack\xa8" "metadata\x81\xad" "timestamp.tid\x07");
    TEXT("\x80");
    TEXT("\x85\xa6" "source\xa8" "DET/EELS\xa7" "content\xa5" "array\xa4" "path\xac" "data.spectra\xa5" "dtype\xa6"
         "uint16\xa5" "shape\x92\x02\x04");
    add_frame(values, sizeof values);
    end_live_seed(write, "karabo", "train", 1);
}

static void dectris(seed_writer *write)
{
    static const char mask[24];

    begin_message(1);
    add_frame(start_bytes, sizeof start_bytes);
    begin_message(1);
    add_frame(image_bytes, sizeof image_bytes);
    end_live_seed(write, "dectris", "version-2", 4);
    begin_message(4);
    TEXT("{\"htype\":\"dheader-1.0\",\"series\":7,\"header_detail\":\"all\"}");
    TEXT("{\"nimages\":2,\"ntrigger\":1}");
    TEXT("{\"htype\":\"dpixelmask-1.0\",\"shape\":[3,2],\"type\":\"uint32\"}");
    add_frame(mask, sizeof mask);
    begin_message(3);
    TEXT("{\"htype\":\"dimage-1.0\",\"series\":7,\"frame\":0}");
    TEXT("{\"htype\":\"dimage_d-1.0\",\"shape\":[3,2],\"type\":\"uint8\",\"encoding\":\"<\"}");
    TEXT("123456");
    begin_message(1);
    TEXT("{\"htype\":\"dseries_end-1.0\",\"series\":7}");
    end_live_seed(write, "dectris", "version-1", 2);
}

static void shared_seed(seed_writer *write, const char *name, eel_message *message)
{
    msgpack_sbuffer packed;

    memcpy(message->instance, "whose memory", 12);
    msgpack_sbuffer_init(&packed);
    assert_ok(eel_message_pack(message, &packed));
    write("shared", name, packed.data, packed.size);
    msgpack_sbuffer_destroy(&packed);
}

static void shared(seed_writer *write)
{
    eel_message block = {.type = EEL_BLOCK,
                         .place = {128, 3},
                         .block = {.rows = 128, .channels = 256, .dtype = EEL_U16, .step_ev = 1}},
                hello = {.type = EEL_HELLO,
                         .name = "reader",
                         .role = EEL_CUSTODIAN,
                         .description = {"{}", 2},
                         .memory = {"/proc/self/fd/3", 15}};

    shared_seed(write, "in-time", &block);
    block.place.use = 1;
    shared_seed(write, "late", &block);
    block.place = (eel_place){128 + 65536 + 64, 2};
    shared_seed(write, "second-place", &block);
    shared_seed(write, "custodian", &hello);
}

void seed_messages(seed_writer *write)
{
    feed(write);
    karabo(write);
    dectris(write);
    shared(write);
}
