/*
 * file_versions - which libraries this folder stands on, as they are loaded now.
 */
#ifndef EEL_IO_FILE_VERSIONS_H
#define EEL_IO_FILE_VERSIONS_H

/* Name and version of library i = 0, 1, … until it returns 0. */
int eel_io_version(int i, const char **name, char version[32]);

#endif
