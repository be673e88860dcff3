/*
 * teller - what a stage tells its launcher now and then: a msgpack map through a PUSH socket that
 * never waits (proto/wire.md, W42).
 */
#ifndef EEL_FLOW_TELLER_H
#define EEL_FLOW_TELLER_H

#include <stdint.h>

#define EEL_ENDPOINT_MAX 128

typedef struct {
    void *socket; /* NULL: nobody wants to know */
    double next_s;
    const char *stage, *name;

    char in_at[EEL_ENDPOINT_MAX], out_at[EEL_ENDPOINT_MAX]; /* tcp endpoints that are bound, or "" */
    uint64_t pixels, blocks, total;
    uint64_t credits;
    double busy_s, starved_s, blocked_s;
} eel_teller;

/* Connects to `endpoint`; NULL for none. */
int eel_teller_open(eel_teller *teller, void *context, const char *endpoint, const char *stage,
                    const char *name);

/* `state` is "start", "run", "end" or "fail"; `words` may be "". */
void eel_teller_say(eel_teller *teller, const char *state, const char *words);

/* "run", if the last time was long enough ago. */
void eel_teller_tick(eel_teller *teller, double now_s);

void eel_teller_close(eel_teller *teller);

#endif
