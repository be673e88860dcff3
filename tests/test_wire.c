/* wire: the header of a message as bytes, by the sentences of proto/wire.md; blocks of frames. */
#include "test.h"
#include "base/rng.h"
#include "flow/block.h"
#include "flow/transport.h"
#include "flow/wire.h"

#include <dirent.h>
#include <inttypes.h>

#define EXAMPLES    EEL_SOURCE_DIR "/proto/examples/"
#define MEANING_MAX 2048
#define BYTES_MAX   (1 << 20)

/* --- golden messages -------------------------------------------------------------------------- */

typedef struct {
    char meaning[MEANING_MAX]; /* lines, each ended */
    unsigned char *bytes;
    size_t size;
} example;

static void read_example(const char *name, example *e)
{
    char path[512], line[256];
    int in_bytes = 0;

    snprintf(path, sizeof path, EXAMPLES "%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    *e = (example){.bytes = malloc(BYTES_MAX)};
    while (fgets(line, sizeof line, file)) {
        if (!strcmp(line, "---\n")) {
            in_bytes = 1;
        } else if (!in_bytes) {
            strcat(e->meaning, line);
        } else {
            for (const char *c = line; c[0] > ' '; c += 2) {
                unsigned int byte;
                assert_int_equal(sscanf(c, "%2x", &byte), 1);
                e->bytes[e->size++] = (unsigned char)byte;
            }
        }
    }
    fclose(file);
}

static char said[MEANING_MAX];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t length = strlen(said);
    va_list args;

    va_start(args, format);
    vsnprintf(said + length, sizeof said - length, format, args);
    va_end(args);
}

static void say_numbers(const eel_message *m)
{
    say("numbers");
    for (size_t i = 0; i < m->number_count; i++)
        say(" %" PRIu64, m->numbers[i]);
    say("\n");
}

static void say_window(const eel_message *m)
{
    say("window %" PRIu64 " bytes %u blocks\n", m->window_bytes, m->window_blocks);
}

static void say_greeting(const eel_message *m)
{
    say("%s\ninstance ", m->type == EEL_HELLO ? "hello" : "welcome");
    for (int i = 0; i < EEL_RUN_BYTES; i++)
        say("%02x", m->instance[i]);
    say("\nname %s\nrole %s\nexpects %" PRIu64 "\n", m->name,
        m->role == EEL_CUSTODIAN ? "custodian" : "receiver", m->pixels);
    if (m->role == EEL_CUSTODIAN) {
        say("description %.*s\n", (int)m->description.bytes, m->description.at);
        if (m->memory.bytes)
            say("memory %.*s\n", (int)m->memory.bytes, m->memory.at);
    } else {
        say_window(m);
        say_numbers(m);
    }
}

static void say_block(const eel_message *m)
{
    static const char *const kinds[] = {"data", "tombstone", "end"};
    const eel_block *b = &m->block;

    say("block %" PRIu64 " %s\n", b->number, kinds[b->kind]);
    if (b->kind == EEL_BLOCK_END) {
        say("total %" PRIu64 "\n", b->first);
        return;
    }
    say("pixels %" PRIu64 " to %" PRIu64 "\n", b->first, b->first + b->rows - 1);
    if (b->kind == EEL_BLOCK_TOMBSTONE) {
        say("why %s\n", eel_pixel_state_name(b->why));
        return;
    }
    say("shape %u x %u %s\n", b->rows, b->channels, eel_dtype_name(b->dtype));
    say("axis %g eV step %g eV\nside %zu\n", b->start_ev, b->step_ev, b->side_bytes);
    if (m->place.use)
        say("place %" PRIu64 " use %" PRIu64 "\n", m->place.at, m->place.use);
    for (int i = 0; i < m->work_count; i++)
        say("work %s %" PRIu64 "\n", m->work[i].stage, m->work[i].us);
}

static void say_message(const eel_message *m)
{
    said[0] = 0;
    switch (m->type) {
    case EEL_HELLO:
    case EEL_WELCOME:
        say_greeting(m);
        break;
    case EEL_BLOCK:
        say_block(m);
        break;
    case EEL_ACK:
        say("ack\n");
        say_numbers(m);
        break;
    case EEL_NACK:
        say("nack %" PRIu64 "\ntext %.*s\n", m->block.number, (int)m->text.bytes, m->text.at);
        break;
    case EEL_KEEPALIVE:
        say("keepalive\n");
        say_window(m);
        say("%s", m->maps ? "maps\n" : "");
        break;
    case EEL_ERROR:
        say("error %d of %s%s\ntext %.*s\n", m->code, m->stage, m->refused ? ", refused" : "",
            (int)m->text.bytes, m->text.at);
        break;
    case EEL_PROBE:
        say("probe\n");
        break;
    case EEL_QUIT:
        say("quit\n");
        break;
    }
}

