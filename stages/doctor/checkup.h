/*
 * checkup - what `eelstream doctor` found, one finding after the other: what was looked at, how it
 * is, in words, and what to change when it is not as it should be.
 */
#ifndef EEL_STAGES_CHECKUP_H
#define EEL_STAGES_CHECKUP_H

#include <jansson.h>

typedef enum {
    EEL_FOUND_OK,
    EEL_FOUND_NOTE, /* works, but slower or not everything */
    EEL_FOUND_BAD,  /* something essential is missing */
} eel_found;

typedef struct {
    json_t *findings; /* {"what", "state", "words", "change"} */
    int counts[3];    /* of each eel_found */
    int quiet;        /* print nothing as it is found */
} eel_checkup;

/* `change` says what to do; NULL when nothing has to be done. */
void eel_find(eel_checkup *checkup, eel_found found, const char *what, const char *change,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The machine: processor, network, cores, memory, limits, clock, libraries. */
void eel_check_machine(eel_checkup *checkup);

/* The places: what ships, the folder of a run, the folder of results, TCP ports ("8080,5555" or
 * NULL). EEL_EARGS when `ports` is no list of ports. */
int eel_check_places(eel_checkup *checkup, const char *output, const char *ports);

#endif
