/*
 * replace - a file appears whole under its name, or not at all.
 *
 *     eel_replace file;
 *     int code = eel_replace_begin(&file, path);
 *     if (code == EEL_OK)
 *         code = write_everything(file.temporary);
 *     return eel_replace_end(&file, code);
 *
 * The end flushes the temporary file to disk and renames it; after a failure it removes it. What
 * stood under the name before stays until the rename.
 */
#ifndef EEL_BASE_REPLACE_H
#define EEL_BASE_REPLACE_H

#include <stddef.h>

#define EEL_PATH_MAX 4096

typedef struct {
    char path[EEL_PATH_MAX];
    char temporary[EEL_PATH_MAX]; /* in the same folder */
} eel_replace;

/* EEL_ELIMIT for a path that is too long, EEL_EIO where its folder takes no files. */
int eel_replace_begin(eel_replace *file, const char *path);

/* `code` tells how writing went; returns it, or EEL_EIO when the file could not be put in place. */
int eel_replace_end(eel_replace *file, int code);

/* Writes bytes, or a text, in this way. */
int eel_replace_bytes(const char *path, const void *bytes, size_t size);
int eel_replace_text(const char *path, const char *text);

/* Waits until the names in a folder are on disk. */
int eel_sync_folder(const char *folder);

#endif
