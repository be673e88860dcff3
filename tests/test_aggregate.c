/* aggregate and writer: what is sent is in the store and in the files, and nothing else ever is.
 * The test is the stage before them. */
#include "test.h"
#include "made_run.h"
#include "base/rng.h"
#include "flow/flow.h"
#include "tap/tap.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER EEL_BINARY_DIR "/made/aggregate"
#define RESULTS "ipc://" EEL_BINARY_DIR "/made/results"
#define MAPS    "ipc://" EEL_BINARY_DIR "/made/aggregate-maps"
#define ENDS    "ipc://" EEL_BINARY_DIR "/made/ends"
#define BLOCK_ROWS 50
#define BLOCKS_MAX 64
#define ONE_BLOCK "8000" /* bytes: of a block with its sum, and not of two */
#define MANY_BLOCKS "1000000"

static const made_run image = {
    .axes = 2, .size = {20, 31}, .units = "nm", .elements = "O Ti", .low_ev = 300, .high_ev = 900,
};

static pid_t start(char *const argv[])
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(argv[0], argv);
        _exit(127);
    }
    return child;
}

static int status_of(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static pid_t start_aggregate(void)
{
    return start((char *const[]){EEL_BINARY_DIR "/eelstream-aggregate", "--store", FOLDER "/store",
                                 "--in", "bind:" RESULTS, "--out", "bind:" ENDS, NULL});
}

static pid_t start_aggregate_with_tap(void)
{
    return start((char *const[]){EEL_BINARY_DIR "/eelstream-aggregate", "--store", FOLDER "/store",
                                 "--in", "bind:" RESULTS, "--out", "bind:" ENDS, "--tap", MAPS,
                                 NULL});
}

static pid_t start_writer(void)
{
    return start((char *const[]){EEL_BINARY_DIR "/eelstream-writer", "--output", FOLDER, "--in",
                                 "connect:" ENDS, NULL});
}

static volatile int *begun; /* sources that have got their first acknowledgement; shared */

static eel_flow *open_source(const char *credit)
{
    static const eel_usage usage = {.name = "eelstream infer", .summary = "The test."};
    char *argv[] = {"infer", "--out", "connect:" RESULTS, "--credit", (char *)credit, NULL};
    eel_flow *flow = eel_flow_open(5, argv, &usage);
    char *description = made_description(&image);
    assert_ok(eel_flow_describe(flow, description));
    free(description);
    return flow;
}

/* A block of the made-up run; `why` other than EEL_VALUE makes it a tombstone. */
static void send_block(eel_flow *flow, uint64_t number, eel_pixel_state why)
{
    uint64_t first = number * BLOCK_ROWS, left = made_pixels(&image) - first;
    uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
    float sum[935] = {0};

    if (why != EEL_VALUE) {
        eel_send(flow, eel_block_tombstone(number, first, rows, why));
        return;
    }
    eel_block *block = eel_block_new(number, first, rows, MADE_COLUMNS, EEL_F32);
    assert_non_null(block);
    for (uint32_t i = 0; i < rows * MADE_COLUMNS; i++)
        ((float *)block->data)[i] = made_probability(&image, i % MADE_COLUMNS,
                                                     first + i / MADE_COLUMNS);
    for (int i = 0; i < 935; i++)
        sum[i] = (float)rows * 1000 / (float)(i + 1);
    assert_ok(eel_block_side(block, sum, sizeof sum));
    eel_send(flow, block);
}

static uint64_t block_count(void)
{
    return (made_pixels(&image) + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

TEST(every_pixel_reaches_the_store_and_the_files)
{
    pid_t aggregate = start_aggregate(), writer = start_writer();
    eel_flow *flow = open_source(MANY_BLOCKS);

    for (uint64_t b = block_count(); b-- > 0;) /* order does not matter */
        send_block(flow, b, b == 3 ? EEL_POISON : EEL_VALUE);
    eel_end(flow, made_pixels(&image));
    assert_int_equal(eel_flow_close(flow), 0);
    assert_int_equal(status_of(aggregate), 0);
    assert_int_equal(status_of(writer), 0);

    eel_store *store = NULL;
    float values[MADE_COLUMNS];
    assert_ok(eel_store_open(&store, FOLDER "/store", EEL_STORE_READ));
    for (uint64_t p = 0; p < made_pixels(&image); p++) {
        assert_ok(eel_store_values(store, p, 1, values));
        for (uint32_t c = 0; c < MADE_COLUMNS; c++) {
            float want = p / BLOCK_ROWS == 3 ? NAN : made_probability(&image, c, p);
            assert_floats(&values[c], &want, 1, 0);
        }
    }
    assert_int_equal(eel_store_count(store).pixels[EEL_POISON], BLOCK_ROWS);
    assert_int_equal(eel_store_count(store).pixels[EEL_MISSING], 0);
    eel_store_close(store);
    json_t *report = json_load_file(FOLDER "/report.json", 0, NULL);
    json_int_t poison = 0;
    assert_int_equal(json_unpack(report, "{s:{s:I}}", "pixels", "poison", &poison), 0);
    assert_int_equal(poison, BLOCK_ROWS);
    json_decref(report);
}

/* The first frame in which `pixels` are a value or an absence; `flow` goes on sending meanwhile. */
static const eel_tap_frame *wait_for_pixels(eel_tap_watch *watch, eel_flow *flow, uint64_t pixels)
{
    for (int i = 0; i < 3000; i++) {
        const eel_tap_frame *frame = eel_tap_watch_next(watch);
        if (frame && frame->pixels - frame->counts[EEL_MISSING] == pixels)
            return frame;
        if (flow)
            eel_recv_within(flow, 10);
        else
            poll(&(struct pollfd){.fd = eel_tap_watch_fd(watch), .events = POLLIN}, 1, 10);
    }
    return NULL;
}

TEST(whoever_watches_sees_the_maps_of_what_is_stored)
{
    eel_tap_watch *watch = NULL;
    uint64_t pixels = made_pixels(&image);
    assert_ok(eel_tap_watch_open(&watch, MAPS)); /* before there is anything to watch */
    pid_t aggregate = start_aggregate_with_tap(), writer = start_writer();
    eel_flow *flow = open_source(MANY_BLOCKS);

    for (uint64_t b = 0; b + 1 < block_count(); b++)
        send_block(flow, b, b == 3 ? EEL_OVERRUN : EEL_VALUE);
    const eel_tap_frame *frame =
        wait_for_pixels(watch, flow, (block_count() - 1) * BLOCK_ROWS);

    assert_non_null(frame);
    assert_int_equal(frame->counts[EEL_OVERRUN], BLOCK_ROWS);
    assert_int_equal(frame->cell_rows, 20);
    assert_int_equal(frame->cell_columns, 31);
    for (uint64_t i = 0; i < pixels; i++) {
        uint64_t b = i / BLOCK_ROWS;
        int state = b == 3 ? EEL_OVERRUN : b + 1 < block_count() ? EEL_VALUE : EEL_MISSING;
        assert_int_equal(frame->states[i], state);
        for (uint32_t c = 0; c < MADE_CLASSES; c++) {
            float p = state == EEL_VALUE ? made_probability(&image, c, i) : NAN;
            assert_int_equal(frame->p[c * pixels + i], isnan(p) ? EEL_TAP_NO_VALUE
                                                                : (int)lrintf(254 * p));
        }
    }
    send_block(flow, block_count() - 1, EEL_VALUE);
    eel_end(flow, pixels);
    assert_int_equal(eel_flow_close(flow), 0);
    assert_int_equal(status_of(aggregate), 0);
    assert_int_equal(status_of(writer), 0);
    frame = wait_for_pixels(watch, NULL, pixels);
    assert_non_null(frame);
    eel_tap_watch_close(watch);
}

TEST(pixels_that_never_came_fail_the_run_and_give_no_report)
{
    assert_true(unlink(FOLDER "/report.json") == 0);
    pid_t aggregate = start_aggregate(), writer = start_writer();
    eel_flow *flow = open_source(MANY_BLOCKS);

    for (uint64_t b = 0; b + 1 < block_count(); b++)
        send_block(flow, b, EEL_VALUE);
    eel_end(flow, (block_count() - 1) * BLOCK_ROWS);
    eel_flow_close(flow); /* the source may be content: what it sent is durable */

    assert_int_equal(status_of(aggregate), 1);
    assert_int_equal(status_of(writer), 1);
    assert_int_not_equal(access(FOLDER "/report.json", F_OK), 0);
}

TEST(a_block_of_another_shape_fails_the_run)
{
    pid_t aggregate = start_aggregate(), writer = start_writer();
    eel_flow *flow = open_source(MANY_BLOCKS);

    eel_send(flow, eel_block_new(0, 0, 5, 7, EEL_F32));
    eel_end(flow, made_pixels(&image));

    assert_int_equal(eel_flow_close(flow), 1);
    assert_int_equal(status_of(aggregate), 1);
    assert_int_equal(status_of(writer), 1);
}

/* The stage before aggregate, in a process of its own: it ends when all is acknowledged. It sends
 * the blocks in an order drawn at random; seed 0: one after the other. The first one acknowledged,
 * it waits until as many sources as `together` have got so far. */
static pid_t start_source(uint64_t seed, int together)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    eel_flow *flow = open_source(together > 1 ? ONE_BLOCK : MANY_BLOCKS);
    eel_rng rng = eel_rng_seeded(seed, 0);
    uint32_t order[BLOCKS_MAX];
    for (uint32_t i = 0; i < block_count(); i++) {
        uint32_t at = seed ? eel_rng_below(&rng, i + 1) : i;
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; i < block_count(); i++) {
        send_block(flow, order[i], EEL_VALUE); /* the second waits for the first: see --credit */
        if (i == 1)
            __atomic_add_fetch(begun, 1, __ATOMIC_SEQ_CST);
        while (i == 1 && *begun < together && eel_flow_running(flow))
            eel_recv_within(flow, 5);
    }
    eel_end(flow, made_pixels(&image));
    _exit(eel_flow_close(flow));
}

/* Without a stage after it. */
static pid_t start_aggregate_alone(const char *resume)
{
    return start((char *const[]){EEL_BINARY_DIR "/eelstream-aggregate", "--store", FOLDER "/store",
                                 "--in", "bind:" RESULTS, (char *)resume, NULL});
}

TEST(what_was_not_durable_when_aggregate_died_is_sent_again)
{
    static const char *const kills[] = {
        "after_recv:1", "after_recv:9", "before_sync:1", "between_syncs:1", "after_sync:1",
        "before_done:1", "before_done:7", "after_done:1", "after_done:9",
    };

    for (size_t i = 0; i < sizeof kills / sizeof *kills; i++) {
        setenv("EEL_FAIL", kills[i], 1);
        pid_t first = start_aggregate_alone(NULL);
        unsetenv("EEL_FAIL");
        pid_t source = start_source(0, 1);

        assert_int_equal(status_of(first), -1);
        pid_t second = start_aggregate_alone("--resume");
        int status = status_of(second);

        if (status != 0 || status_of(source) != 0)
            fail_msg("killed at %s: the second aggregate ended with %d", kills[i], status);
        eel_store *store = NULL;
        assert_ok(eel_store_open(&store, FOLDER "/store", EEL_STORE_READ));
        assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], made_pixels(&image));
        eel_store_close(store);
    }
}

