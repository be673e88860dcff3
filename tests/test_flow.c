/*
 * flow: what a pipeline is when nobody dies: its ends, its words and its status.
 */
#include "staged.h"
#include "flow/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

TEST(every_pixel_arrives_exactly_once)
{
    start_all();

    assert_int_equal(await_all(0), 0);

    assert_exact();
    assert_int_equal(store->twice, 0);
    assert_int_equal(store->announced, PIXELS);
    assert_int_equal(store->timed, PIXELS - ROWS);
    assert_string_equal(store->description, "{\"worked\":true}");
    assert_true(store->sum > 0);
}

TEST(an_empty_run_ends)
{
    source_pixels = 0;
    start(&the_source);
    start(&the_map);
    start(&worker_1);
    start(&the_fold);
    start(&the_sink);

    assert_int_equal(await_all(0), 0);

    assert_int_equal(store->blocks, 0);
}

/* Reads what the two stages tell until both have said `state`, or anything if that is NULL. */
static void await_told(eel_watch *watch, const char *state, eel_status last[2])
{
    int told[2] = {0, 0};
    eel_status status;

    while (!told[0] || !told[1]) {
        struct pollfd fd = {.fd = eel_watch_fd(watch), .events = POLLIN};
        if (eel_watch_next(watch, &status)) {
            int who = !strcmp(status.name, "fold");
            last[who] = status;
            told[who] |= !state || !strcmp(status.state, state);
        } else if (poll(&fd, 1, DEADLINE_S * 1000) != 1) {
            give_up("a stage did not tell its status in time");
        }
    }
}

TEST(stages_tell_how_far_they_are)
{
    stage source = the_source, sink = the_fold;
    char endpoint[128];
    eel_watch *watch;
    eel_status last[2] = {0};

    snprintf(endpoint, sizeof endpoint, "ipc://%s/status", directory);
    source.option = sink.option = "--status";
    source.value = sink.value = endpoint;
    sink.in = "connect:1";
    sink.out = NULL;
    store->hold = 1;
    start(&source);
    start(&sink);
    assert_ok(eel_watch_open(&watch, endpoint)); /* its threads must not be there at a fork */
    await_told(watch, NULL, last);
    store->hold = 0;
    await_told(watch, "end", last);
    eel_watch_close(watch);
    assert_int_equal(await_all(0), 0);

    assert_int_equal(last[0].pixels, PIXELS);
    assert_int_equal(last[1].pixels, PIXELS);
    assert_int_equal(last[1].total, PIXELS);
}

TEST(misuse_ends_with_2_and_words)
{
    static const stage wrong[] = {
        {.name = "a", .main = map_main},
        {.name = "b", .main = source_main},
        {.name = "c", .in = "connect:1", .run = "12", .main = map_main},
        {.name = "d", .in = "behind:1", .main = map_main},
        {.name = "e", .option = "--hang", .value = "-1", .main = map_main},
        {.name = "f", .option = "--name", .value = "two words", .main = map_main},
    };
    static const char *const words[] = {
        "a: --in: missing",     "b: --out: missing", "c: --run: '12' is not 32 hex digits",
        "d: --in: 'behind:ipc", "e: --hang: -1",     "--name: 'two words'",
    };

    for (int i = 0; i < 6; i++) {
        start(&wrong[i]);
        assert_int_equal(await_all(2), 0);
        if (!log_holds(words[i]))
            give_up(words[i]);
    }
}

TEST(only_the_stage_that_fails_says_why)
{
    fold_fails = 1;
    start_all();
    store->wanted = 3;

    assert_int_equal(await_all(1), 0);

    assert_true(log_holds("fold: the disk: full\n"));
    assert_false(log_holds("worker"));
    assert_false(log_holds("map"));
    assert_false(log_holds("source"));
    assert_false(log_holds("sink"));
}

TEST(a_signal_to_one_stage_ends_all_quietly)
{
    stage last = the_fold;
    last.out = NULL;
    store->early = 2;
    store->wanted = 3;
    reach = BLOCKS / 2;
    start(&worker_1);
    start(&worker_2);
    start(&the_map);
    start(&the_source);
    pid_t fold = start(&last);
    await_reached();

    kill(fold, SIGTERM);

    assert_int_equal(await_all(1), 0);
    assert_false(log_holds(":"));
}

TEST(a_sink_that_has_enough_ends_all_without_failure)
{
    /* the source straight into a sink that closes after two blocks */
    static const stage sink = {.name = "sink", .in = "connect:1", .main = sink_main};

    sink_wants = 2;
    start(&sink);
    start(&the_source);

    assert_int_equal(await_all(0), 0);
}

TEST(a_stage_of_another_run_is_refused_and_named)
{
    stage stranger = worker_1;
    int status = 0;

    stranger.name = "stranger";
    stranger.run = OTHER_RUN;
    start(&the_sink);
    start(&the_fold);
    start(&the_map);
    start(&the_source);
    start(&stranger);

    const stage *first = await(&status);
    start(&worker_1);

    assert_string_equal(first->name, "stranger");
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_int_equal(await_all(0), 0);
    assert_exact();
    assert_true(log_holds("stranger: map refuses this process: it is of run " OTHER_RUN
                          ", this is run " RUN));
    assert_true(log_holds("refused stranger: it is of run " OTHER_RUN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        staged_test(every_pixel_arrives_exactly_once),
        staged_test(an_empty_run_ends),
        staged_test(stages_tell_how_far_they_are),
        staged_test(misuse_ends_with_2_and_words),
        staged_test(only_the_stage_that_fails_says_why),
        staged_test(a_signal_to_one_stage_ends_all_quietly),
        staged_test(a_sink_that_has_enough_ends_all_without_failure),
        staged_test(a_stage_of_another_run_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
