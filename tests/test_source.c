/* Live sources: what they promise to whoever gathers from them. */
#include "image_test.h"
#include "base/clock.h"
#include "dm_make.h"
#include "live/source.h"

#include <fcntl.h>
#include <sys/stat.h>

#define ROWS     5
#define COLUMNS  7
#define CHANNELS 40

static float counts[ROWS * COLUMNS][CHANNELS];

static void make_scan_at(const char *path)
{
    for (int p = 0; p < ROWS * COLUMNS; p++) {
        for (int k = 0; k < CHANNELS; k++)
            counts[p][k] = (float)(100 * p + k);
    }
    static float file[CHANNELS][ROWS * COLUMNS]; /* dm has the energy slowest */
    for (int p = 0; p < ROWS * COLUMNS; p++) {
        for (int k = 0; k < CHANNELS; k++)
            file[k][p] = counts[p][k];
    }
    dm_make(path, &(dm_description){
        .version = 4, .images = 1,
        .image = {{.name = "EELS SI", .data_type = 2, .dims = 3, .size = {COLUMNS, ROWS, CHANNELS},
                   .origin = {0, 0, -400}, .scale = {1, 1, 1}, .units = {"nm", "nm", "eV"},
                   .signal = "EELS", .format = "Spectrum image", .values = file,
                   .value_bytes = sizeof file}}});
}

static const char *make_scan(void)
{
    const char *path = temporary("scan.dm4");

    make_scan_at(path);
    return path;
}

static void *open_replay(const eel_source **kind, const eel_live_how *how)
{
    void *state;

    assert_ok(eel_source_find(kind, "replay"));
    assert_ok((*kind)->open(&state, how));
    return state;
}

TEST(an_unknown_source_is_misuse_and_the_words_name_those_there_are)
{
    const eel_source *kind;

    assert_fails(EEL_EARGS, eel_source_find(&kind, "microscope"));
    assert_words("'microscope' is no live source");
    assert_words("replay");
}

TEST(replay_tells_the_scan_then_every_spectrum_in_order_then_the_end)
{
    const eel_source *kind;
    eel_live_how how = {.address = make_scan()};
    void *state = open_replay(&kind, &how);
    eel_live_event event;
    uint64_t pixels = 0;

    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_SCAN);
    assert_int_equal(event.scan->pixels, ROWS * COLUMNS);
    assert_int_equal(event.scan->axis.n, CHANNELS);
    for (;;) {
        assert_ok(kind->next(state, &event, 1000));
        if (event.kind != EEL_LIVE_FRAMES)
            break;
        assert_int_equal(event.first, pixels);
        assert_memory_equal(event.frames, counts[pixels], event.count * sizeof counts[0]);
        pixels += event.count;
    }

    assert_int_equal(event.kind, EEL_LIVE_END);
    assert_int_equal(pixels, ROWS * COLUMNS);
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_OVER);
    kind->close(state);
    unlink(test_path);
}

/* A NumPy file, which does not state its energies: two spectra of four channels. */
static void make_npy_at(const char *path)
{
    static const char head[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }";
    char file[128 + sizeof(float[2][4])];
    const float values[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};

    memset(file, ' ', 128);
    memcpy(file, head, sizeof head - 1);
    file[127] = '\n';
    memcpy(file + 128, values, sizeof values);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file, sizeof file, 1, out), 1);
    fclose(out);
}

TEST(energies_that_a_file_does_not_state_are_the_users)
{
    const char *path = temporary("spectra.npy");
    const eel_source *kind;
    eel_live_how how = {.address = path, .axis = {.start_ev = 400.1, .step_ev = 0.3}, .axis_words = "400.1:0.3"};
    eel_live_event event;
    make_npy_at(path);

    void *state = open_replay(&kind, &how);
    assert_ok(kind->next(state, &event, 1000));

    assert_int_equal(event.kind, EEL_LIVE_SCAN);
    assert_int_equal(event.scan->pixels, 2);
    assert_true(event.scan->axis.start_ev == 400.1 && event.scan->axis.step_ev == 0.3);
    assert_string_equal(event.scan->said_axis, "400.1:0.3");
    kind->close(state);
    unlink(path);
}

TEST(energies_that_a_watched_file_does_not_state_are_the_users)
{
    char folder[] = "/tmp/eel_watch_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/spectra.npy", folder);
    const eel_source *kind;
    eel_live_how how = {.address = folder, .axis = {.start_ev = 400, .step_ev = 0.5}, .axis_words = "400:0.5"};
    eel_live_event event;
    void *state;
    assert_ok(eel_source_find(&kind, "watch"));
    assert_ok(kind->open(&state, &how));
    assert_ok(kind->next(state, &event, 1000));

    make_npy_at(path);
    assert_ok(kind->next(state, &event, 1000));

    assert_int_equal(event.kind, EEL_LIVE_SCAN);
    assert_true(event.scan->axis.start_ev == 400 && event.scan->axis.step_ev == 0.5);
    kind->close(state);
    unlink(path);
    rmdir(folder);
}

TEST(replay_is_never_ahead_of_its_rate)
{
    const eel_source *kind;
    eel_live_how how = {.address = make_scan(), .rate = 500};
    void *state = open_replay(&kind, &how);
    eel_live_event event;
    uint64_t pixels = 0;

    assert_ok(kind->next(state, &event, 1000));
    double start_s = eel_clock_s();
    while (pixels < ROWS * COLUMNS) {
        assert_ok(kind->next(state, &event, 1000));
        pixels += event.count;
        assert_true((double)pixels <= 500 * (eel_clock_s() - start_s) + 1);
    }
    kind->close(state);
    unlink(test_path);
}