/* Calls `check` for each example whose name begins with bad- or not. Returns how many. */
static int each_example(int bad, void (*check)(const char *name, const example *e))
{
    DIR *directory = opendir(EXAMPLES);
    int count = 0;

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *end = strstr(entry->d_name, ".txt");
        example e;
        if (!end || (strncmp(entry->d_name, "bad-", 4) == 0) != bad)
            continue;
        read_example(entry->d_name, &e);
        check(entry->d_name, &e);
        free(e.bytes);
        count++;
    }
    closedir(directory);
    return count;
}

static void means_what_it_says(const char *name, const example *e)
{
    eel_message m = {0};

    if (eel_message_unpack(&m, e->bytes, e->size) != EEL_OK)
        fail_msg("%s: %s", name, eel_words());
    say_message(&m);

    if (strcmp(said, e->meaning) != 0)
        fail_msg("%s: means\n%sexpected\n%s", name, said, e->meaning);
    assert_int_equal(m.run[1], 0x11);
    eel_message_release(&m);
}

TEST(golden_messages_mean_what_they_say)
{
    assert_true(each_example(0, means_what_it_says) >= 15);
}

static void packs_to_the_same_bytes(const char *name, const example *e)
{
    eel_message m = {0};
    msgpack_sbuffer packed;

    if (!strncmp(name, "later-", 6))
        return; /* what is unknown is not kept */
    msgpack_sbuffer_init(&packed);
    assert_ok(eel_message_unpack(&m, e->bytes, e->size));
    assert_ok(eel_message_pack(&m, &packed));

    if (packed.size != e->size || memcmp(packed.data, e->bytes, e->size) != 0)
        fail_msg("%s: %zu bytes packed again are not the %zu of the example", name, packed.size,
                 e->size);
    msgpack_sbuffer_destroy(&packed);
    eel_message_release(&m);
}

TEST(golden_messages_pack_to_the_same_bytes)
{
    each_example(0, packs_to_the_same_bytes);
}

static void is_refused(const char *name, const example *e)
{
    char expected[MEANING_MAX];
    eel_message m = {0};

    snprintf(expected, sizeof expected, "%.*s", (int)strlen(e->meaning) - 1, e->meaning);
    int code = eel_message_unpack(&m, e->bytes, e->size);

    if (code != EEL_EFORMAT && code != EEL_ELIMIT)
        fail_msg("%s: code %d", name, code);
    if (!strstr(eel_words(), expected))
        fail_msg("%s: \"%s\" lacks \"%s\"", name, eel_words(), expected);
    eel_message_release(&m);
}

/* W8: a known key of another type, a missing key that is needed, a value over a limit, bytes after
 * the map … make the whole message garbage. */
TEST(garbage_is_refused_with_words)
{
    assert_true(each_example(1, is_refused) >= 25);
}

/* W10: header 8 MiB. */
TEST(a_header_over_the_limit_is_refused_unread)
{
    eel_message m = {0};

    assert_fails(EEL_ELIMIT, eel_message_unpack(&m, NULL, EEL_HEADER_BYTES_MAX + 1));
}

/* W10: … 65536 numbers in bs. */
TEST(more_numbers_than_allowed_are_refused)
{
    static uint64_t numbers[EEL_NUMBERS_MAX + 1];
    eel_message many = {.type = EEL_ACK, .numbers = numbers, .number_count = EEL_NUMBERS_MAX + 1};
    eel_message m = {0};
    msgpack_sbuffer packed;

    msgpack_sbuffer_init(&packed);
    assert_ok(eel_message_pack(&many, &packed));

    assert_fails(EEL_ELIMIT, eel_message_unpack(&m, packed.data, packed.size));

    assert_words("65537 block numbers, at most 65536");
    msgpack_sbuffer_destroy(&packed);
    eel_message_release(&m);
}

static eel_rng rng;

static void survives_changes(const char *name, const example *e)
{
    eel_message m = {0};
    int changes = e->size > 4096 ? 3 : 300;

    (void)name;
    for (int i = 0; i < changes; i++) {
        size_t size = eel_rng_chance(&rng, 0.3) ? eel_rng_below(&rng, (uint32_t)e->size) : e->size;
        unsigned char *bytes = malloc(size + 1); /* exactly as long, so that a read beyond shows */
        memcpy(bytes, e->bytes, size);
        for (uint32_t n = 1 + eel_rng_below(&rng, 4); size && n > 0; n--)
            bytes[eel_rng_below(&rng, (uint32_t)size)] = (unsigned char)eel_rng_bits(&rng);
        bytes = realloc(bytes, size ? size : 1);
        if (eel_message_unpack(&m, bytes, size) == EEL_OK) {
            say_message(&m);
            assert_true(m.number_count <= EEL_NUMBERS_MAX && m.work_count <= EEL_WORK_MAX);
        }
        free(bytes);
    }
    eel_message_release(&m);
}

/* W9: garbage … changes nothing else. */
TEST(messages_with_changed_bytes_never_crash)
{
    rng = eel_rng_seeded(20240607, 0);

    each_example(0, survives_changes);
    each_example(1, survives_changes);
}

/* --- frames become blocks --------------------------------------------------------------------- */

static void fill_frame(zmq_msg_t *frame, size_t bytes)
{
    assert_int_equal(zmq_msg_init_size(frame, bytes), 0);
    memset(zmq_msg_data(frame), 1, bytes);
}

