/*
 * hands - peers of a link for tests, played by hand: a bare DEALER each.
 *
 * `tell` sends a message and waits until the end under test, custody or intake, has taken it; `hear` gives
 * what that end has sent since, as words: "W B0 B1 END QUIT"; "@2" is a block whose payload lies in memory.
 */
#ifndef EEL_TESTS_HANDS_H
#define EEL_TESTS_HANDS_H

#include "test.h"
#include "flow/custody.h"
#include "flow/intake.h"

#define ROWS 4 /* of a block */

typedef struct {
    void *socket;
    unsigned char instance[EEL_RUN_BYTES];
} hand;

extern const eel_identity self;
extern void *context;
extern char where[96];
extern eel_custody custody;
extern eel_intake intake;
extern eel_link *link_under_test; /* one of theirs */
extern hand a, b;

/* The end under test, with a and b connected to it. */
void custody_open(int blocks); /* which it keeps: 0, 1, … */
void intake_open(void);

void hand_open(hand *h, char name);
void hand_close(hand *h);
void hand_say(hand *h, eel_message *message, const char *body); /* and goes on at once */

/* The end under test takes one message, or upkeep, waiting for either. Returns 1 at an error. */
int turn(double deadline_s);

void tell(hand *h, eel_message *message, const char *body);
const char *hear(hand *h); /* valid until the next call */

void hello_receiver(hand *h, uint64_t bytes, uint32_t blocks, uint64_t *numbers, size_t count);
void hello_custodian(hand *h, const char *description);
void send_block(hand *h, uint64_t number);
void ack(hand *h, uint64_t number);
void say(hand *h, eel_message_type type);
void await_joined(int count);

int set_up(void **state);
int tear_down(void **state);
#define with_peers(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