/* All bytes of a file of the store; malloc'ed. */
static char *bytes_of(const char *name, size_t *size)
{
    char path[512];

    snprintf(path, sizeof path, FOLDER "/store/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

TEST(blocks_in_any_order_and_sent_twice_give_the_same_bytes)
{
    static const char *const names[] = {"states", "values", "sums"};
    char *want[3];
    size_t wanted[3];

    pid_t aggregate = start_aggregate_alone(NULL), source = start_source(0, 1);
    assert_int_equal(status_of(source), 0);
    assert_int_equal(status_of(aggregate), 0);
    for (int i = 0; i < 3; i++)
        want[i] = bytes_of(names[i], &wanted[i]);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        aggregate = start_aggregate_alone(NULL);
        *begun = 0;
        source = start_source(2 * seed, 2);
        pid_t twin = start_source(2 * seed + 1, 2); /* sends all of them as well */
        assert_int_equal(status_of(aggregate), 0);
        kill(source, SIGKILL); /* who writes while aggregate goes would wait for another one */
        kill(twin, SIGKILL);
        status_of(source);
        status_of(twin);

        for (int i = 0; i < 3; i++) {
            size_t size;
            char *got = bytes_of(names[i], &size);
            assert_int_equal(size, wanted[i]);
            assert_memory_equal(got, want[i], size);
            free(got);
        }
    }
    for (int i = 0; i < 3; i++)
        free(want[i]);
}

TEST(writer_exports_a_store_again)
{
    make_run(&image, FOLDER "/store");
    unlink(FOLDER "/report.json");

    pid_t writer = start((char *const[]){EEL_BINARY_DIR "/eelstream-writer", "-o", FOLDER, NULL});

    assert_int_equal(status_of(writer), 0);
    assert_int_equal(access(FOLDER "/report.json", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_reaches_the_store_and_the_files),
        cmocka_unit_test(whoever_watches_sees_the_maps_of_what_is_stored),
        cmocka_unit_test(pixels_that_never_came_fail_the_run_and_give_no_report),
        cmocka_unit_test(a_block_of_another_shape_fails_the_run),
        cmocka_unit_test(what_was_not_durable_when_aggregate_died_is_sent_again),
        cmocka_unit_test(blocks_in_any_order_and_sent_twice_give_the_same_bytes),
        cmocka_unit_test(writer_exports_a_store_again),
    };
    mkdir(EEL_BINARY_DIR "/made", 0777); /* where the sockets are; it may be there already */
    begun = mmap(NULL, sizeof *begun, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return begun == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
