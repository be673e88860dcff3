/*
 * shipped - where the files are that come with the programs: models and the edge library.
 */
#ifndef EEL_STAGES_SHIPPED_H
#define EEL_STAGES_SHIPPED_H

#define EEL_SHIPPED_MAX 4352 /* PATH_MAX and a file name */

/* Full path of `name`: in the build folder beside the programs, or where `cmake --install` put it.
 * path: EEL_SHIPPED_MAX bytes. EEL_EIO when it is nowhere. */
int eel_shipped(char *path, const char *name);

#endif
