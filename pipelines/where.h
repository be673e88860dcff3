/*
 * where - the programs that belong to this eelstream, found from where it stands (base/shipped.h).
 *
 *                         build folder        installed
 *     eelstream           build/release/      PREFIX/bin/
 *     eelstream-STAGE     build/release/      PREFIX/libexec/eelstream/
 */
#ifndef EEL_PIPELINES_WHERE_H
#define EEL_PIPELINES_WHERE_H

#include <limits.h>

#define EEL_WHERE_STAGES_MAX 64
#define EEL_WHERE_NAME_MAX   64

typedef struct {
    char names[EEL_WHERE_STAGES_MAX][EEL_WHERE_NAME_MAX]; /* sorted */
    int count;
} eel_where_stages;

/* The program of a stage. EEL_EARGS with the nearest known name when there is none. */
int eel_where_stage(char path[PATH_MAX], const char *name);

/* Every stage there is a program for. */
void eel_where_list(eel_where_stages *stages);

#endif
