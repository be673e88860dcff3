/*
 * flow: whole small pipelines, one process per stage, over ipc in a directory of their own. Stages
 * are killed by named fail-points; every pixel must arrive with its value, whatever happens.
 *
 *     source -> map -> worker xN -> fold -> sink
 *
 * Pixel p enters as p, the map adds 1, a worker multiplies by 2; the fold keeps what it got in
 * memory that all processes share, as a store would, and tells the sink the sum at the end.
 */
#include "test.h"
#include "base/rng.h"
#include "flow/flow.h"
#include "flow/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS       8
#define CHANNELS   16
#define BLOCKS     40
#define PIXELS     (ROWS * BLOCKS)
#define DEADLINE_S 30
#define GRACE_S    5 /* for workers, once all others have ended */
#define CHILDREN   16
#define RUN        "00112233445566778899aabbccddeeff"
#define OTHER_RUN  "ffeeddccbbaa99887766554433221100"

typedef struct {            /* what the processes of one test share */
    uint32_t value[PIXELS]; /* of the first channel, as the fold got it */
    uint8_t state[PIXELS];  /* eel_pixel_state; the first one counts */
    uint32_t blocks, twice; /* that the fold got, and pixels it got again */
    int workers;            /* that have joined and were started in this phase */
    int phase;
    int early, wanted; /* that the source waits for after its first block, and later */
    int hung;
    int hold; /* the source waits half-way */
    uint64_t announced, timed;
    double sum; /* as the sink got it */
    char description[256];
} shared_store;

typedef int stage_main(int argc, char **argv);

typedef struct {
    const char *name, *in, *out;
    stage_main *main;
    const char *fail;           /* EEL_FAIL, or NULL */
    const char *run;            /* NULL: RUN */
    const char *option, *value; /* one more option, or NULL */
} stage;

static shared_store *store;
static char directory[64];
static int reached[2];         /* a pipe: the fold writes a byte at block `reach` */
static uint32_t hangs_at;      /* a worker gets stuck at this block, once */
static uint32_t reach, poison; /* set before stages start; poison: this block + 1 kills workers */
static uint32_t source_pixels = PIXELS, sink_wants = UINT32_MAX;
static int fold_fails, phase; /* as it was when a process started */
static pid_t children[CHILDREN];
static const stage *child_stage[CHILDREN];
static int child_count;

/* --- the stages ------------------------------------------------------------------------------- */

static const eel_option no_options[] = {{0}};

static eel_flow *flow_of(const char *name, int argc, char **argv)
{
    static eel_usage usage;

    usage = (eel_usage){.name = name, .summary = "Test.", .options = no_options};
    return eel_flow_open(argc, argv, &usage);
}

static int source_main(int argc, char **argv)
{
    eel_flow *flow = flow_of("test source", argc, argv);

    eel_flow_check(flow, eel_flow_describe(flow, "{\"made\":\"here\"}"));
    eel_flow_total(flow, source_pixels);
    for (uint32_t first = 0; first < source_pixels && eel_flow_running(flow); first += ROWS) {
        while (eel_flow_running(flow) &&
               ((first == ROWS && store->workers < store->early) ||
                (first == PIXELS / 2 && store->hold) ||
                (first == PIXELS * 3 / 4 && store->workers < store->wanted)))
            eel_recv_within(flow, 5);
        eel_block *block = eel_block_new(first / ROWS, first, ROWS, CHANNELS, EEL_U32);
        for (uint32_t i = 0; i < ROWS * CHANNELS; i++)
            ((uint32_t *)block->data)[i] = first + i / CHANNELS;
        if (first == 2 * ROWS) {
            eel_block_free(block);
            block = eel_block_tombstone(first / ROWS, first, ROWS, EEL_SOURCE_GAP);
        }
        eel_send(flow, block);
    }
    eel_end(flow, source_pixels);
    return eel_flow_close(flow);
}

