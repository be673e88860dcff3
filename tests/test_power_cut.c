/*
 * The store after a power cut at any instant (proto/store.md, S10 and S11). The disk is a model:
 * what was written and not yet flushed survives in part or not at all, as a real disk may have it.
 * The linker puts the model in the place of pwrite and fdatasync.
 */
#include "test.h"
#include "io/store.h"

#include <pthread.h>
#include <unistd.h>

#define FOLDER   EEL_BINARY_DIR "/made/power_cut"
#define PIXELS   37
#define CLASSES  3
#define CHANNELS 4
#define ROWS     4
#define POISON   5    /* this block is named poison */
#define WRITES   4096 /* not flushed yet */

typedef struct {
    int fd;
    off_t offset;
    size_t bytes;
    unsigned char old[64], new[64];
} write_done;

static write_done writes[WRITES];
static int write_count;
static int operation, cut_at, dark; /* the power goes out before operation `cut_at` */
static unsigned int survivors;      /* bit pattern: which of the writes reached the disk */
static uint8_t acknowledged[PIXELS];

ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset);
int __wrap_fdatasync(int fd);

static void power_cut(void)
{
    for (int i = write_count - 1; i >= 0; i--)
        __real_pwrite(writes[i].fd, writes[i].old, writes[i].bytes, writes[i].offset);
    for (int i = 0; i < write_count; i++) {
        if (survivors >> (i % 8) & 1)
            __real_pwrite(writes[i].fd, writes[i].new, writes[i].bytes, writes[i].offset);
    }
    write_count = 0;
    dark = 1;
}

static int is_dark(void)
{
    if (!dark && operation++ == cut_at)
        power_cut();
    return dark;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    if (is_dark())
        return (ssize_t)bytes;
    write_done *w = &writes[write_count++];
    assert_true(write_count < WRITES && bytes <= sizeof w->old);
    *w = (write_done){.fd = fd, .offset = offset, .bytes = bytes};
    memcpy(w->new, data, bytes);
    assert_int_equal(pread(fd, w->old, bytes, offset), bytes);
    return __real_pwrite(fd, data, bytes, offset);
}

static void flush(int fd)
{
    int kept = 0;

    if (is_dark())
        return;
    for (int i = 0; i < write_count; i++) {
        if (writes[i].fd != fd)
            writes[kept++] = writes[i];
    }
    write_count = kept;
}

/* Two files at once are flushed in either order. */
int __wrap_fdatasync(int fd)
{
    static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&one_by_one);
    flush(fd);
    pthread_mutex_unlock(&one_by_one);
    return 0;
}

static float value_of(uint64_t pixel, uint32_t class)
{
    return (float)(1 + 10 * pixel + class);
}

static void put(eel_store *store, uint64_t block)
{
    uint64_t first = block * ROWS;
    uint32_t rows = PIXELS - first < ROWS ? (uint32_t)(PIXELS - first) : ROWS;
    float values[ROWS * CLASSES], sum[CHANNELS] = {1, 2, 3, 4};

    for (uint32_t i = 0; i < rows * CLASSES; i++)
        values[i] = value_of(first + i / CLASSES, i % CLASSES);
    if (block == POISON)
        assert_ok(eel_store_absent(store, first, rows, EEL_POISON));
    else
        assert_ok(eel_store_put(store, first, rows, values, sum));
}

/* Blocks in some order, one of them twice, and a commit after every third. */
static void fill(eel_store *store)
{
    static const uint64_t order[] = {3, 0, 9, 4, POISON, 0, 1, 2, 8, 7, 6};
    int open = 0;

    for (int i = 0; i < 11; i++) {
        put(store, order[i]);
        if (i % 3 != 2 && i != 10)
            continue;
        assert_ok(eel_store_commit(store));
        for (; open <= i && !dark; open++)
            memset(acknowledged + order[open] * ROWS, 1,
                   PIXELS - order[open] * ROWS < ROWS ? PIXELS - order[open] * ROWS : ROWS);
    }
}

static void check(void)
{
    eel_store *store = NULL;
    uint8_t states[PIXELS];
    float values[PIXELS * CLASSES];

    assert_ok(eel_store_open(&store, FOLDER, EEL_STORE_READ));
    assert_ok(eel_store_states(store, 0, PIXELS, states));
    assert_ok(eel_store_values(store, 0, PIXELS, values));
    eel_store_close(store);
    for (uint64_t p = 0; p < PIXELS; p++) {
        int wanted = p / ROWS == POISON ? EEL_POISON : EEL_VALUE;
        if (states[p] != wanted && (states[p] != EEL_MISSING || acknowledged[p]))
            fail_msg("cut %d, survivors %x: pixel %ju has state %d%s", cut_at, survivors,
                     (uintmax_t)p, states[p], acknowledged[p] ? ", acknowledged" : "");
        for (uint32_t c = 0; c < CLASSES && states[p] == EEL_VALUE; c++) {
            if (values[p * CLASSES + c] != value_of(p, c))
                fail_msg("cut %d, survivors %x: pixel %ju class %u is %g, expected %g", cut_at,
                         survivors, (uintmax_t)p, c, values[p * CLASSES + c], value_of(p, c));
        }
    }
}

static void run(int cut)
{
    static const eel_store_info info = {
        .pixels = PIXELS, .classes = CLASSES, .block_rows = ROWS, .sum_channels = CHANNELS,
        .sum_start_ev = 90, .sum_step_ev = 1, .description = "{}",
    };
    eel_store *store = NULL;

    operation = write_count = dark = 0;
    cut_at = cut;
    memset(acknowledged, 0, sizeof acknowledged);
    assert_ok(eel_store_create(&store, FOLDER, &info));
    fill(store);
    eel_store_close(store);
}

TEST(a_power_cut_at_any_instant_leaves_every_acknowledged_pixel_and_no_wrong_one)
{
    static const unsigned int patterns[] = {0, 0xff, 0x55, 0xaa, 0x0f, 0xf0};

    run(-1); /* no cut: how many instants there are */
    int instants = operation;
    check();
    for (uint64_t p = 0; p < PIXELS; p++)
        assert_true(acknowledged[p]);

    for (int cut = 0; cut < instants; cut++) {
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
            survivors = patterns[i];
            run(cut);
            assert_true(dark);
            check();
        }
    }
}

TEST(going_on_after_a_power_cut_completes_the_store)
{
    eel_store *store = NULL;

    survivors = 0x55;
    run(17);
    dark = 0;
    cut_at = -1;
    assert_ok(eel_store_open(&store, FOLDER, EEL_STORE_WRITE));
    fill(store);
    assert_int_equal(eel_store_count(store).dup_mismatch, 0);
    eel_store_close(store);

    check();
    for (uint64_t p = 0; p < PIXELS; p++)
        assert_true(acknowledged[p]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_power_cut_at_any_instant_leaves_every_acknowledged_pixel_and_no_wrong_one),
        cmocka_unit_test(going_on_after_a_power_cut_completes_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
