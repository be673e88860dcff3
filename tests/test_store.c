/* store: what proto/store.md promises, sentence by sentence. */
#define FOLDER EEL_BINARY_DIR "/made/store"
#include "store_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void fill(float *values, uint32_t rows, float start)
{
    for (uint32_t i = 0; i < rows * CLASSES; i++)
        values[i] = start + (float)i;
}

static int open_fails(int mode)
{
    eel_store *store = NULL;
    return eel_store_open(&store, FOLDER, mode);
}

/* One block of four pixels, committed, is all that is there. */
static void make_one_block(void)
{
    eel_store *store = fresh();
    float values[4 * CLASSES], sum[CHANNELS] = {8, 4, 2, NAN};
    fill(values, 4, 0);
    assert_ok(eel_store_put(store, 4, 4, values, sum));
    assert_ok(eel_store_commit(store));
    eel_store_close(store);
}

TEST(a_store_is_read_as_it_was_written)
{
    make_one_block();

    eel_store *store = opened(EEL_STORE_READ);
    const eel_store_info *info = eel_store_info_of(store);
    float values[PIXELS * CLASSES], plane[PIXELS], want[4 * CLASSES];
    uint8_t states[PIXELS], states_want[PIXELS] = {0, 0, 0, 0, 1, 1, 1, 1, 0, 0};
    assert_ok(eel_store_values(store, 0, PIXELS, values));
    assert_ok(eel_store_states(store, 0, PIXELS, states));
    assert_ok(eel_store_plane(store, 2, 0, PIXELS, plane));

    fill(want, 4, 0);
    assert_floats(values + 4 * CLASSES, want, 4 * CLASSES, 0);
    assert_memory_equal(states, states_want, PIXELS);
    assert_true(isnan(values[0]) && isnan(plane[9])); /* S15 */
    assert_true(plane[4] == 2 && plane[7] == 11);
    assert_int_equal(info->pixels, PIXELS);
    assert_int_equal(strlen(info->run), 32);
    assert_non_null(strstr(info->description, "made up"));
    assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], 4);
    assert_int_equal(eel_store_count(store).pixels[EEL_MISSING], 6);
    eel_store_close(store);
}

TEST(a_store_that_cannot_be_made_leaves_nothing)
{
    eel_store *store = NULL;

    rmdir(FOLDER "/none/values");
    assert_int_equal(mkdir(FOLDER "/none", 0777) && errno != EEXIST, 0);
    assert_int_equal(mkdir(FOLDER "/none/values", 0777), 0);
    assert_fails(EEL_EIO, eel_store_create(&store, FOLDER "/none", &made_up));
    assert_int_not_equal(access(FOLDER "/none/states", F_OK), 0);
    rmdir(FOLDER "/none/values");
    rmdir(FOLDER "/none");
}

TEST(what_was_not_committed_is_missing_after_reopening)
{
    eel_store *store = fresh();
    float values[4 * CLASSES];
    uint8_t states[PIXELS] = {0};

    fill(values, 4, 5);
    assert_ok(eel_store_put(store, 0, 4, values, NULL));
    eel_store_close(store);
    store = opened(EEL_STORE_WRITE);
    assert_ok(eel_store_states(store, 0, PIXELS, states));

    for (int i = 0; i < PIXELS; i++)
        assert_int_equal(states[i], EEL_MISSING);
    assert_int_equal(eel_store_count(store).pixels[EEL_MISSING], PIXELS);
    eel_store_close(store);
}

TEST(writing_goes_on_after_reopening)
{
    make_one_block();
    eel_store *store = opened(EEL_STORE_WRITE);
    float values[4 * CLASSES], all[PIXELS * CLASSES];

    fill(values, 4, 100);
    assert_ok(eel_store_put(store, 0, 4, values, NULL));
    assert_ok(eel_store_absent(store, 8, 2, EEL_CANCELLED));
    assert_ok(eel_store_finish(store, "[{\"stage\": \"infer\"}]"));
    eel_store_close(store);
    store = opened(EEL_STORE_READ);
    assert_ok(eel_store_values(store, 0, PIXELS, all));

    assert_true(all[0] == 100 && all[4 * CLASSES] == 0 && isnan(all[8 * CLASSES]));
    assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], 8);
    assert_int_equal(eel_store_count(store).pixels[EEL_CANCELLED], 2);
    assert_non_null(strstr(eel_store_end(store), "infer"));
    eel_store_close(store);
}

