#include "staged.h"

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

shared_store *store;
char directory[64];
int reached[2];
uint32_t hangs_at, reach, poison;
uint32_t source_pixels = PIXELS, sink_wants = UINT32_MAX;
int fold_fails, phase;
pid_t children[CHILDREN];
const stage *child_stage[CHILDREN];
int child_count;

/* --- the stages ------------------------------------------------------------------------------- */

static const eel_option no_options[] = {{0}};

static eel_flow *flow_of(const char *name, int argc, char **argv)
{
    static eel_usage usage;

    usage = (eel_usage){.name = name, .summary = "Test.", .options = no_options};
    return eel_flow_open(argc, argv, &usage);
}

int source_main(int argc, char **argv)
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

int map_main(int argc, char **argv)
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

int worker_main(int argc, char **argv)
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

int sink_main(int argc, char **argv)
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

const stage the_source = {.name = "source", .out = "bind:1", .main = source_main};
const stage the_map = {.name = "map", .in = "connect:1", .out = "bind:2", .main = map_main};
const stage worker_1 = {
    .name = "worker.1", .in = "connect:2", .out = "connect:3", .main = worker_main};
const stage worker_2 = {
    .name = "worker.2", .in = "connect:2", .out = "connect:3", .main = worker_main};
const stage the_fold = {.name = "fold", .in = "bind:3", .out = "bind:4", .main = fold_main};
const stage the_sink = {.name = "sink", .in = "connect:4", .main = sink_main};

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

pid_t start(const stage *s)
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

void start_stages(void)
{
    start(&the_sink);
    start(&the_fold);
    start(&worker_1);
    start(&worker_2);
    start(&the_map);
    start(&the_source);
}

void start_all(void)
{
    store->early = store->wanted = 2;
    start_stages();
}

double now_s(void)
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

int log_holds(const char *words)
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

void give_up(const char *why)
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

const stage *await(int *status)
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

int await_all(int expected)
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

void await_reached(void)
{
    struct pollfd fd = {.fd = reached[0], .events = POLLIN};
    char byte;

    if (poll(&fd, 1, DEADLINE_S * 1000) != 1 || read(reached[0], &byte, 1) != 1)
        give_up("the fold did not get far enough in time");
}

int set_up(void **state)
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

int tear_down(void **state)
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

void assert_exact(void)
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