static int map_main(int argc, char **argv)
{
    eel_flow *flow = flow_of("test map", argc, argv);
    eel_block *block;

    while ((block = eel_recv(flow))) {
        for (uint32_t i = 0; i < block->rows * block->channels; i++)
            ((uint32_t *)block->data)[i] += 1;
        eel_flow_check(flow, eel_block_side(block, "side", 5));
        eel_send(flow, block);
    }
    return eel_flow_close(flow);
}

static int worker_main(int argc, char **argv)
{
    eel_flow *flow = flow_of("test worker", argc, argv);
    eel_block *block;

    eel_flow_check(flow, eel_flow_describe(flow, "{\"worked\":true}"));
    if (eel_flow_running(flow) && phase == store->phase)
        __atomic_add_fetch(&store->workers, 1, __ATOMIC_SEQ_CST);
    while ((block = eel_recv(flow))) {
        if (poison && block->number == poison - 1)
            raise(SIGKILL);
        if (hangs_at && block->number == hangs_at && !__atomic_exchange_n(&store->hung, 1, 5))
            pause();
        uint32_t value[ROWS];
        for (uint32_t r = 0; r < ROWS; r++)
            value[r] = 2 * ((uint32_t *)block->data)[r * CHANNELS];
        if (strcmp(block->side, "side") != 0)
            eel_flow_check(flow, eel_fail(EEL_EFORMAT, "side data is lost"));
        if (eel_flow_check(flow, eel_block_reshape(block, 1, EEL_U32)))
            memcpy(block->data, value, sizeof value);
        eel_send(flow, block);
    }
    return eel_flow_close(flow);
}

static void keep(const eel_block *block)
{
    for (uint32_t r = 0; r < block->rows; r++) {
        uint64_t pixel = block->first + r;
        store->twice += store->state[pixel] != EEL_MISSING;
        if (store->state[pixel] != EEL_MISSING)
            continue;
        if (block->kind == EEL_BLOCK_DATA)
            store->value[pixel] = ((uint32_t *)block->data)[r];
        store->state[pixel] = (uint8_t)(block->kind == EEL_BLOCK_DATA ? EEL_VALUE : block->why);
    }
    if (++store->blocks == reach && write(reached[1], "", 1) != 1)
        abort();
}

static int fold_main(int argc, char **argv)
{
    eel_flow *flow = flow_of("test fold", argc, argv);
    eel_block *block;
    const char *name;
    double sum = 0, seconds;

    eel_flow_keep_tombstones(flow);
    snprintf(store->description, sizeof store->description, "%s", eel_flow_description(flow));
    while ((block = eel_recv(flow))) {
        keep(block);
        if (fold_fails && store->blocks == 3)
            eel_flow_check(flow, eel_fail(EEL_EIO, "the disk: full"));
        eel_done(flow, block);
    }
    store->announced = eel_flow_announced(flow);
    for (int i = 0; eel_flow_timing(flow, i, &name, &store->timed, &seconds); i++) {
        if (!strcmp(name, "worker"))
            break;
    }
    for (int i = 0; i < PIXELS; i++)
        sum += store->value[i];
    if (eel_flow_running(flow) || eel_flow_check(flow, EEL_OK)) {
        eel_block *result = eel_block_new(0, 0, 1, 1, EEL_F64);
        *(double *)result->data = sum;
        eel_send(flow, result);
        eel_end(flow, 1);
    }
    return eel_flow_close(flow);
}

static int sink_main(int argc, char **argv)
{
    eel_flow *flow = flow_of("test sink", argc, argv);
    eel_block *block;

    while (sink_wants-- && (block = eel_recv(flow))) {
        if (block->channels == 1)
            store->sum = ((double *)block->data)[0];
        eel_done(flow, block);
    }
    return eel_flow_close(flow);
}

static const stage the_source = {.name = "source", .out = "bind:1", .main = source_main};
static const stage the_map = {.name = "map", .in = "connect:1", .out = "bind:2", .main = map_main};
static const stage worker_1 = {
    .name = "worker.1", .in = "connect:2", .out = "connect:3", .main = worker_main};