/* S13, before and after the commit of the first one */
static void deliver_again(int commit_between)
{
    eel_store *store = fresh();
    float values[4 * CLASSES], other[4 * CLASSES], got[4 * CLASSES];

    fill(values, 4, 0);
    fill(other, 4, 0);
    other[2 * CLASSES] = 77;
    values[1] = other[1] = NAN; /* equal: not observable */
    assert_ok(eel_store_put(store, 0, 4, values, NULL));
    if (commit_between)
        assert_ok(eel_store_commit(store));
    assert_ok(eel_store_put(store, 0, 4, values, NULL));
    assert_ok(eel_store_put(store, 0, 4, other, NULL));
    assert_ok(eel_store_commit(store));
    assert_ok(eel_store_values(store, 0, 4, got));

    assert_floats(got, values, 4 * CLASSES, 0);
    assert_int_equal(eel_store_count(store).duplicates, 8);
    assert_int_equal(eel_store_count(store).dup_mismatch, 1);
    assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], 4);
    eel_store_close(store);
}

TEST(the_first_value_stays_and_a_second_one_is_compared)
{
    deliver_again(0);
    deliver_again(1);
}

TEST(a_value_replaces_an_absence_and_an_absence_no_value)
{
    eel_store *store = fresh();
    float values[6 * CLASSES], got[6 * CLASSES];
    uint8_t states[6], want[6] = {1, 1, 1, 1, 2, 2};

    fill(values, 6, 0);
    assert_ok(eel_store_absent(store, 2, 4, EEL_POISON));
    assert_ok(eel_store_put(store, 0, 4, values, NULL)); /* half of it is new, half was poison */
    assert_ok(eel_store_absent(store, 0, 6, EEL_OVERRUN));
    assert_ok(eel_store_commit(store));
    assert_ok(eel_store_states(store, 0, 6, states));
    assert_ok(eel_store_values(store, 0, 6, got));

    assert_memory_equal(states, want, 6);
    assert_floats(got, values, 4 * CLASSES, 0);
    assert_true(isnan(got[4 * CLASSES]));
    eel_store_close(store);
}

TEST(a_commit_is_due_when_idle_or_full_and_never_when_empty)
{
    eel_store *store = fresh();
    float values[CLASSES] = {0};

    assert_false(eel_store_due(store, 1));
    assert_ok(eel_store_put(store, 0, 1, values, NULL));
    assert_true(eel_store_due(store, 1));
    assert_ok(eel_store_commit(store));
    assert_false(eel_store_due(store, 1));
    for (int i = 0; i < EEL_STORE_COMMIT_BLOCKS; i++)
        assert_ok(eel_store_put(store, 0, 1, values, NULL));
    assert_true(eel_store_due(store, 0));
    eel_store_close(store);
}

TEST(commits_that_gather_are_due_when_four_blocks_wait)
{
    eel_store *store = fresh();
    float values[CLASSES] = {0};

    eel_store_gather(store);
    assert_int_equal(eel_store_patience_ms(store), EEL_STORE_GATHER_IDLE_MS);
    for (int i = 1; i < EEL_STORE_GATHER_BLOCKS; i++)
        assert_ok(eel_store_put(store, 0, 1, values, NULL));
    int soon = eel_store_patience_ms(store) > 0, due = eel_store_due(store, 0);
    assert_true(soon != due); /* 50 ms may have passed on a busy machine */
    assert_true(eel_store_due(store, 1));
    assert_ok(eel_store_put(store, 0, 1, values, NULL));
    assert_true(eel_store_due(store, 0));
    eel_store_close(store);
}

