/*
 * spare - files that a user keeps in a folder are not replaced by accident, and the input not at all. Asked before
 * anything runs.
 */
#ifndef EEL_PIPELINES_SPARE_H
#define EEL_PIPELINES_SPARE_H

#include <stddef.h>
#include <sys/stat.h>

typedef struct {
    const char *folder;       /* of the results */
    const char *const *names; /* (count) what a run writes there, or removes */
    size_t count;
    int all_elements;         /* and a picture of any element; 0: of the twenty */
    const char *other;        /* and of this class, which is no element; NULL: none */
    const struct stat *input; /* what is never replaced; NULL: it lies elsewhere */
    int may_replace;          /* all the others */
} eel_spare;

/* EEL_EIO names the first file that is there, EEL_EARGS the input, EEL_ELIMIT. */
int eel_spare_files(const eel_spare *spare);

#endif
