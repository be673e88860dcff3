/*
 * staged - whole small pipelines for tests, one process per stage, over ipc in a directory of their own.
 * Stages are killed by named fail-points; every pixel must arrive with its value, whatever happens.
 *
 *     source -> map -> worker xN -> fold -> sink
 *
 * Pixel p enters as p, the map adds 1, a worker multiplies by 2; the fold keeps what it got in
 * memory that all processes share, as a store would, and tells the sink the sum at the end.
 */
#ifndef EEL_TESTS_STAGED_H
#define EEL_TESTS_STAGED_H

#include "test.h"
#include "flow/flow.h"

#include <sys/types.h>

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

extern shared_store *store;
extern char directory[64];
extern int reached[2];         /* a pipe: the fold writes a byte at block `reach` */
extern uint32_t hangs_at;      /* a worker gets stuck at this block, once */
extern uint32_t reach, poison; /* set before stages start; poison: this block + 1 kills workers */
extern uint32_t source_pixels, sink_wants;
extern int fold_fails, phase; /* as it was when a process started */
extern pid_t children[CHILDREN];
extern const stage *child_stage[CHILDREN];
extern int child_count;

stage_main source_main, map_main, worker_main, sink_main;
extern const stage the_source, the_map, worker_1, worker_2, the_fold, the_sink;

pid_t start(const stage *s);
void start_stages(void); /* with two workers */
void start_all(void);    /* the same; the source waits until two blocks are stored */

/* Waits for the next child to end. Returns its stage; *status as of waitpid. */
const stage *await(int *status);

/* Waits for all; each must end with `expected`. A killed one starts again, without the fault.
 * Returns how many were. */
int await_all(int expected);
void await_reached(void); /* block `reach` is at the fold */

double now_s(void);
int log_holds(const char *words); /* what the stages said */

/* Kills what is left, so that one failed test does not disturb the next. */
void give_up(const char *why);

int set_up(void **state);
int tear_down(void **state);
#define staged_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

void assert_exact(void); /* every pixel has the value or the name that it must have */

#endif