TEST(pixels_outside_and_reasons_that_are_none_are_refused)
{
    eel_store *store = fresh();
    float values[4 * CLASSES] = {0};

    assert_fails(EEL_EFORMAT, eel_store_put(store, 8, 4, values, NULL));
    assert_words("expected them below 10");
    assert_fails(EEL_EFORMAT, eel_store_put(store, UINT64_MAX, 4, values, NULL));
    assert_fails(EEL_EFORMAT, eel_store_absent(store, 0, 4, EEL_VALUE));
    assert_fails(EEL_EFORMAT, eel_store_absent(store, 0, 4, (eel_pixel_state)9));
    eel_store_close(store);
}

TEST(going_on_keeps_values_and_run_and_takes_back_the_end)
{
    make_one_block();
    eel_store *store = opened(EEL_STORE_WRITE);
    char run[33];
    strcpy(run, eel_store_info_of(store)->run);
    assert_ok(eel_store_finish(store, "[]"));
    eel_store_close(store);

    assert_ok(eel_store_resume(&store, FOLDER, &made_up));

    assert_string_equal(eel_store_info_of(store)->run, run);
    assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], 4);
    assert_string_equal(eel_store_end(store), "{}");
    assert_int_not_equal(access(FOLDER "/end.json", F_OK), 0);
    eel_store_close(store);
}

TEST(going_on_with_another_run_is_refused_and_says_what_differs) /* S17 */
{
    static const struct {
        const char *stored, *now, *words; /* NULL: the same run */
    } runs[] = {
        {"{\"a\": 1, \"b\": {\"c\": 2.5}}", "{\"b\": {\"c\": 2.5}, \"a\": 1}", NULL},
        {"{\"a\": 1}", "{\"a\": 2}", "begun with a 1, this run has 2"},
        {"{\"b\": {\"c\": 1}}", "{\"b\": {\"c\": \"x\"}}", "b.c 1, this run has \"x\""},
        {"{\"b\": {\"c\": 1}}", "{\"b\": 1}", "b {\"c\":1}, this run has 1"},
        {"{\"a\": 1}", "{\"a\": 1, \"d\": 0}", "d unknown, this run has 0"},
        {"{\"a\": 1, \"d\": 0}", "{\"a\": 1}", "d 0, this run has none"},
        {"{\"image\": {\"path\": \"x\"}}", "{\"image\": {\"path\": \"y\"}}", NULL},
    };

    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        eel_store_info info = made_up;
        eel_store *store = NULL;
        info.description = runs[i].stored;
        assert_ok(eel_store_create(&store, FOLDER, &info));
        eel_store_close(store);
        store = NULL;
        info.description = runs[i].now;

        int code = eel_store_resume(&store, FOLDER, &info);

        if (!runs[i].words)
            assert_ok(code);
        else
            assert_fails(EEL_EFORMAT, code);
        if (runs[i].words && !strstr(eel_words(), runs[i].words))
            fail_msg("'%s' is not in '%s'", runs[i].words, eel_words());
        eel_store_close(store);
    }
    eel_store_info other = made_up;
    eel_store *store = fresh();
    eel_store_close(store);
    store = NULL;
    other.pixels++;
    assert_fails(EEL_EFORMAT, eel_store_resume(&store, FOLDER, &other));
}

TEST(a_second_writer_is_refused_and_a_reader_is_not)
{
    eel_store *store = fresh(), *second = NULL;

    assert_fails(EEL_EIO, open_fails(EEL_STORE_WRITE));
    assert_words("another run is writing here");
    assert_fails(EEL_EIO, eel_store_create(&second, FOLDER, &made_up));
    eel_store_close(opened(EEL_STORE_READ));
    eel_store_close(store);
}

TEST(a_new_store_replaces_an_old_one)
{
    make_one_block();
    eel_store *store = opened(EEL_STORE_READ);
    char run[33];
    strcpy(run, eel_store_info_of(store)->run);
    eel_store_close(store);

    store = fresh();

    assert_int_equal(eel_store_count(store).pixels[EEL_MISSING], PIXELS);
    assert_string_not_equal(eel_store_info_of(store)->run, run);
    assert_string_equal(eel_store_end(store), "{}");
    eel_store_close(store);
}

TEST(a_removed_store_acknowledges_nothing)
{
    eel_store *store = fresh();
    float values[CLASSES] = {0};

    assert_ok(eel_store_put(store, 0, 1, values, NULL));
    assert_int_equal(unlink(FOLDER "/states"), 0);

    assert_fails(EEL_EIO, eel_store_commit(store)); /* S14 */
    assert_words("was removed");
    assert_fails(EEL_EIO, eel_store_commit(store)); /* S11 */
    eel_store_close(store);
}