static const stage worker_2 = {
    .name = "worker.2", .in = "connect:2", .out = "connect:3", .main = worker_main};
static const stage the_fold = {.name = "fold", .in = "bind:3", .out = "bind:4", .main = fold_main};
static const stage the_sink = {.name = "sink", .in = "connect:4", .main = sink_main};

/* --- starting and awaiting them --------------------------------------------------------------- */

static int add_link(char **argv, int argc, const char *option, const char *where, char *text,
                    size_t room)
{
    const char *colon = where ? strchr(where, ':') : NULL;

    if (!where)
        return argc;
    snprintf(text, room, "%.*s:ipc://%s/%s", (int)(colon - where), where, directory, colon + 1);
    argv[argc] = (char *)option;
    argv[argc + 1] = text;
    return argc + 2;
}

static void be_stage(const stage *s)
{
    char in[128], out[128], log[128];
    char *argv[16] = {(char *)s->name, "--name", (char *)s->name, "--run",
                      (char *)(s->run ? s->run : RUN)};
    int argc = add_link(argv, 5, "--in", s->in, in, sizeof in);

    argc = add_link(argv, argc, "--out", s->out, out, sizeof out);
    snprintf(log, sizeof log, "%s/log", directory);
    if (s->option) {
        argv[argc++] = (char *)s->option;
        argv[argc++] = (char *)s->value;
    }
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(99);
    close(fd);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no stage outlives a test that is stopped */
    if (s->fail)
        setenv("EEL_FAIL", s->fail, 1);
    exit(s->main(argc, argv));
}

static pid_t start(const stage *s)
{
    pid_t pid = fork();

    if (pid == 0)
        be_stage(s);
    assert_true(pid > 0);
    assert_true(child_count < CHILDREN);
    child_stage[child_count] = s;
    children[child_count++] = pid;
    return pid;
}

static void start_all(void)
{
    store->early = store->wanted = 2;
    start(&the_sink);
    start(&the_fold);
    start(&worker_1);
    start(&worker_2);
    start(&the_map);
    start(&the_source);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_log(void)
{
    char path[128], text[4096];
    snprintf(path, sizeof path, "%s/log", directory);
    FILE *log = fopen(path, "r");
    size_t bytes = log ? fread(text, 1, sizeof text - 1, log) : 0;

    text[bytes] = 0;
    fprintf(stderr, "%s", text);
    if (log)
        fclose(log);
}

static int log_holds(const char *words)
{
    char path[128], text[65536];
    snprintf(path, sizeof path, "%s/log", directory);
    FILE *log = fopen(path, "r");
    size_t bytes = log ? fread(text, 1, sizeof text - 1, log) : 0;

    text[bytes] = 0;
    if (log)
        fclose(log);
    return strstr(text, words) != NULL;
}

/* Kills what is left, so that one failed test does not disturb the next. */
static void give_up(const char *why)
{
    print_log();
    for (int i = 0; i < child_count; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
        fprintf(stderr, "still there: %s\n", child_stage[i]->name);
    }
    child_count = 0;
    fail_msg("%s", why);
}

/* Waits for the next child to end. Returns its stage; *status as of waitpid. NULL: not in time. */
static const stage *await_within(double seconds, int *status)
{
    sigset_t set;
    double deadline_s = now_s() + seconds;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (;;) {
        for (int i = 0; i < child_count; i++) {
            if (waitpid(children[i], status, WNOHANG) == children[i]) {
                const stage *s = child_stage[i];
                children[i] = children[--child_count];
                child_stage[i] = child_stage[child_count];
                return s;
            }
        }
        double left_s = deadline_s - now_s();
        if (left_s <= 0)
            return NULL;
        struct timespec wait = {(time_t)left_s, 1000000};
        sigtimedwait(&set, NULL, &wait);
    }
}

static const stage *await(int *status)
{
    const stage *s = await_within(DEADLINE_S, status);

    if (!s)
        give_up("a stage did not end in time");
    return s;
}

static int killed(int status)
{
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGALRM);
}

