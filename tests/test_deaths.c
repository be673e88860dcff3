/*
 * deaths: stages that are killed, hang, leave, come late or are missing cost no pixel.
 */
#include "staged.h"
#include "base/rng.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

TEST(a_stage_killed_anywhere_costs_no_pixel)
{
    static const struct {
        const stage *who;
        const char *fail;
    } kills[] = {
        {&worker_1, "after_recv:1"}, {&worker_1, "after_recv:5"},    {&worker_1, "before_send:3"},
        {&worker_1, "after_send:1"}, {&worker_1, "after_send:6"},    {&the_map, "after_recv:4"},
        {&the_map, "after_send:7"},  {&the_fold, "after_recv:3"},    {&the_fold, "before_done:5"},
        {&the_fold, "after_done:9"}, {&the_source, "before_send:9"}, {&the_source, "after_send:20"},
    };

    for (size_t i = 0; i < sizeof kills / sizeof *kills; i++) {
        stage victim = *kills[i].who;
        victim.fail = kills[i].fail;
        const stage *all[] = {&the_sink, &the_fold, &worker_1, &worker_2, &the_map, &the_source};
        int is_worker = kills[i].who == &worker_1;
        memset(store, 0, sizeof *store);
        store->early = 2;
        store->wanted = 2 + is_worker; /* the end waits for the victim's successor */
        for (int s = 0; s < 6; s++)
            start(all[s] == kills[i].who ? &victim : all[s]);

        int restarts = await_all(0);

        if (restarts != 1)
            fail_msg("%s %s: %d restarts", victim.name, victim.fail, restarts);
        assert_exact();
    }
}

static int index_of(const char *name)
{
    for (int i = 0; i < child_count; i++) {
        if (!strcmp(child_stage[i]->name, name))
            return i;
    }
    give_up("a stage is not there");
    return -1;
}

/* Ends one child by that signal and starts its like. */
static void replace(const char *name, int signal_number)
{
    int status = 0;
    int i = index_of(name);
    const stage *s = child_stage[i];

    kill(children[i], signal_number);
    if (strcmp(await(&status)->name, name) != 0)
        give_up("another stage ended than was asked to");
    start(s);
}

/* One run in which stages die at random while the source is in its first half. At most two deaths
 * are of those that connect upstream: three could make poison of a block that did nothing. */
static void random_run(eel_rng *rng)
{
    static const char *const names[] = {"sink", "fold", "source", "map", "worker.1", "worker.2"};
    int kills = 0;

    memset(store, 0, sizeof *store);
    phase = 0;
    store->hold = 1;
    start_stages();
    for (int k = 0; k < 8; k++) {
        uint32_t who = eel_rng_below(rng, kills < 2 ? 6 : 3);
        struct pollfd fd = {.fd = reached[0], .events = POLLIN};
        char byte;
        kills += who >= 3;
        if (poll(&fd, 1, (int)eel_rng_below(rng, 40)) == 1 && read(reached[0], &byte, 1) != 1)
            give_up("no byte");
        replace(names[who], SIGKILL);
    }
    phase = store->phase = 1; /* two that are here for the rest */
    store->workers = 0;
    replace("worker.1", SIGTERM);
    replace("worker.2", SIGTERM);
    store->wanted = 2;
    store->hold = 0;
}

/* EEL_SOAK=N makes N runs of it; EEL_SEED=S repeats one. */
TEST(random_deaths_cost_no_pixel)
{
    const char *soak = getenv("EEL_SOAK"), *from = getenv("EEL_SEED");
    uint64_t seed = from ? strtoull(from, NULL, 10) : 1, runs = soak ? strtoull(soak, NULL, 10) : 3;

    for (uint64_t i = 0; i < runs; i++) {
        eel_rng rng = eel_rng_seeded(seed + i, 0);
        print_message("EEL_SEED=%ju\n", (uintmax_t)(seed + i));
        random_run(&rng);

        assert_int_equal(await_all(0), 0);

        assert_exact();
    }
}

TEST(a_run_without_workers_waits_for_one)
{
    start(&the_sink);
    start(&the_fold);
    start(&the_map);
    start(&the_source);

    start(&worker_1);

    assert_int_equal(await_all(0), 0);
    assert_exact();
}

TEST(a_worker_may_leave_and_another_join_late)
{
    int status = 0;

    store->wanted = 2;
    reach = BLOCKS / 2;
    start(&the_sink);
    start(&the_fold);
    start(&the_map);
    start(&the_source);
    pid_t leaver = start(&worker_1);
    await_reached();

    kill(leaver, SIGTERM);
    assert_string_equal(await(&status)->name, "worker.1");
    start(&worker_2);

    assert_int_equal(await_all(0), 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    assert_exact();
}

static void await_joined(int workers)
{
    double deadline_s = now_s() + DEADLINE_S;

    while (store->workers < workers) {
        if (now_s() > deadline_s)
            give_up("workers did not join in time");
        poll(NULL, 0, 1);
    }
}

TEST(one_worker_becomes_eight_and_then_one_again)
{
    static const char *const names[] = {"worker.2", "worker.3", "worker.4", "worker.5",
                                        "worker.6", "worker.7", "worker.8"};
    stage more[7];
    pid_t pids[7];
    int status = 0;

    store->early = 1;
    store->hold = 1;      /* half is done by one */
    store->wanted = 9;    /* a quarter by eight: nobody is the ninth */
    reach = BLOCKS / 2;
    start(&the_sink);
    start(&the_fold);
    start(&the_map);
    start(&the_source);
    start(&worker_1);
    await_reached();
    for (int i = 0; i < 7; i++) {
        more[i] = worker_1;
        more[i].name = names[i];
        pids[i] = start(&more[i]);
    }
    store->hold = 0;
    await_joined(8);

    for (int i = 0; i < 7; i++)
        kill(pids[i], SIGTERM);
    for (int i = 0; i < 7; i++) {
        assert_ptr_equal(await(&status)->main, worker_main);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    }
    store->wanted = 1; /* the rest again by one */

    assert_int_equal(await_all(0), 0);
    assert_exact();
}

TEST(a_poison_block_is_named_and_no_other)
{
    poison = 12;
    start_all();
    store->wanted = 6; /* four of them die */

    int restarts = await_all(0);

    assert_int_equal(restarts, 4); /* with company once, then three times alone */
    assert_exact();
    assert_true(log_holds("map: block 11 (pixels 88 to 95) is poison"));
}

TEST(a_block_that_hangs_is_done_by_another)
{
    stage watched_1 = worker_1, watched_2 = worker_2;

    watched_1.option = watched_2.option = "--hang";
    watched_1.value = watched_2.value = "1";
    hangs_at = 9;
    store->early = 2;
    store->wanted = 3;
    start(&the_sink);
    start(&the_fold);
    start(&watched_1);
    start(&watched_2);
    start(&the_map);
    start(&the_source);

    assert_int_equal(await_all(0), 1);

    assert_exact();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        staged_test(a_stage_killed_anywhere_costs_no_pixel),
        staged_test(random_deaths_cost_no_pixel),
        staged_test(a_run_without_workers_waits_for_one),
        staged_test(a_worker_may_leave_and_another_join_late),
        staged_test(one_worker_becomes_eight_and_then_one_again),
        staged_test(a_poison_block_is_named_and_no_other),
        staged_test(a_block_that_hangs_is_done_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