TEST(a_truncated_store_is_refused)
{
    static const char *const files[] = {"states", "values", "sums"};

    for (int i = 0; i < 3; i++) {
        char path[256];
        snprintf(path, sizeof path, FOLDER "/%s", files[i]);
        make_one_block();
        assert_int_equal(truncate(path, 3), 0);

        assert_fails(EEL_EFORMAT, open_fails(EEL_STORE_READ)); /* S7 */
        assert_words("3 bytes, expected");
        assert_int_equal(unlink(path), 0);
        assert_fails(EEL_EIO, open_fails(EEL_STORE_READ));
    }
}

static void replace_json(const char *text)
{
    FILE *out = fopen(FOLDER "/store.json", "w");
    fputs(text, out);
    fclose(out);
}

TEST(a_foreign_or_unfinished_store_is_refused)
{
    make_one_block();
    replace_json("{\"format\": \"eelstream store\", \"version\": 2, \"run\": \"\", \"pixels\": 10,"
                 "\"classes\": 3, \"block_rows\": 4, \"description\": {},"
                 "\"sum\": {\"start_ev\": 90, \"step_ev\": 1, \"channels\": 4}}");
    assert_fails(EEL_EFORMAT, open_fails(EEL_STORE_READ));
    assert_words("version 2");
    replace_json("{\"format\": \"eelstream store\", \"version\": 1, \"run\": \"\", \"pixels\": -1,"
                 "\"classes\": 3, \"block_rows\": 4, \"description\": {},"
                 "\"sum\": {\"start_ev\": 90, \"step_ev\": 1, \"channels\": 4}}");
    assert_fails(EEL_ELIMIT, open_fails(EEL_STORE_READ));
    replace_json("{\"format\": \"other\"}");
    assert_fails(EEL_EFORMAT, open_fails(EEL_STORE_READ));
    replace_json("no JSON at all");
    assert_fails(EEL_EFORMAT, open_fails(EEL_STORE_READ));
    unlink(FOLDER "/store.json");
    assert_fails(EEL_EIO, open_fails(EEL_STORE_READ)); /* S1 */
}

TEST(a_state_that_is_none_is_refused)
{
    make_one_block();
    int fd = open(FOLDER "/states", O_WRONLY);
    assert_int_equal(pwrite(fd, "\x09", 1, 2), 1);
    close(fd);

    assert_fails(EEL_EFORMAT, open_fails(EEL_STORE_READ));
    assert_words("pixel 2 has state 9");
}

TEST(sizes_and_descriptions_are_checked_when_a_store_is_made)
{
    eel_store_info info = made_up;
    eel_store *store = NULL;

    info.pixels = EEL_STORE_PIXELS_MAX + 1;
    assert_fails(EEL_ELIMIT, eel_store_create(&store, FOLDER, &info));
    info = made_up;
    info.description = "[]";
    assert_fails(EEL_EFORMAT, eel_store_create(&store, FOLDER, &info));
    assert_fails(EEL_EIO, eel_store_create(&store, "/proc/nowhere", &made_up));
}

/* A process that is killed at any point leaves a store in which every state of 1 has its value. */
TEST(a_killed_writer_leaves_values_under_every_state)
{
    for (int kill_after = 0; kill_after < 12; kill_after++) {
        eel_store_close(fresh());
        pid_t child = fork();
        if (child == 0) {
            eel_store *store = NULL;
            float values[2 * CLASSES];
            if (eel_store_open(&store, FOLDER, EEL_STORE_WRITE) != EEL_OK)
                _exit(1);
            for (int step = 0; step < kill_after; step++) {
                uint32_t first = (uint32_t)step % 5 * 2;
                fill(values, 2, (float)first * CLASSES + 1);
                eel_store_put(store, first, 2, values, NULL);
                if (step % 3 == 2)
                    eel_store_commit(store);
            }
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);

        eel_store *store = opened(EEL_STORE_READ);
        float values[PIXELS * CLASSES];
        assert_ok(eel_store_values(store, 0, PIXELS, values));
        for (int i = 0; i < PIXELS * CLASSES; i++)
            assert_true(isnan(values[i]) || values[i] == (float)(i + 1));
        assert_true(eel_store_count(store).pixels[EEL_VALUE] % 2 == 0);
        eel_store_close(store);
    }
}

