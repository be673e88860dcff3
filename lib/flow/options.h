/*
 * options - the options that every stage has, and who it is by them.
 */
#ifndef EEL_FLOW_OPTIONS_H
#define EEL_FLOW_OPTIONS_H

#include "base/args.h"
#include "flow/link.h"

typedef struct {
    eel_identity self;
    char stage[EEL_NAME_MAX];         /* "infer", the last word of the usage's name */
    const char *in, *out, *status;    /* endpoints or NULL; they point into argv */
    eel_security security;            /* for those that are tcp; its gate is still closed */
    uint64_t window;                  /* bytes */
    int hang_s;                       /* a block that takes longer ends the process; 0: never */
    int check;                        /* the stage looks at its options only */
    int first;                        /* operands start at argv[first] */
} eel_flow_options;

/* Parses the stage's own options and those of every stage. */
int eel_flow_options_parse(eel_flow_options *options, int argc, char **argv,
                           const eel_usage *usage);

#endif
