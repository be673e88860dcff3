/*
 * shipped - the files that came with this eelstream, found from where the program stands.
 *
 *                            build folder                      installed
 *     the programs           build/release/                    PREFIX/bin/, PREFIX/libexec/eelstream/
 *     pipelines, models/     build/release/share/eelstream/    PREFIX/share/eelstream/
 *     edges.txt              build/release/                    PREFIX/share/eelstream/
 *
 * Nothing is compiled in, so a folder that was moved still works.
 */
#ifndef EEL_BASE_SHIPPED_H
#define EEL_BASE_SHIPPED_H

#define EEL_SHIPPED_MAX 4096 /* bytes of a path */

/* The folder that holds this program; "." when the kernel does not tell. */
void eel_own_folder(char path[EEL_SHIPPED_MAX]);

/* Full path of "models/core-loss-20.h5" or the like. EEL_EIO when it is nowhere. */
int eel_shipped(char path[EEL_SHIPPED_MAX], const char *name);

#endif