static int received(size_t body_bytes, size_t side_bytes, eel_block **block)
{
    eel_message m = {
        .type = EEL_BLOCK,
        .block = {
            .number = 7, .first = 70, .rows = 3, .channels = 5, .dtype = EEL_F32, .side_bytes = 6}};
    zmq_msg_t body, side;

    fill_frame(&body, body_bytes);
    fill_frame(&side, side_bytes);
    int code = eel_block_received(&m, &body, &side, NULL, block);
    zmq_msg_close(&body);
    zmq_msg_close(&side);
    return code;
}

/* W20: the payload has exactly n x ch x size of dt bytes. */
TEST(a_payload_of_another_size_is_refused)
{
    eel_block *block = NULL;

    assert_fails(EEL_EFORMAT, received(59, 6, &block));
    assert_fails(EEL_EFORMAT, received(61, 6, &block));
    assert_fails(EEL_EFORMAT, received(0, 6, &block));
    assert_words("block 7: payload of 0 and side data of 6 bytes, expected 60 and 6");
}

/* W21: the side-data frame is there exactly if sd is not zero. */
TEST(side_data_of_another_size_is_refused)
{
    eel_block *block = NULL;

    assert_fails(EEL_EFORMAT, received(60, 0, &block));
    assert_fails(EEL_EFORMAT, received(60, 7, &block));
}

TEST(a_received_block_owns_its_frames)
{
    eel_block *block = NULL;

    assert_ok(received(60, 6, &block));

    assert_int_equal(((unsigned char *)block->data)[59], 1);
    assert_int_equal(((unsigned char *)block->side)[5], 1);
    assert_int_equal(block->side_bytes, 6);
    eel_block_free(block);
}

static void leave_memory(void *data, void *hint)
{
    (void)data;
    (void)hint;
}

TEST(a_payload_that_is_not_aligned_is_copied_to_where_it_is)
{
    static _Alignas(8) char memory[8 * 64 + 8];
    eel_message m = {.type = EEL_BLOCK, .block = {.rows = 8, .channels = 8, .dtype = EEL_F64}};
    zmq_msg_t body, side;
    eel_block *block = NULL;

    for (int shift = 0; shift < 8; shift++) {
        zmq_msg_init_data(&body, memory + shift, 512, leave_memory, NULL);
        zmq_msg_init(&side);

        assert_ok(eel_block_received(&m, &body, &side, NULL, &block));

        assert_int_equal((uintptr_t)block->data % 8, 0);
        assert_int_equal((char *)block->data == memory, shift == 0);
        eel_block_free(block);
        zmq_msg_close(&body);
        zmq_msg_close(&side);
    }
}

TEST(a_block_over_a_limit_is_refused)
{
    assert_null(eel_block_new(0, 0, EEL_BLOCK_ROWS_MAX + 1, 1, EEL_U8));
    assert_null(eel_block_new(0, 0, 1, EEL_BLOCK_CHANNELS_MAX + 1, EEL_U8));
    assert_null(eel_block_new(0, 0, EEL_BLOCK_ROWS_MAX, EEL_BLOCK_CHANNELS_MAX, EEL_F64));
    assert_words("at most 256 MiB fit");
}

TEST(a_reshaped_block_keeps_its_pixels_and_side_data)
{
    eel_block *block = eel_block_new(3, 24, 8, 100, EEL_U16);
    assert_ok(eel_block_side(block, "labels", 7));

    assert_ok(eel_block_reshape(block, 2, EEL_F64));

    memset(block->data, 0, 8 * 2 * sizeof(double));
    assert_int_equal(block->number, 3);
    assert_int_equal(block->first, 24);
    assert_int_equal(block->channels, 2);
    assert_string_equal(block->side, "labels");
    eel_block_free(block);
}

TEST(a_block_without_pixels_is_a_block)
{
    eel_block *block = eel_block_new(0, 0, 0, 2048, EEL_F32);

    assert_non_null(block);

    assert_ok(eel_block_side(block, NULL, 0));
    assert_null(block->side);
    eel_block_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_messages_mean_what_they_say),
        cmocka_unit_test(golden_messages_pack_to_the_same_bytes),
        cmocka_unit_test(garbage_is_refused_with_words),
        cmocka_unit_test(a_header_over_the_limit_is_refused_unread),
        cmocka_unit_test(more_numbers_than_allowed_are_refused),
        cmocka_unit_test(messages_with_changed_bytes_never_crash),
        cmocka_unit_test(a_payload_of_another_size_is_refused),
        cmocka_unit_test(side_data_of_another_size_is_refused),
        cmocka_unit_test(a_received_block_owns_its_frames),
        cmocka_unit_test(a_payload_that_is_not_aligned_is_copied_to_where_it_is),
        cmocka_unit_test(a_block_over_a_limit_is_refused),
        cmocka_unit_test(a_reshaped_block_keeps_its_pixels_and_side_data),
        cmocka_unit_test(a_block_without_pixels_is_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