/* What the launcher does: a worker that lost its upstream as the run ended would wait for another.
 */
static int only_workers_left(void)
{
    for (int i = 0; i < child_count; i++) {
        if (child_stage[i]->main != worker_main)
            return 0;
    }
    return 1;
}

/* Waits for all; each must end with `expected`. A killed one starts again, without the fault. */
static int await_all(int expected)
{
    static stage again[CHILDREN];
    int kills = 0, status = 0, dismissed = 0;

    while (child_count) {
        const stage *s = only_workers_left() ? await_within(GRACE_S, &status) : await(&status);
        if (!s && !dismissed++) {
            for (int i = 0; i < child_count; i++)
                kill(children[i], SIGTERM);
        } else if (!s) {
            give_up("a worker did not go when it was told to");
        } else if (killed(status) && kills < CHILDREN) {
            again[kills] = *s;
            again[kills].fail = NULL;
            start(&again[kills++]);
        } else if (!WIFEXITED(status) || (WEXITSTATUS(status) != expected && !dismissed)) {
            fprintf(stderr, "%s: wait status %x, expected exit %d\n", s->name, (unsigned int)status,
                    expected);
            give_up("a stage ended otherwise than expected");
        }
    }
    return kills;
}

static void await_reached(void)
{
    struct pollfd fd = {.fd = reached[0], .events = POLLIN};
    char byte;

    if (poll(&fd, 1, DEADLINE_S * 1000) != 1 || read(reached[0], &byte, 1) != 1)
        give_up("the fold did not get far enough in time");
}

static int set_up(void **state)
{
    sigset_t set;

    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    store = mmap(NULL, sizeof *store, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(directory, "/tmp/eel-flow-XXXXXX");
    return store == MAP_FAILED || !mkdtemp(directory) || pipe(reached) ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    munmap(store, sizeof *store);
    close(reached[0]);
    close(reached[1]);
    reach = poison = hangs_at = 0;
    source_pixels = PIXELS;
    sink_wants = UINT32_MAX;
    fold_fails = phase = 0;
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static void assert_exact(void)
{
    for (uint32_t p = 0; p < PIXELS; p++) {
        int state = p / ROWS == 2 ? EEL_SOURCE_GAP : EEL_VALUE;
        if (poison && p / ROWS == poison - 1)
            state = EEL_POISON;
        if (store->state[p] != state || (state == EEL_VALUE && store->value[p] != 2 * (p + 1)))
            fail_msg("pixel %u: state %d value %u, expected state %d value %u", p, store->state[p],
                     store->value[p], state, 2 * (p + 1));
    }
}

/* --- the claims ------------------------------------------------------------------------------- */

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
    start(&the_sink);
    start(&the_fold);
    start(&worker_1);
    start(&worker_2);
    start(&the_map);
    start(&the_source);
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
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
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
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
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

#define flow_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        flow_test(every_pixel_arrives_exactly_once),
        flow_test(an_empty_run_ends),
        flow_test(a_stage_killed_anywhere_costs_no_pixel),
        flow_test(random_deaths_cost_no_pixel),
        flow_test(a_run_without_workers_waits_for_one),
        flow_test(a_worker_may_leave_and_another_join_late),
        flow_test(one_worker_becomes_eight_and_then_one_again),
        flow_test(a_poison_block_is_named_and_no_other),
        flow_test(a_block_that_hangs_is_done_by_another),
        flow_test(stages_tell_how_far_they_are),
        flow_test(misuse_ends_with_2_and_words),
        flow_test(only_the_stage_that_fails_says_why),
        flow_test(a_signal_to_one_stage_ends_all_quietly),
        flow_test(a_sink_that_has_enough_ends_all_without_failure),
        flow_test(a_stage_of_another_run_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