TEST(a_row_without_any_number_is_named_undecodable)
{
    eel_store *store = fresh();
    float values[4 * CLASSES];

    fill(values, 4, 0);
    for (int c = 0; c < CLASSES; c++)
        values[1 * CLASSES + c] = values[2 * CLASSES + c] = NAN;
    values[3 * CLASSES] = NAN; /* one class that is not observable is no fault */
    assert_ok(eel_store_put(store, 4, 4, values, NULL));
    assert_ok(eel_store_commit(store));
    uint8_t states[4], want[4] = {EEL_VALUE, EEL_DECODE_ERROR, EEL_DECODE_ERROR, EEL_VALUE};
    assert_ok(eel_store_states(store, 4, 4, states));

    assert_memory_equal(states, want, 4);
    assert_int_equal(eel_store_count(store).pixels[EEL_DECODE_ERROR], 2);
    assert_int_equal(eel_store_count(store).pixels[EEL_VALUE], 2);
    eel_store_close(store);
}

/* A commit notes so many runs of one state; the next begins in the middle of this block. */
TEST(counts_are_right_when_rows_that_can_be_read_and_others_alternate)
{
    enum { ROWS = 8 * EEL_STORE_COMMIT_BLOCKS };
    static float values[ROWS * CLASSES];
    eel_store_info info = made_up;
    eel_store *store = NULL;

    info.pixels = 2 * ROWS;
    fill(values, ROWS, 0);
    assert_ok(eel_store_create(&store, FOLDER, &info));
    assert_ok(eel_store_put(store, 0, ROWS, values, NULL));
    for (int i = 1; i < ROWS; i += 2)
        for (int c = 0; c < CLASSES; c++)
            values[i * CLASSES + c] = NAN;
    assert_ok(eel_store_put(store, ROWS, ROWS, values, NULL));

    eel_store_counts counts = eel_store_count(store);
    assert_int_equal(counts.pixels[EEL_MISSING], 0);
    assert_int_equal(counts.pixels[EEL_VALUE], ROWS + ROWS / 2);
    assert_int_equal(counts.pixels[EEL_DECODE_ERROR], ROWS / 2);
    eel_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_is_read_as_it_was_written),
        cmocka_unit_test(a_row_without_any_number_is_named_undecodable),
        cmocka_unit_test(counts_are_right_when_rows_that_can_be_read_and_others_alternate),
        cmocka_unit_test(a_store_that_cannot_be_made_leaves_nothing),
        cmocka_unit_test(what_was_not_committed_is_missing_after_reopening),
        cmocka_unit_test(writing_goes_on_after_reopening),
        cmocka_unit_test(the_first_value_stays_and_a_second_one_is_compared),
        cmocka_unit_test(a_value_replaces_an_absence_and_an_absence_no_value),
        cmocka_unit_test(a_commit_is_due_when_idle_or_full_and_never_when_empty),
        cmocka_unit_test(commits_that_gather_are_due_when_four_blocks_wait),
        cmocka_unit_test(pixels_outside_and_reasons_that_are_none_are_refused),
        cmocka_unit_test(going_on_keeps_values_and_run_and_takes_back_the_end),
        cmocka_unit_test(going_on_with_another_run_is_refused_and_says_what_differs),
        cmocka_unit_test(a_second_writer_is_refused_and_a_reader_is_not),
        cmocka_unit_test(a_new_store_replaces_an_old_one),
        cmocka_unit_test(a_removed_store_acknowledges_nothing),
        cmocka_unit_test(a_truncated_store_is_refused),
        cmocka_unit_test(a_foreign_or_unfinished_store_is_refused),
        cmocka_unit_test(a_state_that_is_none_is_refused),
        cmocka_unit_test(sizes_and_descriptions_are_checked_when_a_store_is_made),
        cmocka_unit_test(a_killed_writer_leaves_values_under_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
