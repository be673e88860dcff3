/*
 * zip_stored - where a member of a zip archive lies that is stored as it is, so that it can be read
 * in place. Members that are compressed are none of our formats'.
 *
 * PKWARE APPNOTE: 4.3.16 end of central directory, 4.3.12 central directory, 4.3.7 local header,
 * 4.5.3 64-bit sizes.
 */
#ifndef EEL_IO_ZIP_STORED_H
#define EEL_IO_ZIP_STORED_H

#include <stdint.h>

#define EEL_ZIP_MEMBERS_MAX 4096

/* Offset in the file and size of the member `name`. EEL_EFORMAT: damaged, no such member (the words
 * name the first there is), or compressed; EEL_EIO. */
int eel_zip_stored(int fd, const char *path, const char *name, uint64_t *offset, uint64_t *size);

#endif
