/*
 * sha256 - the digest of FIPS 180-4, to say exactly which file was used.
 */
#ifndef EEL_BASE_SHA256_H
#define EEL_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define EEL_SHA256_TEXT 65 /* 64 hexadecimal digits and the end */

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} eel_sha256;

void eel_sha256_start(eel_sha256 *sha);
void eel_sha256_add(eel_sha256 *sha, const void *data, size_t bytes);
void eel_sha256_end(eel_sha256 *sha, char text[EEL_SHA256_TEXT]);

/* EEL_EIO when the file cannot be read. */
int eel_sha256_file(char text[EEL_SHA256_TEXT], const char *path);

#endif