/* 8,000 spectra per second to within 1 %. The first tries may have met a busy machine. */
TEST(replay_keeps_its_rate)
{
    static float values[4][16000];
    const char *path = temporary("rate.dm4");
    double seconds = INFINITY;

    dm_make(path, &(dm_description){.version = 4,
                                    .images = 1,
                                    .image = {{.name = "EELS SI",
                                               .data_type = 2,
                                               .dims = 3,
                                               .size = {128, 125, 4},
                                               .origin = {0, 0, -400},
                                               .scale = {1, 1, 1},
                                               .units = {"nm", "nm", "eV"},
                                               .signal = "EELS",
                                               .format = "Spectrum image",
                                               .values = values,
                                               .value_bytes = sizeof values}}});
    for (int i = 0; i < 5 && !(seconds < 2 * 1.01); i++) {
        const eel_source *kind;
        eel_live_how how = {.address = path, .rate = 8000};
        void *state = open_replay(&kind, &how);
        eel_live_event event;
        assert_ok(kind->next(state, &event, 1000));
        double start_s = eel_clock_s();
        for (uint64_t pixels = 0; pixels < 16000; pixels += event.count)
            assert_ok(kind->next(state, &event, 1000));
        seconds = eel_clock_s() - start_s;
        kind->close(state);
    }
    assert_true(seconds > 2 * 0.99 && seconds < 2 * 1.01);
    unlink(path);
}

TEST(a_feed_leaves_a_file_alone_that_is_at_its_address)
{
    const char *path = temporary("precious");
    char endpoint[300];
    const eel_source *kind;
    eel_live_how how = {.address = endpoint};
    void *state;
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    fclose(fopen(path, "w"));
    assert_ok(eel_source_find(&kind, "feed"));

    assert_fails(EEL_EARGS, kind->open(&state, &how));
    assert_words("there is a file already");
    assert_int_equal(unlink(path), 0);

    assert_ok(kind->open(&state, &how));
    assert_int_equal(access(path, F_OK), 0);
    kind->close(state);
    assert_int_not_equal(access(path, F_OK), 0);
}

TEST(a_watched_file_that_is_written_again_while_it_waits_is_taken_when_it_is_closed)
{
    char folder[] = "/tmp/eel_watch_XXXXXX", first[64], second[64];
    assert_non_null(mkdtemp(folder));
    snprintf(first, sizeof first, "%s/first.dm4", folder);
    snprintf(second, sizeof second, "%s/second.dm4", folder);
    const eel_source *kind;
    eel_live_how how = {.address = folder};
    eel_live_event event;
    void *state;
    assert_ok(eel_source_find(&kind, "watch"));
    assert_ok(kind->open(&state, &how));
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_WORDS);
    make_scan_at(first);
    make_scan_at(second);
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_SCAN);

    FILE *writes = fopen(second, "ab");
    assert_non_null(writes);
    assert_true(fputc(0, writes) == 0 && fflush(writes) == 0);
    while (event.kind != EEL_LIVE_NOTHING)
        assert_ok(kind->next(state, &event, 0));
    assert_ok(kind->next(state, &event, 0));
    assert_int_equal(event.kind, EEL_LIVE_NOTHING);
    fclose(writes);
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_SCAN);

    kind->close(state);
    unlink(first);
    unlink(second);
    rmdir(folder);
}

TEST(a_watched_file_that_is_written_to_while_it_is_read_ends_its_scan_and_is_taken_again)
{
    char folder[] = "/tmp/eel_watch_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/scan.dm4", folder);
    const struct timespec once[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    const eel_source *kind;
    eel_live_how how = {.address = folder};
    eel_live_event event;
    void *state;
    assert_ok(eel_source_find(&kind, "watch"));
    assert_ok(kind->open(&state, &how));
    assert_ok(kind->next(state, &event, 1000));
    make_scan_at(path);
    utimensat(AT_FDCWD, path, once, 0); /* times are told to some milliseconds only */
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_SCAN);

    make_scan_at(path);
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_END);
    assert_int_equal(event.why, EEL_SOURCE_GAP);
    assert_non_null(strstr(event.words, "/scan.dm4: was written to while it was read"));
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_SCAN);
    assert_ok(kind->next(state, &event, 1000));
    assert_int_equal(event.kind, EEL_LIVE_FRAMES);
    assert_int_equal(event.count, ROWS * COLUMNS);

    kind->close(state);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_source_is_misuse_and_the_words_name_those_there_are),
        cmocka_unit_test(replay_tells_the_scan_then_every_spectrum_in_order_then_the_end),
        cmocka_unit_test(energies_that_a_file_does_not_state_are_the_users),
        cmocka_unit_test(energies_that_a_watched_file_does_not_state_are_the_users),
        cmocka_unit_test(replay_is_never_ahead_of_its_rate),
        cmocka_unit_test(replay_keeps_its_rate),
        cmocka_unit_test(a_feed_leaves_a_file_alone_that_is_at_its_address),
        cmocka_unit_test(a_watched_file_that_is_written_to_while_it_is_read_ends_its_scan_and_is_taken_again),
        cmocka_unit_test(a_watched_file_that_is_written_again_while_it_waits_is_taken_when_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
