/*
 * watch - the launcher's end of the status messages that every stage sends (proto/wire.md).
 *
 *     eel_watch *watch;
 *     int code = eel_watch_open(&watch, "ipc:///run/x/status");
 *     … poll eel_watch_fd(watch) for reading, then:
 *     while (eel_watch_next(watch, &status))
 *         use(&status);
 *     eel_watch_close(watch);
 *
 * Status is for people: a lost or odd message costs a number on the screen, never a pixel. So
 * messages that make no sense are passed over, and unknown keys are ignored.
 */
#ifndef EEL_FLOW_WATCH_H
#define EEL_FLOW_WATCH_H

#include <stdint.h>

typedef struct {
    char stage[64], name[64]; /* "infer", "infer.2" */
    char state[16];           /* "start", "run", "end" or "fail" */
    char in_at[128], out_at[128]; /* tcp endpoints that it has bound, or "" */
    int64_t pid;
    uint64_t pixels, total; /* done and to do; total 0 when unknown */
    uint64_t busy_us, starved_us, blocked_us;
    uint64_t credits;
} eel_status;

typedef struct eel_watch eel_watch;

int eel_watch_open(eel_watch **watch, const char *endpoint); /* fails as in curve/listen.h */

/* Readable when messages may have come; read until eel_watch_next says 0 before polling again. */
int eel_watch_fd(const eel_watch *watch);

/* Hands on every message that is read, as it is, to another watch at `endpoint`; what that does not
 * take in time is dropped. EEL_EARGS. */
int eel_watch_relay(eel_watch *watch, const char *endpoint);

int eel_watch_next(eel_watch *watch, eel_status *status); /* 1, or 0 when none waits */

void eel_watch_close(eel_watch *watch); /* NULL is fine */

#endif
